/** Suspend, resume, terminate, cancel (SEMANTICS S2–S4). All are idempotent, and none changes what is terminal. */
import {
  payloadJsonFault,
  type CancelInstance,
  type Fact,
  type FailureDetails,
  type InstanceId,
  type ParentLink,
  type Payload,
  type ResumeInstance,
  type SuspendInstance,
  type TerminateInstance,
} from '../../schemas/index.ts';
import { decided, nothing, numbering, plainFailure, refused, report, type Decision, type Given, type Outcome } from './decision.ts';
import { isTerminal, type InstanceState } from './instance.ts';

type Control = SuspendInstance | ResumeInstance | TerminateInstance | CancelInstance;

export function decideControl(state: InstanceState | undefined, order: Control, given: Given): Decision {
  if (state === undefined) return refused('INSTANCE_NOT_FOUND', `there is no instance ${JSON.stringify(order.instanceId)}`);
  if (isTerminal(state)) return nothing;
  const { reason } = order;
  const next = numbering(state, given.atMs);
  switch (order.kind) {
    case 'SuspendInstance':
      return state.suspended ? nothing : decided([{ kind: 'InstanceSuspended', ...next(), reason }]);
    case 'ResumeInstance':
      return state.suspended ? decided([{ kind: 'InstanceResumed', ...next(), reason }]) : nothing;
    case 'TerminateInstance': {
      if (order.childOf !== null && !isSameTask(state.parent, order.childOf)) return nothing;
      const fault = payloadJsonFault(order);
      if (fault !== undefined) return { kind: 'refused', refusal: fault };
      return { kind: 'facts', ...terminated(state, order, given.atMs) };
    }
    case 'CancelInstance':
      if (state.cancelRequested || (order.childOf !== null && !isSameTask(state.parent, order.childOf))) return nothing;
      return canceled(state, reason, given.atMs);
    default:
      return order satisfies never;
  }
}

/** The end from outside, the report to the parent, and the same for the open children of this execution. */
export function terminated(
  state: InstanceState,
  order: { readonly output: Payload; readonly reason: string; readonly recursive: boolean },
  atMs: number,
): Outcome {
  const { output, reason } = order;
  const messages = report(state, { failure: plainFailure('OrchestrationTerminatedError', reason === '' ? 'it was terminated' : reason) });
  if (order.recursive)
    for (const [childOf, instanceId] of openChildren(state))
      messages.push({
        kind: 'TerminateInstance',
        instanceId,
        output: null,
        reason: `its parent ${JSON.stringify(state.instanceId)} was terminated`,
        recursive: true,
        childOf,
      });
  return { facts: [{ kind: 'InstanceTerminated', ...numbering(state, atMs)(), output, reason }], messages };
}

/** A function that never ran has nothing to clean up: it is over at once. Any other is told in its next turn. */
function canceled(state: InstanceState, reason: string, atMs: number): Decision {
  const next = numbering(state, atMs);
  const requested: Fact = { kind: 'CancelRequested', ...next(), reason };
  if (state.life.status !== 'Pending' || state.generation > 1) return decided([requested]);
  return decided([requested, { kind: 'InstanceCanceled', ...next(), output: null }], report(state, { failure: cancelFailure }));
}

/** What the parent of a canceled child reads. */
export const cancelFailure: FailureDetails = plainFailure('CancelledError', 'it was canceled');

function* openChildren(state: InstanceState): Generator<readonly [ParentLink, InstanceId]> {
  for (const [seq, task] of state.openTasks) if (task.kind === 'child') yield [linkTo(state, seq), task.childInstanceId];
}

/** How a child names the task that it answers. */
export function linkTo(state: InstanceState, scheduledSeq: number): ParentLink {
  return { instanceId: state.instanceId, executionId: state.executionId, scheduledSeq, name: state.name };
}

export function isSameTask(a: ParentLink | null, b: ParentLink): boolean {
  return a?.instanceId === b.instanceId && a.executionId === b.executionId && a.scheduledSeq === b.scheduledSeq;
}
