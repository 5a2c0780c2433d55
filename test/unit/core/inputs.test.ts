import { describe, expect, test } from 'vitest';
import { decideCommand, decideDueTimer, decideTaskResult, turnTime } from '../../../engine/core/index.ts';
import {
  failureBytesMax,
  failureDepthMax,
  payloadBytesMax,
  type CommandId,
  type FailureDetails,
  type ReportChild,
} from '../../../schemas/index.ts';
import {
  after,
  again,
  at,
  cancelTask,
  cancelTimer,
  child,
  complete,
  completed,
  execution,
  executionOf,
  factsOf,
  failed,
  failureOf,
  idOf,
  isEncodable,
  messagesOf,
  nothing,
  otherExecution,
  Story,
  task,
} from './given.ts';

/** Events 3 and 4. */
const waiting = (): Story => new Story().start().turn(task(41), task(42));

describe("a task's result", () => {
  test('[T1] of an open task is recorded with the task it answers, and waits to be fed', () => {
    const story = waiting();
    expect(story.resultDecision(4, completed('5'))).toMatchObject({
      facts: [{ kind: 'TaskCompleted', seq: 5, taskId: 42, scheduledSeq: 4, result: '5' }],
    });
    expect(story.resultDecision(3, failed('no'))).toMatchObject({
      facts: [{ kind: 'TaskFailed', seq: 5, taskId: 41, scheduledSeq: 3, failure: { message: 'no' } }],
    });
    const { state } = story.result(3, failed('x'));
    expect([...state.openTasks.keys()]).toEqual([4]);
    expect([...state.openIds]).toEqual([[42, 4]]);
    expect(state.unfed).toMatchObject([{ kind: 'TaskFailed', scheduledSeq: 3 }]);
  });

  test('[T1] of an unknown, answered or given-up task, another execution or no instance is dropped', () => {
    const { instanceId } = waiting().state;
    expect(waiting().resultDecision(2, completed('5'))).toEqual(nothing);
    expect(waiting().resultDecision(99, completed('5'))).toEqual(nothing);
    expect(waiting().result(3).resultDecision(3, completed('5'))).toEqual(nothing);
    expect(waiting().result(3, failed('x')).resultDecision(3, completed('5'))).toEqual(nothing);
    expect(waiting().turn(cancelTask(41)).resultDecision(3, completed('5'))).toEqual(nothing);
    expect(waiting().resultDecision(3, completed('5'), otherExecution)).toEqual(nothing);
    expect(waiting().turn(again()).turn(task(1)).resultDecision(3, completed('5'), execution)).toEqual(nothing);
    const result = { instanceId, executionId: execution, scheduledSeq: 3, outcome: completed(null) };
    expect(decideTaskResult(undefined, result, 1)).toEqual(nothing);
  });

  test('[T1] of a timer or a child is none', () => {
    const story = new Story().start().turn(after(1, 5), child(2));
    for (const seq of [3, 4]) expect(story.resultDecision(seq, completed('5'))).toEqual(nothing);
  });

  test('[T1] a program may give an id twice: each task is answered by its event, and the newest is the one given up', () => {
    const story = waiting().turn(task(41));
    expect(factsOf(story.resultDecision(3, completed('1')))).toMatchObject([{ scheduledSeq: 3, taskId: 41 }]);
    expect(story.result(3).turn(cancelTask(41)).facts.at(-1)).toMatchObject({ kind: 'TaskCancelled', scheduledSeq: 6 });
  });

  test('[S8] that comes after the end of the function is dropped, though its task is still listed', () => {
    const story = waiting().result(3).turn(complete());
    expect(story.state.openTasks.has(4)).toBe(true);
    expect(story.resultDecision(4, completed('5'))).toEqual(nothing);
  });

  test('of 1 MiB is recorded; one byte more fails the task', () => {
    const whole = `"${'x'.repeat(payloadBytesMax - 2)}"`;
    expect(waiting().resultDecision(3, completed(whole))).toMatchObject({ facts: [{ kind: 'TaskCompleted' }] });
    expect(waiting().resultDecision(3, completed(`${whole} `))).toMatchObject({
      facts: [{ kind: 'TaskFailed', seq: 5, failure: { errorType: 'PayloadTooLarge', nonRetriable: true } }],
    });
  });

  test('that has no UTF-8 fails the task, not the partition', () => {
    const facts = factsOf(waiting().resultDecision(3, completed('"\ud800"')));
    expect(facts).toMatchObject([{ kind: 'TaskFailed', failure: { errorType: 'SerializationError' } }]);
    expect(isEncodable({ facts, messages: [] })).toBe(true);
  });

  const nested = (depth: number): FailureDetails => (depth === 0 ? failureOf('') : { ...failureOf(''), cause: nested(depth - 1) });
  test.each([
    ['with a lone surrogate', failureOf('\ud800')],
    ['of more than 64 KiB', failureOf('x'.repeat(failureBytesMax + 1))],
    ['of too many causes in one another', nested(failureDepthMax + 1)],
    ['of very many errors', { ...failureOf(''), errors: Array.from({ length: failureBytesMax }, () => failureOf('')) }],
  ])('[T2] a failure %s is recorded as one that cannot be told', (_what, failure) => {
    const facts = factsOf(waiting().resultDecision(3, { kind: 'failed', failure }));
    expect(facts).toMatchObject([{ kind: 'TaskFailed', failure: { errorType: 'SerializationError' } }]);
    expect(isEncodable({ facts, messages: [] })).toBe(true);
  });

  test('[T2] a failure as deep as may be is recorded as it is', () => {
    let failure = failureOf('deepest');
    for (let depth = 0; depth < failureDepthMax; depth++) failure = { ...failureOf(''), errors: [failure] };
    const facts = factsOf(waiting().resultDecision(3, { kind: 'failed', failure }));
    expect(facts).toMatchObject([{ failure }]);
    expect(isEncodable({ facts, messages: [] })).toBe(true);
  });
});

describe('a timer', () => {
  /** Event 3; the turn runs at 3,000. */
  const set = (): Story => new Story().start().turn(after(7, 5_000));

  test("[M1] runs from the owner's clock at the commit, even when that was set back behind the turn's time", () => {
    expect(set().facts.at(-1)).toMatchObject({ kind: 'TimerCreated', seq: 3, taskId: 7, fireAtMs: 8_000 });
    const back = new Story().start().turnWith({ clockMs: 500 }, after(7, 5_000));
    expect(back.facts.at(-1)).toMatchObject({ atMs: 2_000, fireAtMs: 5_500 });
  });

  test('[M1] at a time is at that time; parts of a millisecond are rounded up', () => {
    expect(new Story().start().turn(at(1, 123_456)).facts.at(-1)).toMatchObject({ fireAtMs: 123_456 });
    expect(new Story().start().turn(at(1, 123_456.2)).facts.at(-1)).toMatchObject({ fireAtMs: 123_457 });
  });

  test('[M1] is never early, and on time goes through history', () => {
    expect(set().dueDecision(3, 7_999)).toEqual(nothing);
    expect(factsOf(set().dueDecision(3, 8_000))).toMatchObject([
      { kind: 'TimerFired', seq: 4, atMs: 8_000, taskId: 7, scheduledSeq: 3, fireAtMs: 8_000 },
    ]);
  });

  test('[M1] of 400 days does not fire today', () => {
    const days400 = 400 * 86_400_000;
    const story = new Story().start().turn(after(1, days400));
    const firedAt = story.atMs + days400;
    expect(story.dueDecision(3, firedAt - 1)).toEqual(nothing);
    expect(factsOf(story.dueDecision(3, firedAt))).toHaveLength(1);
  });

  test.each([
    ['of no time', after(1, 0)],
    ['of a time past', at(1, 5)],
    ['of a time before 1970', at(1, -5)],
  ])('[M1] %s is due at once, and still recorded first', (_what, action) => {
    const story = new Story().start().turn(action);
    expect(story.facts.at(-1)?.kind).toBe('TimerCreated');
    expect(factsOf(story.dueDecision(3, story.atMs))).toMatchObject([{ kind: 'TimerFired' }]);
  });

  test('[T1] [M1] fires once; one that is unknown, cancelled, of another execution or of no instance never does', () => {
    expect(set().due(3, 9_000).dueDecision(3, 9_000)).toEqual(nothing);
    expect(set().dueDecision(99, 1e12)).toEqual(nothing);
    expect(set().turn(cancelTimer(7)).dueDecision(3, 1e12)).toEqual(nothing);
    expect(set().dueDecision(3, 1e12, otherExecution)).toEqual(nothing);
    expect(set().turn(again()).dueDecision(3, 1e12, execution)).toEqual(nothing);
    expect(waiting().dueDecision(3, 1e12)).toEqual(nothing);
    expect(decideDueTimer(undefined, { instanceId: idOf('order-1'), executionId: execution, seq: 3 }, 1e12)).toEqual(nothing);
  });

  test('[M2] cancelled, is recorded as such with its time, and is no longer open', () => {
    const story = set().turn(cancelTimer(7));
    expect(story.facts.at(-1)).toMatchObject({ kind: 'TimerCancelled', taskId: 7, scheduledSeq: 3, fireAtMs: 8_000 });
    expect(story.state.openTasks.size + story.state.openIds.size).toBe(0);
  });

  test('[M2] cancelled in the turn that made it, is recorded the same way', () => {
    const { facts } = new Story().start().turnDecision({}, at(7, 9_000), cancelTimer(7));
    expect(facts.slice(1)).toMatchObject([
      { kind: 'TimerCreated', seq: 3 },
      { kind: 'TimerCancelled', seq: 4, scheduledSeq: 3, fireAtMs: 9_000 },
    ]);
  });

  test('[M2] [T1] cancelled after it fired, when the program had not been told, cancels nothing', () => {
    const story = set().result(99).due(3, 9_000).turnWith({ inputsThrough: 3 }, cancelTimer(7));
    expect(story.facts.at(-1)).toMatchObject({ kind: 'TimerCancelled', taskId: 7, scheduledSeq: 0 });
    expect(story.state.unfed).toMatchObject([{ kind: 'TimerFired' }]);
  });

  test("[A4] a turn's time is never before the last turn's, nor before a timer that it is fed", () => {
    const story = set().due(3, 8_000);
    expect(turnTime(story.state, 5)).toBe(8_000);
    expect(turnTime(story.state, 9_000)).toBe(9_000);
    expect(turnTime(waiting().state, 5)).toBe(3_000);
    expect(turnTime(waiting().turn(again()).state, 5)).toBe(4_000);
  });
});

describe('a scheduled start', () => {
  const scheduled = (): Story => new Story().start({ startAtMs: 9_000 });

  test('[S7] comes due once, and not early', () => {
    expect(scheduled().dueDecision(0, 8_999)).toEqual(nothing);
    expect(factsOf(scheduled().dueDecision(0, 9_000))).toMatchObject([{ kind: 'StartDue', seq: 2, atMs: 9_000 }]);
    expect(scheduled().due(0, 9_000).state.startAtMs).toBeNull();
    expect(scheduled().due(0, 9_000).dueDecision(0, 9_000)).toEqual(nothing);
  });

  test('[S7] that is none, or of another execution, never comes due', () => {
    expect(waiting().dueDecision(0, 1e12)).toEqual(nothing);
    expect(scheduled().dueDecision(0, 1e12, otherExecution)).toEqual(nothing);
  });
});

describe("a child's report", () => {
  const calling = (): Story => new Story().start().turn(child(7));
  const reportOf = (changes: Partial<ReportChild> = {}): ReportChild => {
    const link = { instanceId: idOf('order-1'), executionId: execution, scheduledSeq: 3, childInstanceId: idOf('child-7') };
    return { kind: 'ReportChild', ...link, result: '5', failure: null, ...changes };
  };

  test('[O2] completes or fails the task that called it', () => {
    expect(factsOf(calling().commandDecision(reportOf()))).toMatchObject([
      { kind: 'ChildCompleted', seq: 4, taskId: 7, scheduledSeq: 3, result: '5' },
    ]);
    expect(factsOf(calling().commandDecision(reportOf({ result: null })))).toMatchObject([{ kind: 'ChildCompleted', result: null }]);
    const failure = failureOf('sank');
    expect(factsOf(calling().commandDecision(reportOf({ result: null, failure })))).toMatchObject([
      { kind: 'ChildFailed', taskId: 7, failure },
    ]);
  });

  test('[O2] [T1] for a task that is answered, given up, another, of another execution, ended or unknown is dropped', () => {
    expect(calling().command(reportOf()).commandDecision(reportOf())).toEqual(nothing);
    expect(calling().turn(cancelTask(7)).commandDecision(reportOf())).toEqual(nothing);
    expect(calling().commandDecision(reportOf({ scheduledSeq: 9 }))).toEqual(nothing);
    expect(calling().commandDecision(reportOf({ executionId: otherExecution }))).toEqual(nothing);
    expect(calling().commandDecision(reportOf({ childInstanceId: idOf('child-8') }))).toEqual(nothing);
    expect(waiting().commandDecision(reportOf())).toEqual(nothing);
    expect(calling().turn(complete()).commandDecision(reportOf())).toEqual(nothing);
    expect(calling().turn(again()).commandDecision(reportOf())).toEqual(nothing);
    const given = { commandId: 'c' as CommandId, atMs: 5, newExecutionId: () => executionOf(9), isMessage: true };
    expect(decideCommand(undefined, reportOf(), given)).toEqual(nothing);
  });

  test.each([
    ['is not JSON', '{', 'SerializationError'],
    ['has no UTF-8', '"\ud800"', 'SerializationError'],
    ['is over 1 MiB', `"${'x'.repeat(payloadBytesMax)}"`, 'PayloadTooLarge'],
  ])('[O2] whose result %s fails the task', (_what, result, errorType) => {
    const facts = factsOf(calling().commandDecision(reportOf({ result })));
    expect(facts).toMatchObject([{ kind: 'ChildFailed', failure: { errorType, nonRetriable: true } }]);
    expect(isEncodable({ facts, messages: [] })).toBe(true);
  });

  test('[O2] is sent nobody else: a report has no answer', () => {
    expect(messagesOf(calling().commandDecision(reportOf()))).toEqual([]);
  });
});
