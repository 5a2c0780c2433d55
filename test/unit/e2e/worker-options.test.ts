import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, type DataConverter } from '../../../sdk/client/index.ts';
import { defineActivity, defineOrchestrator } from '../../../sdk/index.ts';
import { createWorker, type EmbeddedOptions, type Worker } from '../../../sdk/worker/index.ts';

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'perdure-options-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const echo = defineActivity('echo', (_ctx, value: unknown): unknown => value);
const echoing = defineOrchestrator('echoing', async (ctx, value: unknown): Promise<unknown> => await ctx.callActivity(echo, value));
const foreign = defineOrchestrator('foreign', async (): Promise<void> => {
  await new Promise<void>(() => undefined);
});
const timed = defineOrchestrator('timed', async (ctx): Promise<boolean> => {
  await ctx.createTimer(0);
  return Date.now() > 0;
});
const versionOf = defineOrchestrator({ name: 'versionOf', version: '' }, (ctx): Promise<string> => Promise.resolve(ctx.version));
const callingVersions = defineOrchestrator('callingVersions', async (ctx): Promise<unknown[]> => [
  await ctx.callSubOrchestrator('versionOf'),
  await ctx.callSubOrchestrator('versionOf', undefined, { version: '7' }),
]);
const eager = defineOrchestrator('eager', async (ctx): Promise<number> => {
  for (let number = 1; ; number++) await ctx.callActivity(echo, number);
});

const workerWith = (options: Partial<EmbeddedOptions>): Promise<Worker> =>
  createWorker({
    dataDir,
    orchestrators: [echoing, foreign, timed, versionOf, callingVersions, eager],
    activities: [echo],
    log: 'silent',
    ...options,
  });

describe('[D1] onCodeFault', () => {
  test('by default an instance whose code is at fault is held, visibly, and another worker goes on with it', async () => {
    const first = await workerWith({});
    const handle = await first.client().scheduleNewOrchestration(foreign, undefined, { instanceId: 'held' });
    await expect
      .poll(() => handle.state(), { timeout: 10_000 })
      .toMatchObject({ stalledReason: expect.stringContaining('NonDurableAwaitError') as unknown });
    await first.stop();
    const mended = defineOrchestrator('foreign', (): Promise<void> => Promise.resolve());
    await using second = await workerWith({ orchestrators: [mended] });
    expect(await second.client().waitForOrchestrationCompletion('held')).toMatchObject({ runtimeStatus: 'Completed' });
  });

  test('with `fail` it fails', async () => {
    await using worker = await workerWith({ onCodeFault: 'fail' });
    const handle = await worker.client().scheduleNewOrchestration(foreign);
    expect(await worker.client().waitForOrchestrationCompletion(handle)).toMatchObject({
      runtimeStatus: 'Failed',
      failureDetails: { errorType: 'NonDurableAwaitError', nonRetriable: true },
    });
  });
});

describe('[A5] guards', () => {
  test('`throw` makes the call throw, and names what to use instead', async () => {
    const before = Date.now;
    {
      await using worker = await workerWith({ guards: 'throw', onCodeFault: 'fail' });
      const handle = await worker.client().scheduleNewOrchestration(timed);
      expect(await worker.client().waitForOrchestrationCompletion(handle)).toMatchObject({
        runtimeStatus: 'Failed',
        failureDetails: { errorType: 'NonDeterministicCallError', message: expect.stringContaining('currentUtcDateTime') as unknown },
      });
    }
    expect(Date.now).toBe(before);
  });

  test('`warn` logs it, and lets it through', async () => {
    const lines: unknown[] = [];
    await using worker = await workerWith({ guards: 'warn', log: (level, event, fields) => lines.push({ level, event, ...fields }) });
    const handle = await worker.client().scheduleNewOrchestration(timed);
    expect(await handle.result()).toBe(true);
    const line = {
      level: 'warn',
      event: 'nondeterministic call in an orchestrator',
      name: 'timed',
      error: { name: 'NonDeterministicCallError' },
    };
    expect(lines).toContainEqual(expect.objectContaining({ ...line, error: expect.objectContaining(line.error) as unknown }));
  });

  test('by default nothing is patched', async () => {
    const before = Date.now;
    await using worker = await workerWith({});
    expect(Date.now).toBe(before);
    const handle = await worker.client().scheduleNewOrchestration(timed);
    expect(await handle.result()).toBe(true);
  });
});

test('[O2] versioning.defaultVersion is the version of children whose call names none', async () => {
  await using worker = await workerWith({ versioning: { defaultVersion: '3' } });
  const handle = await worker.client().scheduleNewOrchestration(callingVersions, undefined, { version: '9' });
  expect(await handle.result()).toEqual(['3', '7']);
});

describe('limits.historyEvents', () => {
  test('a turn that would go beyond fails the instance; what comes in is still recorded', async () => {
    await using worker = await workerWith({ limits: { historyEvents: 60 } });
    const handle = await worker.client().scheduleNewOrchestration(eager);
    expect(await worker.client().waitForOrchestrationCompletion(handle)).toMatchObject({
      runtimeStatus: 'Failed',
      failureDetails: { errorType: 'HistoryTooLarge' },
      // The last task is event 60, its result 61; then only the turn that fails.
      historyLength: 63,
    });
  });

  test.each([0, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 1_000_001])('%s is refused', async (historyEvents) => {
    await expect(workerWith({ limits: { historyEvents } })).rejects.toMatchObject({ code: 'LIMIT_INVALID', retryable: false });
  });
});

test('[A7] one data converter writes what orchestrators, activities and clients say', async () => {
  const written: string[] = [];
  const dataConverter: DataConverter = {
    serialize(value, where) {
      written.push(where);
      return JSON.stringify({ sealed: typeof value === 'bigint' ? { big: String(value) } : value });
    },
    deserialize(payload) {
      const { sealed } = JSON.parse(payload ?? '{}') as { sealed: unknown };
      return typeof sealed === 'object' && sealed !== null && 'big' in sealed ? BigInt(String(sealed.big)) : sealed;
    },
  };
  await using worker = await workerWith({ dataConverter, api: { port: 0 } });
  const handle = await worker.client().scheduleNewOrchestration(echoing, 12n, { instanceId: 'sealed' });
  expect(await handle.result()).toBe(12n);
  expect(new Set(written)).toEqual(
    new Set([
      "the input of orchestration 'echoing'",
      "the input of activity 'echo'",
      "the result of activity 'echo'",
      expect.stringContaining('orchestrat') as unknown,
    ]),
  );
  await using plain = await createClient({ api: worker.apiUrl ?? '' });
  expect(await plain.getOrchestrationState('sealed')).toMatchObject({
    input: { sealed: { big: '12' } },
    output: { sealed: { big: '12' } },
  });
  await using same = await createClient({ api: worker.apiUrl ?? '', dataConverter });
  expect(await same.getOrchestrationState('sealed')).toMatchObject({ input: 12n, output: 12n });
});
