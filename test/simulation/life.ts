/** What one instance's facts amount to: the plainest fold there is, written from the rules and not from the engine. */
import { factRole, isEnd, type EndFact, type EventRaised, type EventRange, type Fact, type InstanceStarted } from '../../schemas/index.ts';

export type Status = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Terminated' | 'Canceled' | 'ContinuedAsNew';

export interface OpenTask {
  readonly kind: 'activity' | 'timer' | 'child';
  readonly taskId: number;
  /** Of a timer. */
  readonly fireAtMs?: number;
  /** Of a child. */
  readonly childInstanceId?: string;
}

export interface Life {
  readonly started: InstanceStarted;
  /** Of the newest execution, in order. */
  readonly facts: Fact[];
  status: Status;
  suspended: boolean;
  cancelRequested: boolean;
  /** A scheduled start that is not due yet. */
  startAtMs: number | null;
  readonly open: Map<number, OpenTask>;
  /** Event numbers of this execution's tasks by the program's own numbers. */
  readonly tasks: Map<number, number>;
  /** Event numbers of this execution's inputs that no turn was fed. */
  unfed: number[];
  turnAtMs: number;
  /** The events of the instance, all its generations together, by inbox number. */
  readonly events: Map<number, EventRaised>;
  readonly unread: Set<number>;
  /** Those read, in the order in which they were. */
  readonly taken: EventRaised[];
  inboxNext: number;
  customStatus: string | null;
}

/** Ids of an instance's newest events (SEMANTICS E4). */
const idsKept = 1_000;

export function isOver({ status }: Life): boolean {
  return status !== 'Pending' && status !== 'Running';
}

/** As users see it (SEMANTICS S1). */
export function visibleStatus(life: Life): string {
  if (life.status === 'ContinuedAsNew') return 'Running';
  if (isOver(life)) return life.status;
  if (life.suspended) return 'Suspended';
  return life.started.generation > 1 ? 'Running' : life.status;
}

/** It may have a turn. */
export function isReady(life: Life): boolean {
  return life.unfed.length > 0 && !life.suspended && life.startAtMs === null && !isOver(life);
}

export function eventIdsOf({ events }: Life): readonly string[] {
  return [...events.values()].flatMap(({ eventId }) => (eventId === '' ? [] : [eventId])).slice(-idsKept);
}

export function lifeOf(history: readonly Fact[]): Life | undefined {
  let life: Life | undefined;
  for (const fact of history) life = lived(life, fact);
  return life;
}

/** Changes `life`, unless the fact begins another. */
export function lived(life: Life | undefined, fact: Fact): Life | undefined {
  if (fact.kind === 'InstanceStarted') return begun(life, fact);
  if (life === undefined) return undefined;
  life.facts.push(fact);
  if (factRole(fact.kind) === 'input') life.unfed.push(fact.seq);
  if ('taskId' in fact) changeTask(life, fact);
  else change(life, fact);
  return life;
}

function begun(before: Life | undefined, started: InstanceStarted): Life {
  const goesOn = started.generation > 1;
  return {
    started,
    facts: [started],
    status: 'Pending',
    suspended: false,
    cancelRequested: false,
    startAtMs: started.startAtMs,
    open: new Map(),
    tasks: new Map(),
    unfed: [1],
    turnAtMs: started.atMs,
    events: goesOn && before !== undefined ? before.events : new Map<number, EventRaised>(),
    unread: new Set(numbersOf(started.carried)),
    taken: goesOn && before !== undefined ? before.taken : [],
    inboxNext: started.inboxNext,
    customStatus: started.customStatus,
  };
}

type TaskFact = Extract<Fact, { taskId: number }>;

function changeTask(life: Life, fact: TaskFact): void {
  const { seq, taskId } = fact;
  if ('scheduledSeq' in fact) {
    life.open.delete(fact.scheduledSeq);
    return;
  }
  life.tasks.set(taskId, seq);
  if (fact.kind === 'TaskScheduled') life.open.set(seq, { kind: 'activity', taskId });
  else if (fact.kind === 'TimerCreated') life.open.set(seq, { kind: 'timer', taskId, fireAtMs: fact.fireAtMs });
  else if (fact.kind === 'ChildScheduled') life.open.set(seq, { kind: 'child', taskId, childInstanceId: fact.childInstanceId });
}

const ends: Readonly<Record<EndFact['kind'], Status>> = {
  InstanceCompleted: 'Completed',
  InstanceFailed: 'Failed',
  InstanceTerminated: 'Terminated',
  InstanceCanceled: 'Canceled',
  ContinuedAsNew: 'ContinuedAsNew',
};

function change(life: Life, fact: Exclude<Fact, TaskFact | InstanceStarted>): void {
  if (isEnd(fact)) {
    end(life, fact);
    return;
  }
  switch (fact.kind) {
    case 'TurnStarted':
      turn(life, fact);
      return;
    case 'EventRaised':
      life.events.set(fact.number, fact);
      life.unread.add(fact.number);
      life.inboxNext = fact.number + 1;
      return;
    case 'CancelRequested':
      life.cancelRequested = true;
      return;
    case 'InstanceSuspended':
    case 'InstanceResumed':
      life.suspended = fact.kind === 'InstanceSuspended';
      return;
    case 'StartDue':
      life.startAtMs = null;
      return;
    case 'CustomStatusSet':
      life.customStatus = fact.value;
      return;
    case 'PatchMarked':
      return;
    default:
      fact satisfies never;
  }
}

function turn(life: Life, { atMs, inputsThrough, eventsTaken }: Extract<Fact, { kind: 'TurnStarted' }>): void {
  life.status = 'Running';
  life.unfed = life.unfed.filter((seq) => seq > inputsThrough);
  life.turnAtMs = atMs;
  for (const number of numbersOf(eventsTaken)) {
    life.unread.delete(number);
    const event = life.events.get(number);
    if (event !== undefined) life.taken.push(event);
  }
}

function end(life: Life, fact: EndFact): void {
  life.status = ends[fact.kind];
  life.suspended = false;
  life.unfed = [];
  if (fact.kind === 'ContinuedAsNew') return;
  life.open.clear();
  life.unread.clear();
}

export function numbersOf(ranges: readonly EventRange[]): readonly number[] {
  return ranges.flatMap(({ from, through }) => Array.from({ length: through - from + 1 }, (_, at) => from + at));
}

/** Numbers as ranges, in text. */
export function rangesText(numbers: Iterable<number>): string {
  return [...numbers].sort((a, b) => a - b).join();
}
