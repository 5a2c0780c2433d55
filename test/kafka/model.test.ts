import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { brokers } from './broker.ts';
import { deploy, type Deployment } from './deployment.ts';
import { careful, collector, combined, counter, family, foreign, number, retrying, sleeper, versioned } from './model-programs.ts';
import type { WorkerProcess } from './processes.ts';

/** One representative of every family of rules on real Kafka, with two worker processes, so that parents, children and targets live apart. */
describe('the programming model on Kafka', () => {
  let deployment: Deployment;
  let workers: readonly WorkerProcess[];

  beforeAll(async () => {
    deployment = await deploy({ brokers: brokers(), partitions: 8 });
    workers = await Promise.all([deployment.start('a'), deployment.start('b')]);
    await deployment.settled(...workers);
  });
  afterAll(async () => {
    await deployment[Symbol.asyncDispose]();
  });

  test('[A2] [A3] combinators over activities and timers', async () => {
    const handle = await deployment.client.scheduleNewOrchestration(combined);
    expect(await handle.result()).toEqual([['a', 'b', 'c'], 'fast']);
  });

  test('[T2] [T3] retries go on to the attempt that succeeds, and none follows what is not retriable', async () => {
    const handle = await deployment.client.scheduleNewOrchestration(retrying, 2);
    expect(await handle.result()).toEqual([3, '{"why":"declined"}']);
    const attempts: number[] = [];
    for await (const event of handle.history()) if (event.type === 'TaskScheduled') attempts.push(event.attempt);
    expect(attempts).toEqual([1, 2, 3, 1]);
  });

  test('[M1] timers are never early', async () => {
    const handles = await Promise.all([0, 1, 50, 400].map((ms) => deployment.client.scheduleNewOrchestration(sleeper, ms)));
    for (const handle of handles) expect(await handle.result()).toBeGreaterThanOrEqual(0);
  });

  test('[E2] [E4] events are taken once and in order, those that came before their wait too', async () => {
    const { client } = deployment;
    const handle = await client.scheduleNewOrchestration(collector, 5);
    for (const each of [1, 2, 3]) await handle.raise(number, each, { eventId: String(each) });
    expect(await handle.raise(number, 2, { eventId: '2' })).toBe('delivered');
    for (const each of [4, 5]) await handle.raise(number, each);
    expect(await handle.result()).toEqual([1, 2, 3, 4, 5]);
    expect(await handle.raise(number, 6)).toBe('ignored');
    await expect(client.raiseOrchestrationEvent('nobody', number, 1)).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
  });

  test('[C1] [E2] 300 events at full speed into a counter that continues as new on each', async () => {
    const count = 300;
    const handle = await deployment.client.scheduleNewOrchestration(counter, { sum: 0, left: count });
    await Promise.all(Array.from({ length: count }, () => handle.raise(number, 1)));
    expect(await handle.result()).toBe(count);
    expect(await handle.state()).toMatchObject({ generation: count + 1 });
  });

  test('[O1] [O2] three levels of children on any partition, and their results on the way back', async () => {
    const { client } = deployment;
    const handle = await client.scheduleNewOrchestration(family, 3, { instanceId: 'family' });
    const leaf = 'family.3.2.1';
    await vi.waitFor(async () => expect(await client.getOrchestrationState(leaf)).toMatchObject({ runtimeStatus: 'Running' }), {
      timeout: 20_000,
    });
    await client.raiseOrchestrationEvent(leaf, number, 7);
    expect(await handle.result()).toBe('3 2 1 leaf 7');
    expect(await client.getOrchestrationState(leaf)).toMatchObject({ parent: { instanceId: 'family.3.2', name: 'family' } });
  });

  test('[S3] terminate reaches three levels of children', async () => {
    const { client } = deployment;
    const handle = await client.scheduleNewOrchestration(family, 3, { instanceId: 'doomed' });
    const all = ['doomed', 'doomed.3', 'doomed.3.2', 'doomed.3.2.1'];
    await vi.waitFor(async () => expect(await client.getOrchestrationState('doomed.3.2.1')).toBeDefined(), { timeout: 20_000 });
    await handle.terminate({ output: 'enough' });
    for (const id of all) expect(await client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: 'Terminated' });
    expect(await handle.state()).toMatchObject({ output: 'enough' });
  });

  test('[S2] [S4] [S9] suspend holds turns back, resume lets them go, cancel lets it clean up', async () => {
    const { client } = deployment;
    const held = await client.scheduleNewOrchestration(collector, 1);
    await client.waitForOrchestrationStart(held);
    await held.suspend({ reason: 'for a while' });
    await held.raise(number, 42);
    expect(await held.state()).toMatchObject({ runtimeStatus: 'Suspended' });
    await held.resume();
    expect(await held.result()).toEqual([42]);
    const gentle = await client.scheduleNewOrchestration(careful);
    await client.waitForOrchestrationStart(gentle);
    await gentle.cancel();
    expect(await client.waitForOrchestrationCompletion(gentle)).toMatchObject({
      runtimeStatus: 'Canceled',
      output: 'cleaned after CancelledError',
      customStatus: { waiting: true },
    });
  });

  test('[S7] 100 concurrent starts of one id make one instance', async () => {
    const { client } = deployment;
    const start = (): Promise<unknown> => client.scheduleNewOrchestration(collector, 1, { instanceId: 'wanted' });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, start));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'INSTANCE_ALREADY_EXISTS' });
  });

  test('[V1] [V4] versions are compared as versions, and a patch keeps to its side', async () => {
    const handle = await deployment.client.scheduleNewOrchestration(versioned, undefined, { version: '1.9.0' });
    expect(await handle.result()).toEqual(['1.9.0', -1, true]);
  });

  test('[A5] [D1] a foreign await is held as stalled, visibly, and nothing spins', async () => {
    const handle = await deployment.client.scheduleNewOrchestration(foreign);
    await vi.waitFor(async () => expect((await handle.state())?.stalledReason).toMatch(/^NonDurableAwaitError: orchestrator 'foreign'/), {
      timeout: 20_000,
    });
    await handle.terminate();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated' });
  });

  test('[M1] [E2] what came due, and what came in, while nobody owned the partition is taken by the next owner', async () => {
    const { client } = deployment;
    const timed = await Promise.all(Array.from({ length: 16 }, () => client.scheduleNewOrchestration(sleeper, 1_500)));
    const waiting = await Promise.all(Array.from({ length: 16 }, () => client.scheduleNewOrchestration(counter, { sum: 0, left: 2 })));
    for (const handle of waiting) await handle.raise(number, 1);
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    for (const handle of waiting) await handle.raise(number, 2, { ack: 'produced' });
    workers = [await deployment.start('c')];
    for (const handle of timed) expect(await handle.result()).toBeGreaterThanOrEqual(0);
    for (const handle of waiting) expect(await handle.result()).toBe(3);
  });
});
