import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppendRecord, namespaceRecord } from '../../../engine/log/index.ts';
import { type LocalLog, type LocalLogOptions, openLocalLog } from '../../../engine/log/local/index.ts';
import { createMemoryBroker } from '../../../engine/log/memory/index.ts';
import { append, entries, readFrom, record } from '../../contract/log/world.ts';

let root = '';
let directories = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'perdure-local-'));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

const freshDir = (): string => join(root, String(++directories));
const openAt = (dir: string, options: Partial<LocalLogOptions> = {}): Promise<LocalLog> =>
  openLocalLog({ dir, partitions: 2, now: () => 0, ...options });

test('every history partition begins with the namespace record', async () => {
  const opened = await openAt(freshDir());
  for (const partition of [0, 1]) {
    const { records } = await readFrom(opened.log.open(partition), 0);
    expect(records).toEqual([{ offset: 0, ...namespaceRecord(2) }]);
  }
  await opened.close();
});

test('a second opener of a directory gets DATA_DIR_LOCKED with a cure, and does the first no harm', async () => {
  const dir = freshDir();
  const first = await openAt(dir);
  await expect(openAt(dir)).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED', cure: expect.stringMatching(/./) as string });
  expect(await append(first.log.open(0), record('k', '1'))).toBe(1);
  await first.close();
  await openAt(dir).then((second) => second.close());
});

test('another number of partitions is NAMESPACE_MISMATCH, and the directory stays free for the right one', async () => {
  const dir = freshDir();
  await openAt(dir).then((opened) => opened.close());
  await expect(openAt(dir, { partitions: 4 })).rejects.toMatchObject({ code: 'NAMESPACE_MISMATCH', retryable: false });
  await openAt(dir).then((opened) => opened.close());
});

test('a path that is no directory is DATA_DIR_UNREADABLE', async () => {
  const dir = freshDir();
  await writeFile(dir, 'a file');
  await expect(openAt(dir)).rejects.toMatchObject({ code: 'DATA_DIR_UNREADABLE' });
});

test('a database that is gone, emptied or garbled is DATA_DIR_CORRUPT, never an empty log', async () => {
  const harms: ((records: string) => Promise<void>)[] = [
    (records) => rm(records, { recursive: true }),
    (records) => rm(join(records, 'CURRENT')),
    (records) => writeFile(join(records, 'CURRENT'), 'garbage'),
    (records) => writeFile(join(records, 'CURRENT'), 'MANIFEST-999999\n'),
    async (records) => {
      for (const file of await readdir(records)) if (file.endsWith('.log')) await writeFile(join(records, file), '');
    },
  ];
  for (const harm of harms) {
    const dir = freshDir();
    const opened = await openAt(dir);
    await append(opened.log.open(0), record('k', '1'));
    await opened.close();
    await harm(join(dir, 'records'));
    await expect(openAt(dir)).rejects.toMatchObject({ code: 'DATA_DIR_CORRUPT', retryable: false });
  }
});

test('a byte changed on disk is DATA_DIR_CORRUPT, at the opening or at the read, never another record', async () => {
  const dir = freshDir();
  const opened = await openAt(dir);
  const log = opened.log.open(0);
  for (let number = 0; number < 100; number++) await append(log, record(`k/${String(number)}`, 'x'.repeat(2_000)));
  await opened.close();
  for (const name of await readdir(join(dir, 'records'))) {
    if (!/\.(log|ldb)$/.test(name)) continue;
    const file = await open(join(dir, 'records', name), 'r+');
    const { size } = await file.stat();
    if (size > 5_000) await file.write(Buffer.from('!'), 0, 1, 5_000);
    await file.close();
  }
  const reading = openAt(dir).then(async (again) => {
    try {
      await readFrom(again.log.open(0), 0);
    } finally {
      await again.close();
    }
  });
  await expect(reading).rejects.toMatchObject({ code: 'DATA_DIR_CORRUPT' });
});

test('[L5] when the disk takes no writes an append is unknown; when it does again the log goes on, and nothing acked is lost', async () => {
  const dir = freshDir();
  const opened = await openAt(dir);
  const log = opened.log.open(0);
  const acked: number[] = [await append(log, record('before', '1'))];
  const [here, away] = [join(dir, 'records'), join(dir, 'away')];
  await rename(here, away);
  // LevelDB meets the missing directory when it starts its next file, some megabytes on.
  const value = Buffer.alloc(1024 * 1024, 'v');
  let unknowns = 0;
  for (let tries = 0; tries < 20 && unknowns < 3; tries++) {
    const outcome = await log.append([{ key: `big/${String(tries)}`, value }]);
    if (outcome.kind === 'acked') acked.push(outcome.base);
    else expect(outcome.kind).toBe('unknown');
    if (outcome.kind === 'unknown') unknowns++;
  }
  expect(unknowns).toBe(3);
  if (existsSync(here)) await rm(here, { recursive: true });
  await rename(away, here);
  const base = await append(log, record('after', '1'));
  const { records, end } = await readFrom(log, 1);
  expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: base }, (_, at) => at + 1));
  expect(acked).toEqual(acked.map((_, at) => at + 1));
  expect(end).toBe(base + 1);
  expect(records.at(-1)?.key).toBe('after');
  await opened.close();
});

test('commands keep their numbers when all of them were trimmed before the restart', async () => {
  const dir = freshDir();
  const first = await openAt(dir);
  const base = await first.sink.send(
    0,
    Array.from({ length: 2_500 }, (_, at) => ({ key: 'k', value: Buffer.from(String(at)) })),
  );
  await first.log.open(0).trim(base + 2_500);
  await first.close();
  const second = await openAt(dir);
  expect(await second.sink.send(0, [{ key: 'k', value: Buffer.from('next') }])).toBe(base + 2_500);
  await second.close();
});

test('[L8] compaction leaves young records alone, and an expired tombstone goes with the reader that might need it', async () => {
  let nowMs = 0;
  const opened = await openAt(freshDir(), { now: () => nowMs, compaction: { lagMs: 10, tombstoneRetentionMs: 100 } });
  const log = opened.log.open(0);
  await append(log, record('a', '1'), record('a', '2'), record('gone', '1'));
  nowMs = 5;
  await append(log, record('gone', null), record('a', '3'), record('tail', '1'));
  nowMs = 11;
  await opened.compact();
  const live = async (): Promise<unknown> => entries((await readFrom(log, 1)).records).map(([offset, key]) => `${String(offset)} ${key}`);
  expect(await live()).toEqual(['2 a', '3 gone', '4 gone', '5 a', '6 tail']);
  nowMs = 16;
  await opened.compact();
  expect(await live()).toEqual(['4 gone', '5 a', '6 tail']);
  nowMs = 115;
  await opened.compact();
  expect(await live()).toEqual(['4 gone', '5 a', '6 tail']);
  nowMs = 116;
  await opened.compact();
  expect(await live()).toEqual(['5 a', '6 tail']);
  await opened.close();
});

type Action =
  | { readonly kind: 'append'; readonly batch: readonly AppendRecord[] }
  | { readonly kind: 'compact' | 'reopen' }
  | { readonly kind: 'wait'; readonly ms: number };

test('[L8] compaction in steps leaves exactly what Kafka’s cleaner leaves', async () => {
  const lagMs = 10;
  const tombstoneRetentionMs = 30;
  const one: fc.Arbitrary<AppendRecord> = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.option(fc.constant(Buffer.from('v')), { freq: 2 }),
  });
  const action: fc.Arbitrary<Action> = fc.oneof(
    { weight: 5, arbitrary: fc.array(one, { minLength: 1, maxLength: 5 }).map((batch) => ({ kind: 'append' as const, batch })) },
    { weight: 2, arbitrary: fc.constant({ kind: 'compact' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }).map((ms) => ({ kind: 'wait' as const, ms })) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60, size: 'max' }), async (actions) => {
      const dir = freshDir();
      let nowMs = 1_000;
      const appendedAtMs = [nowMs];
      // Opening compacts by itself, with the same clock as the call that follows it here.
      const options = { partitions: 1, now: () => nowMs, compaction: { lagMs, tombstoneRetentionMs } };
      const kafka = createMemoryBroker({ partitions: 1, tombstoneRetention: tombstoneRetentionMs, firstRecord: namespaceRecord(1) });
      const clean = (): void => {
        const young = appendedAtMs.findIndex((atMs) => atMs > nowMs - lagMs);
        const horizon = Math.min(young === -1 ? appendedAtMs.length : young, appendedAtMs.length - 1);
        kafka.clean(0, horizon, nowMs);
      };
      let opened = await openAt(dir, options);
      for (const step of actions) {
        if (step.kind === 'wait') nowMs += step.ms;
        else if (step.kind === 'append') {
          await append(opened.log.open(0), ...step.batch);
          for (const made of step.batch) kafka.noise(0, made);
          appendedAtMs.push(...step.batch.map(() => nowMs));
        } else {
          if (step.kind === 'reopen') {
            await opened.close();
            opened = await openAt(dir, options);
          }
          await opened.compact();
          clean();
        }
        const { records, end } = await readFrom(opened.log.open(0), 0);
        expect(records.map(({ offset, key }) => [offset, key])).toEqual(kafka.history(0).live.map(({ offset, key }) => [offset, key]));
        expect(end).toBe(kafka.history(0).next);
      }
      await opened.close();
      await rm(dir, { recursive: true });
    }),
    // A failure is shrunk for as long as the test may take, then told.
    { numRuns: 30, interruptAfterTimeLimit: 20_000 },
  );
});
