import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeCommand, parseCommandRequest, partitionOf, payloadBytesMax } from '../../../schemas/index.ts';
import { ask } from './asking.ts';
import { serveFake, type FakeWorker } from './fakes.ts';

let served: FakeWorker;
beforeEach(async () => {
  served = await serveFake();
});
afterEach(() => served.server.close());

describe('POST /v1/commands takes every order', () => {
  const given = { instanceId: 'a' };
  const reason = { ...given, reason: 'lunch' };
  const raise = { ...given, name: 'go', payload: '{"n":1}', eventId: 'e-1', startIfMissing: null };
  const startIfMissing = { name: 'hello', version: '2', input: null, tags: [{ key: 'k', value: 'v' }] };

  test.each([
    ['raise', raise, { kind: 'RaiseEvent', ...raise }],
    ['raise', { ...raise, startIfMissing }, { kind: 'RaiseEvent', ...raise, startIfMissing }],
    ['suspend', reason, { kind: 'SuspendInstance', ...reason }],
    ['resume', reason, { kind: 'ResumeInstance', ...reason }],
    [
      'terminate',
      { ...reason, output: '0', recursive: false },
      { kind: 'TerminateInstance', ...reason, output: '0', recursive: false, childOf: null },
    ],
    ['cancel', reason, { kind: 'CancelInstance', ...reason, childOf: null }],
  ])('%s is written as it was ordered', async (order, fields, body) => {
    const answer = await ask(served, 'POST', '/v1/commands', JSON.stringify({ commandId: 'c-1', [order]: fields }));
    expect(answer).toMatchObject({ status: 202, body: { partition: partitionOf('a', 4), offset: 0 } });
    const value = served.sink.sends[0]?.records[0]?.value ?? Buffer.alloc(0);
    expect(decodeCommand(value)).toMatchObject({ commandId: 'c-1', source: null, body });
  });

  test.each([
    ['two orders', { suspend: reason, resume: reason }, 'REQUEST_INVALID'],
    ['no order', {}, 'REQUEST_INVALID'],
    ['an order of a parent', { terminate: { ...reason, output: null, recursive: true, childOf: {} } }, 'REQUEST_INVALID'],
    ['a field too few', { raise: { ...given, name: 'go' } }, 'REQUEST_INVALID'],
    ['a report of a child', { report: given }, 'REQUEST_INVALID'],
    ['[E4] an event without a name', { raise: { ...raise, name: '' } }, 'NAME_INVALID'],
    ['[E4] an event id of 257 bytes', { raise: { ...raise, eventId: 'e'.repeat(257) } }, 'EVENT_ID_INVALID'],
    ['[E4] data that is not JSON', { raise: { ...raise, payload: '{' } }, 'INPUT_NOT_JSON'],
    ['[E4] a start that is not JSON', { raise: { ...raise, startIfMissing: { ...startIfMissing, input: '{' } } }, 'INPUT_NOT_JSON'],
    ['[S2] a reason of 1,025 bytes', { suspend: { ...reason, reason: 'r'.repeat(1_025) } }, 'REASON_INVALID'],
    ['[S3] an output that is not JSON', { terminate: { ...reason, output: '{', recursive: true } }, 'INPUT_NOT_JSON'],
    [
      '[S7] an unknown policy',
      { start: { ...given, name: 'n', version: '', input: null, tags: [], onConflict: 'x', startAtMs: null } },
      'CONFLICT_POLICY_INVALID',
    ],
    [
      '[S7] a start in the year 10000',
      { start: { ...given, name: 'n', version: '', input: null, tags: [], onConflict: 'error', startAtMs: 253_402_300_800_000 } },
      'START_AT_INVALID',
    ],
  ])('%s is refused before anything is written', async (_what, order, code) => {
    const answer = await ask(served, 'POST', '/v1/commands', JSON.stringify({ commandId: 'c', ...order }));
    expect(answer).toMatchObject({ status: 400, body: { error: { code } } });
    expect(served.sink.sends).toEqual([]);
  });

  test('[E4] a raise with two payloads of 1 MiB that JSON doubles is taken', async () => {
    const largest = JSON.stringify('"'.repeat(payloadBytesMax / 2 - 1));
    expect(largest).toHaveLength(payloadBytesMax);
    const body = JSON.stringify({
      commandId: 'c',
      raise: { ...raise, payload: largest, startIfMissing: { ...startIfMissing, input: largest } },
    });
    expect((await ask(served, 'POST', '/v1/commands', body)).status).toBe(202);
  });
});

test('every order that the README shows is taken as it stands', () => {
  const page = readFileSync(new URL('../../../partition-worker/api/README.md', import.meta.url), 'utf8');
  const examples = /```json\n([^]*?)```/.exec(page)?.[1]?.trim().split('\n') ?? [];
  const kinds = examples.map((line) => {
    const parsed = parseCommandRequest(JSON.parse(line));
    return 'request' in parsed ? Object.keys(parsed.request)[1] : parsed.refusal;
  });
  expect(kinds).toEqual(['start', 'raise', 'suspend', 'resume', 'terminate', 'cancel']);
});
