import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClient, type DurableClient, type HistoryEvent } from '../../../sdk/client/index.ts';
import { backup, digestFile, hello, helloSequence, listFiles } from '../../../sdk/samples/index.ts';
import { createWorker, type Worker } from '../../../sdk/worker/index.ts';
import { echoing, latecomer, programs, runsIn, sequence, stepsOfASequence } from '../../kafka/e2e-programs.ts';
import { WorkerProcesses } from '../../kafka/processes.ts';
import { sequenceFaultOf } from '../../kafka/sequence-check.ts';

let dir = '';
let dataDir = '';
let journal = '';
const processes = new WorkerProcesses();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-embedded-'));
  dataDir = join(dir, 'data');
  journal = join(dir, 'journal');
  await writeFile(journal, '');
});

afterEach(async () => {
  await processes.end();
  await rm(dir, { recursive: true, force: true });
});

const embedded = (withLatecomer = false): Promise<Worker> => createWorker({ dataDir, ...programs(journal, withLatecomer), log: 'silent' });

async function historyOf(client: DurableClient, id: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const event of client.getOrchestrationHistory(id)) events.push(event);
  return events;
}

describe('the samples', () => {
  const samples = { orchestrators: [helloSequence, backup], activities: [hello, listFiles, digestFile] };

  test('hello greets three cities, one after the other', async () => {
    await using worker = await createWorker({ dataDir, ...samples, log: 'silent' });
    const handle = await worker.client().scheduleNewOrchestration(helloSequence);
    expect(await handle.result()).toEqual(['Hello Tokyo!', 'Hello Seattle!', 'Hello London!']);
  });

  test('backup makes the manifest of real files', async () => {
    const root = join(dir, 'files');
    await mkdir(join(root, 'deeper'), { recursive: true });
    const files = { 'a.txt': 'alpha', 'b.txt': '', 'deeper/c.bin': 'x'.repeat(100_000) };
    for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text);
    await using worker = await createWorker({ dataDir, ...samples, log: 'silent' });
    const handle = await worker.client().scheduleNewOrchestration(backup, { root });
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    const lines = Object.entries(files).map(([path, text]) => `${sha256(text)}  ${String(text.length)}  ${path}\n`);
    expect(await handle.result()).toEqual({ files: 3, bytes: 100_005, sha256: sha256(lines.join('')), vanished: [] });
  });
});

test('a restart on the same directory keeps every state and history, and goes on with what was open', async () => {
  const first = await embedded();
  const ids = Array.from({ length: 10 }, (_, at) => `kept-${String(at)}`);
  for (const id of ids) await first.client().scheduleNewOrchestration(sequence, { seed: id, delayMs: 0 }, { instanceId: id });
  for (const id of ids) await first.client().waitForOrchestrationCompletion(id);
  await first.client().scheduleNewOrchestration(latecomer, 'late', { instanceId: 'late' });
  const before = await Promise.all(
    ids.map(async (id) => [await first.client().getOrchestrationState(id), await historyOf(first.client(), id)]),
  );
  // One that is in the middle when it is told to stop.
  await first.client().scheduleNewOrchestration(sequence, { seed: 'm', delayMs: 50 }, { instanceId: 'middle' });
  await first.stop();
  await expect(first.stopped).resolves.toBeUndefined();

  await using second = await embedded(true);
  const client = second.client();
  const after = await Promise.all(ids.map(async (id) => [await client.getOrchestrationState(id), await historyOf(client, id)]));
  expect(after).toEqual(before);
  expect(await client.getOrchestration(sequence, 'middle').result()).toBe('m12345');
  expect(await sequenceFaultOf(client.getOrchestrationHistory('middle'))).toBeUndefined();
  expect(await client.getOrchestration(latecomer, 'late').result()).toBe('late');
  await expect(client.scheduleNewOrchestration(sequence, { seed: '', delayMs: 0 }, { instanceId: 'kept-0' })).rejects.toMatchObject({
    code: 'INSTANCE_ALREADY_EXISTS',
  });
});

test('[L6] kill -9 in the middle, then a restart on the directory: all complete once, each step has one result', async () => {
  const instances = 40;
  const killed = await processes.start({ dataDir, journal });
  const ids = Array.from({ length: instances }, (_, at) => `crash-${String(at)}`);
  await using outside = await createClient({ api: killed.apiUrl });
  await Promise.all(ids.map((id) => outside.scheduleNewOrchestration(sequence, { seed: `${id}:`, delayMs: 40 }, { instanceId: id })));
  await vi.waitFor(() => expect(runsIn(journal).length).toBeGreaterThan(instances * 2), { interval: 5, timeout: 20_000 });
  await killed.end('SIGKILL');
  expect(runsIn(journal).length).toBeLessThan(instances * stepsOfASequence);

  await using worker = await embedded();
  const client = worker.client();
  for (const id of ids) {
    expect(await client.getOrchestration(sequence, id).result()).toBe(`${id}:12345`);
    expect(await sequenceFaultOf(client.getOrchestrationHistory(id))).toBeUndefined();
  }
  // What ran twice is the one step of each that was under way.
  expect(runsIn(journal).length).toBeLessThanOrEqual(instances * (stepsOfASequence + 1));
});

test('a second process on the directory is told that it is taken, and the first goes on', async () => {
  await using worker = await embedded();
  await expect(processes.start({ dataDir, journal })).rejects.toThrow('DATA_DIR_LOCKED');
  await expect(embedded()).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
  const handle = await worker.client().scheduleNewOrchestration(echoing, 'still here');
  expect(await handle.result()).toBe('still here');
});

test('an unregistered orchestrator is stalled, visibly', async () => {
  await using worker = await embedded();
  const handle = await worker.client().scheduleNewOrchestration(latecomer, 'x');
  await vi.waitFor(async () =>
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Pending', stalledReason: expect.any(String) as string }),
  );
});

test('a payload of 1 MiB goes all the way, one byte more is refused', async () => {
  await using worker = await embedded();
  const client = worker.client();
  const largest = 'x'.repeat((1 << 20) - 2); // and two quotation marks
  expect(await (await client.scheduleNewOrchestration(echoing, largest)).result()).toBe(largest);
  await expect(client.scheduleNewOrchestration(echoing, `${largest}x`)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
});
