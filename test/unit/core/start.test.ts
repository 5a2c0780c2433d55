import { describe, expect, test } from 'vitest';
import { decideCommand } from '../../../engine/core/index.ts';
import {
  commandIdBytesMax,
  dateMsMax,
  instanceIdBytesMax,
  nameBytesMax,
  payloadBytesMax,
  tagKeyBytesMax,
  tagsMax,
  tagValueBytesMax,
  versionBytesMax,
  type CommandId,
  type StartInstance,
} from '../../../schemas/index.ts';
import {
  again,
  child,
  codeOf,
  complete,
  execution,
  executionOf,
  factsOf,
  fail,
  idOf,
  isEncodable,
  kindsOf,
  messagesOf,
  nothing,
  otherExecution,
  parentOf,
  startCommand,
  startOf,
  Story,
  task,
  terminateOf,
} from './given.ts';

const pending = (): Story => new Story().start();
const scheduled = (): Story => new Story().start({ startAtMs: 90_000 });
const running = (): Story => pending().turn(task(1));
const suspended = (): Story => running().command({ kind: 'SuspendInstance', instanceId: idOf('order-1'), reason: '' });
const done = (): Story => pending().turn(complete());
const failedOne = (): Story => pending().turn(fail('x'));
const terminated = (): Story => pending().command(terminateOf());

describe('a start', () => {
  test('[S7] given nothing, becomes InstanceStarted, event 1, Pending', () => {
    const start = startOf({ version: '1.2', input: '{"a":1}', tags: [{ key: 'k', value: 'v' }] });
    const story = new Story();
    expect(story.commandDecision(start, 'c')).toEqual({
      kind: 'facts',
      messages: [],
      facts: [
        {
          ...{ kind: 'InstanceStarted', instanceId: start.instanceId, executionId: execution, seq: 1, atMs: 2_000, commandId: 'c' },
          ...{ name: 'order', version: '1.2', input: '{"a":1}', tags: start.tags, parent: null, startAtMs: null, customStatus: null },
          ...{ generation: 1, createdAtMs: 2_000, previousExecutionId: '', inboxNext: 1, carried: [], carriedBytes: 0 },
        },
      ],
    });
    expect(pending().state).toMatchObject({ life: { status: 'Pending' }, lastSeq: 1, unfed: [{ kind: 'InstanceStarted' }] });
  });

  const refusals: readonly [string, string, Partial<StartInstance>][] = [
    ['an empty id', 'INSTANCE_ID_INVALID', { instanceId: idOf('') }],
    ['an id with a leading @', 'INSTANCE_ID_INVALID', { instanceId: idOf('@x') }],
    ['an id with a lone surrogate', 'INSTANCE_ID_INVALID', { instanceId: idOf('a\ud800') }],
    ['an id of one byte too many', 'INSTANCE_ID_INVALID', { instanceId: idOf('é'.repeat(instanceIdBytesMax / 2) + 'x') }],
    ['an empty name', 'NAME_INVALID', { name: '' }],
    ['a name of one byte too many', 'NAME_INVALID', { name: 'n'.repeat(nameBytesMax + 1) }],
    ['a version of one byte too many', 'VERSION_INVALID', { version: '1'.repeat(versionBytesMax + 1) }],
    ['one tag too many', 'TAGS_INVALID', { tags: Array.from({ length: tagsMax + 1 }, (_, at) => ({ key: String(at), value: '' })) }],
    ['a tag without a key', 'TAGS_INVALID', { tags: [{ key: '', value: 'v' }] }],
    ['a tag whose key is too long', 'TAGS_INVALID', { tags: [{ key: 'k'.repeat(tagKeyBytesMax + 1), value: '' }] }],
    ['a tag whose value is too long', 'TAGS_INVALID', { tags: [{ key: 'k', value: 'v'.repeat(tagValueBytesMax + 1) }] }],
    ['an input of 1 MiB + 1', 'PAYLOAD_TOO_LARGE', { input: `"${'x'.repeat(payloadBytesMax - 1)}"` }],
    ['an input of too many bytes in few characters', 'PAYLOAD_TOO_LARGE', { input: `"${'é'.repeat(payloadBytesMax / 2)}"` }],
    ['an input that is not JSON', 'INPUT_NOT_JSON', { input: '{a:1}' }],
    ['an unknown policy', 'CONFLICT_POLICY_INVALID', { onConflict: 'replace' }],
    ['a policy of a prototype', 'CONFLICT_POLICY_INVALID', { onConflict: 'constructor' }],
    ['a start before 1970', 'START_AT_INVALID', { startAtMs: -1 }],
    ['a start after 9999', 'START_AT_INVALID', { startAtMs: dateMsMax + 1 }],
  ];
  test.each(refusals)('[S7] with %s is refused as %s', (_what, code, changes) => {
    expect(codeOf(new Story().commandDecision(startOf(changes)))).toBe(code);
  });

  test.each([
    ['empty', ''],
    ['too long', 'c'.repeat(commandIdBytesMax + 1)],
  ])('with a command id that is %s is refused', (_what, commandId) => {
    expect(codeOf(new Story().commandDecision(startOf(), commandId))).toBe('COMMAND_ID_INVALID');
  });

  test.each([
    ['the longest id', { instanceId: idOf('é'.repeat(126) + '🎉') }],
    ['an id of any characters', { instanceId: idOf('a/b?c#d e\u0000日本🎉%2F') }],
    ['an id of a prototype', { instanceId: idOf('__proto__') }],
    ['an input of 1 MiB', { input: `"${'x'.repeat(payloadBytesMax - 2)}"` }],
    ['no input', { input: null }],
    ['the most tags', { tags: Array.from({ length: tagsMax }, (_, at) => ({ key: String(at), value: '' })) }],
  ])('[S7] with %s is accepted and fits the log', (_what, changes: Partial<StartInstance>) => {
    const decision = new Story().commandDecision(startOf(changes));
    expect(kindsOf(factsOf(decision))).toEqual(['InstanceStarted']);
    expect(isEncodable({ facts: factsOf(decision), messages: [] })).toBe(true);
  });
});

describe('a start under an id in use', () => {
  const live: readonly [string, () => Story][] = [
    ['Pending', pending],
    ['Pending', scheduled],
    ['Running', running],
    ['Suspended', suspended],
  ];
  const ended: readonly [string, () => Story][] = [
    ['Completed', done],
    ['Failed', failedOne],
    ['Terminated', terminated],
  ];

  test.each([...live, ...ended])('[S7] error: of a %s instance is refused, and the message says so', (status, story) => {
    const decision = story().commandDecision(startOf());
    expect(codeOf(decision)).toBe('INSTANCE_ALREADY_EXISTS');
    expect(decision).toMatchObject({ refusal: { message: expect.stringContaining(status) as string } });
  });

  test.each([...live, ...ended])('[S7] useExisting: of a %s instance is accepted and changes nothing', (_status, story) => {
    expect(story().commandDecision(startOf({ onConflict: 'useExisting' }))).toEqual(nothing);
  });

  test.each(live)('[S7] replaceTerminal: of a %s instance is refused', (_status, story) => {
    expect(codeOf(story().commandDecision(startOf({ onConflict: 'replaceTerminal' })))).toBe('INSTANCE_ALREADY_EXISTS');
  });

  test.each(
    ended.flatMap(([status, story]) => ['replaceTerminal', 'terminateAndReplace'].map((policy) => [policy, status, story] as const)),
  )('[S7] %s: of a %s instance begins anew, with a new execution', (policy, _status, story) => {
    const told = story().command({ ...startOf({ onConflict: policy, input: '9' }) });
    expect(told.state).toMatchObject({
      life: { status: 'Pending' },
      generation: 1,
      executionId: executionOf(2),
      lastSeq: 1,
      customStatus: null,
    });
    expect(told.facts.at(-1)).toMatchObject({ kind: 'InstanceStarted', previousExecutionId: execution, input: '9' });
    expect(told.messages).toEqual([]);
  });

  test.each(live)('[S7] terminateAndReplace: ends a %s instance and begins anew, atomically', (_status, story) => {
    const told = story();
    const { lastSeq } = told.state;
    const decision = told.commandDecision(startOf({ onConflict: 'terminateAndReplace' }));
    expect(factsOf(decision)).toMatchObject([
      { kind: 'InstanceTerminated', executionId: execution, seq: lastSeq + 1, output: null },
      { kind: 'InstanceStarted', executionId: executionOf(2), seq: 1, previousExecutionId: execution },
    ]);
  });

  test('[S7] [S3] terminateAndReplace terminates the open children, and tells the parent of the one replaced', () => {
    const told = new Story().start({ parent: parentOf() }).turn(child(1));
    const messages = messagesOf(told.commandDecision(startOf({ onConflict: 'terminateAndReplace' })));
    expect(messages).toMatchObject([
      { kind: 'ReportChild', instanceId: 'parent-1', failure: { errorType: 'OrchestrationTerminatedError' } },
      { kind: 'TerminateInstance', instanceId: 'child-1', recursive: true, childOf: { instanceId: 'order-1', executionId: execution } },
    ]);
  });

  test('[S7] a replacement that is itself faulty ends nothing', () => {
    const faulty = startOf({ onConflict: 'terminateAndReplace', input: 'no JSON' });
    expect(running().commandDecision(faulty)).toMatchObject({ kind: 'refused', refusal: { code: 'INPUT_NOT_JSON' } });
  });

  test('[S7] repeated under its own command id is accepted and changes nothing, in every state, whatever the policy', () => {
    const continued = pending().turn(again());
    for (const story of [...live, ...ended].map(([, make]) => make()).concat(continued))
      for (const onConflict of ['error', 'useExisting', 'replaceTerminal', 'terminateAndReplace'])
        expect(story.commandDecision(startOf({ onConflict }), startCommand)).toEqual(nothing);
  });

  test('[S7] of a hundred starts, each under its own id, one is carried out', () => {
    const story = new Story();
    const answers: string[] = [];
    for (let nth = 0; nth < 100; nth++) {
      const decision = story.commandDecision(startOf(), `start-${String(nth)}`);
      story.facts.push(...factsOf(decision));
      answers.push(codeOf(decision));
    }
    expect(kindsOf(story.facts)).toEqual(['InstanceStarted']);
    expect(answers.filter((code) => code === 'INSTANCE_ALREADY_EXISTS')).toHaveLength(99);
  });
});

describe('a scheduled start', () => {
  test('[S7] is Pending and has no turn until it is due; a time that has passed is none', () => {
    expect(scheduled().state).toMatchObject({ startAtMs: 90_000, life: { status: 'Pending' } });
    expect(new Story().start({ startAtMs: 2_000 }).state.startAtMs).toBeNull();
  });
});

describe("a child's start", () => {
  const start = (changes: Partial<StartInstance> = {}): StartInstance => startOf({ parent: parentOf(), ...changes });
  const own = (): Story => new Story().start({ parent: parentOf() });
  const failure = { errorType: 'OrchestrationAlreadyExistsError', nonRetriable: true };
  const alreadyExists = [{ kind: 'ReportChild', instanceId: 'parent-1', executionId: otherExecution, childInstanceId: 'order-1', failure }];

  test('[O1] given nothing, begins it with its parent, under the version of the action', () => {
    const decision = new Story().commandDecision(start({ version: '3' }));
    expect(factsOf(decision)).toMatchObject([{ kind: 'InstanceStarted', parent: parentOf(), version: '3' }]);
    expect(messagesOf(decision)).toEqual([]);
  });

  test('[O1] of the same task again is accepted and changes nothing, whether it runs or has ended', () => {
    expect(own().commandDecision(start())).toEqual(nothing);
    expect(own().turn(complete()).commandDecision(start())).toEqual(nothing);
    expect(own().turn(again()).commandDecision(start())).toEqual(nothing);
  });

  const other = parentOf({ scheduledSeq: 9 });
  test.each([
    ['a live child of the same parent', own],
    ['a live foreign instance', pending],
    ['a terminal foreign instance', done],
    ["another parent's terminal child", () => new Story().start({ parent: parentOf({ instanceId: idOf('parent-2') }) }).turn(complete())],
  ])('[O1] under the id of %s fails the task at once, nonRetriable', (_what, story) => {
    const decision = story().commandDecision(start({ parent: other }));
    expect(factsOf(decision)).toEqual([]);
    expect(messagesOf(decision)).toMatchObject(alreadyExists);
    expect(messagesOf(decision)).toMatchObject([{ scheduledSeq: 9, result: null }]);
  });

  test("[O1] under the parent's own id fails the task at once", () => {
    const parent = parentOf({ instanceId: idOf('order-1'), executionId: execution });
    for (const story of [running(), done()])
      expect(messagesOf(story.commandDecision(start({ parent })))).toMatchObject([{ kind: 'ReportChild', instanceId: 'order-1', failure }]);
  });

  test.each([
    ['this execution', other],
    ['an earlier generation', parentOf({ executionId: executionOf(77), scheduledSeq: 3 })],
  ])('[O1] under the id of a terminal child of this parent, started by %s, replaces it', (_what, parent) => {
    const decision = own().turn(complete()).commandDecision(start({ parent }));
    expect(factsOf(decision)).toMatchObject([{ kind: 'InstanceStarted', parent, previousExecutionId: execution }]);
    expect(messagesOf(decision)).toEqual([]);
  });

  test('[O1] that the log could not carry fails the task instead of being refused in silence', () => {
    const decision = new Story().commandDecision(start({ name: '' }));
    expect(decision).toMatchObject({
      facts: [],
      messages: [{ failure: { errorType: 'OrchestrationStartRefusedError', nonRetriable: true } }],
    });
  });

  test('[O1] a start that nobody waits for, under an id in use, is refused and told nobody', () => {
    const given = { commandId: '@0/1' as CommandId, atMs: 5, newExecutionId: () => executionOf(9), isMessage: true };
    expect(codeOf(decideCommand(running().state, startOf(), given))).toBe('INSTANCE_ALREADY_EXISTS');
  });
});
