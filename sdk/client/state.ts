/** An instance as users see it. */
import type { InstanceSnapshot, ParentLink, RuntimeStatus } from '../../schemas/index.ts';
import { fromFailure, jsonConverter, type DataConverter, type FailureDetails } from '../values/index.ts';

/** The orchestration that called this one with `callSubOrchestrator`: which execution of it, and its orchestrator's name. */
export interface Parent {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
}

interface CommonState<I> {
  readonly instanceId: string;
  /** New for every generation of the instance. */
  readonly executionId: string;
  readonly name: string;
  /** `''` when it has none. */
  readonly version: string;
  readonly createdAt: Date;
  readonly lastUpdatedAt: Date;
  /** Absent: started without a value. */
  readonly input?: I;
  readonly tags: Readonly<Record<string, string>>;
  /** What the orchestrator last gave `setCustomStatus`. Absent: nothing yet. */
  readonly customStatus?: unknown;
  readonly parent?: Parent;
  /** While it is Pending: no turn before this time. */
  readonly startAt?: Date;
  /** 1, and one more for each continue-as-new. */
  readonly generation: number;
  /** The number of events recorded so far in this execution. */
  readonly historyLength: number;
  /** Why nothing can run it at the moment, while that is so: no worker has its orchestrator, or its code does not fit its history. */
  readonly stalledReason?: string;
}

/** What there is to know of an orchestration; `runtimeStatus` tells what else is there. */
export type OrchestrationState<I = unknown, O = unknown> = CommonState<I> &
  (
    | { readonly runtimeStatus: 'Pending' | 'Running' | 'Suspended' }
    | { readonly runtimeStatus: 'Completed'; readonly output: O; readonly completedAt: Date }
    | { readonly runtimeStatus: 'Failed'; readonly failureDetails: FailureDetails; readonly completedAt: Date }
    | { readonly runtimeStatus: 'Terminated' | 'Canceled'; readonly output?: unknown; readonly completedAt: Date }
  );

const terminal: ReadonlySet<RuntimeStatus> = new Set(['Completed', 'Failed', 'Terminated', 'Canceled']);

export function isOver(status: RuntimeStatus): boolean {
  return terminal.has(status);
}

/** The types `I` and `O` are the caller's word: what crossed was JSON. */
export function stateOf<I, O>(snapshot: InstanceSnapshot, converter: DataConverter = jsonConverter): OrchestrationState<I, O> {
  const common = commonOf<I>(snapshot, converter);
  const completedAt = new Date(snapshot.completedAtMs ?? snapshot.lastUpdatedAtMs);
  const { runtimeStatus } = snapshot;
  switch (runtimeStatus) {
    case 'Pending':
    case 'Running':
    case 'Suspended':
      return { ...common, runtimeStatus };
    case 'Completed':
      return { ...common, runtimeStatus, output: converter.deserialize(snapshot.output) as O, completedAt };
    case 'Failed':
      return { ...common, runtimeStatus, failureDetails: fromFailure(snapshot.failure ?? unrecorded), completedAt };
    case 'Terminated':
    case 'Canceled':
      return {
        ...common,
        runtimeStatus,
        completedAt,
        ...(snapshot.output === null ? {} : { output: converter.deserialize(snapshot.output) }),
      };
    default:
      return runtimeStatus satisfies never;
  }
}

function commonOf<I>(snapshot: InstanceSnapshot, converter: DataConverter): CommonState<I> {
  return {
    instanceId: snapshot.instanceId,
    executionId: snapshot.executionId,
    name: snapshot.name,
    version: snapshot.version,
    createdAt: new Date(snapshot.createdAtMs),
    lastUpdatedAt: new Date(snapshot.lastUpdatedAtMs),
    tags: tagsOf(snapshot.tags),
    generation: snapshot.generation,
    historyLength: snapshot.historyLength,
    ...(snapshot.input === null ? {} : { input: converter.deserialize(snapshot.input) as I }),
    ...(snapshot.customStatus === null ? {} : { customStatus: converter.deserialize(snapshot.customStatus) }),
    ...(snapshot.parent === null ? {} : { parent: parentOf(snapshot.parent) }),
    ...(snapshot.startAtMs === null ? {} : { startAt: new Date(snapshot.startAtMs) }),
    ...(snapshot.stalledReason === null ? {} : { stalledReason: snapshot.stalledReason }),
  };
}

export function parentOf({ instanceId, executionId, name }: ParentLink): Parent {
  return { instanceId, executionId, name };
}

/** A worker of another version may leave it out; the status alone is still true. */
const unrecorded: NonNullable<InstanceSnapshot['failure']> = {
  errorType: 'Error',
  message: 'no details were recorded',
  stack: null,
  nonRetriable: false,
  cause: null,
  errors: [],
  properties: null,
};

/** Tags as an object without a prototype: `__proto__` is a key like any other. */
export function tagsOf(tags: InstanceSnapshot['tags']): Readonly<Record<string, string>> {
  const record = Object.create(null) as Record<string, string>;
  for (const { key, value } of tags) record[key] = value;
  return record;
}
