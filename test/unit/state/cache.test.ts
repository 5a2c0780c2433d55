import { beforeEach, describe, expect, test } from 'vitest';
import { emptyPartition, eventIdsKept } from '../../../engine/core/index.ts';
import { CacheBatch, createPartitionCache, type PartitionCache, type Store, type StoreWrite } from '../../../engine/state/index.ts';
import { eventsFrom, headerRow, rowOfFact, taskRow } from '../../../engine/state/rows.ts';
import { inboxKey, type EventRaised, type Fact, type InstanceId } from '../../../schemas/index.ts';
import {
  after,
  again,
  at,
  cancelTimer,
  child,
  complete,
  raiseOf,
  resumeOf,
  startOf,
  Story,
  suspendOf,
  task,
  terminateOf,
} from '../core/given.ts';
import { closedFact } from '../owner/fakes.ts';
import { asRead, folded } from './lives.ts';
import { notingStore } from './owning.ts';

const id = 'order-1' as InstanceId;
let store: Store;
let writes: StoreWrite[];
let cache: PartitionCache;

beforeEach(async () => {
  ({ store, writes } = await notingStore());
  // Nothing gathers: every batch is written as it comes.
  cache = createPartitionCache(store, 1);
  await cache.header();
});

/** The story's facts since the last time, in one batch. */
class Writing {
  readonly story = new Story();
  private done = 0;

  async write(): Promise<readonly string[]> {
    const batch = new CacheBatch();
    const before = folded(this.story.facts.slice(0, this.done)).get(id);
    const facts = this.story.facts.slice(this.done);
    this.done = this.story.facts.length;
    for (const fact of facts) batch.closed(closedFact(fact));
    if (facts.some((fact) => fact.kind === 'InstanceStarted') && before !== undefined) {
      const began = facts.findIndex((fact) => fact.kind === 'InstanceStarted');
      batch.ended(folded([...this.story.facts.slice(0, this.done - facts.length + began)]).get(id) ?? before);
    }
    batch.instance(this.story.state);
    batch.header(emptyPartition(), 0);
    writes.length = 0;
    await cache.write(batch);
    await cache.header();
    return writes.map(({ key, value }) => `${value === null ? '-' : '+'}${key.charAt(0)}`).sort();
  }

  async read(): Promise<void> {
    expect((await cache.instances([id])).get(id)).toEqual(asRead(this.story.state));
  }
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

const raise = (eventId: string, payload = '1') => raiseOf({ eventId, payload });

describe('what a commit writes', () => {
  test('[L9] an input recorded and fed in one commit costs no row but its fact and the state', async () => {
    const writing = new Writing();
    writing.story.start().turn(task(1));
    expect(await writing.write()).toEqual(['+f', '+f', '+f', '+m', '+s', '+t']);
    writing.story.result(3).turn();
    expect(await writing.write()).toEqual(['+f', '+f', '+m', '+s', '-t']);
    writing.story.command(raise('')).turn();
    expect(await writing.write()).toEqual(['+d', '+f', '+f', '+m', '+s', '+x']);
    await writing.read();
  });

  test('[L9] a task or timer that is opened and closed in one commit has no row at all', async () => {
    const writing = new Writing();
    writing.story.start().turn(task(1), after(2, 50), after(3, 50)).result(3).due(4, 1e6).turn(cancelTimer(3), complete());
    expect(await writing.write()).toEqual([...Array<string>(writing.story.facts.length).fill('+f'), '+m', '+s']);
    await writing.read();
  });

  test('an input that waits for its turn marks the instance, once, until it is fed', async () => {
    const writing = new Writing();
    writing.story.start();
    expect(await writing.write()).toEqual(['+f', '+m', '+s', '+u']);
    expect(await all(cache.unfedInstances())).toEqual([id]);
    writing.story.command(raise('e'));
    expect(await writing.write()).toEqual(['+d', '+f', '+m', '+s', '+x']);
    await writing.read();
    writing.story.turn();
    expect(await writing.write()).toEqual(['+f', '+m', '+s', '-u']);
    expect(await all(cache.unfedInstances())).toEqual([]);
  });

  test('[S2] what is suspended or not due yet is not listed as waiting for a turn, and is when that is over', async () => {
    const writing = new Writing();
    writing.story.start().command(suspendOf());
    await writing.write();
    expect(await all(cache.unfedInstances())).toEqual([]);
    writing.story.command(resumeOf());
    await writing.write();
    expect(await all(cache.unfedInstances())).toEqual([id]);
    await writing.read();
  });

  test('an instance that ends takes the rows of what it left open with it', async () => {
    const writing = new Writing();
    writing.story.start().turn(task(1), after(2, 50), child(3));
    await writing.write();
    writing.story.command(terminateOf());
    expect(await writing.write()).toEqual(['+f', '+m', '+s', '-T', '-t', '-t', '-t']);
    expect(await all(cache.openTasks())).toEqual([]);
  });
});

describe('what can be asked', () => {
  test('timers come in the order of their times, from and through both included', async () => {
    const writing = new Writing();
    writing.story.start().turn(at(1, 5_000), at(2, 70_000), at(3, -5), at(4, 800_000));
    await writing.write();
    const due = async (from: number, through: number, limit = 10): Promise<number[]> =>
      (await all(cache.dueTimers(from, through, limit))).map((row) => row.seq);
    expect(await due(0, Infinity)).toEqual([5, 3, 4, 6]);
    expect(await due(5_000, 70_000)).toEqual([3, 4]);
    expect(await due(0, 69_999)).toEqual([5, 3]);
    expect(await due(0, Infinity, 1)).toEqual([5]);
    const [first] = await all(cache.dueTimers(5_001, Infinity, 1));
    expect(first).toEqual({ fireAtMs: 70_000, instanceId: id, executionId: writing.story.state.executionId, seq: 4 });
  });

  test('a scheduled start is a timer with the number 0, until the row is given back', async () => {
    const writing = new Writing();
    writing.story.start({ startAtMs: 90_000 });
    await writing.write();
    const row = { fireAtMs: 90_000, instanceId: id, executionId: writing.story.state.executionId, seq: 0 };
    expect(await all(cache.dueTimers(0, Infinity, 10))).toEqual([row]);
    await writing.read();
    const batch = new CacheBatch();
    batch.timerGone(row);
    await cache.write(batch);
    expect(await all(cache.dueTimers(0, Infinity, 10))).toEqual([]);
  });

  test('open tasks come with their kind, whatever is in the name of their instance', async () => {
    const strange = 'a/b/é:\u{1F600}' as InstanceId;
    const story = new Story().start().turn(task(1), child(2), after(3, 10));
    const facts = story.facts.map((fact): Fact => ({ ...fact, instanceId: strange }));
    const batch = new CacheBatch();
    for (const fact of facts) batch.closed(closedFact(fact));
    const state = folded(facts).get(strange);
    if (state !== undefined) batch.instance(state);
    await cache.write(batch);
    const place = { instanceId: strange, executionId: story.state.executionId };
    expect(await all(cache.openTasks())).toEqual([
      { ...place, seq: 3, kind: 'activity' },
      { ...place, seq: 4, kind: 'child' },
      { ...place, seq: 5, kind: 'timer' },
    ]);
    expect((await all(cache.dueTimers(0, Infinity, 1)))[0]).toMatchObject({ ...place, seq: 5 });
    expect((await cache.instances([strange])).get(strange)).toEqual(state);
  });

  test('external events come by their inbox numbers, over all executions, and with their log keys', async () => {
    const writing = new Writing();
    writing.story.start().command(raise('a')).command(raise('b')).turn(again());
    await writing.write();
    writing.story.command(raise('c')).command(raise('d'));
    await writing.write();
    const events = writing.story.facts.filter((fact): fact is EventRaised => fact.kind === 'EventRaised');
    const [a, b, c, d] = events;
    expect(
      await cache.events(id, [
        { from: 1, through: 2 },
        { from: 4, through: 4 },
      ]),
    ).toEqual([a, b, d]);
    const keys = events.map((fact) => closedFact(fact).key);
    expect(
      await cache.eventKeys(
        id,
        [
          { from: 2, through: 3 },
          { from: 4, through: 9 },
        ],
        10,
      ),
    ).toEqual(keys.slice(1));
    expect(
      await cache.eventKeys(
        id,
        [
          { from: 1, through: 1 },
          { from: 2, through: 3 },
        ],
        2,
      ),
    ).toEqual(keys.slice(0, 2));
    const batch = new CacheBatch();
    batch.removed(keys[2] ?? '');
    await cache.write(batch);
    expect(await cache.eventKeys(id, [{ from: 1, through: 9 }], 10)).toEqual([keys[0], keys[1], keys[3]]);
    await expect(cache.events(id, [{ from: 3, through: 3 }])).rejects.toMatchObject({ code: 'CACHE_CORRUPT', retryable: true });
    expect(c?.number).toBe(3);
  });

  test('[E4] the newest event ids are remembered when the instance is cold, and no others', async () => {
    const writing = new Writing();
    const { story } = writing;
    story.start();
    const [start] = story.facts;
    const { instanceId, executionId } = story.state;
    for (let number = 1; number <= eventIdsKept + 5; number++) {
      const place = { instanceId, executionId, seq: number + 1, atMs: 1, number };
      story.facts.push({
        kind: 'EventRaised',
        ...place,
        name: 'paid',
        payload: null,
        eventId: number === 1_003 ? '' : `e${String(number)}`,
      });
    }
    await writing.write();
    await writing.read();
    const found = (await cache.instances([id])).get(id);
    expect(found?.eventIds.size).toBe(eventIdsKept);
    expect([...(found?.eventIds.keys() ?? [])].slice(0, 1)).toEqual(['e5']);
    expect(found?.unfed).toHaveLength(eventIdsKept + 6);
    expect(start?.kind).toBe('InstanceStarted');
  });

  test('[E4] a new instance under an old id knows none of the ids before it, and says which events are nobody’s', async () => {
    const writing = new Writing();
    writing.story.start().command(raise('a')).turn(complete());
    const ended = writing.story.state.executionId;
    await writing.write();
    writing.story.command(startOf({ onConflict: 'replaceTerminal' })).command(raise('b'));
    await writing.write();
    await writing.read();
    expect([...((await cache.instances([id])).get(id)?.eventIds.keys() ?? [])]).toEqual(['b']);
    const execution = { instanceId: id, executionId: ended, discardBelow: 2 };
    expect(await all(cache.endedExecutions(5))).toEqual([execution]);
    const kept = await cache.executionFacts(id, ended, 2, 2);
    expect(kept.map(({ logKey }) => logKey)).toEqual(writing.story.facts.slice(1, 3).map((fact) => closedFact(fact).key));
    const batch = new CacheBatch();
    batch.executionSwept(execution);
    await cache.write(batch);
    expect(await all(cache.endedExecutions(5))).toEqual([]);
  });

  test('[L8] the first execution of an instance waits to be swept until nothing is left of what it took the place of', async () => {
    const writing = new Writing();
    const { story } = writing;
    story.start().turn(complete());
    const replaced = story.state.executionId;
    await writing.write();
    story.command(startOf({ onConflict: 'replaceTerminal' }));
    const first = story.state.executionId;
    await writing.write();
    story.turn(again());
    const second = story.state.executionId;
    await writing.write();
    story.turn(again());
    await writing.write();
    const ended = async (): Promise<string[]> => (await all(cache.endedExecutions(5))).map(({ executionId }) => executionId);
    expect((await ended()).sort()).toEqual([replaced, second].sort());
    const batch = new CacheBatch();
    batch.executionSwept({ instanceId: id, executionId: replaced });
    await cache.write(batch);
    expect((await ended()).sort()).toEqual([first, second].sort());
  });

  test('the header says from where on timers stand', async () => {
    const batch = new CacheBatch();
    batch.header({ ...emptyPartition(), position: 7 }, 5, 1_234);
    await cache.write(batch);
    expect(await cache.header()).toMatchObject({ stampMs: 5, timersFrom: 1_234, state: { position: 7 } });
  });
});

describe('what is not as it was written', () => {
  const corrupt = { code: 'CACHE_CORRUPT', retryable: true };

  test('[L9] a lost task or input is found', async () => {
    const writing = new Writing();
    writing.story.start().turn(task(1), task(2)).result(3);
    await writing.write();
    const result = writing.story.facts.at(-1);
    if (result === undefined) throw new Error('no fact');
    for (const key of [taskRow(id, result.executionId, 4), rowOfFact(closedFact(result))]) {
      const value = (await store.get(key)) ?? Buffer.alloc(0);
      await store.write([{ key, value: null }]);
      await expect(createPartitionCache(store).instances([id])).rejects.toMatchObject(corrupt);
      await store.write([{ key, value }]);
    }
    await writing.read();
  });

  test('[L9] a lost event is found', async () => {
    const writing = new Writing();
    writing.story.start().command(raise('a')).command(raise('b')).turn();
    await writing.write();
    for await (const [key] of store.range(eventsFrom(id, 1), eventsFrom(id, 2))) await store.write([{ key, value: null }]);
    await expect(cache.events(id, [{ from: 1, through: 2 }])).rejects.toMatchObject(corrupt);
  });

  test('[L8] the tombstone of a void event leaves the event alone that another writer gave the same number', async () => {
    const writing = new Writing();
    writing.story.start().command(raise('a')).turn();
    await writing.write();
    const event = writing.story.facts.find((fact) => fact.kind === 'EventRaised');
    if (event === undefined) throw new Error('an event was raised');
    const batch = new CacheBatch();
    batch.removed(inboxKey(event, 99, 'another'));
    await cache.write(batch);
    expect(await cache.events(id, [{ from: 1, through: 1 }])).toEqual([event]);
    expect((await cache.instances([id])).get(id)?.eventIds).toEqual(writing.story.state.eventIds);
  });

  test('[L9] a cache of another format is not read', async () => {
    await store.write([{ key: headerRow, value: Buffer.from('{"format":1}') }]);
    await expect(createPartitionCache(store).header()).rejects.toMatchObject(corrupt);
  });
});
