import { describe, expect, test } from 'vitest';
import { answerKeptMs, emptyPartition, type PartitionState } from '../../../engine/core/index.ts';
import type { PartitionCache } from '../../../engine/state/index.ts';
import { answerKey, outboundKey } from '../../../schemas/index.ts';
import { commitTombstonesMax } from '../../../partition-worker/limits.ts';
import { Answers } from '../../../partition-worker/owner/answers.ts';
import { Generations } from '../../../partition-worker/owner/generations.ts';
import { HotInstances } from '../../../partition-worker/owner/hot-instances.ts';
import { Sweeper } from '../../../partition-worker/owner/sweeper.ts';
import { cached, claimant, forwarded, openCache, outbound, refused } from './fakes.ts';

const t0 = 1_000_000;

describe('answers', () => {
  test('what was consumed and neither refused nor forwarded was accepted', async () => {
    const answers = new Answers(await openCache(), 5);
    answers.note(refused(6, t0));
    answers.note(forwarded(7, 3, t0));
    expect(await answers.of(5, 0)).toEqual({ outcome: 'accepted' });
    expect(await answers.of(6, 0)).toEqual({ outcome: 'refused', code: 'NO', message: 'no' });
    expect(await answers.of(7, 0)).toEqual({ outcome: 'forwarded', partition: 1, offset: null });
    answers.arrived(3, 42);
    expect(await answers.of(7, 0)).toEqual({ outcome: 'forwarded', partition: 1, offset: 42 });
  });

  test('an earlier tenure’s answers are looked up in the cache', async () => {
    const cache = await openCache();
    await cached(cache, refused(2, t0), forwarded(4, 1, t0));
    const answers = new Answers(cache, 5);
    expect(await answers.of(2, 0)).toMatchObject({ outcome: 'refused' });
    expect(await answers.of(3, 0)).toEqual({ outcome: 'accepted' });
    expect(await answers.of(4, 0)).toMatchObject({ outcome: 'forwarded' });
  });

  test('are kept for 15 minutes: then answersFrom moves past the ones that are old enough, and no further', async () => {
    const cache = await openCache();
    await cached(cache, refused(2, t0), refused(9, t0 + 10), refused(12, t0 + 20));
    const answers = new Answers(cache, 20);
    await answers.begin(0);
    expect(answers.expiresAtMs).toBe(t0 + answerKeptMs);
    expect(await answers.expire(0, t0 + answerKeptMs - 1)).toBe(0);
    expect(await answers.expire(0, t0 + answerKeptMs + 10)).toBe(10);
    expect(answers.expiresAtMs).toBe(t0 + 20 + answerKeptMs);
    expect(await answers.of(9, 10)).toEqual({ outcome: 'expired' });
    expect(await answers.of(3, 10)).toEqual({ outcome: 'expired' });
    expect(await answers.of(12, 10)).toMatchObject({ outcome: 'refused' });
  });

  test('[L6] an answer that expires is known until the commit that lets it go is acked', async () => {
    const cache = await openCache();
    const answers = new Answers(cache, 0);
    await cached(cache, refused(2, t0));
    answers.note(refused(2, t0));
    expect(await answers.expire(0, t0 + answerKeptMs)).toBe(3);
    expect(await answers.of(2, 0)).toMatchObject({ outcome: 'refused' });
    answers.moved(3);
    expect(await answers.of(2, 3)).toEqual({ outcome: 'expired' });
  });

  test('[L8] only those below the answersFrom of an acked commit are given up for tombstones', async () => {
    const cache = await openCache();
    await cached(cache, refused(2, t0), forwarded(5, 1, t0), refused(9, t0));
    const answers = new Answers(cache, 20);
    expect(await answers.ended(0, 10)).toEqual([]);
    expect(await answers.ended(9, 10)).toEqual([answerKey(2, 1, claimant), answerKey(5, 1, claimant)]);
    expect(await answers.ended(9, 1)).toEqual([answerKey(2, 1, claimant)]);
  });
});

function sweeperOver(cache: PartitionCache, commandNext = 0): Sweeper {
  return new Sweeper(new Answers(cache, commandNext), new Generations(cache, new HotInstances(cache, 10)));
}

describe('the sweeper', () => {
  const stateWith = (changes: Partial<PartitionState['marks']>): PartitionState => {
    const state = emptyPartition();
    return { ...state, marks: { ...state.marks, ...changes } };
  };

  test('[L8] gives out the keys of void facts, every time until their tombstone is folded', async () => {
    const sweeper = sweeperOver(await openCache());
    const state = stateWith({});
    state.voidKeys.add('x').add('y');
    expect(sweeper.due(state)).toBe(true);
    expect((await sweeper.next(state)).keys).toEqual(['x', 'y']);
    expect((await sweeper.next(state)).keys).toEqual(['x', 'y']);
    state.voidKeys.delete('x');
    expect((await sweeper.next(state)).keys).toEqual(['y']);
  });

  test('[L7] [L8] gives out a message only when the committed mark of its own lane has reached it', async () => {
    const sweeper = sweeperOver(await openCache());
    const kept = (number: number, lane: string): void => {
      sweeper.keep({ body: outbound(number, lane), epoch: 1, claimant });
    };
    kept(1, 'c/1');
    kept(2, 'dead-letter');
    kept(3, 'c/1');
    expect((await sweeper.next(stateWith({}))).keys).toEqual([]);
    expect((await sweeper.next(stateWith({ sentThrough: new Map([['c/1', 2]]) }))).keys).toEqual([outboundKey(1, 1, claimant)]);
    expect((await sweeper.next(stateWith({ sentThrough: new Map([['c/1', 3]]) }))).keys).toEqual([
      outboundKey(1, 1, claimant),
      outboundKey(3, 1, claimant),
    ]);
    sweeper.removed(outboundKey(1, 1, claimant));
    expect((await sweeper.next(stateWith({ sentThrough: new Map([['c/1', 3]]) }))).keys).toEqual([outboundKey(3, 1, claimant)]);
  });

  test('takes up the messages an earlier owner left', async () => {
    const cache = await openCache();
    await cached(cache, outbound(4), outbound(10), outbound(9));
    const sweeper = sweeperOver(cache);
    expect((await sweeper.begin(cache)).map(({ body }) => (body.kind === 'OutboundQueued' ? body.number : 0))).toEqual([4, 9, 10]);
    expect((await sweeper.next(stateWith({ sentThrough: new Map([['c/1', 9]]) }))).keys).toEqual([
      outboundKey(4, 1, claimant),
      outboundKey(9, 1, claimant),
    ]);
  });

  test('[L8] gives out answers one commit late: by the committed answersFrom, after it is told that this moved', async () => {
    const cache = await openCache();
    await cached(cache, refused(2, t0));
    const sweeper = sweeperOver(cache, 20);
    expect((await sweeper.next(stateWith({ answersFrom: 0 }))).keys).toEqual([]);
    expect(sweeper.due(stateWith({ answersFrom: 3 }))).toBe(false);
    sweeper.answersEnded();
    expect((await sweeper.next(stateWith({ answersFrom: 3 }))).keys).toEqual([answerKey(2, 1, claimant)]);
  });

  test('[L8] does not take a commit that is full for one without finished executions', async () => {
    const cache = await openCache();
    const generations = new Generations(cache, new HotInstances(cache, 10));
    await generations.next(0);
    expect(generations.maybeEnded).toBe(true);
    await generations.next(1);
    expect(generations.maybeEnded).toBe(false);
  });

  test('gives out no more than a commit may carry', async () => {
    const sweeper = sweeperOver(await openCache());
    const state = stateWith({ sentThrough: new Map([['c/1', 9_999]]) });
    for (let at = 0; at < commitTombstonesMax - 1; at++) state.voidKeys.add(String(at));
    for (let number = 1; number < 5; number++) sweeper.keep({ body: outbound(number), epoch: 1, claimant });
    expect((await sweeper.next(state)).keys).toHaveLength(commitTombstonesMax);
  });
});
