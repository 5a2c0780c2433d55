import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { DurableClient, HistoryEvent, OrchestrationState } from '../../sdk/client/index.ts';
import { brokers } from './broker.ts';
import { deploy } from './deployment.ts';
import { catches, echoing, holding, latecomer, letsThrough, sequence, throwing } from './e2e-programs.ts';

/** All there is to know of some instances. */
async function known(client: DurableClient, ids: readonly string[]): Promise<unknown> {
  const all: { state: OrchestrationState | undefined; history: HistoryEvent[] }[] = [];
  for (const id of ids) {
    const history: HistoryEvent[] = [];
    for await (const event of client.getOrchestrationHistory(id)) history.push(event);
    all.push({ state: await client.getOrchestrationState(id), history });
  }
  return all;
}

async function filesIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) found.push(join(entry.parentPath, entry.name));
  return found;
}

/** Turns over one bit in the middle of every file that holds data. */
async function damage(dir: string): Promise<void> {
  for (const file of await filesIn(dir)) {
    if (!/\.(?:ldb|log)$/.test(file)) continue;
    const bytes = await readFile(file);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
    await writeFile(file, bytes);
  }
}

async function halve(dir: string): Promise<void> {
  for (const file of await filesIn(dir)) if (/\.(?:ldb|log)$/.test(file)) await truncate(file, (await stat(file)).size >> 1);
}

const deletion = (dir: string): Promise<void> => rm(dir, { recursive: true });

test('[L9] the cache deleted, damaged or cut under a stopped worker: the same states and histories after its restart', async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions: 2 });
  const { client } = deployment;
  let worker = await deployment.start('a');
  const options = (instanceId: string): { instanceId: string; tags: Record<string, string> } => ({ instanceId, tags: { of: instanceId } });
  for (let at = 0; at < 20; at++)
    await client.scheduleNewOrchestration(sequence, { seed: 's', delayMs: 0 }, options(`steps-${String(at)}`));
  await client.scheduleNewOrchestration(throwing, undefined, options('throws'));
  await client.scheduleNewOrchestration(letsThrough, undefined, options('lets-through'));
  await client.scheduleNewOrchestration(catches, undefined, options('catches'));
  await client.scheduleNewOrchestration(echoing, 'x'.repeat(100_000), options('large'));
  const steps = Array.from({ length: 20 }, (_, at) => `steps-${String(at)}`);
  const ended = [...steps, 'throws', 'lets-through', 'catches', 'large'];
  for (const id of ended) await client.waitForOrchestrationCompletion(id);
  await client.scheduleNewOrchestration(holding, undefined, options('holds'));
  await client.scheduleNewOrchestration(latecomer, 'nobody has me', options('stalls'));
  await client.waitForOrchestrationStart('holds');
  await vi.waitFor(async () => expect((await client.getOrchestrationState('stalls'))?.stalledReason).toBeDefined(), { interval: 20 });
  const ids = [...ended, 'holds', 'stalls'];
  const before = await known(client, ids);

  for (const harm of [deletion, damage, halve]) {
    expect(await worker.end('SIGTERM')).toBe(0);
    await harm(deployment.cacheDir('a'));
    worker = await deployment.start('a');
    await vi.waitFor(async () => expect((await client.getOrchestrationState('stalls'))?.stalledReason).toBeDefined(), {
      interval: 50,
      timeout: 20_000,
    });
    expect(await known(client, ids)).toEqual(before);
    // Deleted is as good as new, and a log cut short is what a crash leaves: of damage there is a line that says so.
    const rebuilt = worker.lines.filter(({ event }) => event === 'cache rebuilt from the log');
    if (harm === damage) expect(rebuilt.map((line) => line['partition']).sort()).toEqual([0, 1]);
    if (harm === deletion) expect(rebuilt).toEqual([]);
  }

  // Nothing ran again but what had not returned.
  expect(await client.getOrchestrationState('holds')).toMatchObject({ runtimeStatus: 'Running' });
});
