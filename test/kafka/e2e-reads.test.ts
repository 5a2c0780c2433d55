import { expect, test, vi } from 'vitest';
import { commandOf, encodeCommand, partitionOf, type HistoryPage, type InstanceSnapshot } from '../../schemas/index.ts';
import { connectKafkaClient } from '../../engine/log/kafka/index.ts';
import { brokers } from './broker.ts';
import { deploy } from './deployment.ts';
import { runsIn, sequence } from './e2e-programs.ts';
import type { WorkerProcess } from './processes.ts';

const partitions = 4;

async function get(worker: WorkerProcess, path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(worker.apiUrl + path, { headers });
  return { status: answer.status, body: await answer.json() };
}

test('every worker answers for every instance: what it does not own it asks of the owner', async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions });
  const { client } = deployment;
  const [a, b] = await Promise.all([deployment.start('a'), deployment.start('b')]);
  await deployment.settled(a, b);
  for (const [owner, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [id = ''] = deployment.idsOn(await deployment.partitionsOf(owner), `of-${String(owner.pid)}`, 1);
    const path = `/v1/instances/${id}`;
    expect(await get(other, path)).toMatchObject({ status: 404, body: { error: { code: 'INSTANCE_NOT_FOUND' } } });
    await client.scheduleNewOrchestration(sequence, { seed: 'w', delayMs: 20 }, { instanceId: id });
    // Asked of the one that does not own it, while it runs.
    const waited = await get(other, `${path}/wait?for=completion&timeout=10000`);
    expect(waited.body).toMatchObject({ runtimeStatus: 'Completed', output: '"w12345"' });
    expect(waited).toEqual(await get(owner, `${path}/wait?for=completion`));
    for (const reading of [path, `${path}/history`, `${path}/history?from=3&limit=4`])
      expect(await get(other, reading)).toEqual(await get(owner, reading));
    expect(((await get(other, `${path}/history`)).body as HistoryPage).events).toHaveLength(18);
    // One hop: what was forwarded is not forwarded again.
    expect(await get(other, path, { 'x-perdure-forwarded': '1' })).toMatchObject({ status: 503, body: { error: { code: 'NOT_OWNER' } } });
    expect((await get(owner, path, { 'x-perdure-forwarded': '1' })).status).toBe(200);
  }
});

test('a reading that names a command waits for it: it never shows less than what was ordered, whichever worker is asked', async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions });
  const [a, b] = await Promise.all([deployment.start('a'), deployment.start('b')]);
  await deployment.settled(a, b);
  const kafka = await connectKafkaClient({ brokers: brokers(), namespace: deployment.namespace });
  try {
    for (let at = 0; at < 50; at++) {
      const instanceId = `own-${String(at)}`;
      const partition = partitionOf(instanceId, partitions);
      const input = JSON.stringify({ seed: '', delayMs: 0 });
      const start = { instanceId, name: 'sequence', version: '', input, tags: [], onConflict: 'error' as const, startAtMs: null };
      const value = encodeCommand(commandOf({ commandId: instanceId, start }, Date.now()));
      const offset = await kafka.sink.send(partition, [{ key: instanceId, value }]);
      const worker = at % 2 === 0 ? a : b;
      const seen = await get(worker, `/v1/instances/${instanceId}?after=${String(partition)}:${String(offset)}`);
      expect({ status: seen.status, instanceId: (seen.body as InstanceSnapshot).instanceId }).toEqual({ status: 200, instanceId });
    }
  } finally {
    await kafka.close();
  }
});

test("a wait goes on through its owner's death, and so does a handle's result", async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions });
  const { client } = deployment;
  const [dies, lives] = await Promise.all([deployment.start('dies'), deployment.start('lives')]);
  await deployment.settled(dies, lives);
  const [id = ''] = deployment.idsOn(await deployment.partitionsOf(dies), 'outlived', 1);
  const handle = await client.scheduleNewOrchestration(sequence, { seed: 'z', delayMs: 400 }, { instanceId: id });
  const completion = client.waitForOrchestrationCompletion(handle, { timeout: '40s' });
  const result = handle.result();
  // Asked of the worker that lives: its long poll is at the one that dies.
  const polled = get(lives, `/v1/instances/${id}/wait?timeout=10000`);
  await vi.waitFor(() => expect(runsIn(deployment.journal).length).toBeGreaterThan(1), { interval: 5, timeout: 20_000 });
  await dies.end('SIGKILL');
  expect(await completion).toMatchObject({ runtimeStatus: 'Completed', output: 'z12345' });
  expect(await result).toBe('z12345');
  // Either a plain "try again", or the right answer from whoever owned it by then.
  const { status, body } = await polled;
  if (status === 200) expect(body).toMatchObject({ instanceId: id });
  else expect({ status, body }).toMatchObject({ status: 503, body: { error: { code: expect.any(String) as string } } });
});
