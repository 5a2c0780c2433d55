import { describe, expect, test } from 'vitest';
import { CommandBatcher } from '../../../engine/log/index.ts';
import { decodeCommand, OperationalError, partitionOf, type CommandBody } from '../../../schemas/index.ts';
import { createInProcessClient, type DurableClient } from '../../../sdk/client/index.ts';
import { defineOrchestrator } from '../../../sdk/define/index.ts';
import { completed, FakeReads, FakeSink, notOwner } from '../api/fakes.ts';

interface Given {
  readonly client: DurableClient;
  readonly sink: FakeSink;
  readonly reads: FakeReads;
}

function given(
  settings: { commandTimeout?: number; outageTimeout?: number; defaultVersion?: string } = {},
  queuedRecordsMax = 1_000,
): Given {
  const sink = new FakeSink();
  const reads = new FakeReads();
  const commands = new CommandBatcher(sink, { overloadedCode: 'CLIENT_OVERLOADED', queuedRecordsMax });
  return { client: createInProcessClient({ commands, reads, ...settings }), sink, reads };
}

function bodiesOf(sink: FakeSink): CommandBody[] {
  return sink.sends.flatMap((sent) => sent.records.map((record) => decodeCommand(record.value).body));
}

describe('the client over the log', () => {
  test('a definition gives name and version, the command stands on the partition of its instance', async () => {
    const { client, sink } = given();
    const shipping = defineOrchestrator({ name: 'shipping', version: '2.1.0' }, (_ctx, input: { to: string }) => Promise.resolve(input.to));
    await client.scheduleNewOrchestration(shipping, { to: 'Oslo' }, { instanceId: 's-1', tags: { a: 'b' }, ack: 'produced' });
    expect(sink.sends[0]?.partition).toBe(partitionOf('s-1', 4));
    expect(decodeCommand(sink.sends[0]?.records[0]?.value ?? Buffer.alloc(0))).toMatchObject({
      source: null,
      body: { name: 'shipping', version: '2.1.0', instanceId: 's-1', input: '{"to":"Oslo"}', tags: [{ key: 'a', value: 'b' }] },
    });
  });

  test('[V2] the version is the call’s, else the definition’s, else the client’s default', async () => {
    const { client, sink } = given({ defaultVersion: '9' });
    const versions = async (): Promise<string[]> => {
      await expect.poll(() => sink.inFlight).toBe(0);
      return bodiesOf(sink).map((body) => (body.kind === 'StartInstance' ? body.version : body.kind));
    };
    const v2 = defineOrchestrator({ name: 'x', version: '2' }, () => Promise.resolve());
    await client.scheduleNewOrchestration(v2, undefined, { version: '3', ack: 'produced' });
    await client.scheduleNewOrchestration(v2, undefined, { ack: 'produced' });
    await client.scheduleNewOrchestration('x', undefined, { ack: 'produced' });
    expect(await versions()).toEqual(['3', '2', '9']);
  });

  test('ids are 32 random hex digits by default, command ids are random', async () => {
    const { client, sink } = given();
    const one = await client.scheduleNewOrchestration('x', undefined, { ack: 'produced' });
    const two = await client.scheduleNewOrchestration('x', undefined, { ack: 'produced' });
    expect(one.instanceId).toMatch(/^[0-9a-f]{32}$/);
    expect(one.instanceId).not.toBe(two.instanceId);
    const ids = sink.sends.flatMap((sent) => sent.records.map((record) => decodeCommand(record.value).commandId));
    expect(new Set(ids).size).toBe(2);
  });

  test('what is called while a send is in flight goes with the next, in order, one send a partition', async () => {
    const { client, sink } = given();
    let openGate: () => void = () => undefined;
    sink.gate = new Promise<void>((resolve) => (openGate = resolve));
    const ids = Array.from({ length: 400 }, (_, at) => `i-${String(at)}`).filter((id) => partitionOf(id, 4) === 1);
    const start = (instanceId: string): Promise<unknown> => client.scheduleNewOrchestration('x', 1, { instanceId, ack: 'produced' });
    const firstBurst = ids.slice(0, 10).map(start);
    await expect.poll(() => sink.sends.length).toBe(1);
    const secondBurst = ids.slice(10).map(start);
    openGate();
    await Promise.all([...firstBurst, ...secondBurst]);
    expect(sink.sends.map((sent) => sent.records.map((record) => record.key))).toEqual([ids.slice(0, 10), ids.slice(10)]);
    expect(sink.inFlightMost).toBe(1);
  });

  test('a full queue refuses with CLIENT_OVERLOADED and takes commands again once it has drained', async () => {
    const { client, sink } = given({}, 2);
    let openGate: () => void = () => undefined;
    sink.gate = new Promise<void>((resolve) => (openGate = resolve));
    const start = (): Promise<unknown> => client.scheduleNewOrchestration('x', 1, { ack: 'produced' });
    const waiting = [start(), start()];
    await expect(start()).rejects.toMatchObject({ code: 'CLIENT_OVERLOADED', retryable: true });
    openGate();
    await Promise.all(waiting);
    await start();
  });

  test('an unknown append is an unknown outcome, and repeating it under its id keeps the id', async () => {
    const { client, sink, reads } = given();
    sink.failure = new OperationalError('OUTCOME_UNKNOWN', 'no ack', { retryable: true });
    const options = { instanceId: 'a', commandId: 'mine' };
    await expect(client.scheduleNewOrchestration('x', 1, options)).rejects.toMatchObject({
      name: 'OutcomeUnknownError',
      partition: partitionOf('a', 4),
      offset: null,
      commandId: 'mine',
    });
    sink.failure = undefined;
    reads.putAnswer({ partition: partitionOf('a', 4), offset: 0 }, { outcome: 'accepted' });
    await client.scheduleNewOrchestration('x', 1, options);
    const ids = sink.sends.flatMap((sent) => sent.records.map((record) => decodeCommand(record.value).commandId));
    expect(ids).toEqual(['mine', 'mine']);
  });

  test('a send that certainly failed is its own error', async () => {
    const { client, sink } = given();
    sink.failure = new OperationalError('BROKER_UNREACHABLE', 'nobody there', { retryable: true });
    await expect(client.scheduleNewOrchestration('x')).rejects.toMatchObject({ name: 'OperationalError', code: 'BROKER_UNREACHABLE' });
  });

  test('an owner that cannot be asked after the produce leaves the outcome unknown, with the place', async () => {
    const { client, reads } = given({ outageTimeout: 30 });
    reads.refuse = notOwner;
    await expect(client.scheduleNewOrchestration('x', 1, { instanceId: 'a', commandId: 'c' })).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      partition: partitionOf('a', 4),
      offset: 0,
      cause: { code: 'NOT_OWNER' },
    });
  });

  test('[A7] an input without a JSON form is refused with its path', async () => {
    const { client, sink } = given();
    await expect(client.scheduleNewOrchestration('x', { a: [1n] })).rejects.toMatchObject({ name: 'SerializationError', path: '$.a[0]' });
    expect(sink.sends).toEqual([]);
  });

  test('closing the client leaves the worker’s log and readings open', async () => {
    const { client, reads } = given();
    await client.close();
    reads.put(completed('a'));
    expect(await reads.state('a')).toBeDefined();
  });
});
