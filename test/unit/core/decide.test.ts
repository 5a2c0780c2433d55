import { describe, expect, test } from 'vitest';
import {
  decideStart,
  decideTaskResult,
  decideTurn,
  tasksPerTurnMax,
  turnPayloadBytesMax,
  type Decision,
  type TurnAction,
} from '../../../engine/core/index.ts';
import {
  commandIdBytesMax,
  encodeHistory,
  instanceIdBytesMax,
  nameBytesMax,
  payloadBytesMax,
  tagKeyBytesMax,
  tagsMax,
  tagValueBytesMax,
  versionBytesMax,
  type Claimant,
  type CommandId,
  type Fact,
  type InstanceId,
  type StartInstance,
} from '../../../schemas/index.ts';
import { complete, completed, execution, fail, failed, otherExecution, startCommand, startOf, stateOf, Story, task } from './given.ts';

const given = { commandId: startCommand, executionId: execution, atMs: 7 };
const codeOf = (decision: Decision): string => (decision.kind === 'refused' ? decision.refusal.code : 'not refused');
const kindsOf = (facts: readonly Fact[]): string[] => facts.map((fact) => fact.kind);

/** That the log takes a fact is what every bound here is for. */
function encodable(facts: readonly Fact[]): boolean {
  return facts.every((body) => encodeHistory({ epoch: 1, claimant: '0123456789abcdef' as Claimant, commit: 1, body }).length > 0);
}

describe('a start', () => {
  test('given nothing, becomes InstanceStarted, event 1', () => {
    const start = startOf({ version: '1.2', input: '{"a":1}', tags: [{ key: 'k', value: 'v' }] });
    const { instanceId, name, version, input, tags } = start;
    expect(decideStart(undefined, start, given)).toEqual({
      kind: 'facts',
      facts: [
        {
          ...{ kind: 'InstanceStarted', instanceId, executionId: execution, seq: 1, atMs: 7 },
          ...{ name, version, input, tags, commandId: startCommand },
        },
      ],
    });
  });

  const refusals: readonly [string, string, Partial<StartInstance>][] = [
    ['an empty id', 'INSTANCE_ID_INVALID', { instanceId: '' as InstanceId }],
    ['an id with a leading @', 'INSTANCE_ID_INVALID', { instanceId: '@x' as InstanceId }],
    ['an id with a lone surrogate', 'INSTANCE_ID_INVALID', { instanceId: 'a\ud800' as InstanceId }],
    ['an id of one byte too many', 'INSTANCE_ID_INVALID', { instanceId: ('é'.repeat(instanceIdBytesMax / 2) + 'x') as InstanceId }],
    ['an empty name', 'NAME_INVALID', { name: '' }],
    ['a name of one byte too many', 'NAME_INVALID', { name: 'n'.repeat(nameBytesMax + 1) }],
    ['a version of one byte too many', 'VERSION_INVALID', { version: '1'.repeat(versionBytesMax + 1) }],
    ['one tag too many', 'TAGS_INVALID', { tags: Array.from({ length: tagsMax + 1 }, (_, at) => ({ key: String(at), value: '' })) }],
    ['a tag without a key', 'TAGS_INVALID', { tags: [{ key: '', value: 'v' }] }],
    ['a tag whose key is too long', 'TAGS_INVALID', { tags: [{ key: 'k'.repeat(tagKeyBytesMax + 1), value: '' }] }],
    ['a tag whose value is too long', 'TAGS_INVALID', { tags: [{ key: 'k', value: 'v'.repeat(tagValueBytesMax + 1) }] }],
    ['an input of 1 MiB + 1', 'PAYLOAD_TOO_LARGE', { input: `"${'x'.repeat(payloadBytesMax - 1)}"` }],
    ['an input of too many bytes in few characters', 'PAYLOAD_TOO_LARGE', { input: `"${'é'.repeat(payloadBytesMax / 2)}"` }],
  ];
  test.each(refusals)('[S7] with %s is refused as %s', (_what, code, changes) => {
    expect(codeOf(decideStart(undefined, startOf(changes), given))).toBe(code);
  });

  test.each([
    ['empty', ''],
    ['too long', 'c'.repeat(commandIdBytesMax + 1)],
  ])('with a command id that is %s is refused', (_what, commandId) => {
    expect(codeOf(decideStart(undefined, startOf(), { ...given, commandId: commandId as CommandId }))).toBe('COMMAND_ID_INVALID');
  });

  test.each([
    ['the longest id', { instanceId: ('é'.repeat(126) + '🎉') as InstanceId }],
    ['an id of any characters', { instanceId: 'a/b?c#d e\u0000日本🎉%2F' as InstanceId }],
    ['an input of 1 MiB', { input: `"${'x'.repeat(payloadBytesMax - 2)}"` }],
    ['no input', { input: null }],
    ['the most tags', { tags: Array.from({ length: tagsMax }, (_, at) => ({ key: String(at), value: '' })) }],
  ])('[S7] with %s is accepted and fits the log', (_what, changes: Partial<StartInstance>) => {
    const decision = decideStart(undefined, startOf(changes), given);
    if (decision.kind === 'refused') throw new Error(decision.refusal.message);
    expect(kindsOf(decision.facts)).toEqual(['InstanceStarted']);
    expect(encodable(decision.facts)).toBe(true);
  });

  test('[S7] of an id that exists is refused, whatever its state, and the message says which', () => {
    const again = { ...given, commandId: 'command-2' as CommandId };
    const stories: readonly [Story, string][] = [
      [new Story().start(), 'Pending'],
      [new Story().start().turn(task(1)), 'Running'],
      [new Story().start().turn(complete()), 'Completed'],
      [new Story().start().turn(fail('x')), 'Failed'],
    ];
    for (const [story, status] of stories) {
      const decision = decideStart(story.state, startOf(), again);
      expect(codeOf(decision)).toBe('INSTANCE_ALREADY_EXISTS');
      expect(decision).toMatchObject({ refusal: { message: expect.stringContaining(status) as string } });
    }
  });

  test('[S7] repeated under its own command id is accepted and changes nothing, in every state', () => {
    for (const story of [new Story().start(), new Story().start().turn(task(1)), new Story().start().turn(complete())])
      expect(decideStart(story.state, startOf(), { ...given, executionId: otherExecution })).toEqual({ kind: 'facts', facts: [] });
  });
});

describe("a task's result", () => {
  const waiting = (): Story => new Story().start().turn(task(41), task(42));

  test('[T1] of an open task is recorded with the task it answers', () => {
    const story = waiting();
    expect(story.resultDecision(4, completed('5'))).toMatchObject({
      facts: [{ kind: 'TaskCompleted', seq: 5, taskId: 42, scheduledSeq: 4, result: '5' }],
    });
    expect(story.resultDecision(3, failed('no'))).toMatchObject({
      facts: [{ kind: 'TaskFailed', seq: 5, taskId: 41, scheduledSeq: 3, failure: { message: 'no' } }],
    });
  });

  test('[T1] of an unknown task, an answered one, another execution or no instance is dropped', () => {
    const nothing = { kind: 'facts', facts: [] };
    const { instanceId } = waiting().state;
    expect(waiting().resultDecision(2, completed('5'))).toEqual(nothing);
    expect(waiting().resultDecision(99, completed('5'))).toEqual(nothing);
    expect(waiting().result(3).resultDecision(3, completed('5'))).toEqual(nothing);
    expect(waiting().result(3, failed('x')).resultDecision(3, completed('5'))).toEqual(nothing);
    expect(waiting().resultDecision(3, completed('5'), otherExecution)).toEqual(nothing);
    expect(decideTaskResult(undefined, { instanceId, executionId: execution, scheduledSeq: 3, outcome: completed(null) }, 1)).toEqual(
      nothing,
    );
  });

  test('[S8] that comes after the end of the function is dropped, though its task is still listed', () => {
    const story = waiting().result(3).turn(complete());
    expect(story.state.openTasks.has(4)).toBe(true);
    expect(story.resultDecision(4, completed('5'))).toEqual({ kind: 'facts', facts: [] });
  });

  test('of 1 MiB is recorded; one byte more fails the task', () => {
    const whole = `"${'x'.repeat(payloadBytesMax - 2)}"`;
    expect(waiting().resultDecision(3, completed(whole))).toMatchObject({ facts: [{ kind: 'TaskCompleted' }] });
    expect(waiting().resultDecision(3, completed(`${whole} `))).toMatchObject({
      facts: [{ kind: 'TaskFailed', seq: 5, failure: { errorType: 'PayloadTooLarge', nonRetriable: true } }],
    });
  });

  test('that has no UTF-8 fails the task, not the partition', () => {
    const decision = waiting().resultDecision(3, completed('"\ud800"'));
    expect(decision).toMatchObject({ facts: [{ kind: 'TaskFailed', failure: { errorType: 'SerializationError' } }] });
    expect(decision.kind === 'facts' && encodable(decision.facts)).toBe(true);
  });
});

describe('a turn', () => {
  const turnOf = (...actions: readonly TurnAction[]): readonly Fact[] =>
    decideTurn(new Story().start().state, { inputsThrough: 1, atMs: 9, actions });

  test('is its marker, then one fact an action, in the order the actions were taken', () => {
    const facts = turnOf(task(3, '1'), task(1, null), complete('"out"'));
    expect(facts).toMatchObject([
      { kind: 'TurnStarted', seq: 2, inputsThrough: 1, atMs: 9 },
      { kind: 'TaskScheduled', seq: 3, taskId: 3, input: '1' },
      { kind: 'TaskScheduled', seq: 4, taskId: 1, input: null },
      { kind: 'InstanceCompleted', seq: 5, output: '"out"' },
    ]);
  });

  test('without actions is the marker alone', () => {
    expect(kindsOf(turnOf())).toEqual(['TurnStarted']);
  });

  test('ends with the function: actions after the end do not count, and neither do their faults', () => {
    expect(kindsOf(turnOf(complete(), task(1)))).toEqual(['TurnStarted', 'InstanceCompleted']);
    expect(kindsOf(turnOf(fail('x'), complete()))).toEqual(['TurnStarted', 'InstanceFailed']);
    expect(kindsOf(turnOf(complete(), task(1, 'x'.repeat(payloadBytesMax + 1))))).toEqual(['TurnStarted', 'InstanceCompleted']);
  });

  test('of a terminal instance is nothing', () => {
    const { state } = new Story().start().turn(complete());
    expect(decideTurn(state, { inputsThrough: 1, atMs: 9, actions: [task(1)] })).toEqual([]);
  });

  test(`may schedule ${String(tasksPerTurnMax)} tasks; one more fails the instance and schedules none`, () => {
    const tasks = Array.from({ length: tasksPerTurnMax }, (_, at) => task(at));
    expect(turnOf(...tasks)).toHaveLength(tasksPerTurnMax + 1);
    expect(turnOf(...tasks, task(-1))).toMatchObject([
      { kind: 'TurnStarted', seq: 2 },
      { kind: 'InstanceFailed', seq: 3, failure: { errorType: 'TooManyTasks' } },
    ]);
  });

  test('the inputs of one turn may be 32 MiB together; more fails the instance', () => {
    const large = `"${'x'.repeat(payloadBytesMax - 2)}"`;
    const tasks = Array.from({ length: turnPayloadBytesMax / payloadBytesMax }, (_, at) => task(at, large));
    expect(turnOf(...tasks)).toHaveLength(tasks.length + 1);
    expect(turnOf(...tasks, task(-1, '0'))).toMatchObject([
      { kind: 'TurnStarted' },
      { kind: 'InstanceFailed', failure: { errorType: 'PayloadTooLarge' } },
    ]);
  });

  const named = (name: string): TurnAction => ({ kind: 'ScheduleTask', taskId: 1, name, input: null });
  const tooLarge = `"${'x'.repeat(payloadBytesMax - 1)}"`;
  const faulty: readonly [string, readonly TurnAction[], string][] = [
    ["a task's input of 1 MiB + 1", [task(1), task(2, tooLarge)], 'PayloadTooLarge'],
    ['an output of 1 MiB + 1', [task(1), complete(tooLarge)], 'PayloadTooLarge'],
    ["a task's input without UTF-8", [task(1, '"\udfff"')], 'SerializationError'],
    ['an output without UTF-8', [complete('"\ud800x"')], 'SerializationError'],
    ['a task without a name', [named('')], 'InvalidName'],
    ['a task whose name is too long', [named('n'.repeat(nameBytesMax + 1))], 'InvalidName'],
    ['a task whose name has no UTF-8', [named('\ud800')], 'InvalidName'],
  ];
  test.each(faulty)('with %s fails the instance in facts that fit the log', (_what, actions, errorType) => {
    const facts = decideTurn(new Story().start().state, { inputsThrough: 1, atMs: 9, actions });
    expect(facts).toMatchObject([{ kind: 'TurnStarted' }, { kind: 'InstanceFailed', failure: { errorType, nonRetriable: true } }]);
    expect(encodable(facts)).toBe(true);
  });
});

describe('evolve', () => {
  test('a start is Pending with its start unfed; a turn makes it Running and feeds what it says', () => {
    const pending = new Story().start().state;
    expect(pending).toMatchObject({ life: { status: 'Pending' }, lastSeq: 1, unfed: [{ kind: 'InstanceStarted' }] });
    const running = new Story().start().turn(task(8)).state;
    expect(running).toMatchObject({ life: { status: 'Running' }, lastSeq: 3, unfed: [], turnAtMs: 1_001 });
    expect([...running.openTasks]).toEqual([[3, { taskId: 8 }]]);
  });

  test('a turn feeds only the inputs up to its number; later ones wait', () => {
    const story = new Story().start().turn(task(1), task(2)).result(3).result(4);
    story.facts.push(...decideTurn(story.state, { inputsThrough: 5, atMs: 2_000, actions: [] }));
    expect(story.state.unfed.map((input) => input.seq)).toEqual([6]);
  });

  test('a result closes its task and waits to be fed', () => {
    const { state } = new Story().start().turn(task(1)).result(3, failed('x'));
    expect(state.openTasks.size).toBe(0);
    expect(state.unfed).toMatchObject([{ kind: 'TaskFailed', scheduledSeq: 3 }]);
  });

  test('an end keeps its number and time, and drops what was not fed', () => {
    const ended = new Story().start().turn(task(1)).result(3).turn(fail('x')).state;
    expect(ended).toMatchObject({ life: { status: 'Failed', endSeq: 6, endedAtMs: ended.updatedAtMs }, unfed: [] });
  });

  test('facts of another execution, and of an instance that never started, change nothing', () => {
    const story = new Story().start();
    const [, marker] = new Story().start().turn().facts;
    if (marker === undefined) throw new Error('no marker');
    expect(stateOf([...story.facts, { ...marker, executionId: otherExecution }])).toEqual(story.state);
    expect(stateOf([marker])).toBeUndefined();
  });
});
