import { describe, expect, test } from 'vitest';
import { CacheBatch, type PartitionCache } from '../../../engine/state/index.ts';
import type { InstanceId } from '../../../schemas/index.ts';
import { hotPayloadBytesMax } from '../../../partition-worker/limits.ts';
import { HotInstances } from '../../../partition-worker/owner/hot-instances.ts';
import { complete, Story, task } from '../core/given.ts';
import { closedFact, openCache } from './fakes.ts';

const id = (name: string): InstanceId => name as InstanceId;
const storyOf = (name: string): Story => new Story().start({ instanceId: id(name) });

async function keep(cache: PartitionCache, story: Story): Promise<void> {
  const batch = new CacheBatch();
  for (const fact of story.facts) batch.closed(closedFact(fact));
  batch.instance(story.state);
  await cache.write(batch);
}

describe('hot instances', () => {
  test('are loaded from the cache as they were, open tasks and unfed inputs included', async () => {
    const cache = await openCache();
    const story = storyOf('x').turn(task(1), task(2), task(3)).result(4);
    await keep(cache, story);
    const hot = new HotInstances(cache, 10);
    await hot.load([id('x'), id('nobody'), id('x')]);
    expect(hot.get(id('x'))).toEqual(story.state);
    expect(hot.get(id('nobody'))).toBeUndefined();
  });

  test('in memory are not overwritten by the cache, which lags behind', async () => {
    const cache = await openCache();
    await keep(cache, storyOf('x'));
    const hot = new HotInstances(cache, 10);
    const newer = storyOf('x').turn(task(1)).state;
    hot.set(id('x'), newer);
    await hot.load([id('x')]);
    expect(hot.get(id('x'))).toBe(newer);
  });

  test('are put out coldest first above the bound, and of those only the unfinished are told', async () => {
    const hot = new HotInstances(await openCache(), 2);
    hot.set(id('a'), storyOf('a').state);
    hot.set(id('b'), storyOf('b').turn(complete()).state);
    hot.set(id('c'), storyOf('c').state);
    hot.set(id('d'), storyOf('d').state);
    hot.set(id('a'), storyOf('a').turn().state);
    const evicted: string[] = [];
    hot.trim((name) => evicted.push(name));
    expect(evicted).toEqual(['c']);
    expect(['a', 'b', 'c', 'd'].map((name) => hot.get(id(name)) !== undefined)).toEqual([true, false, false, true]);
  });

  test('keep small payloads for readers, not large ones, and none of those put out', async () => {
    const hot = new HotInstances(await openCache(), 1);
    const large = `"${'x'.repeat(hotPayloadBytesMax)}"`;
    const small = storyOf('a').turn(complete('"out"'));
    const big = new Story().start({ instanceId: id('b'), input: large }).turn(complete(large));
    for (const story of [small, big]) {
      hot.set(story.state.instanceId, story.state);
      for (const fact of story.facts) hot.note(fact);
    }
    expect(hot.payloadsOf(id('a'))).toMatchObject({ input: '1', ending: { output: '"out"' } });
    expect(hot.payloadsOf(id('b'))).toBeUndefined();
    hot.trim(() => undefined);
    expect(hot.payloadsOf(id('a'))).toBeUndefined();
  });
});
