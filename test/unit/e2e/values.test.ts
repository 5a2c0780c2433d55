import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type DurableClient, type OrchestrationHandle } from '../../../sdk/client/index.ts';
import { defineOrchestrator } from '../../../sdk/index.ts';
import { createWorker, type Worker } from '../../../sdk/worker/index.ts';

/** Waits for the event that its input names, and returns what came. */
const waitingFor = defineOrchestrator('waitingFor', async (ctx, name: string): Promise<unknown> => {
  return await ctx.waitForExternalEvent(name);
});
const isLarge = (value: unknown): boolean => typeof value === 'string' && value.length > 16_000;
/** Returns its input, and shows it as its status until it is let go. */
const status = defineOrchestrator('status', async (ctx, input: unknown): Promise<unknown> => {
  ctx.setCustomStatus(isLarge(input) ? 'large' : input);
  await ctx.waitForExternalEvent('go');
  return input;
});

let dir = '';
let worker: Worker;
let client: DurableClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-values-'));
  worker = await createWorker({ dataDir: dir, orchestrators: [waitingFor, status], activities: [], api: { port: 0 }, log: 'silent' });
  client = await createClient({ api: worker.apiUrl ?? '' });
});

afterAll(async () => {
  await client.close();
  await worker.stop();
  await rm(dir, { recursive: true, force: true });
});

/** What is sent, and what arrives. */
const cross: [string, unknown, unknown][] = [
  ['undefined', undefined, undefined],
  ['null', null, null],
  ['0', 0, 0],
  ['-0', -0, 0],
  ['an empty text', '', ''],
  ['false', false, false],
  ['a date', new Date(5), '1970-01-01T00:00:00.005Z'],
  ['a lone surrogate', 'a\ud800b', 'a\ud800b'],
  ['an emoji and a line break', '👩‍👩‍👧‍👦\n\u2028\u0000', '👩‍👩‍👧‍👦\n\u2028\u0000'],
  ['a key __proto__', JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
  ['an array with a hole in its values', [1, undefined, null], [1, null, null]],
  ['1 MiB', 'x'.repeat((1 << 20) - 2), 'x'.repeat((1 << 20) - 2)],
];

const refused: [string, unknown][] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a BigInt', 1n],
  ['a Map', new Map()],
  ['a Set', new Set()],
  ['a Buffer', Buffer.from('x')],
  ['an Error', new Error('x')],
];

describe('[A7] from a client over HTTP', () => {
  test.each(cross)('%s as input, and as custom status unless it is too large for that', async (_what, sent, arrives) => {
    const handle = await client.scheduleNewOrchestration(status, sent);
    await client.waitForOrchestrationStart(handle);
    const state = await handle.state();
    if (arrives === undefined) expect(Object.keys(state ?? {})).not.toContain('input');
    else expect(state).toMatchObject({ input: arrives });
    const shown = isLarge(arrives) ? 'large' : arrives;
    await expect.poll(async () => (await handle.state())?.customStatus, { timeout: 10_000 }).toEqual(shown);
    await handle.raise('go');
    expect(await handle.result()).toEqual(arrives);
  });

  test.each(cross)('%s as an event and as the output of a termination', async (_what, sent, arrives) => {
    const handle = await client.scheduleNewOrchestration(waitingFor, 'data');
    await handle.raise('data', sent);
    expect(await handle.result()).toEqual(arrives);
    const ended = await client.scheduleNewOrchestration(waitingFor, 'never');
    await ended.terminate({ output: sent });
    const state = await ended.state();
    if (arrives === undefined) expect(Object.keys(state ?? {})).not.toContain('output');
    else expect(state).toMatchObject({ runtimeStatus: 'Terminated', output: arrives });
  });

  test.each(refused)('%s is refused at the call, with its path', async (_what, value) => {
    const handle: OrchestrationHandle = client.getOrchestration('status', 'nobody');
    const fault = { name: 'SerializationError', code: 'SERIALIZATION_ERROR', path: '$.at[0]' };
    const data = { at: [value] };
    await expect(client.scheduleNewOrchestration(status, data)).rejects.toMatchObject(fault);
    await expect(handle.raise('x', data)).rejects.toMatchObject(fault);
    await expect(handle.terminate({ output: data })).rejects.toMatchObject(fault);
  });
});

describe('[E1] event names', () => {
  const eventNames = ['constructor', '__proto__', 'toString', '/ ? #', ' ', 'é'.normalize('NFD'), '🎈', '\n', 'İ', 'x'.repeat(256)];

  test.each(eventNames)('%j is a name like any other', async (name) => {
    const handle = await client.scheduleNewOrchestration(waitingFor, name);
    expect(await handle.raise(name, name)).toBe('delivered');
    expect(await handle.result()).toBe(name);
  });

  test('they match whatever their case and their form in Unicode', async () => {
    const handle = await client.scheduleNewOrchestration(waitingFor, 'ÉTÉ'.normalize('NFC'));
    await handle.raise('été'.normalize('NFD'), 1);
    expect(await handle.result()).toBe(1);
  });
});
