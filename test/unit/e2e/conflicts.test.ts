import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandRefusedError, createClient, type ConflictPolicy, type DurableClient } from '../../../sdk/client/index.ts';
import { createWorker, type Worker } from '../../../sdk/worker/index.ts';
import { listener, modelPrograms } from './model-programs.ts';

const startsAtOnce = 100;

let dir = '';
let worker: Worker;
/** Three that know nothing of one another. */
let clients: DurableClient[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-conflicts-'));
  worker = await createWorker({ dataDir: dir, ...modelPrograms, api: { port: 0 }, log: 'silent' });
  const api = worker.apiUrl ?? '';
  clients = [worker.client(), await createClient({ api }), await createClient({ api })];
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await worker.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Outcome {
  /** The numbers of the starts that were accepted. */
  readonly accepted: number[];
  /** The codes of the others. */
  readonly refused: string[];
}

/** All at once, the clients in turn, each with its number as input. */
async function startAll(instanceId: string, onConflict: ConflictPolicy): Promise<Outcome> {
  const starts = Array.from({ length: startsAtOnce }, async (_, number) => {
    const client = clients[number % clients.length];
    await client?.scheduleNewOrchestration(listener, number, { instanceId, onConflict });
    return number;
  });
  const outcome: Outcome = { accepted: [], refused: [] };
  for (const settled of await Promise.allSettled(starts)) {
    if (settled.status === 'fulfilled') outcome.accepted.push(settled.value);
    else outcome.refused.push(settled.reason instanceof CommandRefusedError ? settled.reason.code : String(settled.reason));
  }
  return outcome;
}

/** Lets the one instance there is end, and gives the number of the start that made it. */
async function starterOf(instanceId: string): Promise<unknown> {
  const [client] = clients;
  expect(await client?.raiseOrchestrationEvent(instanceId, 'go')).toBe('delivered');
  const output: unknown = await client?.getOrchestration(listener, instanceId).result();
  expect(await client?.raiseOrchestrationEvent(instanceId, 'go')).toBe('ignored');
  return Array.isArray(output) ? output[0] : output;
}

async function endedInstance(instanceId: string): Promise<string | undefined> {
  const [client] = clients;
  await client?.scheduleNewOrchestration(listener, 'before', { instanceId });
  await starterOf(instanceId);
  return (await client?.getOrchestrationState(instanceId))?.executionId;
}

const ninetyNine = Array.from({ length: startsAtOnce - 1 }, () => 'INSTANCE_ALREADY_EXISTS');

describe('[S7] 100 concurrent starts of one id', () => {
  test('error: one is accepted, 99 are told that the id is in use', async () => {
    const { accepted, refused } = await startAll('error', 'error');
    expect(refused).toEqual(ninetyNine);
    expect(await starterOf('error')).toBe(accepted[0]);
    expect((await startAll('error', 'error')).refused).toHaveLength(startsAtOnce);
  });

  test('useExisting: all are accepted, and there is one instance', async () => {
    const { accepted } = await startAll('useExisting', 'useExisting');
    expect(accepted).toHaveLength(startsAtOnce);
    const states = await Promise.all(clients.map((client) => client.getOrchestrationState('useExisting')));
    expect(new Set(states.map((state) => state?.executionId)).size).toBe(1);
    const starter = await starterOf('useExisting');
    expect(accepted).toContain(starter);
    expect((await startAll('useExisting', 'useExisting')).accepted).toHaveLength(startsAtOnce);
    expect(await clients[0]?.getOrchestration(listener, 'useExisting').result()).toEqual([starter]);
  });

  test('replaceTerminal: of what has ended one makes a new one, 99 are told that it runs', async () => {
    const before = await endedInstance('replaceTerminal');
    const { accepted, refused } = await startAll('replaceTerminal', 'replaceTerminal');
    expect(refused).toEqual(ninetyNine);
    expect((await clients[0]?.getOrchestrationState('replaceTerminal'))?.executionId).not.toBe(before);
    expect(await starterOf('replaceTerminal')).toBe(accepted[0]);
  });

  test('replaceTerminal: of what does not exist one makes it', async () => {
    const { accepted, refused } = await startAll('replaceNothing', 'replaceTerminal');
    expect(refused).toEqual(ninetyNine);
    expect(await starterOf('replaceNothing')).toBe(accepted[0]);
  });

  test('terminateAndReplace: all are accepted, each in the place of the one before, and one is left', async () => {
    const before = await endedInstance('terminateAndReplace');
    const { accepted } = await startAll('terminateAndReplace', 'terminateAndReplace');
    expect(accepted).toHaveLength(startsAtOnce);
    const state = await clients[0]?.getOrchestrationState('terminateAndReplace');
    expect(state?.executionId).not.toBe(before);
    expect(['Pending', 'Running']).toContain(state?.runtimeStatus);
    expect(accepted).toContain(await starterOf('terminateAndReplace'));
  });

  test('a start repeated under its own command id is accepted, whatever the policy, and starts nothing', async () => {
    const [client] = clients;
    for (const onConflict of ['error', 'useExisting', 'replaceTerminal', 'terminateAndReplace'] as const) {
      const options = { instanceId: `repeat-${onConflict}`, commandId: `mine-${onConflict}`, onConflict };
      await Promise.all(clients.map((each) => each.scheduleNewOrchestration(listener, 1, options)));
      const first = await client?.getOrchestrationState(options.instanceId);
      expect(await starterOf(options.instanceId)).toBe(1);
      await client?.scheduleNewOrchestration(listener, 2, options);
      const after = await client?.getOrchestrationState(options.instanceId);
      expect(after).toMatchObject({ runtimeStatus: 'Completed', executionId: first?.executionId, input: 1 });
    }
  });
});
