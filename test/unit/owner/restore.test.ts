import { beforeEach, describe, expect, test } from 'vitest';
import { CacheBatch, type PartitionCache, type TimerRow } from '../../../engine/state/index.ts';
import { progressOf } from '../../../engine/core/index.ts';
import { keyOf, type Claimant, type HistoryBody, type InstanceId } from '../../../schemas/index.ts';
import { Restore } from '../../../partition-worker/owner/restore.ts';
import { marksOf } from '../core/log-writer.ts';
import { again, at, raiseOf, Story, task } from '../core/given.ts';
import { FakePartitionLog, FakeRuntime, openCache, refused } from './fakes.ts';

const hourMs = 3_600_000;
const cacheAgeMaxMs = 84 * hourMs;
const a = 'aaaaaaaaaaaaaaaa';
const b = 'bbbbbbbbbbbbbbbb';
const claim: HistoryBody = { kind: 'Claim', atMs: 0, worker: 'w' };
const progress = (commandNext: number): HistoryBody => progressOf(marksOf({ commandNext }), 0);

/** A log of one owner with `commits` commits of one refusal each: record 0 is the claim, commit n stands at 2n-1 and 2n. */
function logOf(commits: number, by = a): FakePartitionLog {
  const log = new FakePartitionLog().write(1, by, 0, claim);
  for (let commit = 1; commit <= commits; commit++) log.write(1, by, commit, refused(commit, 0)).write(1, by, commit, progress(commit));
  return log;
}

let runtime: FakeRuntime;
let cache: PartitionCache;

beforeEach(async () => {
  runtime = new FakeRuntime();
  cache = await openCache();
});

async function restored(log: FakePartitionLog): Promise<Restore> {
  const restore = new Restore({ partition: 0, log, cache, runtime, cacheAgeMaxMs });
  await restore.begin();
  await restore.toEnd();
  return restore;
}

/** The story's facts from number `from` on, each a commit. */
function commitsOf(log: FakePartitionLog, story: Story, from: number): FakePartitionLog {
  for (const [at, fact] of story.facts.entries()) if (at >= from) log.write(1, a, at + 1, fact).write(1, a, at + 1, progress(0));
  return log;
}

async function dueTimers(): Promise<TimerRow[]> {
  const found: TimerRow[] = [];
  for await (const row of cache.dueTimers(0, Infinity, 10)) found.push(row);
  return found;
}

const whys = (): unknown[] =>
  runtime.lines.filter(({ event }) => event === 'cache rebuilt from the log').map(({ fields }) => fields['why']);

async function refusals(): Promise<number[]> {
  const found: number[] = [];
  for await (const { body } of cache.answers(0)) if (body.kind === 'CommandRefused') found.push(body.offset);
  return found;
}

describe('restore', () => {
  test('[L9] from nothing reads all; again, with its cache, reads on where that ends', async () => {
    const log = logOf(3);
    expect((await restored(log)).recordsRead).toBe(7);
    expect(await refusals()).toEqual([1, 2, 3]);
    log.write(1, a, 4, refused(4, 0)).write(1, a, 4, progress(4));
    const second = await restored(log);
    expect(second.recordsRead).toBe(2);
    expect(second.state).toMatchObject({ commit: 4, position: 9, marks: { commandNext: 4 } });
    expect(await refusals()).toEqual([1, 2, 3, 4]);
    expect(whys()).toEqual([]);
  });

  test('[L9] a cache that ends in an open commit is read on from its first fact', async () => {
    const log = logOf(1).write(1, a, 2, refused(2, 0)).write(1, a, 2, refused(3, 0));
    expect((await restored(log)).state.open).toHaveLength(2);
    log.write(1, a, 2, progress(3));
    const second = await restored(log);
    expect(second.state).toMatchObject({ commit: 2, open: [] });
    expect(await refusals()).toEqual([1, 2, 3]);
  });

  test('[L9] instances come back as they were, across any number of restarts', async () => {
    const story = new Story().start().turn(task(1), task(2)).result(3).result(4);
    const log = new FakePartitionLog().write(1, a, 0, claim);
    for (const [at, fact] of story.facts.entries()) {
      log.write(1, a, at + 1, fact).write(1, a, at + 1, progress(0));
      await restored(log);
    }
    expect((await cache.instances([story.state.instanceId])).get(story.state.instanceId)).toEqual(story.state);
    expect(await cache.facts('order-1' as InstanceId, story.state.executionId, 1)).toEqual(story.facts);
  });

  test('[L9] [M1] a scheduled start that came due in a later commit leaves no timer behind, and new timers move the scan back', async () => {
    const log = new FakePartitionLog().write(1, a, 0, claim);
    const story = new Story().start({ startAtMs: 90_000 });
    await restored(commitsOf(log, story, 0));
    expect(await dueTimers()).toMatchObject([{ fireAtMs: 90_000, seq: 0 }]);
    const batch = new CacheBatch();
    const header = await cache.header();
    if (header === undefined) throw new Error('no header');
    batch.header(header.state, header.stampMs, 95_000);
    await cache.write(batch);
    story.due(0, 95_000).turn(at(1, 60_000));
    await restored(commitsOf(log, story, 1));
    expect(await dueTimers()).toMatchObject([{ fireAtMs: 60_000 }]);
    expect((await cache.header())?.timersFrom).toBe(60_000);
    expect(story.facts.map((fact) => fact.kind)).toContain('StartDue');
  });

  test.each([
    ['its first', 'InstanceStarted'],
    ['its turn', 'TurnStarted'],
    ['its last', 'ContinuedAsNew'],
  ])('[L8] [C1] an execution of which compaction took %s fact tells its follower nothing', async (_what, gone) => {
    const story = new Story()
      .start()
      .command(raiseOf({ eventId: 'one' }))
      .turn(again())
      .command(raiseOf({ eventId: 'two' }));
    const log = commitsOf(new FakePartitionLog().write(1, a, 0, claim), story, 0);
    const first = story.facts.filter((fact) => fact.executionId === story.facts[0]?.executionId && fact.kind !== 'EventRaised');
    const keys = first.map((fact) => keyOf({ epoch: 1, claimant: a as Claimant, commit: 0, body: fact }));
    const at = first.findIndex((fact) => fact.kind === gone);
    for (const key of keys) log.records.push({ offset: log.end++, key, value: null });
    log.records = log.records.filter(({ key, value }) => value === null || key !== keys[at]);
    await restored(log);
    const { instanceId } = story.state;
    expect((await cache.instances([instanceId])).get(instanceId)).toEqual(story.state);
    expect([...story.state.eventIds.keys()]).toEqual(['one', 'two']);
    expect(await cache.executionFacts(instanceId, story.facts[0]?.executionId ?? story.state.executionId, 1, 10)).toHaveLength(1);
  });

  test('[L8] [C1] an execution is swept after a restart, though the one that followed it was swept first', async () => {
    const story = new Story().start().turn(again()).turn(again());
    const log = commitsOf(new FakePartitionLog().write(1, a, 0, claim), story, 0);
    const [first, second] = [...new Set(story.facts.map((fact) => fact.executionId))];
    log.records = log.records.filter(({ key }) => !key.includes(second ?? '?'));
    await restored(log);
    const ended: string[] = [];
    for await (const { executionId } of cache.endedExecutions(10)) ended.push(executionId);
    expect(ended).toEqual([first, second]);
    expect((await cache.instances([story.state.instanceId])).get(story.state.instanceId)).toEqual(story.state);
  });

  test.each([
    ['older than half the time tombstones are kept', cacheAgeMaxMs + 1],
    ['stamped that far in the future', -cacheAgeMaxMs - 1],
  ])('[L9] a cache %s is thrown away, with a line', async (_what, passedMs) => {
    const log = logOf(2);
    await restored(log);
    await restored(log.write(1, a, 3, progress(2)));
    runtime.now += passedMs;
    expect((await restored(log)).recordsRead).toBe(6);
    expect(whys()).toHaveLength(1);
    expect(await refusals()).toEqual([1, 2]);
  });

  test('[L9] a cache of exactly that age still counts', async () => {
    const log = logOf(2);
    await restored(log);
    runtime.now += cacheAgeMaxMs;
    expect((await restored(log)).recordsRead).toBe(0);
  });

  test('[L9] the stamp is when the end was known, not when it was saved', async () => {
    const log = logOf(1);
    await restored(log);
    const restore = new Restore({ partition: 0, log, cache, runtime, cacheAgeMaxMs });
    runtime.now += cacheAgeMaxMs - 30;
    await restore.begin();
    log.write(1, a, 2, progress(1));
    const slow = log.read.bind(log);
    log.read = async (from, sink) => {
      runtime.now += 20;
      return slow(from, sink);
    };
    await restore.toEnd();
    // What was saved while reading bears the stamp of the cache it came from: the end was not known yet.
    expect((await cache.header())?.stampMs).toBe(1_000_000);
  });

  test('[L9] a read that outlasts the age begins again from nothing: a tombstone may have come and gone meanwhile', async () => {
    const log = logOf(2);
    await restored(log);
    const restore = new Restore({ partition: 0, log, cache, runtime, cacheAgeMaxMs });
    runtime.now += cacheAgeMaxMs - 10;
    await restore.begin();
    const slow = log.read.bind(log);
    log.read = async (from, sink) => {
      runtime.now += 20;
      return slow(from, sink);
    };
    await restore.toEnd();
    expect(whys()).toHaveLength(1);
    expect(await refusals()).toEqual([1, 2]);
    expect(restore.stampMs).toBe(runtime.now - 20);
  });

  test('[L9] a log that ends before the cache does was cut: the cache is thrown away', async () => {
    await restored(logOf(5));
    expect((await restored(logOf(2))).state).toMatchObject({ position: 5, marks: { commandNext: 2 } });
    expect(whys()).toHaveLength(1);
    expect(await refusals()).toEqual([1, 2]);
  });

  test('[L9] a log made anew, and longer, is told by its last commit', async () => {
    await restored(logOf(3));
    const anew = logOf(6, b);
    expect((await restored(anew)).state).toMatchObject({ claimant: b, marks: { commandNext: 6 } });
    expect(whys()).toEqual(['the log does not hold the last commit the cache knows']);
    expect(await refusals()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('[L9] the last commit may be gone when its own writer wrote its key again', async () => {
    const log = logOf(3);
    await restored(log);
    log.write(1, a, 4, progress(4)).write(1, a, 5, progress(5));
    log.records = log.records.filter(({ offset }) => offset !== 6);
    const second = await restored(log);
    expect([second.recordsRead, second.state.marks.commandNext, whys()]).toEqual([2, 5, []]);
  });

  test('[L9] gone without a successor, or with one only of a later claim, it tells that the cache is not of this log', async () => {
    const log = logOf(3);
    await restored(log);
    log.write(2, b, 0, claim).write(2, b, 1, progress(9));
    log.records = log.records.filter(({ offset }) => offset !== 6);
    await restored(log);
    expect(whys()).toEqual(['the log does not hold the last commit the cache knows']);
  });

  test('[L9] a cache from before the first claim is no cache, and that is nothing to tell of', async () => {
    const namespace = { kind: 'Namespace', partitions: 1, hash: 'murmur2', schemaVersion: 1 } as const;
    const log = new FakePartitionLog().write(0, '0', 0, namespace);
    await restored(log);
    expect((await restored(log.write(1, a, 0, claim))).recordsRead).toBe(2);
    expect(whys()).toEqual([]);
  });

  test('[L9] [L8] void keys survive a restart until their tombstone is read', async () => {
    const log = logOf(1).write(1, a, 2, refused(7, 0)).write(2, b, 0, claim);
    const [key] = (await restored(log)).state.voidKeys;
    if (key === undefined) throw new Error('no void key');
    expect((await restored(log)).state.voidKeys).toEqual(new Set([key]));
    log.records.push({ offset: log.end++, key, value: null });
    expect((await restored(log)).state.voidKeys).toEqual(new Set());
    expect((await restored(log)).state.voidKeys).toEqual(new Set());
  });

  test('[L2] a writer without a claim in a log read from its beginning is broken, not a cache to rebuild', async () => {
    await expect(restored(logOf(1).write(5, b, 1, refused(2, 0)))).rejects.toMatchObject({ code: 'HISTORY_DIVERGED' });
  });

  test('a history record that cannot be decoded is broken', async () => {
    const log = logOf(1);
    log.records.push({ offset: log.end++, key: 'x', value: Buffer.from('?') });
    await expect(restored(log)).rejects.toMatchObject({ code: 'HISTORY_UNDECODABLE' });
  });
});
