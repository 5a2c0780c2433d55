import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLevelStores } from '../../../engine/state/index.ts';
import { batchOf, chanceFrom, prefixLength } from './history.ts';

/** The cache on disk after kills and damage: the effect of a prefix of the batches, or rebuilt and said so. Never anything else. */

const place = mkdtempSync(join(tmpdir(), 'perdure-damage-'));
const writer = fileURLToPath(new URL('writer.ts', import.meta.url));
/** Closed in good order, with tables of several sittings and a write-ahead log. */
const closedBase = join(place, 'closed');
/** Left behind by a process that was killed. */
const killedBase = join(place, 'killed');
const batchesWritten = 420;

beforeAll(async () => {
  for (let from = 1; from <= batchesWritten; from += 60) {
    const store = await createLevelStores({ dir: closedBase }).open(0, neverRebuilt);
    for (let number = from; number < from + 60; number++) await store.write(batchOf(number));
    await store.close();
  }
  cpSync(closedBase, killedBase, { recursive: true });
  await writeUntilKilled(killedBase, batchesWritten + 1, batchesWritten + 300);
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('a killed process', () => {
  test('loses no batch that was written, and its cache is not called damaged', async () => {
    const directory = copyOf(killedBase, 'kills');
    let from = batchesWritten + 301;
    for (let kill = 0; kill < 5; kill++) {
      const written = await writeUntilKilled(directory, from, from + 40 * kill);
      const { length, reason } = await reopen(directory);
      expect(reason).toBeUndefined();
      expect(length).toBeGreaterThanOrEqual(written);
      from = length + 1;
    }
  });

  test('holds the lock until it dies', async () => {
    const directory = copyOf(closedBase, 'locked');
    await writeUntilKilled(directory, batchesWritten + 1, batchesWritten + 1, async () => {
      await expect(reopen(directory)).rejects.toMatchObject({ code: 'CACHE_LOCKED', retryable: true });
    });
    expect((await reopen(directory)).length).toBeGreaterThan(batchesWritten);
  });
});

describe.each([
  ['closed in good order', closedBase],
  ['killed', killedBase],
])('damage to a cache that was %s', (_, base) => {
  test.for(['CURRENT', 'MANIFEST', '.ldb', '.log'])('a missing %s is found', async (kind) => {
    for (const name of filesOf(base, kind)) {
      const directory = copyOf(base, 'missing');
      rmSync(join(directory, 'p0', name));
      expect(await reopen(directory)).toEqual({ length: 0, reason: expect.any(String) as string });
    }
  });

  test.for(['CURRENT', 'MANIFEST', '.ldb'])('an emptied %s is found', async (kind) => {
    for (const name of filesOf(base, kind)) {
      const directory = copyOf(base, 'emptied');
      truncateSync(join(directory, 'p0', name), 0);
      expect(await reopen(directory)).toEqual({ length: 0, reason: expect.any(String) as string });
    }
  });

  test('a write-ahead log that lost its end costs that end', async () => {
    const whole = (await reopen(copyOf(base, 'whole'))).length;
    const directory = copyOf(base, 'cut');
    const [name = ''] = filesOf(base, '.log');
    const path = join(directory, 'p0', name);
    truncateSync(path, readFileSync(path).length - 1);
    const { length, reason } = await reopen(directory);
    expect([length, reason]).toEqual([whole - 1, undefined]);
  });

  test('a write-ahead log with a hole is found, for what comes after the hole is not a prefix', async () => {
    const directory = copyOf(base, 'hole');
    const [name = ''] = filesOf(base, '.log');
    change(directory, name, (bytes) => bytes.fill(0, 33_000, 33_100));
    expect(await reopen(directory)).toEqual({ length: 0, reason: expect.any(String) as string });
  });

  test('a flipped bit anywhere in a table is found, also where LevelDB would just not see a row', async () => {
    const [name = ''] = filesOf(base, '.ldb');
    const size = readFileSync(join(base, 'p0', name)).length;
    for (let at = 0; at < size; at += Math.ceil(size / 60)) {
      const directory = copyOf(base, 'flipped');
      change(directory, name, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << (at % 8)), at));
      expect(await reopen(directory)).toEqual({ length: 0, reason: expect.any(String) as string });
    }
  });

  test('random damage to random files never shows anything but a prefix', async () => {
    const found = { whole: 0, rebuilt: 0 };
    for (let seed = 1; seed <= 150; seed++) {
      const chance = chanceFrom(seed);
      const directory = copyOf(base, 'random');
      const what = damage(directory, chance);
      const outcome = await reopen(directory).catch((error: unknown) => new Error(`seed ${String(seed)}: ${what}`, { cause: error }));
      if (outcome instanceof Error) throw outcome;
      if (outcome.reason === undefined) found.whole++;
      else found.rebuilt++;
    }
    // Both happen, or the test would prove nothing.
    expect(found.rebuilt).toBeGreaterThan(30);
    expect(found.whole).toBeGreaterThan(5);
  });
});

test('other bytes than those that were put are not returned, even when the file changes while it is open', async () => {
  const directory = join(place, 'live');
  const stores = createLevelStores({ dir: directory });
  const first = await stores.open(0, neverRebuilt);
  await first.write([
    { key: 'a', value: Buffer.from('the value of a') },
    { key: 'b', value: Buffer.from('the value of b') },
  ]);
  await first.close();
  await (await stores.open(0, neverRebuilt)).close();
  const store = await stores.open(0, neverRebuilt);
  const [name = ''] = filesOf(directory, '.ldb');
  change(directory, name, (bytes) => bytes.write('THE', bytes.indexOf('the value of b')));
  expect((await store.get('a'))?.toString()).toBe('the value of a');
  const corrupt = { code: 'CACHE_CORRUPT', retryable: true };
  await expect(store.get('b')).rejects.toMatchObject(corrupt);
  await expect(store.getMany(['a', 'b'])).rejects.toMatchObject(corrupt);
  await expect(store.range('a', 'z')[Symbol.asyncIterator]().next()).resolves.toMatchObject({ done: false });
  await expect(prefixLength(store)).rejects.toMatchObject(corrupt);
  await store.clear();
  expect(await prefixLength(store)).toBe(0);
  await store.close();
});

/** Opens, reads everything, writes on, closes, and reads again: damage must not surface later either. */
async function reopen(directory: string): Promise<{ readonly length: number; readonly reason: string | undefined }> {
  let reason: string | undefined;
  const stores = createLevelStores({ dir: directory });
  const store = await stores.open(0, (why) => (reason = why));
  const length = await prefixLength(store);
  await store.write(batchOf(length + 1));
  await store.close();
  const again = await stores.open(0, neverRebuilt);
  expect(await prefixLength(again)).toBe(length + 1);
  await again.close();
  return { length, reason };
}

/** Runs a writer until it has written batch `until`, then kills it; answers the last batch it said it had written. */
async function writeUntilKilled(directory: string, from: number, until: number, whileAlive?: () => Promise<void>): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let written = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    written = Number(line);
    if (written === until) {
      await whileAlive?.();
      child.kill('SIGKILL');
    }
  }
  expect(written).toBeGreaterThanOrEqual(until);
  return written;
}

function copyOf(base: string, name: string): string {
  const directory = join(place, name);
  rmSync(directory, { recursive: true, force: true });
  cpSync(base, directory, { recursive: true });
  return directory;
}

function filesOf(base: string, kind: string): readonly string[] {
  return readdirSync(join(base, 'p0')).filter((name) => name.startsWith(kind) || name.endsWith(kind));
}

function change(directory: string, name: string, edit: (bytes: Buffer) => unknown): void {
  const path = join(directory, 'p0', name);
  const bytes = readFileSync(path);
  edit(bytes);
  writeFileSync(path, bytes);
}

/** Harms one file and says how. */
function damage(directory: string, chance: () => number): string {
  const names = readdirSync(join(directory, 'p0'));
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(chance() * of.length)];
  const name = pick(names) ?? '';
  const path = join(directory, 'p0', name);
  const bytes = readFileSync(path);
  const at = Math.floor(chance() * bytes.length);
  const length = Math.floor(chance() * 40_000);
  const garbage = Buffer.from(Array.from({ length: 1 + (length % 600) }, () => Math.floor(chance() * 256)));
  const ways: Readonly<Record<string, () => void>> = {
    'a flipped bit': () =>
      writeFileSync(
        path,
        Buffer.concat([bytes.subarray(0, at), Buffer.from([(bytes[at] ?? 0) ^ (1 << (length % 8))]), bytes.subarray(at + 1)]),
      ),
    zeros: () => writeFileSync(path, Buffer.from(bytes).fill(0, at, Math.min(at + length, bytes.length))),
    'a cut end': () => truncateSync(path, at),
    'a missing slice': () => writeFileSync(path, Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])),
    'a missing block': () =>
      writeFileSync(path, bytes.length > 65_536 ? Buffer.concat([bytes.subarray(0, 32_768), bytes.subarray(65_536)]) : ''),
    'garbage in the middle': () =>
      writeFileSync(path, Buffer.concat([bytes.subarray(0, at), garbage, bytes.subarray(at + garbage.length)])),
    'garbage at the end': () => writeFileSync(path, Buffer.concat([bytes, garbage])),
    'a missing file': () => rmSync(path),
    'the contents of another file': () => writeFileSync(path, readFileSync(join(directory, 'p0', pick(names) ?? name))),
  };
  const way = pick(Object.keys(ways)) ?? '';
  ways[way]?.();
  return `${way} in ${name} at ${String(at)}, ${String(length)} bytes`;
}

function neverRebuilt(reason: string): void {
  throw new Error(reason);
}
