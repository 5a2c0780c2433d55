import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type DurableClient, type HistoryEvent, type OrchestrationHandle } from '../../../sdk/client/index.ts';
import { defineEvent } from '../../../sdk/index.ts';
import { createWorker, type Worker } from '../../../sdk/worker/index.ts';
import { counter, listener, modelPrograms, mother, talkative, tidy } from './model-programs.ts';

let dir = '';
let worker: Worker;
let overHttp: DurableClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-calls-'));
  worker = await createWorker({ dataDir: dir, ...modelPrograms, api: { port: 0 }, log: 'silent' });
  overHttp = await createClient({ api: worker.apiUrl ?? '' });
});

afterAll(async () => {
  await overHttp.close();
  await worker.stop();
  await rm(dir, { recursive: true, force: true });
});

const far = new Date(4_000_000_000_000);
const go = defineEvent()('Go');

async function eventsOf(handle: Pick<OrchestrationHandle, 'history'>): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const event of handle.history()) events.push(event);
  return events;
}

async function typesOf(handle: Pick<OrchestrationHandle, 'history'>): Promise<HistoryEvent['type'][]> {
  return (await eventsOf(handle)).map((event) => event.type);
}

/** The way of the commands, and a prefix that keeps the ids of the two apart. */
const ways: [string, () => DurableClient, string][] = [
  ['in the worker’s process', () => worker.client(), 'in/'],
  ['over HTTP', () => overHttp, 'http/'],
];

describe.each(ways)('%s', (_way, connect, prefix) => {
  let client: DurableClient;
  beforeAll(() => {
    client = connect();
  });

  test('[E4] an event is delivered, whatever the case of its name, and ignored after the end', async () => {
    const handle = await client.scheduleNewOrchestration(listener, 'a', { instanceId: `${prefix}raise` });
    expect(await client.raiseOrchestrationEvent(handle, go, { n: 1 })).toBe('delivered');
    expect(await handle.result()).toEqual(['a', { n: 1 }]);
    expect(await handle.raise('go')).toBe('ignored');
    expect(await client.raiseOrchestrationEvent(handle.instanceId, 'go', 2, { eventId: 'x' })).toBe('ignored');
    await expect(client.raiseOrchestrationEvent(`${prefix}nobody`, 'go')).rejects.toMatchObject({
      name: 'CommandRefusedError',
      code: 'INSTANCE_NOT_FOUND',
    });
  });

  test('[E4] a second event of the same id changes nothing, also under another command', async () => {
    const handle = await client.scheduleNewOrchestration(counter, 0, { instanceId: `${prefix}twice` });
    for (const amount of [1, 10, 100]) expect(await handle.raise('add', amount, { eventId: 'click' })).toBe('delivered');
    for (const amount of [1_000, 10_000]) await handle.raise('add', amount, { commandId: `${prefix}mine` });
    await handle.raise('add', 100_000);
    await handle.raise('stop');
    expect(await handle.result()).toBe(101_001);
  });

  test('[E4] an event may start what is missing, in one step', async () => {
    const instanceId = `${prefix}missing`;
    const startIfMissing = { orchestrator: counter, input: 100, tags: { by: 'event' } };
    for (const amount of [1, 2, 3]) await client.raiseOrchestrationEvent(instanceId, 'add', amount, { startIfMissing });
    await client.raiseOrchestrationEvent(instanceId, 'stop');
    expect(await client.getOrchestration(counter, instanceId).result()).toBe(106);
    expect(await client.getOrchestrationState(instanceId)).toMatchObject({ name: 'counter', tags: { by: 'event' }, generation: 4 });
  });

  test('[S2] suspend keeps what comes, resume goes on; the state shows either', async () => {
    const handle = await client.scheduleNewOrchestration(listener, 'a', { instanceId: `${prefix}suspend` });
    await handle.suspend({ reason: 'lunch' });
    await client.suspendOrchestration(handle, { reason: 'again' });
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Suspended' });
    await handle.raise('go', 'kept');
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Suspended' });
    await client.resumeOrchestration(handle, { reason: 'back' });
    await handle.resume();
    expect(await handle.result()).toEqual(['a', 'kept']);
    expect((await eventsOf(handle)).filter((event) => 'reason' in event)).toMatchObject([
      { type: 'InstanceSuspended', reason: 'lunch' },
      { type: 'InstanceResumed', reason: 'back' },
    ]);
  });

  test('[S3] terminate ends it with its output, and its children; again it changes nothing', async () => {
    const handle = await client.scheduleNewOrchestration(mother, 'a', { instanceId: `${prefix}terminate` });
    const child = `${prefix}terminate/child`;
    await expect
      .poll(() => client.getOrchestrationState(child), { timeout: 10_000 })
      .toMatchObject({
        runtimeStatus: 'Running',
        parent: { instanceId: handle.instanceId, name: 'mother' },
        customStatus: { waitingFor: 'go' },
        tags: { of: 'mother' },
      });
    await handle.terminate({ output: { why: 'enough' }, reason: 'test' });
    const ended = { runtimeStatus: 'Terminated', output: { why: 'enough' } };
    expect(await handle.state()).toMatchObject(ended);
    await client.terminateOrchestration(handle, { output: 'other' });
    expect(await client.waitForOrchestrationCompletion(handle)).toMatchObject(ended);
    await expect(handle.result()).rejects.toMatchObject({ code: 'ORCHESTRATION_TERMINATED' });
    await expect.poll(() => client.getOrchestrationState(child), { timeout: 10_000 }).toMatchObject({ runtimeStatus: 'Terminated' });
  });

  test('[S3] terminate without its children leaves them', async () => {
    const handle = await client.scheduleNewOrchestration(mother, 'a', { instanceId: `${prefix}alone` });
    const child = client.getOrchestration(listener, `${prefix}alone/child`);
    await expect.poll(() => child.state(), { timeout: 10_000 }).toMatchObject({ runtimeStatus: 'Running' });
    await handle.terminate({ recursive: false });
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated' });
    await child.raise('go', 'still here');
    expect(await child.result()).toEqual(['a', 'still here']);
  });

  test('[S4] cancel lets it tidy up; what it returns is its output', async () => {
    const handle = await client.scheduleNewOrchestration(tidy, 'the room', { instanceId: `${prefix}cancel` });
    await client.waitForOrchestrationStart(handle);
    await handle.cancel({ reason: 'late' });
    expect(await client.waitForOrchestrationCompletion(handle)).toMatchObject({ runtimeStatus: 'Canceled', output: 'tidied the room' });
    await client.cancelOrchestration(handle);
    expect(await typesOf(handle)).toContain('CancelRequested');
  });

  test.each(['suspendOrchestration', 'resumeOrchestration', 'terminateOrchestration', 'cancelOrchestration'] as const)(
    '%s of an instance that nobody knows is refused',
    async (order) => {
      await expect(client[order](`${prefix}nobody`)).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
    },
  );

  test('[S7] a start at a time is Pending until then; suspend, events and terminate work meanwhile', async () => {
    const options = { instanceId: `${prefix}later`, startAt: far, tags: { a: 'b' } };
    const handle = await client.scheduleNewOrchestration(listener, 1, options);
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Pending', startAt: far, generation: 1, tags: { a: 'b' } });
    expect(await handle.raise('go')).toBe('delivered');
    await handle.suspend();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Suspended' });
    await handle.resume();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Pending', startAt: far });
    await handle.terminate({ output: 0 });
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated', output: 0 });
  });

  test('[S7] a start time that is past, or comes, starts it', async () => {
    const past = await client.scheduleNewOrchestration(listener, 1, { instanceId: `${prefix}past`, startAt: new Date(0) });
    const soon = await client.scheduleNewOrchestration(listener, 2, {
      instanceId: `${prefix}soon`,
      startAt: new Date(Date.now() + 50),
    });
    for (const handle of [past, soon]) await handle.raise('go');
    expect(await past.result()).toEqual([1]);
    expect(await soon.result()).toEqual([2]);
    expect(await typesOf(soon)).toContain('StartDue');
    expect(await soon.state()).not.toHaveProperty('startAt');
    expect(await typesOf(past)).not.toContain('StartDue');
  });

  test('[R2] every kind of event that an orchestration leaves is read', async () => {
    const handle = await client.scheduleNewOrchestration(talkative, undefined, { instanceId: `${prefix}talk` });
    expect(await handle.result()).toBe('tidied the house');
    expect(new Set(await typesOf(handle))).toEqual(
      new Set([
        ...['InstanceStarted', 'TurnStarted', 'CustomStatusSet', 'PatchMarked', 'TimerCreated', 'TimerFired', 'TimerCancelled'],
        ...['TaskScheduled', 'TaskCompleted', 'StartSent', 'EventSent', 'InstanceCompleted'],
      ]),
    );
  });

  test('read-your-writes: what was only produced is in every later reading', async () => {
    const produced = { ack: 'produced' } as const;
    const handle = await client.scheduleNewOrchestration(listener, 1, { instanceId: `${prefix}ryw`, startAt: far, ...produced });
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Pending' });
    await handle.suspend(produced);
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Suspended' });
    await handle.resume(produced);
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Pending' });
    await handle.raise('go', 1, produced);
    expect(await typesOf(handle)).toContain('EventRaised');
    await handle.terminate(produced);
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated' });
  });

  test('[C1] generations: the state names the newest, under the same id', async () => {
    const handle = await client.scheduleNewOrchestration(counter, 0, { instanceId: `${prefix}generations`, tags: { kept: 'yes' } });
    for (let amount = 1; amount <= 5; amount++) await handle.raise('add', amount);
    await handle.raise('stop');
    expect(await handle.result()).toBe(15);
    expect(await handle.state()).toMatchObject({ generation: 6, input: 15, output: 15, tags: { kept: 'yes' } });
    const [first] = await eventsOf(handle);
    expect(first).toMatchObject({ type: 'InstanceStarted', generation: 6, input: 15 });
  });
});
