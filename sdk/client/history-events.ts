/** Each recorded fact as the event that users see: numbers, dates and values instead of sequence, milliseconds and JSON text. */
import type { EventRange, Fact } from '../../schemas/index.ts';
import { fromFailure, type DataConverter, type FailureDetails } from '../values/index.ts';
import { parentOf, tagsOf, type Parent } from './state.ts';

type Tags = Readonly<Record<string, string>>;

/** Numbers of external events in the order in which the instance got them, both ends included. */
export interface EventNumbers {
  readonly from: number;
  readonly through: number;
}

interface Called {
  readonly taskId: number;
  readonly name: string;
  /** `''` when it has none. */
  readonly version: string;
  readonly input: unknown;
  readonly tags: Tags;
}

interface Attempt {
  /** From 1. */
  readonly attempt: number;
  /** The task of the first attempt; absent when this is it. */
  readonly firstTaskId?: number;
}

/** `scheduledNumber` is the number of the event that scheduled the task or timer; 0: it had ended before. */
interface Answer {
  readonly taskId: number;
  readonly scheduledNumber: number;
}

/** A member of its own for each type, so that `Extract` finds it. */
type Each<T extends string, D> = T extends unknown ? { readonly type: T } & D : never;

type LifeEvent =
  | {
      readonly type: 'InstanceStarted';
      readonly name: string;
      readonly version: string;
      readonly input: unknown;
      readonly tags: Tags;
      /** 1, and one more for each continue-as-new. */
      readonly generation: number;
      /** When the instance began, all its generations together. */
      readonly createdAt: Date;
      /** The execution that this one follows or replaces. */
      readonly previousExecutionId?: string;
      readonly parent?: Parent;
      readonly startAt?: Date;
      readonly customStatus?: unknown;
      /** The external events of earlier generations that nobody has read. */
      readonly eventsCarried: readonly EventNumbers[];
    }
  /** The time that a scheduled start waited for has come. */
  | { readonly type: 'StartDue' }
  /** The orchestrator was run on every event up to number `inputsThrough`; what it did follows. */
  | { readonly type: 'TurnStarted'; readonly inputsThrough: number; readonly eventsTaken: readonly EventNumbers[] }
  | {
      readonly type: 'ContinuedAsNew';
      readonly newExecutionId: string;
      readonly version: string;
      readonly input: unknown;
      /** Unread external events that the next generation does not get. */
      readonly eventsDiscarded: readonly EventNumbers[];
    }
  | Each<'InstanceCompleted' | 'InstanceCanceled', { readonly output: unknown }>
  | { readonly type: 'InstanceFailed'; readonly failureDetails: FailureDetails }
  | { readonly type: 'InstanceTerminated'; readonly output: unknown; readonly reason: string }
  | Each<'InstanceSuspended' | 'InstanceResumed' | 'CancelRequested', { readonly reason: string }>;

type TaskEvent =
  | ({ readonly type: 'TaskScheduled' } & Called & Attempt)
  | ({ readonly type: 'ChildScheduled'; readonly childInstanceId: string } & Called & Attempt)
  | Each<'TaskCompleted' | 'ChildCompleted', { readonly result: unknown } & Answer>
  | Each<'TaskFailed' | 'ChildFailed', { readonly failureDetails: FailureDetails } & Answer>
  /** Nobody waits for the activity or sub-orchestration any more. */
  | ({ readonly type: 'TaskCancelled' } & Answer);

type OtherEvent =
  | { readonly type: 'TimerCreated'; readonly taskId: number; readonly fireAt: Date }
  | Each<'TimerFired' | 'TimerCancelled', { readonly fireAt: Date } & Answer>
  /** An orchestration was started that nobody waits for. */
  | ({ readonly type: 'StartSent'; readonly childInstanceId: string } & Called)
  | {
      readonly type: 'EventSent';
      readonly taskId: number;
      readonly targetInstanceId: string;
      readonly name: string;
      readonly data: unknown;
    }
  /** `eventNumber`: 1, 2, 3 … over all generations of the instance. */
  | {
      readonly type: 'EventRaised';
      readonly eventNumber: number;
      readonly name: string;
      readonly data: unknown;
      readonly eventId?: string;
    }
  | { readonly type: 'CustomStatusSet'; readonly customStatus: unknown }
  /** `ctx.patched(id)` answered true, and will for as long as this execution lives. */
  | { readonly type: 'PatchMarked'; readonly id: string };

/** One recorded event; `type` tells what else is there. Values that were not given are `undefined`. */
export type HistoryEvent = {
  /** 1, 2, 3 … without a gap in one execution. */
  readonly number: number;
  readonly at: Date;
} & (LifeEvent | TaskEvent | OtherEvent);

type EventDetail = LifeEvent | TaskEvent | OtherEvent;

export function historyEventOf(fact: Fact, converter: DataConverter): HistoryEvent {
  return { number: fact.seq, at: new Date(fact.atMs), ...detailOf(fact.kind, fact, converter) };
}

type FactsByKind = { readonly [F in Fact as F['kind']]: F };

/** The kind beside the fact lets the compiler see that the two belong together. */
function detailOf<K extends Fact['kind']>(kind: K, fact: FactsByKind[K], converter: DataConverter): EventDetail {
  return details[kind](fact, converter);
}

const answer = (fact: FactsByKind['TaskCompleted' | 'ChildCompleted'], converter: DataConverter): EventDetail => ({
  type: fact.kind,
  ...answerOf(fact),
  result: converter.deserialize(fact.result),
});
const failedAnswer = (fact: FactsByKind['TaskFailed' | 'ChildFailed']): EventDetail => ({
  type: fact.kind,
  ...answerOf(fact),
  failureDetails: fromFailure(fact.failure),
});
const timerAnswer = (fact: FactsByKind['TimerFired' | 'TimerCancelled']): EventDetail => ({
  type: fact.kind,
  ...answerOf(fact),
  fireAt: new Date(fact.fireAtMs),
});
const ending = (fact: FactsByKind['InstanceCompleted' | 'InstanceCanceled'], converter: DataConverter): EventDetail => ({
  type: fact.kind,
  output: converter.deserialize(fact.output),
});
const reasoned = ({ kind: type, reason }: FactsByKind['InstanceSuspended' | 'InstanceResumed' | 'CancelRequested']): EventDetail => ({
  type,
  reason,
});

const details: { readonly [K in Fact['kind']]: (fact: FactsByKind[K], converter: DataConverter) => EventDetail } = {
  InstanceStarted: startedEventOf,
  StartDue: ({ kind: type }) => ({ type }),
  TurnStarted: ({ kind: type, inputsThrough, eventsTaken }) => ({ type, inputsThrough, eventsTaken: eventsTaken.map(numbersOf) }),
  ContinuedAsNew: ({ kind: type, newExecutionId, version, input, discarded }, converter) => ({
    type,
    newExecutionId,
    version,
    input: converter.deserialize(input),
    eventsDiscarded: discarded.map(numbersOf),
  }),
  InstanceCompleted: ending,
  InstanceCanceled: ending,
  InstanceFailed: ({ kind: type, failure }) => ({ type, failureDetails: fromFailure(failure) }),
  InstanceTerminated: ({ kind: type, output, reason }, converter) => ({ type, output: converter.deserialize(output), reason }),
  InstanceSuspended: reasoned,
  InstanceResumed: reasoned,
  CancelRequested: reasoned,
  TaskScheduled: (fact, converter) => ({ type: fact.kind, ...calledOf(fact, converter), ...attemptOf(fact) }),
  TaskCompleted: answer,
  TaskFailed: failedAnswer,
  TaskCancelled: (fact) => ({ type: fact.kind, ...answerOf(fact) }),
  ChildScheduled: (fact, converter) => ({
    type: fact.kind,
    childInstanceId: fact.childInstanceId,
    ...calledOf(fact, converter),
    ...attemptOf(fact),
  }),
  ChildCompleted: answer,
  ChildFailed: failedAnswer,
  TimerCreated: ({ kind: type, taskId, fireAtMs }) => ({ type, taskId, fireAt: new Date(fireAtMs) }),
  TimerFired: timerAnswer,
  TimerCancelled: timerAnswer,
  StartSent: (fact, converter) => ({ type: fact.kind, childInstanceId: fact.childInstanceId, ...calledOf(fact, converter) }),
  EventSent: ({ kind: type, taskId, targetInstanceId, name, payload }, converter) => ({
    type,
    taskId,
    targetInstanceId,
    name,
    data: converter.deserialize(payload),
  }),
  EventRaised: ({ kind: type, number: eventNumber, name, payload, eventId }, converter) => ({
    type,
    eventNumber,
    name,
    data: converter.deserialize(payload),
    ...(eventId === '' ? {} : { eventId }),
  }),
  CustomStatusSet: ({ kind: type, value }, converter) => ({ type, customStatus: converter.deserialize(value) }),
  PatchMarked: ({ kind: type, id }) => ({ type, id }),
};

function startedEventOf(fact: FactsByKind['InstanceStarted'], converter: DataConverter): EventDetail {
  const { kind: type, name, version, generation, previousExecutionId, parent, startAtMs, customStatus } = fact;
  return {
    type,
    name,
    version,
    input: converter.deserialize(fact.input),
    tags: tagsOf(fact.tags),
    generation,
    createdAt: new Date(fact.createdAtMs),
    eventsCarried: fact.carried.map(numbersOf),
    ...(previousExecutionId === '' ? {} : { previousExecutionId }),
    ...(parent === null ? {} : { parent: parentOf(parent) }),
    ...(startAtMs === null ? {} : { startAt: new Date(startAtMs) }),
    ...(customStatus === null ? {} : { customStatus: converter.deserialize(customStatus) }),
  };
}

function calledOf(fact: FactsByKind['TaskScheduled' | 'ChildScheduled' | 'StartSent'], converter: DataConverter): Called {
  const { taskId, name, version } = fact;
  return { taskId, name, version, input: converter.deserialize(fact.input), tags: tagsOf(fact.tags) };
}

function attemptOf({ attempt, firstTaskId }: { readonly attempt: number; readonly firstTaskId: number }): Attempt {
  return firstTaskId === 0 ? { attempt } : { attempt, firstTaskId };
}

function answerOf({ taskId, scheduledSeq }: { readonly taskId: number; readonly scheduledSeq: number }): Answer {
  return { taskId, scheduledNumber: scheduledSeq };
}

function numbersOf({ from, through }: EventRange): EventNumbers {
  return { from, through };
}
