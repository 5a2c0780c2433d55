/**
 * One instance's state: the fold of its facts and nothing else.
 *
 *  1. `evolve` is the only way it changes: live, on restore, in a standby.
 *  2. `evolve` consumes its argument: the state given must not be used again, only the one returned. (It updates in place, so that a
 *     fan-out of n tasks costs n and not n².) An InstanceStarted makes a new state and leaves the one before as it was.
 *  3. Facts of other executions, and facts of an instance that never started, change nothing.
 */
import type {
  CommandId,
  EndFact,
  EventRange,
  ExecutionId,
  Fact,
  InputFact,
  InstanceId,
  InstanceStarted,
  ParentLink,
  Payload,
  RuntimeStatus,
  Tag,
} from '../../schemas/index.ts';
import { isEnd, payloadBytes } from '../../schemas/index.ts';
import { eventIdsKept } from './limits.ts';
import { addLast, without } from './ranges.ts';

/** What the program waits for; the key of `openTasks` is the number of the event that scheduled it, `taskId` the program's own number. */
export type OpenTask =
  | { readonly kind: 'activity'; readonly taskId: number }
  | { readonly kind: 'timer'; readonly taskId: number; readonly fireAtMs: number }
  | { readonly kind: 'child'; readonly taskId: number; readonly childInstanceId: InstanceId };

export type Life =
  | { readonly status: 'Pending' }
  | { readonly status: 'Running' }
  /** `endSeq` is the number of the event that holds the output or the failure. */
  | { readonly status: EndStatus; readonly endSeq: number; readonly endedAtMs: number };

/** `ContinuedAsNew` ends an execution; its instance is never seen in it, because the next execution begins in the same commit. */
export type EndStatus = 'Completed' | 'Failed' | 'Terminated' | 'Canceled' | 'ContinuedAsNew';

export interface InstanceState {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly name: string;
  readonly version: string;
  /** The command that started it: repeating that command is accepted and does nothing. */
  readonly commandId: CommandId;
  readonly tags: readonly Tag[];
  readonly parent: ParentLink | null;
  readonly generation: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** A scheduled start that is not due yet; null when there is none, or none any more. */
  readonly startAtMs: number | null;
  /** The number of the newest event. */
  readonly lastSeq: number;
  /** The time of the newest turn; a turn's time never goes back (SEMANTICS A4). */
  readonly turnAtMs: number;
  readonly openTasks: ReadonlyMap<number, OpenTask>;
  /** The event numbers of open tasks by the program's own numbers. */
  readonly openIds: ReadonlyMap<number, number>;
  /** Inputs recorded and not yet fed, in the order of feeding: events left over from earlier generations, the start, the others. */
  readonly unfed: readonly InputFact[];
  readonly suspended: boolean;
  readonly cancelRequested: boolean;
  /** External events that the program has not read. */
  readonly unread: readonly EventRange[];
  readonly unreadBytes: number;
  readonly inboxNext: number;
  /** The newest events' ids, oldest first, with their inbox numbers. */
  readonly eventIds: ReadonlyMap<string, number>;
  readonly customStatus: Payload;
  readonly life: Life;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Derived = 'openTasks' | 'openIds' | 'unfed' | 'unread' | 'eventIds';
interface Draft extends Omit<Writable<InstanceState>, Derived> {
  openTasks: Map<number, OpenTask>;
  openIds: Map<number, number>;
  unfed: InputFact[];
  unread: EventRange[];
  eventIds: Map<string, number>;
}

/** True when nothing more can happen to the execution. */
export function isTerminal(state: InstanceState): boolean {
  return state.life.status !== 'Pending' && state.life.status !== 'Running';
}

/** How users see it: a generation that follows another was started long ago, and suspension hides what is below it (SEMANTICS S1). */
export function runtimeStatus({ life, suspended, generation }: InstanceState): RuntimeStatus {
  if (life.status === 'ContinuedAsNew') return 'Running';
  if (life.status !== 'Pending' && life.status !== 'Running') return life.status;
  if (suspended) return 'Suspended';
  return life.status === 'Pending' && generation === 1 ? 'Pending' : 'Running';
}

/** The inbox number below which the ids of events are forgotten; 0 while none is. */
export function idsKeptFrom({ eventIds }: InstanceState): number {
  if (eventIds.size < eventIdsKept) return 0;
  const oldest = eventIds.values().next();
  return oldest.done === true ? 0 : oldest.value;
}

/** True when a turn may be run: something is to be fed, and nothing holds it back. */
export function isReady(state: InstanceState): boolean {
  return state.unfed.length > 0 && !state.suspended && state.startAtMs === null && !isTerminal(state);
}

export function evolve(state: InstanceState | undefined, fact: Fact): InstanceState | undefined {
  if (fact.kind === 'InstanceStarted') return started(state, fact);
  if (state?.executionId !== fact.executionId) return state;
  const next = state as Draft;
  next.lastSeq = fact.seq;
  next.updatedAtMs = fact.atMs;
  if ('taskId' in fact) changeTask(next, fact);
  else change(next, fact);
  return next;
}

type AfterStart = Exclude<Fact, InstanceStarted>;
type TaskFact = Extract<AfterStart, { taskId: number }>;
function change(next: Draft, fact: Exclude<AfterStart, TaskFact>): void {
  if (isEnd(fact)) {
    end(next, fact);
    return;
  }
  switch (fact.kind) {
    case 'TurnStarted':
      next.turnAtMs = fact.atMs;
      next.unfed = next.unfed.filter((input) => input.executionId === next.executionId && input.seq > fact.inputsThrough);
      next.unread = without(next.unread, fact.eventsTaken);
      // What a program counts wrongly must not add up over the life of an instance.
      next.unreadBytes = next.unread.length === 0 ? 0 : Math.max(0, next.unreadBytes - fact.eventBytesTaken);
      if (next.life.status === 'Pending') next.life = { status: 'Running' };
      return;
    case 'EventRaised':
      next.unfed.push(fact);
      next.inboxNext = fact.number + 1;
      addLast(next.unread, fact.number);
      next.unreadBytes += payloadBytes(fact.payload);
      if (fact.eventId !== '') remember(next.eventIds, fact.eventId, fact.number);
      return;
    case 'CancelRequested':
      next.cancelRequested = true;
      next.unfed.push(fact);
      return;
    case 'InstanceSuspended':
      next.suspended = true;
      return;
    case 'InstanceResumed':
      next.suspended = false;
      return;
    case 'StartDue':
      next.startAtMs = null;
      return;
    case 'CustomStatusSet':
      next.customStatus = fact.value;
      return;
    case 'PatchMarked':
      return;
    default:
      fact satisfies never;
  }
}

function changeTask(next: Draft, fact: TaskFact): void {
  const { taskId } = fact;
  switch (fact.kind) {
    case 'TaskScheduled':
      open(next, fact.seq, { kind: 'activity', taskId });
      return;
    case 'TimerCreated':
      open(next, fact.seq, { kind: 'timer', taskId, fireAtMs: fact.fireAtMs });
      return;
    case 'ChildScheduled':
      open(next, fact.seq, { kind: 'child', taskId, childInstanceId: fact.childInstanceId });
      return;
    case 'TaskCompleted':
    case 'TaskFailed':
    case 'TimerFired':
    case 'ChildCompleted':
    case 'ChildFailed':
      settle(next, fact.scheduledSeq);
      next.unfed.push(fact);
      return;
    case 'TimerCancelled':
    case 'TaskCancelled':
      settle(next, fact.scheduledSeq);
      return;
    case 'StartSent':
    case 'EventSent':
      return;
    default:
      fact satisfies never;
  }
}

function started(before: InstanceState | undefined, fact: InstanceStarted): Draft {
  const continues = fact.generation > 1 && before?.executionId === fact.previousExecutionId;
  // Nothing is carried when the events were discarded.
  const leftOver = continues && fact.carried.length > 0 ? before.unfed.filter((input) => input.kind === 'EventRaised') : [];
  return {
    instanceId: fact.instanceId,
    executionId: fact.executionId,
    name: fact.name,
    version: fact.version,
    commandId: fact.commandId,
    tags: fact.tags,
    parent: fact.parent,
    generation: fact.generation,
    createdAtMs: fact.createdAtMs,
    updatedAtMs: fact.atMs,
    startAtMs: fact.startAtMs,
    lastSeq: fact.seq,
    turnAtMs: fact.atMs,
    openTasks: new Map(),
    openIds: new Map(),
    unfed: [...leftOver, fact],
    suspended: false,
    cancelRequested: false,
    unread: [...fact.carried],
    unreadBytes: fact.carriedBytes,
    inboxNext: fact.inboxNext,
    eventIds: new Map(continues ? before.eventIds : []),
    customStatus: fact.customStatus,
    life: { status: 'Pending' },
  };
}

function open(state: Draft, seq: number, task: OpenTask): void {
  state.openTasks.set(seq, task);
  state.openIds.set(task.taskId, seq);
}

function settle(state: Draft, seq: number): void {
  const task = state.openTasks.get(seq);
  if (task === undefined) return;
  state.openTasks.delete(seq);
  if (state.openIds.get(task.taskId) === seq) state.openIds.delete(task.taskId);
}

function remember(ids: Map<string, number>, id: string, number: number): void {
  ids.set(id, number);
  if (ids.size <= eventIdsKept) return;
  const oldest = ids.keys().next();
  if (oldest.done !== true) ids.delete(oldest.value);
}

/** Tasks still open when the function returns stay listed, so that the cache knows their rows; their results are dropped (SEMANTICS S8). */
function end(state: Draft, fact: EndFact): void {
  state.suspended = false;
  state.life = { status: endStatus[fact.kind], endSeq: fact.seq, endedAtMs: fact.atMs };
  if (fact.kind === 'ContinuedAsNew') {
    // The next execution, which begins with the next fact, takes the events over.
    state.unfed = state.unfed.filter((input) => input.kind === 'EventRaised');
    return;
  }
  state.unfed = [];
  state.unread = [];
  state.unreadBytes = 0;
}

const endStatus: Readonly<Record<EndFact['kind'], EndStatus>> = {
  InstanceCompleted: 'Completed',
  InstanceFailed: 'Failed',
  InstanceTerminated: 'Terminated',
  InstanceCanceled: 'Canceled',
  ContinuedAsNew: 'ContinuedAsNew',
};
