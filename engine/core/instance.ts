/**
 * One instance's state: the fold of its facts and nothing else.
 *
 *  1. `evolve` is the only way it changes: live, on restore, in a standby.
 *  2. `evolve` consumes its argument: the state given must not be used again, only the one returned. (It updates in place, so that a
 *     fan-out of n tasks costs n and not n².)
 *  3. Facts of other executions, and facts of an instance that never started, change nothing.
 */
import type { CommandId, ExecutionId, Fact, InstanceId, InstanceStarted, Tag } from '../../schemas/index.ts';

/** A task scheduled and not yet answered; the key of `openTasks` is the number of its TaskScheduled event. */
export interface OpenTask {
  readonly taskId: number;
}

/** An input of a turn: recorded on arrival, fed to the program later. */
export type InputFact = Extract<Fact, { kind: 'InstanceStarted' | 'TaskCompleted' | 'TaskFailed' }>;

export type Life =
  | { readonly status: 'Pending' }
  | { readonly status: 'Running' }
  /** `endSeq` is the number of the event that holds the output or the failure. */
  | { readonly status: 'Completed' | 'Failed'; readonly endSeq: number; readonly endedAtMs: number };

export interface InstanceState {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly name: string;
  readonly version: string;
  /** The command that started it: repeating that command is accepted and does nothing. */
  readonly commandId: CommandId;
  readonly tags: readonly Tag[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** The number of the newest event. */
  readonly lastSeq: number;
  /** The time of the newest turn; a turn's time never goes back (SEMANTICS A4). */
  readonly turnAtMs: number;
  readonly openTasks: ReadonlyMap<number, OpenTask>;
  /** Inputs recorded and not yet fed, in order. */
  readonly unfed: readonly InputFact[];
  readonly life: Life;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
interface Draft extends Omit<Writable<InstanceState>, 'openTasks' | 'unfed'> {
  openTasks: Map<number, OpenTask>;
  unfed: InputFact[];
}

/** True when nothing more can happen to the execution. */
export function isTerminal(state: InstanceState): boolean {
  return state.life.status === 'Completed' || state.life.status === 'Failed';
}

export function isInput(fact: Fact): fact is InputFact {
  return fact.kind === 'InstanceStarted' || fact.kind === 'TaskCompleted' || fact.kind === 'TaskFailed';
}

export function evolve(state: InstanceState | undefined, fact: Fact): InstanceState | undefined {
  if (fact.kind === 'InstanceStarted') return started(fact);
  if (state?.executionId !== fact.executionId) return state;
  const next = state as Draft;
  next.lastSeq = fact.seq;
  next.updatedAtMs = fact.atMs;
  switch (fact.kind) {
    case 'TurnStarted':
      next.turnAtMs = fact.atMs;
      next.unfed = next.unfed.filter((input) => input.seq > fact.inputsThrough);
      if (next.life.status === 'Pending') next.life = { status: 'Running' };
      return next;
    case 'TaskScheduled':
      next.openTasks.set(fact.seq, { taskId: fact.taskId });
      return next;
    case 'TaskCompleted':
    case 'TaskFailed':
      next.openTasks.delete(fact.scheduledSeq);
      next.unfed.push(fact);
      return next;
    case 'InstanceCompleted':
      return ended(next, { status: 'Completed', endSeq: fact.seq, endedAtMs: fact.atMs });
    case 'InstanceFailed':
      return ended(next, { status: 'Failed', endSeq: fact.seq, endedAtMs: fact.atMs });
    default:
      return fact satisfies never;
  }
}

function started(fact: InstanceStarted): Draft {
  return {
    instanceId: fact.instanceId,
    executionId: fact.executionId,
    name: fact.name,
    version: fact.version,
    commandId: fact.commandId,
    tags: fact.tags,
    createdAtMs: fact.atMs,
    updatedAtMs: fact.atMs,
    lastSeq: fact.seq,
    turnAtMs: fact.atMs,
    openTasks: new Map(),
    unfed: [fact],
    life: { status: 'Pending' },
  };
}

/** Tasks still open when the function returns stay listed, so that the cache knows their rows; their results are dropped (SEMANTICS S8). */
function ended(state: Draft, life: Life): Draft {
  state.unfed = [];
  state.life = life;
  return state;
}
