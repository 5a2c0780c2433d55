import { describe, expect, test } from 'vitest';
import { historyEventsMax, tasksPerTurnMax, turnPayloadBytesMax, type TurnAction } from '../../../engine/core/index.ts';
import {
  customStatusBytesMax,
  failureBytesMax,
  nameBytesMax,
  payloadBytesMax,
  tagsMax,
  versionBytesMax,
  type CommandBody,
  type Fact,
} from '../../../schemas/index.ts';
import {
  after,
  again,
  at,
  canceled,
  cancelTask,
  child,
  complete,
  event,
  execution,
  fail,
  failureOf,
  idOf,
  isEncodable,
  kindsOf,
  parentOf,
  sent,
  startOf,
  status,
  Story,
  stateOf,
  task,
} from './given.ts';

const pending = (): Story => new Story().start();
const turnOf = (...actions: readonly TurnAction[]): readonly Fact[] => pending().turnDecision({}, ...actions).facts;
const messagesOf = (...actions: readonly TurnAction[]): readonly CommandBody[] => pending().turnDecision({}, ...actions).messages;

describe('a turn', () => {
  test('[D1] is its marker, then one fact an action, in the order the actions were taken', () => {
    expect(turnOf(task(3, '1'), task(1, null), complete('"out"'))).toMatchObject([
      { kind: 'TurnStarted', seq: 2, inputsThrough: 1, eventsTaken: [], eventBytesTaken: 0 },
      { kind: 'TaskScheduled', seq: 3, taskId: 3, input: '1', attempt: 1, firstTaskId: 0 },
      { kind: 'TaskScheduled', seq: 4, taskId: 1, input: null },
      { kind: 'InstanceCompleted', seq: 5, output: '"out"' },
    ]);
  });

  test('[D1] records every kind of action with all it says', () => {
    const { facts, messages } = pending().turnDecision(
      {},
      ...[
        task(1),
        child(2),
        sent(3),
        after(4, 10),
        event(5, 'other'),
        status('"s"'),
        { kind: 'MarkPatch', id: 'p' } as const,
        cancelTask(1),
      ],
    );
    expect(facts.slice(1)).toMatchObject([
      { kind: 'TaskScheduled', taskId: 1, name: 'pack', version: '', tags: [] },
      { kind: 'ChildScheduled', taskId: 2, name: 'ship', childInstanceId: 'child-2', input: '2', attempt: 1 },
      { kind: 'StartSent', taskId: 3, name: 'ship', childInstanceId: 'free-1' },
      { kind: 'TimerCreated', taskId: 4 },
      { kind: 'EventSent', taskId: 5, targetInstanceId: 'other', name: 'paid', payload: '1' },
      { kind: 'CustomStatusSet', value: '"s"' },
      { kind: 'PatchMarked', id: 'p' },
      { kind: 'TaskCancelled', taskId: 1, scheduledSeq: 3 },
    ]);
    expect(isEncodable({ facts, messages })).toBe(true);
  });

  test('without actions is the marker alone; it makes the instance Running, and feeds what it says', () => {
    expect(kindsOf(turnOf())).toEqual(['TurnStarted']);
    const { state } = pending().turn();
    expect(state).toMatchObject({ life: { status: 'Running' }, unfed: [], turnAtMs: 3_000 });
    const later = pending().turn(task(1), task(2)).result(3).result(4).turnWith({ inputsThrough: 5 });
    expect(later.state.unfed.map((input) => input.seq)).toEqual([6]);
  });

  test('[S8] ends with the function: actions after the end do not count, and neither do their faults', () => {
    expect(kindsOf(turnOf(complete(), task(1)))).toEqual(['TurnStarted', 'InstanceCompleted']);
    expect(kindsOf(turnOf(fail('x'), complete()))).toEqual(['TurnStarted', 'InstanceFailed']);
    expect(kindsOf(turnOf(complete(), task(1, 'x'.repeat(payloadBytesMax + 1))))).toEqual(['TurnStarted', 'InstanceCompleted']);
  });

  test('[S8] completes whatever is still open; actions before the end are sent', () => {
    const { facts, messages } = pending().turnDecision({}, task(1), after(2, 5), event(3, 'other'), sent(4), complete('1'));
    expect(kindsOf(facts).at(-1)).toBe('InstanceCompleted');
    expect(messages.map((message) => message.kind)).toEqual(['RaiseEvent', 'StartInstance']);
  });

  test('an end keeps its number and time, and drops what was not fed', () => {
    const story = pending().turn(task(1)).result(3);
    story.turn(fail('x'));
    expect(story.state).toMatchObject({ life: { status: 'Failed', endSeq: 6, endedAtMs: story.state.updatedAtMs }, unfed: [] });
  });

  test('facts of another execution, and of an instance that never started, change nothing', () => {
    const story = pending();
    const [marker] = pending().turnDecision({}).facts;
    if (marker === undefined) throw new Error('no marker');
    expect(stateOf([...story.facts, { ...marker, executionId: 'f'.repeat(32) as typeof execution }])).toEqual(story.state);
    expect(stateOf([marker])).toBeUndefined();
  });
});

describe('what a turn sends', () => {
  test("[O1] [O2] a child's start names the task it answers, and the version of the action", () => {
    const call: TurnAction = { ...child(2), version: '3' } as TurnAction;
    expect(messagesOf(task(1), call)).toEqual([
      {
        ...startOf({ instanceId: idOf('child-2'), name: 'ship', version: '3', input: '2' }),
        parent: { instanceId: 'order-1', executionId: execution, scheduledSeq: 4, name: 'order' },
      },
    ]);
  });

  test('[O2] a start that nobody waits for has no parent, and opens no task', () => {
    expect(messagesOf(sent(1))).toMatchObject([{ kind: 'StartInstance', instanceId: 'free-1', parent: null, onConflict: 'error' }]);
    expect(pending().turn(sent(1)).state.openTasks.size).toBe(0);
  });

  test('[E4] an event for another instance is one message, without an id and without startIfMissing', () => {
    expect(messagesOf(event(1, 'other', null))).toEqual([
      { kind: 'RaiseEvent', instanceId: 'other', name: 'paid', payload: null, eventId: '', startIfMissing: null },
    ]);
  });

  test('[S4] giving up a child asks it to cancel, and names the task', () => {
    const story = pending().turn(task(1), child(2)).turn(cancelTask(2), cancelTask(1));
    expect(story.messages.slice(1)).toMatchObject([
      { kind: 'CancelInstance', instanceId: 'child-2', childOf: { instanceId: 'order-1', executionId: execution, scheduledSeq: 4 } },
    ]);
    expect([...story.state.openTasks, ...story.state.openIds]).toEqual([]);
  });

  test('[S4] giving up a child in the turn that called it starts it and then asks it to cancel', () => {
    expect(messagesOf(child(2), cancelTask(2))).toMatchObject([
      { kind: 'StartInstance', instanceId: 'child-2', parent: { scheduledSeq: 3 } },
      { kind: 'CancelInstance', instanceId: 'child-2', childOf: { scheduledSeq: 3 } },
    ]);
  });

  const ends: readonly [string, TurnAction, object][] = [
    ['completes', complete('5'), { result: '5', failure: null }],
    ['completes without a value', complete(), { result: null, failure: null }],
    ['fails', fail('sank'), { result: null, failure: failureOf('sank') }],
    ['is canceled', canceled('1'), { result: null, failure: { errorType: 'CancelledError' } }],
    ['does what the log cannot carry', complete('"\ud800"'), { failure: { errorType: 'SerializationError' } }],
  ];
  test.each(ends)("[O2] a child that %s tells its parent's task, once", (_what, action, end) => {
    const { messages } = new Story().start({ parent: parentOf() }).turnDecision({}, action);
    expect(messages).toMatchObject([
      { ...{ kind: 'ReportChild', instanceId: 'parent-1', scheduledSeq: 3, childInstanceId: 'order-1' }, ...end },
    ]);
    expect(pending().turnDecision({}, action).messages).toEqual([]);
  });

  test('[O2] [C1] a child that continues as new says nothing until the last generation ends', () => {
    const story = new Story().start({ parent: parentOf() }).turn(again()).turn(again());
    expect(story.messages).toEqual([]);
    expect(story.turn(complete('9')).messages).toMatchObject([{ kind: 'ReportChild', result: '9', ...{ instanceId: 'parent-1' } }]);
  });
});

describe('custom status', () => {
  test('[S9] is any JSON, the last of the turn wins, and none takes it away', () => {
    expect(pending().turn(status('1'), status('{"a":null}')).state.customStatus).toBe('{"a":null}');
    expect(pending().turn(status('null')).state.customStatus).toBe('null');
    expect(pending().turn(status('1')).turn(status(null)).state.customStatus).toBeNull();
  });

  test('[S9] of 16 KiB is kept; one byte more fails the instance', () => {
    const whole = `"${'é'.repeat(customStatusBytesMax / 2 - 1)}"`;
    expect(kindsOf(turnOf(status(whole)))).toEqual(['TurnStarted', 'CustomStatusSet']);
    expect(turnOf(status(`${whole} `))).toMatchObject([{}, { kind: 'InstanceFailed', failure: { errorType: 'PayloadTooLarge' } }]);
  });
});

describe('the limits of a turn', () => {
  test(`may schedule ${String(tasksPerTurnMax)} tasks of any kind; one more fails the instance and schedules none`, () => {
    for (const make of [
      task,
      (id: number) => after(id, 5),
      (id: number) => child(id),
      (id: number) => sent(id),
      (id: number) => event(id, 'o'),
    ]) {
      const tasks = Array.from({ length: tasksPerTurnMax }, (_, nth) => make(nth));
      expect(turnOf(...tasks)).toHaveLength(tasksPerTurnMax + 1);
      const { facts, messages } = pending().turnDecision({}, ...tasks, make(-1));
      expect(facts).toMatchObject([
        { kind: 'TurnStarted', seq: 2 },
        { kind: 'InstanceFailed', seq: 3, failure: { errorType: 'TooManyTasks' } },
      ]);
      expect(messages).toEqual([]);
    }
  });

  test('the inputs of one turn may be 32 MiB together, those that are also sent counted twice; more fails the instance', () => {
    const large = `"${'x'.repeat(payloadBytesMax - 2)}"`;
    const count = turnPayloadBytesMax / payloadBytesMax;
    const tasks = Array.from({ length: count }, (_, nth) => task(nth, large));
    expect(turnOf(...tasks)).toHaveLength(count + 1);
    const tooMuch = [{ kind: 'TurnStarted' }, { kind: 'InstanceFailed', failure: { errorType: 'PayloadTooLarge' } }];
    expect(turnOf(...tasks, task(-1, '0'))).toMatchObject(tooMuch);
    const events = Array.from({ length: count / 2 }, (_, nth) => event(nth, 'other', large));
    expect(turnOf(...events)).toHaveLength(count / 2 + 1);
    expect(turnOf(...events, event(-1, 'other', '0'))).toMatchObject(tooMuch);
  });

  test('a history may have 50,000 events; one that would have more fails, unless its function has ended', () => {
    expect(historyEventsMax).toBe(50_000);
    const at9 = (): Story => pending().turn(...Array.from({ length: 7 }, (_, nth) => task(nth)));
    const limited = (...actions: TurnAction[]): string[] => kindsOf(at9().turnDecision({ historyEventsMax: 12 }, ...actions).facts);
    expect(limited(task(8), task(9))).toEqual(['TurnStarted', 'TaskScheduled', 'TaskScheduled']);
    expect(limited(task(8), task(9), task(10))).toEqual(['TurnStarted', 'InstanceFailed']);
    expect(at9().turnDecision({ historyEventsMax: 12 }, task(8), task(9), task(10)).facts.at(-1)).toMatchObject({
      failure: { errorType: 'HistoryTooLarge', nonRetriable: true },
    });
    for (const end of [complete(), canceled(), fail('x')]) expect(limited(task(8), task(9), end)).toHaveLength(4);
    expect(limited(task(8), task(9), again())).toHaveLength(5);
  });

  const tooLarge = `"${'x'.repeat(payloadBytesMax - 1)}"`;
  const named = (changes: object, action: TurnAction = task(1)): TurnAction => ({ ...action, ...changes });
  const long = 'n'.repeat(nameBytesMax + 1);
  const tags = Array.from({ length: tagsMax + 1 }, (_, nth) => ({ key: String(nth), value: '' }));
  const faulty: readonly [string, readonly TurnAction[], string][] = [
    ["a task's input of 1 MiB + 1", [task(1), task(2, tooLarge)], 'PayloadTooLarge'],
    ['an output of 1 MiB + 1', [task(1), complete(tooLarge)], 'PayloadTooLarge'],
    ["a canceled one's output of 1 MiB + 1", [canceled(tooLarge)], 'PayloadTooLarge'],
    ["the next generation's input of 1 MiB + 1", [again(tooLarge)], 'PayloadTooLarge'],
    ['an event of 1 MiB + 1', [event(1, 'other', tooLarge)], 'PayloadTooLarge'],
    ["a task's input without UTF-8", [task(1, '"\udfff"')], 'SerializationError'],
    ['an output without UTF-8', [complete('"\ud800x"')], 'SerializationError'],
    ['a custom status without UTF-8', [status('"\ud800x"')], 'SerializationError'],
    ['a task without a name', [named({ name: '' })], 'InvalidName'],
    ['a task whose name is too long', [named({ name: long })], 'InvalidName'],
    ['a task whose name has no UTF-8', [named({ name: '\ud800' })], 'InvalidName'],
    ['a child without a name', [named({ name: '' }, child(1))], 'InvalidName'],
    ['a start without a name', [named({ name: '' }, sent(1))], 'InvalidName'],
    ['an event whose name is too long', [named({ name: long }, event(1, 'other'))], 'InvalidName'],
    ['a patch without an id', [{ kind: 'MarkPatch', id: '' }], 'InvalidName'],
    ['a version that is too long', [named({ version: '1'.repeat(versionBytesMax + 1) })], 'InvalidName'],
    ['a version without UTF-8', [named({ version: '\ud800' }, child(1))], 'InvalidName'],
    ["the next generation's version too long", [again('1', true, '1'.repeat(versionBytesMax + 1))], 'InvalidName'],
    ['one tag too many', [named({ tags })], 'InvalidTags'],
    ['a tag without UTF-8', [named({ tags: [{ key: 'k', value: '\ud800' }] }, sent(1))], 'InvalidName'],
    ['a child under an impossible id', [child(1, '@x')], 'InvalidInstanceId'],
    ['a start under an empty id', [sent(1, '')], 'InvalidInstanceId'],
    ['an event for an id without UTF-8', [event(1, '\ud800')], 'InvalidInstanceId'],
    ['a timer at no time', [at(1, NaN)], 'InvalidTimer'],
    ['a timer for ever', [after(1, Infinity)], 'InvalidTimer'],
    ['a timer after the year 9999', [at(1, 253_402_300_800_000)], 'InvalidTimer'],
  ];
  test.each(faulty)('with %s fails the instance in facts that fit the log, and sends nothing', (_what, actions, errorType) => {
    const result = pending().turnDecision({}, ...actions);
    expect(result.facts).toMatchObject([{ kind: 'TurnStarted' }, { kind: 'InstanceFailed', failure: { errorType, nonRetriable: true } }]);
    expect(result.messages).toEqual([]);
    expect(isEncodable(result)).toBe(true);
  });

  test('[T2] a failure that the log cannot carry is recorded as one that cannot be told', () => {
    for (const message of ['\ud800', 'x'.repeat(failureBytesMax)]) {
      const result = new Story().start({ parent: parentOf() }).turnDecision({}, fail(message));
      expect(result.facts.at(-1)).toMatchObject({ kind: 'InstanceFailed', failure: { errorType: 'SerializationError' } });
      expect(isEncodable(result)).toBe(true);
    }
  });
});
