/** An instance's history as users see it (SEMANTICS R2). */
import type { Fact, HistoryPage } from '../../schemas/index.ts';
import { fromFailure, fromPayload, type FailureDetails } from '../values/index.ts';
import { tagsOf } from './state.ts';

interface NumberedEvent {
  /** 1, 2, 3 … without a gap in one execution. */
  readonly number: number;
  readonly at: Date;
}

/** One recorded event; `type` tells what else is there. Values that were not given are `undefined`. */
export type HistoryEvent = NumberedEvent &
  (
    | {
        readonly type: 'InstanceStarted';
        readonly name: string;
        readonly version: string;
        readonly input: unknown;
        readonly tags: Readonly<Record<string, string>>;
      }
    /** The orchestrator was run on every event up to number `inputsThrough`; what it did follows. */
    | { readonly type: 'TurnStarted'; readonly inputsThrough: number }
    | { readonly type: 'TaskScheduled'; readonly taskId: number; readonly name: string; readonly input: unknown }
    /** `scheduledNumber` is the number of the event that scheduled the task. */
    | { readonly type: 'TaskCompleted'; readonly taskId: number; readonly scheduledNumber: number; readonly result: unknown }
    | { readonly type: 'TaskFailed'; readonly taskId: number; readonly scheduledNumber: number; readonly failureDetails: FailureDetails }
    | { readonly type: 'InstanceCompleted'; readonly output: unknown }
    | { readonly type: 'InstanceFailed'; readonly failureDetails: FailureDetails }
  );

/** All events in order, fetched page by page as they are consumed. */
export async function* eventsOf(page: (from: number) => Promise<HistoryPage | undefined>): AsyncGenerator<HistoryEvent, void, undefined> {
  for (let from: number | null = 1; from !== null;) {
    const found: HistoryPage | undefined = await page(from);
    if (found === undefined) return;
    for (const fact of found.events) yield eventOf(fact);
    from = found.next;
  }
}

function eventOf(fact: Fact): HistoryEvent {
  const numbered: NumberedEvent = { number: fact.seq, at: new Date(fact.atMs) };
  switch (fact.kind) {
    case 'InstanceStarted': {
      const { kind: type, name, version } = fact;
      return { ...numbered, type, name, version, input: fromPayload(fact.input), tags: tagsOf(fact.tags) };
    }
    case 'TurnStarted':
      return { ...numbered, type: fact.kind, inputsThrough: fact.inputsThrough };
    case 'TaskScheduled':
      return { ...numbered, type: fact.kind, taskId: fact.taskId, name: fact.name, input: fromPayload(fact.input) };
    case 'TaskCompleted': {
      const { kind: type, taskId, scheduledSeq: scheduledNumber } = fact;
      return { ...numbered, type, taskId, scheduledNumber, result: fromPayload(fact.result) };
    }
    case 'TaskFailed': {
      const { kind: type, taskId, scheduledSeq: scheduledNumber } = fact;
      return { ...numbered, type, taskId, scheduledNumber, failureDetails: fromFailure(fact.failure) };
    }
    case 'InstanceCompleted':
      return { ...numbered, type: fact.kind, output: fromPayload(fact.output) };
    case 'InstanceFailed':
      return { ...numbered, type: fact.kind, failureDetails: fromFailure(fact.failure) };
    default:
      return fact satisfies never;
  }
}
