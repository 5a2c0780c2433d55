import { describe, expect, test } from 'vitest';
import { isReady, runtimeStatus } from '../../../engine/core/index.ts';
import type { CommandBody } from '../../../schemas/index.ts';
import {
  after,
  again,
  canceled,
  cancelOf,
  child,
  codeOf,
  complete,
  completed,
  execution,
  executionOf,
  factsOf,
  fail,
  idOf,
  kindsOf,
  messagesOf,
  nothing,
  parentOf,
  raiseOf,
  resumeOf,
  startOf,
  Story,
  suspendOf,
  task,
  terminateOf,
} from './given.ts';

const pending = (): Story => new Story().start();
const running = (): Story => pending().turn(task(1), after(2, 5_000), child(3));
const ends: readonly [string, () => Story][] = [
  ['Completed', () => pending().turn(complete('"out"'))],
  ['Failed', () => pending().turn(fail('x'))],
  ['Terminated', () => pending().command(terminateOf())],
  ['Canceled', () => pending().command(cancelOf())],
];
const orders: readonly CommandBody[] = [suspendOf(), resumeOf(), terminateOf(), cancelOf()];

describe('status', () => {
  test('[S1] goes from Pending to Running, to Suspended and back, and to each end', () => {
    expect(runtimeStatus(pending().state)).toBe('Pending');
    expect(runtimeStatus(running().state)).toBe('Running');
    expect(runtimeStatus(running().command(suspendOf()).state)).toBe('Suspended');
    expect(runtimeStatus(running().command(suspendOf()).command(resumeOf()).state)).toBe('Running');
    for (const [status, story] of ends) expect(runtimeStatus(story().state)).toBe(status);
  });

  test('[S1] of an instance that continued as new is Running, before and after its first turn', () => {
    const story = pending().turn(again());
    expect(story.state.life.status).toBe('Pending');
    expect(runtimeStatus(story.state)).toBe('Running');
    expect(runtimeStatus(story.turn(task(1)).state)).toBe('Running');
    expect(runtimeStatus(pending().turn(again()).command(suspendOf()).state)).toBe('Suspended');
  });

  test.each(ends)('[S1] %s: no order, result, timer, event or turn changes it', (status, story) => {
    const told = story();
    for (const order of orders) expect(told.commandDecision(order)).toEqual(nothing);
    expect(codeOf(told.commandDecision(raiseOf()))).toBe('INSTANCE_TERMINAL');
    expect(told.resultDecision(3, completed('1'))).toEqual(nothing);
    expect(told.dueDecision(3, 1e12)).toEqual(nothing);
    expect(told.dueDecision(0, 1e12)).toEqual(nothing);
    expect(told.turnDecision({}, task(1))).toMatchObject({ facts: [], messages: [] });
    expect(runtimeStatus(told.state)).toBe(status);
  });

  test.each(orders)('[S2] [S3] [S4] $kind of an unknown instance is refused', (order) => {
    expect(codeOf(new Story().commandDecision(order))).toBe('INSTANCE_NOT_FOUND');
  });
});

describe('suspend', () => {
  test('[S2] is recorded once: a second one, and a resume of what is not suspended, change nothing', () => {
    const story = running();
    const seq = story.state.lastSeq + 1;
    expect(story.commandDecision(resumeOf())).toEqual(nothing);
    expect(factsOf(story.commandDecision(suspendOf()))).toMatchObject([{ kind: 'InstanceSuspended', seq, reason: 'audit' }]);
    expect(story.command(suspendOf()).commandDecision(suspendOf())).toEqual(nothing);
    expect(factsOf(story.commandDecision(resumeOf()))).toMatchObject([{ kind: 'InstanceResumed', seq: seq + 1, reason: 'done' }]);
  });

  test('[S2] events, results and due timers are recorded in order, no turn is due; resume feeds them in that order', () => {
    const story = running().command(suspendOf()).command(raiseOf()).result(3, completed('5')).due(4, 1e6).command(cancelOf());
    expect(story.state.unfed.map((input) => input.kind)).toEqual(['EventRaised', 'TaskCompleted', 'TimerFired', 'CancelRequested']);
    expect(isReady(story.state)).toBe(false);
    story.command(resumeOf());
    expect(isReady(story.state)).toBe(true);
    expect(story.state.unfed.map((input) => input.kind)).toEqual(['EventRaised', 'TaskCompleted', 'TimerFired', 'CancelRequested']);
  });

  test('[S2] of a Pending instance holds its first turn back, due or not', () => {
    const story = pending().command(suspendOf());
    expect(isReady(story.state)).toBe(false);
    expect(isReady(story.command(resumeOf()).state)).toBe(true);
    const later = new Story().start({ startAtMs: 9_000 }).command(suspendOf()).due(0, 9_000);
    expect(isReady(later.state)).toBe(false);
    expect(isReady(later.command(resumeOf()).state)).toBe(true);
  });
});

describe('terminate', () => {
  test.each([
    ['Pending', pending],
    ['Running', running],
    ['Suspended', () => running().command(suspendOf())],
    ['scheduled', () => new Story().start({ startAtMs: 90_000 })],
    ['continued as new', () => running().turn(again())],
  ])('[S3] of a %s instance is its end, with output and reason kept', (_status, story) => {
    const told = story();
    const seq = told.state.lastSeq + 1;
    expect(factsOf(told.commandDecision(terminateOf()))).toMatchObject([
      { kind: 'InstanceTerminated', seq, output: '"cut"', reason: 'late' },
    ]);
    const { state } = told.command(terminateOf());
    expect(state).toMatchObject({ life: { status: 'Terminated', endSeq: seq }, suspended: false, unfed: [] });
    expect(isReady(state)).toBe(false);
  });

  test('[S3] already terminal: no-op, the output stays', () => {
    const story = running().command(terminateOf({ output: '1' }));
    const { life } = story.state;
    expect(story.commandDecision(terminateOf({ output: '2' }))).toEqual(nothing);
    expect(story.command(terminateOf({ output: '2' })).state.life).toEqual(life);
  });

  test('[S3] buffered events are discarded, and there is no turn for a finally', () => {
    const { state } = running().command(raiseOf()).command(terminateOf());
    expect(state).toMatchObject({ unread: [], unreadBytes: 0, unfed: [] });
  });

  test('[S3] recursive reaches the open children of this execution, and only those', () => {
    const story = running().turn(again()).turn(child(1, 'new'), child(2, 'done'));
    story.command({ ...reportOf('done', 4, 2) });
    const messages = messagesOf(story.commandDecision(terminateOf()));
    expect(messages).toMatchObject([
      {
        kind: 'TerminateInstance',
        instanceId: 'new',
        output: null,
        recursive: true,
        childOf: { executionId: executionOf(2), scheduledSeq: 3 },
      },
    ]);
    expect(messagesOf(story.commandDecision(terminateOf({ recursive: false })))).toEqual([]);
  });

  test('[S3] with an output that is not JSON is refused', () => {
    expect(codeOf(running().commandDecision(terminateOf({ output: '{' })))).toBe('INPUT_NOT_JSON');
  });

  test.each([
    ['another task', parentOf({ scheduledSeq: 4 })],
    ['another execution', parentOf({ executionId: execution })],
    ['another parent', parentOf({ instanceId: idOf('parent-2') })],
  ])('[S3] [S4] by a parent for %s is not for this instance, nor for one that has no parent', (_what, childOf) => {
    for (const story of [new Story().start({ parent: parentOf() }), pending()]) {
      expect(story.commandDecision(terminateOf({ childOf }))).toEqual(nothing);
      expect(story.commandDecision(cancelOf({ childOf }))).toEqual(nothing);
    }
  });

  test('[S3] [O2] by its parent ends the child, and the child still reports', () => {
    const decision = new Story().start({ parent: parentOf() }).commandDecision(terminateOf({ childOf: parentOf() }));
    expect(kindsOf(factsOf(decision))).toEqual(['InstanceTerminated']);
    expect(messagesOf(decision)).toMatchObject([
      { kind: 'ReportChild', failure: { errorType: 'OrchestrationTerminatedError', message: 'late' } },
    ]);
  });
});

function reportOf(childId: string, scheduledSeq: number, executionNumber: number): CommandBody {
  const link = { instanceId: idOf('order-1'), executionId: executionOf(executionNumber), scheduledSeq };
  return { kind: 'ReportChild', ...link, childInstanceId: idOf(childId), result: '1', failure: null };
}

describe('cancel', () => {
  test('[S4] of a function that never ran is the end at once, and the parent is told', () => {
    const decision = new Story().start({ parent: parentOf() }).commandDecision(cancelOf());
    expect(factsOf(decision)).toMatchObject([
      { kind: 'CancelRequested', seq: 2, reason: 'enough' },
      { kind: 'InstanceCanceled', seq: 3, output: null },
    ]);
    expect(messagesOf(decision)).toMatchObject([{ kind: 'ReportChild', failure: { errorType: 'CancelledError' } }]);
    expect(kindsOf(factsOf(new Story().start({ startAtMs: 90_000 }).commandDecision(cancelOf())))).toContain('InstanceCanceled');
  });

  test('[S4] of a running instance is an input: the function is told in its next turn', () => {
    const story = running().command(cancelOf());
    expect(story.state).toMatchObject({ cancelRequested: true, unfed: [{ kind: 'CancelRequested', reason: 'enough' }] });
    expect(story.state.life.status).toBe('Running');
    expect(isReady(story.state)).toBe(true);
  });

  test('[S4] twice is once', () => {
    expect(running().command(cancelOf()).commandDecision(cancelOf())).toEqual(nothing);
    expect(running().command(cancelOf()).turn(task(9)).commandDecision(cancelOf())).toEqual(nothing);
  });

  test('[S4] by its parent reaches the child it names', () => {
    const story = new Story().start({ parent: parentOf() }).turn(task(1));
    expect(kindsOf(factsOf(story.commandDecision(cancelOf({ childOf: parentOf() }))))).toEqual(['CancelRequested']);
  });

  test.each([
    ['a return value, which is the output', canceled('"half"'), 'Canceled', { errorType: 'CancelledError' }],
    ['CancelledError', canceled(), 'Canceled', { errorType: 'CancelledError' }],
    ['another error', fail('broke'), 'Failed', { errorType: 'Error', message: 'broke' }],
  ])('[S4] that ends with %s', (_what, end, status, failure) => {
    const story = new Story().start({ parent: parentOf() }).turn(task(1)).command(cancelOf()).turn(end);
    expect(runtimeStatus(story.state)).toBe(status);
    expect(story.messages).toMatchObject([{ kind: 'ReportChild', failure }]);
    if (end.kind === 'CancelInstance') expect(story.facts.at(-1)).toMatchObject({ kind: 'InstanceCanceled', output: end.output });
  });

  test('[S4] tasks called later work', () => {
    const story = running().command(cancelOf()).turn(task(7));
    const { lastSeq } = story.state;
    expect(kindsOf(factsOf(story.resultDecision(lastSeq, completed('1'))))).toEqual(['TaskCompleted']);
  });

  test('[S4] [C1] of a generation that has not run is told to it: it may have to clean up for those before', () => {
    const story = running().turn(again()).command(cancelOf());
    expect(story.state).toMatchObject({ cancelRequested: true, life: { status: 'Pending' } });
    expect(story.state.unfed.map((input) => input.kind)).toEqual(['InstanceStarted', 'CancelRequested']);
  });

  describe('in the turn that continues as new', () => {
    const busy = (): Story => pending().turn(task(1));

    test('[S4] [C1] behind an input that the function may have ended with is told to the next generation', () => {
      const story = busy().result(3).command(cancelOf()).turn(again());
      expect(story.facts.slice(-3)).toMatchObject([
        { kind: 'ContinuedAsNew' },
        { kind: 'InstanceStarted', executionId: executionOf(2), seq: 1 },
        { kind: 'CancelRequested', executionId: executionOf(2), seq: 2, reason: 'enough' },
      ]);
      expect(story.state).toMatchObject({ cancelRequested: true, lastSeq: 2 });
      expect(story.state.unfed.map((input) => input.kind)).toEqual(['InstanceStarted', 'CancelRequested']);
    });

    test('[S4] [C1] behind events that are read one a generation is told when all are read', () => {
      const story = busy();
      for (let nth = 1; nth <= 3; nth++) story.command(raiseOf());
      story.command(cancelOf());
      for (let number = 1; number <= 3; number++) {
        story.turnWith({ taken: [{ number, bytes: 1 }] }, again());
        expect(story.state).toMatchObject({ cancelRequested: true, generation: number + 1 });
      }
      expect(runtimeStatus(story.turn(canceled()).state)).toBe('Canceled');
    });

    test('[S4] [C1] that the function certainly was told of, and went on, is over: it may be asked again', () => {
      for (const story of [busy().command(cancelOf()).turn(again()), busy().command(cancelOf()).turn(task(5)).turn(again())]) {
        expect(story.state.cancelRequested).toBe(false);
        expect(kindsOf(factsOf(story.commandDecision(cancelOf())))).toEqual(['CancelRequested']);
      }
      const carried = busy().result(3).command(cancelOf()).turn(again()).turn(again());
      expect(carried.state).toMatchObject({ cancelRequested: false, generation: 3 });
    });
  });
});

test('[S3] terminate and then start under the same id: the new instance has nothing of the old', () => {
  const story = running().command(suspendOf()).command(raiseOf()).command(cancelOf()).command(terminateOf());
  story.command(startOf({ onConflict: 'replaceTerminal' }));
  expect(story.state).toMatchObject({
    suspended: false,
    cancelRequested: false,
    unread: [],
    unreadBytes: 0,
    openTasks: new Map(),
    inboxNext: 2,
  });
  expect(story.state.eventIds.size).toBe(0);
});
