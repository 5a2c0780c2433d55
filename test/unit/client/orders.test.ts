import { describe, expect, test } from 'vitest';
import { CommandBatcher } from '../../../engine/log/index.ts';
import { decodeCommand, partitionOf, payloadBytesMax, type Command, type ExecutionId, type InstanceId } from '../../../schemas/index.ts';
import { createInProcessClient, type DataConverter, type DurableClient, type StartOptions } from '../../../sdk/client/index.ts';
import { defineEvent, defineOrchestrator } from '../../../sdk/define/index.ts';
import { FakeReads, FakeSink, placeKey, snapshot } from '../api/fakes.ts';

interface Given {
  readonly client: DurableClient;
  readonly reads: FakeReads;
  sent(): Command[];
  answerNext(answer: Parameters<FakeReads['putAnswer']>[1]): void;
}

/** A client whose commands are accepted unless a test says otherwise. */
function given(dataConverter?: DataConverter): Given {
  const sink = new FakeSink();
  const reads = new FakeReads();
  const commands = new CommandBatcher(sink, { overloadedCode: 'CLIENT_OVERLOADED' });
  const sent = (): Command[] => sink.sends.flatMap((each) => each.records.map((record) => decodeCommand(record.value)));
  const partition = partitionOf('a', 4);
  for (let offset = 0; offset < 20; offset++) reads.putAnswer({ partition, offset }, { outcome: 'accepted' });
  const answerNext: Given['answerNext'] = (answer) => reads.putAnswer({ partition, offset: sent().length }, answer);
  const client = createInProcessClient({ commands, reads, defaultVersion: '7', ...(dataConverter === undefined ? {} : { dataConverter }) });
  return { client, reads, sent, answerNext };
}

const approved = defineEvent<{ by: string }>()('Approved');
const shipping = defineOrchestrator({ name: 'shipping', version: '2.1.0' }, (_ctx, to: string) => Promise.resolve(to));
const refused = (code: string): { outcome: 'refused'; code: string; message: string } => ({ outcome: 'refused', code, message: 'no' });

describe('each order as the log gets it', () => {
  test('[S7] a start with all its options', async () => {
    const { client, sent } = given();
    const startAt = new Date(4_000_000_000_000);
    const options = {
      instanceId: 'a',
      onConflict: 'terminateAndReplace',
      startAt,
      tags: { k: 'v' },
      version: '9',
      commandId: 'c',
    } as const;
    await client.scheduleNewOrchestration(shipping, 'Oslo', options);
    expect(sent()).toMatchObject([
      {
        commandId: 'c',
        source: null,
        body: {
          kind: 'StartInstance',
          instanceId: 'a',
          name: 'shipping',
          version: '9',
          input: '"Oslo"',
          onConflict: 'terminateAndReplace',
          startAtMs: 4_000_000_000_000,
          tags: [{ key: 'k', value: 'v' }],
          parent: null,
        },
      },
    ]);
  });

  test('[S7] without options a start is refused on conflict and due now', async () => {
    const { client, sent } = given();
    await client.scheduleNewOrchestration('x', undefined, { instanceId: 'a' });
    expect(sent()).toMatchObject([{ body: { onConflict: 'error', startAtMs: null, input: null, version: '7' } }]);
  });

  test('[E4] an event by definition and by name; its name goes as it was given', async () => {
    const { client, sent } = given();
    expect(await client.raiseOrchestrationEvent('a', approved, { by: 'mia' }, { eventId: 'click-7', commandId: 'c' })).toBe('delivered');
    expect(await client.raiseOrchestrationEvent('a', 'e\u0301 ?/#')).toBe('delivered');
    expect(sent()).toMatchObject([
      { commandId: 'c', body: { kind: 'RaiseEvent', name: 'Approved', payload: '{"by":"mia"}', eventId: 'click-7', startIfMissing: null } },
      { body: { kind: 'RaiseEvent', name: 'e\u0301 ?/#', payload: null, eventId: '', startIfMissing: null } },
    ]);
  });

  test('[E4] what to start if it is missing: by definition, with its version, else the client’s', async () => {
    const { client, sent } = given();
    await client.raiseOrchestrationEvent('a', 'go', 1, { startIfMissing: { orchestrator: shipping, input: 'Oslo', tags: { k: 'v' } } });
    await client.raiseOrchestrationEvent('a', 'go', 1, { startIfMissing: { orchestrator: 'other' } });
    expect(sent().map(({ body }) => body.kind === 'RaiseEvent' && body.startIfMissing)).toEqual([
      { name: 'shipping', version: '2.1.0', input: '"Oslo"', tags: [{ key: 'k', value: 'v' }] },
      { name: 'other', version: '7', input: null, tags: [] },
    ]);
  });

  test('[S2] [S3] [S4] suspend, resume, terminate and cancel, by the client and by the handle', async () => {
    const { client, sent } = given();
    const handle = client.getOrchestration('x', 'a');
    await client.suspendOrchestration('a', { reason: 'lunch', commandId: 'c-1' });
    await client.resumeOrchestration(handle);
    await client.terminateOrchestration('a', { output: { sum: 0 }, recursive: false, reason: 'enough' });
    await client.cancelOrchestration(handle, { reason: 'late' });
    await handle.suspend();
    await handle.resume({ reason: 'back' });
    await handle.terminate();
    await handle.cancel();
    await handle.raise(approved, { by: 'mia' });
    await handle.raise('stop');
    expect(sent().map((command) => command.body)).toMatchObject([
      { kind: 'SuspendInstance', instanceId: 'a', reason: 'lunch' },
      { kind: 'ResumeInstance', reason: '' },
      { kind: 'TerminateInstance', output: '{"sum":0}', recursive: false, reason: 'enough', childOf: null },
      { kind: 'CancelInstance', reason: 'late', childOf: null },
      { kind: 'SuspendInstance', reason: '' },
      { kind: 'ResumeInstance', reason: 'back' },
      { kind: 'TerminateInstance', output: null, recursive: true, reason: '' },
      { kind: 'CancelInstance', reason: '' },
      { kind: 'RaiseEvent', name: 'Approved' },
      { kind: 'RaiseEvent', name: 'stop' },
    ]);
    const ids = sent().map((command) => command.commandId);
    expect(ids[0]).toBe('c-1');
    expect(new Set(ids).size).toBe(10);
  });
});

describe('the answer', () => {
  test('[E4] an instance that has ended ignores an event; one that nobody knows is an error', async () => {
    const { client, answerNext } = given();
    answerNext(refused('INSTANCE_TERMINAL'));
    expect(await client.raiseOrchestrationEvent('a', 'go')).toBe('ignored');
    answerNext(refused('INSTANCE_NOT_FOUND'));
    await expect(client.raiseOrchestrationEvent('a', 'go', 1, { commandId: 'c' })).rejects.toMatchObject({
      name: 'CommandRefusedError',
      code: 'INSTANCE_NOT_FOUND',
      instanceId: 'a',
      commandId: 'c',
    });
    answerNext(refused('INBOX_FULL'));
    await expect(client.getOrchestration('x', 'a').raise('go')).rejects.toMatchObject({ code: 'INBOX_FULL' });
  });

  test('control of an instance that nobody knows is an error', async () => {
    const { client, answerNext } = given();
    for (const order of ['suspendOrchestration', 'resumeOrchestration', 'terminateOrchestration', 'cancelOrchestration'] as const) {
      answerNext(refused('INSTANCE_NOT_FOUND'));
      await expect(client[order]('a')).rejects.toMatchObject({ name: 'CommandRefusedError', code: 'INSTANCE_NOT_FOUND' });
    }
  });

  test('`produced` asks for no answer; an event then counts as delivered', async () => {
    const { client, reads } = given();
    expect(await client.raiseOrchestrationEvent('a', 'go', 1, { ack: 'produced' })).toBe('delivered');
    await client.suspendOrchestration('a', { ack: 'produced' });
    await client.terminateOrchestration('a', { ack: 'produced' });
    expect(reads.calls).toEqual([]);
  });
});

describe('read-your-writes', () => {
  const partition = partitionOf('a', 4);

  test('a reading comes after the last command for its instance, of whatever kind', async () => {
    const { client, reads } = given();
    reads.put(snapshot('a'));
    const orders: (() => Promise<unknown>)[] = [
      () => client.scheduleNewOrchestration('x', 1, { instanceId: 'a', ack: 'produced' }),
      () => client.raiseOrchestrationEvent('a', 'go', 1, { ack: 'produced' }),
      () => client.suspendOrchestration('a', { ack: 'produced' }),
      () => client.resumeOrchestration('a'),
      () => client.cancelOrchestration('a'),
      () => client.terminateOrchestration('a'),
    ];
    for (const [offset, order] of orders.entries()) {
      await order();
      await client.getOrchestrationState('a');
      expect(reads.calls.at(-1)).toMatchObject({ name: 'state', after: { partition, offset } });
    }
    await client.getOrchestrationState('b');
    expect(reads.calls.at(-1)?.after).toBeUndefined();
  });

  test('a refused command is behind the reader too', async () => {
    const { client, reads, answerNext } = given();
    await client.suspendOrchestration('a');
    answerNext(refused('INSTANCE_TERMINAL'));
    await client.raiseOrchestrationEvent('a', 'go');
    await client.getOrchestrationState('a');
    expect(reads.calls.at(-1)?.after).toEqual({ partition, offset: 1 });
  });

  test('of commands whose answers come in another order the last written counts', async () => {
    const { client, reads } = given();
    reads.answers.delete(placeKey({ partition, offset: 0 }));
    const first = client.suspendOrchestration('a');
    await client.resumeOrchestration('a');
    reads.putAnswer({ partition, offset: 0 }, { outcome: 'accepted' });
    await first;
    await client.getOrchestrationState('a');
    expect(reads.calls.at(-1)?.after).toEqual({ partition, offset: 1 });
  });
});

describe('what is refused at the call, before anything is sent', () => {
  const long = 'x'.repeat(1_025);
  const calls: [string, string, (client: DurableClient) => Promise<unknown>][] = [
    ['[S7] a command id of 257 bytes', 'COMMAND_ID_INVALID', (client) => client.suspendOrchestration('a', { commandId: 'c'.repeat(257) })],
    ['[S7] an id with a leading @', 'INSTANCE_ID_INVALID', (client) => client.terminateOrchestration('@a')],
    ['[S7] an empty id', 'INSTANCE_ID_INVALID', (client) => client.raiseOrchestrationEvent('', 'go')],
    ['[S7] an invalid date', 'START_AT_INVALID', (client) => start(client, { startAt: new Date(Number.NaN) })],
    ['[S7] a date past 9999', 'START_AT_INVALID', (client) => start(client, { startAt: new Date('+010000-01-01') })],
    ['[S7] an unknown policy', 'CONFLICT_POLICY_INVALID', (client) => start(client, { onConflict: 'replace' as never })],
    ['[S7] a tag that is no text', 'REQUEST_INVALID', (client) => start(client, { tags: { n: 1 as never } })],
    ['an empty event name', 'NAME_INVALID', (client) => client.raiseOrchestrationEvent('a', '')],
    ['an event name of 257 bytes', 'NAME_INVALID', (client) => client.raiseOrchestrationEvent('a', 'x'.repeat(257))],
    ['an event name with a lone surrogate', 'NAME_INVALID', (client) => client.raiseOrchestrationEvent('a', 'x\ud800')],
    [
      '[E4] an event id of 257 bytes',
      'EVENT_ID_INVALID',
      (client) => client.raiseOrchestrationEvent('a', 'x', 1, { eventId: 'e'.repeat(257) }),
    ],
    [
      '[E4] an empty name to start if missing',
      'NAME_INVALID',
      (client) => client.raiseOrchestrationEvent('a', 'x', 1, { startIfMissing: { orchestrator: '' } }),
    ],
    ['[S2] a reason of 1,025 bytes', 'REASON_INVALID', (client) => client.suspendOrchestration('a', { reason: long })],
    ['[S2] a reason of 1,025 bytes to resume', 'REASON_INVALID', (client) => client.resumeOrchestration('a', { reason: long })],
    ['[S3] a reason of 1,025 bytes to terminate', 'REASON_INVALID', (client) => client.terminateOrchestration('a', { reason: long })],
    ['[S4] a reason of 1,025 bytes to cancel', 'REASON_INVALID', (client) => client.cancelOrchestration('a', { reason: long })],
    ['[S3] a recursive that is no boolean', 'REQUEST_INVALID', (client) => client.terminateOrchestration('a', { recursive: 1 as never })],
    ['[A7] an event’s BigInt', 'SERIALIZATION_ERROR', (client) => client.raiseOrchestrationEvent('a', 'x', { n: 1n })],
    ['[A7] NaN as output', 'SERIALIZATION_ERROR', (client) => client.terminateOrchestration('a', { output: Number.NaN })],
    [
      '[A7] a Map to start with if missing',
      'SERIALIZATION_ERROR',
      (client) => client.raiseOrchestrationEvent('a', 'x', 1, { startIfMissing: { orchestrator: 'o', input: new Map() } }),
    ],
    [
      '[A7] an event of 1 MiB and a byte',
      'PAYLOAD_TOO_LARGE',
      (client) => client.raiseOrchestrationEvent('a', 'x', 'y'.repeat(payloadBytesMax - 1)),
    ],
  ];

  function start(client: DurableClient, options: StartOptions): Promise<unknown> {
    return client.scheduleNewOrchestration('x', 1, options);
  }

  test.each(calls)('%s is %s', async (_what, code, call) => {
    const { client, sent } = given();
    await expect(call(client)).rejects.toMatchObject({ code });
    expect(sent()).toEqual([]);
  });

  test('[A7] null, 0, an empty text and no value are kept apart', async () => {
    const { client, sent } = given();
    for (const data of [undefined, null, 0, '', false]) await client.raiseOrchestrationEvent('a', 'x', data);
    expect(sent().map(({ body }) => body.kind === 'RaiseEvent' && body.payload)).toEqual([null, 'null', '0', '""', 'false']);
  });
});

test('[A7] every value goes through the client’s converter, both ways', async () => {
  const reversed = (text: string): string => Array.from(text).reverse().join('');
  const { client, reads, sent } = given({
    serialize: (value) => JSON.stringify(reversed(JSON.stringify(value))),
    deserialize: (payload) => JSON.parse(reversed(JSON.parse(payload ?? 'null') as string)) as unknown,
  });
  await client.scheduleNewOrchestration('x', [1], { instanceId: 'a' });
  await client.raiseOrchestrationEvent('a', 'go', [2], { startIfMissing: { orchestrator: 'x', input: [3] } });
  await client.terminateOrchestration('a', { output: [4] });
  expect(sent().map((command) => command.body)).toMatchObject([
    { input: '"]1["' },
    { payload: '"]2["', startIfMissing: { input: '"]3["' } },
    { output: '"]4["' },
  ]);
  const ended = { runtimeStatus: 'Terminated', input: '"]1["', output: '"]4["', customStatus: '"]5["', completedAtMs: 5 } as const;
  reads.put(snapshot('a', ended));
  expect(await client.getOrchestrationState('a')).toMatchObject({ input: [1], output: [4], customStatus: [5] });
  const fact = {
    kind: 'InstanceCompleted',
    instanceId: 'a' as InstanceId,
    executionId: '0'.repeat(32) as ExecutionId,
    seq: 1,
    atMs: 0,
  } as const;
  reads.pages.set('a', { events: [{ ...fact, output: '"]6["' }], next: null });
  for await (const event of client.getOrchestrationHistory('a')) expect(event).toMatchObject({ output: [6] });
});
