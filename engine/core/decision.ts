/** What deciding gives, and the parts that several decisions share. Everything here is pure and leaves its state as it was. */
import type {
  CommandBody,
  CommandId,
  ExecutionId,
  Fact,
  FailureDetails,
  InstanceId,
  ParentLink,
  Payload,
  Refusal,
} from '../../schemas/index.ts';
import type { InstanceState } from './instance.ts';

/** Facts to be recorded, and orders to other instances. */
export interface Outcome {
  readonly facts: readonly Fact[];
  readonly messages: readonly CommandBody[];
}

export const noOutcome: Outcome = { facts: [], messages: [] };

/** What comes of it, or why nothing does. */
export type Decision = ({ readonly kind: 'facts' } & Outcome) | { readonly kind: 'refused'; readonly refusal: Refusal };

export const nothing: Decision = { kind: 'facts', ...noOutcome };

export function decided(facts: readonly Fact[], messages: readonly CommandBody[] = []): Decision {
  return { kind: 'facts', facts, messages };
}

export function refused(code: string, message: string): Decision {
  return { kind: 'refused', refusal: { code, message } };
}

/** What a decision is given from outside the state. */
export interface Given {
  readonly commandId: CommandId;
  readonly atMs: number;
  newExecutionId(): ExecutionId;
}

interface Place {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
}

/** Numbers facts from the state's last event on, so that event numbers have no gap. */
export function numbering(state: InstanceState, atMs: number): () => Place {
  const { instanceId, executionId } = state;
  let seq = state.lastSeq;
  return () => ({ instanceId, executionId, seq: ++seq, atMs });
}

export function plainFailure(errorType: string, message: string): FailureDetails {
  return { errorType, message, stack: null, nonRetriable: true, cause: null, errors: [], properties: null };
}

/** Tells the parent's task, if there is one, how this instance ended. */
export function report(
  child: { readonly instanceId: InstanceId; readonly parent: ParentLink | null },
  end: { readonly result: Payload } | { readonly failure: FailureDetails },
): CommandBody[] {
  const { parent, instanceId } = child;
  if (parent === null) return [];
  return [
    {
      kind: 'ReportChild',
      instanceId: parent.instanceId,
      executionId: parent.executionId,
      scheduledSeq: parent.scheduledSeq,
      childInstanceId: instanceId,
      result: 'result' in end ? end.result : null,
      failure: 'failure' in end ? end.failure : null,
    },
  ];
}
