import { describe, expect, test } from 'vitest';
import {
  bodyOf,
  commandBodyFault,
  commandIdBytesMax,
  commandOf,
  commandRequestFault,
  dateMsMax,
  eventIdBytesMax,
  failureBytesMax,
  failureDepthMax,
  failureFault,
  instanceIdBytesMax,
  instanceIdOf,
  nameBytesMax,
  parseCommandRequest,
  payloadBytesMax,
  payloadJsonFault,
  reasonBytesMax,
  tagKeyBytesMax,
  tagsMax,
  tagValueBytesMax,
  versionBytesMax,
  type CommandBody,
  type ExecutionId,
  type FailureDetails,
  type InstanceId,
} from '../../../schemas/index.ts';
import { executionId, failure, instanceId } from './samples.ts';

type Fields = Readonly<Record<string, unknown>>;
const commandId = 'c-1';
const start: Fields = { instanceId: 'a', name: 'order', version: '', input: null, tags: [], onConflict: 'error', startAtMs: null };
const missing: Fields = { name: 'order', version: '', input: null, tags: [] };
const raise: Fields = { instanceId: 'a', name: 'paid', payload: '1', eventId: '', startIfMissing: null };
const reason: Fields = { instanceId: 'a', reason: 'why' };
const terminate: Fields = { ...reason, output: null, recursive: true };
const orders: Readonly<Record<string, Fields>> = { start, raise, suspend: reason, resume: reason, terminate, cancel: reason };

const codeOf = (value: unknown): string => {
  const parsed = parseCommandRequest(value);
  return 'refusal' in parsed ? parsed.refusal.code : 'accepted';
};
const messageOf = (value: unknown): string => {
  const parsed = parseCommandRequest(value);
  return 'refusal' in parsed ? parsed.refusal.message : 'accepted';
};
const long = (bytes: number): string => 'x'.repeat(bytes + 1);
const large = `"${'x'.repeat(payloadBytesMax - 1)}"`;
const tag = (key: string, value: string): object => ({ tags: [{ key, value }] });

describe('an order', () => {
  const bodies: readonly [string, CommandBody['kind'], object][] = [
    ['start', 'StartInstance', { parent: null }],
    ['raise', 'RaiseEvent', {}],
    ['suspend', 'SuspendInstance', {}],
    ['resume', 'ResumeInstance', {}],
    ['terminate', 'TerminateInstance', { childOf: null }],
    ['cancel', 'CancelInstance', { childOf: null }],
  ];
  test.each(bodies)('to %s is a %s of a client: it names no task of another instance', (order, kind, added) => {
    const parsed = parseCommandRequest({ commandId, [order]: orders[order] });
    if ('refusal' in parsed) throw new Error(parsed.refusal.message);
    expect(commandOf(parsed.request, 7)).toEqual({
      ...{ commandId, issuedAtMs: 7, source: null },
      body: { kind, ...orders[order], ...added },
    });
    expect(instanceIdOf(parsed.request)).toBe('a');
  });

  test.each(Object.entries(orders))('to %s has every one of its fields, of its type', (order, fields) => {
    for (const field of Object.keys(fields)) {
      const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field));
      expect(messageOf({ commandId, [order]: rest })).toContain(`"${order}.${field}"`);
      for (const wrong of [7.5, {}, [1], undefined, Symbol('no')])
        expect(codeOf({ commandId, [order]: { ...fields, [field]: wrong } })).toBe('REQUEST_INVALID');
    }
  });

  test.each(Object.entries(orders))(
    'to %s with a field that nobody knows is refused: kind and parent cannot be slipped in',
    (order, fields) => {
      for (const strange of ['kind', 'parent', 'childOf', 'inputs', 'constructor'])
        expect(messageOf({ commandId, [order]: { ...fields, [strange]: 'CancelInstance' } })).toBe(`"${order}" has no "${strange}"`);
      const hidden = JSON.parse(`{"__proto__": {"kind": "CancelInstance"}}`) as object;
      expect(codeOf({ commandId, [order]: { ...fields, ...Object.fromEntries(Object.entries(hidden)) } })).toBe('REQUEST_INVALID');
    },
  );

  test('a kind that got past the compiler does not become the kind of the command', () => {
    const request = { commandId, suspend: { ...reason, kind: 'TerminateInstance' } } as never;
    expect(commandRequestFault(request)?.code).toBe('REQUEST_INVALID');
    expect(bodyOf(request).kind).toBe('SuspendInstance');
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'start'],
    ['an array', [{ commandId, start }]],
    ['no order', { commandId }],
    ['two orders', { commandId, start, cancel: reason }],
    ['an unknown order', { commandId, purge: reason }],
    ['an order of a prototype', { commandId, constructor: reason }],
    ['no command id', { start }],
    ['a command id that is no text', { commandId: 7, start }],
    ['an order that is null', { commandId, start: null }],
    ['an order that is an array', { commandId, start: [] }],
    ['tags that are none', { commandId, start: { ...start, tags: [{ key: 'a' }] } }],
    ['a start time that is no whole number', { commandId, start: { ...start, startAtMs: 1.5 } }],
    ['startIfMissing without a name', { commandId, raise: { ...raise, startIfMissing: { ...missing, name: undefined } } }],
    ['startIfMissing with more', { commandId, raise: { ...raise, startIfMissing: { ...missing, parent: null } } }],
  ])('of the wrong shape is refused: %s', (_what, value) => {
    expect(codeOf(value)).toBe('REQUEST_INVALID');
  });

  const faults: readonly [string, string, Fields, string][] = [
    ['start', 'an empty id', { instanceId: '' }, 'INSTANCE_ID_INVALID'],
    ['raise', 'an id that begins with @', { instanceId: '@a' }, 'INSTANCE_ID_INVALID'],
    ['cancel', 'an id that is too long', { instanceId: long(instanceIdBytesMax) }, 'INSTANCE_ID_INVALID'],
    ['suspend', 'an id with a lone surrogate', { instanceId: '\ud800' }, 'INSTANCE_ID_INVALID'],
    ['start', 'no name', { name: '' }, 'NAME_INVALID'],
    ['start', 'a name that is too long', { name: long(nameBytesMax) }, 'NAME_INVALID'],
    ['raise', 'an event name that is too long', { name: long(nameBytesMax) }, 'NAME_INVALID'],
    ['start', 'a version that is too long', { version: long(versionBytesMax) }, 'VERSION_INVALID'],
    ['start', 'a version with a lone surrogate', { version: '\udc00' }, 'VERSION_INVALID'],
    ['start', 'too many tags', { tags: Array.from({ length: tagsMax + 1 }, () => ({ key: 'a', value: '' })) }, 'TAGS_INVALID'],
    ['start', 'a tag without a key', tag('', 'a') as Fields, 'TAGS_INVALID'],
    ['start', 'a tag whose key is too long', tag(long(tagKeyBytesMax), '') as Fields, 'TAGS_INVALID'],
    ['start', 'a tag whose value is too long', tag('a', long(tagValueBytesMax)) as Fields, 'TAGS_INVALID'],
    ['start', 'an input that is too large', { input: large }, 'PAYLOAD_TOO_LARGE'],
    ['start', 'an input that is not JSON', { input: '{' }, 'INPUT_NOT_JSON'],
    ['start', 'an unknown policy', { onConflict: 'toString' }, 'CONFLICT_POLICY_INVALID'],
    ['start', 'a start before 1970', { startAtMs: -1 }, 'START_AT_INVALID'],
    ['start', 'a start after 9999', { startAtMs: dateMsMax + 1 }, 'START_AT_INVALID'],
    ['raise', 'a payload that is too large', { payload: large }, 'PAYLOAD_TOO_LARGE'],
    ['raise', 'a payload that is not JSON', { payload: 'undefined' }, 'INPUT_NOT_JSON'],
    ['raise', 'an event id that is too long', { eventId: long(eventIdBytesMax) }, 'EVENT_ID_INVALID'],
    ['raise', 'a start without a name', { startIfMissing: { ...missing, name: '' } }, 'NAME_INVALID'],
    ['raise', "a start's input that is not JSON", { startIfMissing: { ...missing, input: "'" } }, 'INPUT_NOT_JSON'],
    ['terminate', 'an output that is too large', { output: large }, 'PAYLOAD_TOO_LARGE'],
    ['terminate', 'an output that is not JSON', { output: 'NaN' }, 'INPUT_NOT_JSON'],
    ...['suspend', 'resume', 'terminate', 'cancel'].flatMap((order): [string, string, Fields, string][] => [
      [order, 'a reason that is too long', { reason: long(reasonBytesMax) }, 'REASON_INVALID'],
      [order, 'a reason with a lone surrogate', { reason: '\ud800' }, 'REASON_INVALID'],
    ]),
  ];
  test.each(faults)('[S7] to %s with %s is refused', (order, _what, changes, code) => {
    expect(codeOf({ commandId, [order]: { ...orders[order], ...changes } })).toBe(code);
  });

  test('that its payloads are JSON is looked at by parsing only', () => {
    expect(commandRequestFault({ commandId, start: { ...start, input: '{' } })).toBeUndefined();
  });

  test.each(['', long(commandIdBytesMax), '\ud800'])('with an impossible command id is refused', (impossible) => {
    expect(codeOf({ commandId: impossible, start })).toBe('COMMAND_ID_INVALID');
  });

  test('[S7] [A7] at every limit is accepted', () => {
    const tags = Array.from({ length: tagsMax }, (_, nth) => ({
      key: String(nth).padEnd(tagKeyBytesMax, 'k'),
      value: 'v'.repeat(tagValueBytesMax),
    }));
    const whole = `"${'x'.repeat(payloadBytesMax - 2)}"`;
    const full = { name: 'n'.repeat(nameBytesMax), version: '1'.repeat(versionBytesMax), input: whole, tags };
    expect(codeOf({ commandId: 'c'.repeat(commandIdBytesMax), start: { ...start, ...full, startAtMs: dateMsMax } })).toBe('accepted');
    expect(codeOf({ commandId, raise: { ...raise, eventId: 'e'.repeat(eventIdBytesMax), payload: whole, startIfMissing: full } })).toBe(
      'accepted',
    );
    expect(codeOf({ commandId, cancel: { instanceId: 'é'.repeat(instanceIdBytesMax / 2), reason: 'r'.repeat(reasonBytesMax) } })).toBe(
      'accepted',
    );
  });

  test.each(['error', 'useExisting', 'replaceTerminal', 'terminateAndReplace'])('[S7] to start may say %s', (onConflict) => {
    expect(codeOf({ commandId, start: { ...start, onConflict } })).toBe('accepted');
  });
});

describe('a message between instances, which anybody may write', () => {
  const link = { instanceId: 'batch' as InstanceId, executionId, scheduledSeq: 3, name: 'batch' };
  const report: CommandBody = {
    ...{ kind: 'ReportChild', instanceId, executionId, scheduledSeq: 3, childInstanceId: instanceId },
    ...{ result: null, failure },
  };
  const cancel: CommandBody = { kind: 'CancelInstance', instanceId, reason: '', childOf: link };

  test('is judged like an order', () => {
    expect(commandBodyFault(commandId, report)).toBeUndefined();
    expect(commandBodyFault(commandId, cancel)).toBeUndefined();
  });

  test.each([
    ["a parent's impossible id", { ...cancel, childOf: { ...link, instanceId: '' as InstanceId } }, 'INSTANCE_ID_INVALID'],
    ['a parent without a name', { ...cancel, childOf: { ...link, name: '' } }, 'NAME_INVALID'],
    ["a parent's impossible execution", { ...cancel, childOf: { ...link, executionId: long(9) as ExecutionId } }, 'REQUEST_INVALID'],
    ['an impossible execution', { ...report, executionId: 'E'.repeat(32) as ExecutionId }, 'REQUEST_INVALID'],
    ["a child's impossible id", { ...report, childInstanceId: '@' as InstanceId }, 'INSTANCE_ID_INVALID'],
    ['a result that is too large', { ...report, result: large }, 'PAYLOAD_TOO_LARGE'],
    ['a failure that is too large', { ...report, failure: { ...failure, message: long(failureBytesMax) } }, 'PAYLOAD_TOO_LARGE'],
  ])('with %s is refused', (_what, body, code) => {
    expect(commandBodyFault(commandId, body)?.code).toBe(code);
  });

  test('whose result is not JSON is found out by parsing', () => {
    expect(payloadJsonFault({ ...report, result: '{' })?.code).toBe('INPUT_NOT_JSON');
    expect(payloadJsonFault({ ...report, result: '"\ud800"' })?.code).toBe('INPUT_NOT_JSON');
    expect(payloadJsonFault(cancel)).toBeUndefined();
  });
});

describe('[T2] a failure', () => {
  const bare: FailureDetails = { errorType: '', message: '', stack: null, nonRetriable: false, cause: null, errors: [], properties: null };
  const nested = (depth: number): FailureDetails => (depth === 0 ? bare : { ...bare, cause: nested(depth - 1) });

  test('is taken up to its limits, counted over all its parts', () => {
    expect(failureFault(failure)).toBeUndefined();
    expect(failureFault(nested(failureDepthMax))).toBeUndefined();
    expect(failureFault(nested(failureDepthMax + 1))).toContain('deep');
    const half = { ...bare, message: 'x'.repeat(failureBytesMax / 2 - 1) };
    expect(failureFault({ ...half, cause: half })).toBeUndefined();
    expect(failureFault({ ...half, cause: half, errors: [bare] })).toContain('bytes');
  });

  test.each(['errorType', 'message', 'stack', 'properties'])('is well-formed in its %s', (field) => {
    expect(failureFault({ ...bare, errors: [{ ...bare, [field]: '\udc00' }] })).toContain('well-formed');
  });
});
