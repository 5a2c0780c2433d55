import { describe, expect, test } from 'vitest';
import { createOwnerDirectory, type Member, type OwnerDirectory } from '../../../engine/log/index.ts';
import { createForwardingReads, type ForwardingReads } from '../../../partition-worker/cluster/index.ts';
import { OperationalError } from '../../../schemas/index.ts';
import { completed, FakeReads, notOwner } from './fakes.ts';

const member = (apiUrl: string | null, ...partitions: number[]): Member => ({ apiUrl, partitions, programs: [] });

/** A group whose members and clock a test sets. */
class FakeGroup {
  members: readonly Member[] = [];
  asked = 0;
  nowMs = 0;
  failure: Error | undefined;
  readonly directory: OwnerDirectory = createOwnerDirectory({
    members: () => {
      this.asked += 1;
      return this.failure === undefined ? Promise.resolve(this.members) : Promise.reject(this.failure);
    },
    monotonicMs: () => this.nowMs,
  });
}

describe('the directory of owners', () => {
  test('knows who owns what once it was refreshed; members without an API own nothing here', async () => {
    const group = new FakeGroup();
    group.members = [member('http://a', 0, 1), member(null, 2), member('http://b', 3)];
    expect(group.directory.ownerOf(0)).toBeUndefined();
    await group.directory.refresh();
    expect([0, 1, 2, 3].map((partition) => group.directory.ownerOf(partition))).toEqual(['http://a', 'http://a', undefined, 'http://b']);
    expect(group.directory.urls()).toEqual(['http://a', 'http://b']);
  });

  test('questions are shared and have a least distance', async () => {
    const group = new FakeGroup();
    await Promise.all([group.directory.refresh(), group.directory.refresh()]);
    await group.directory.refresh();
    expect(group.asked).toBe(1);
    group.nowMs = 200;
    await group.directory.refresh();
    expect(group.asked).toBe(2);
  });

  test('a group that cannot be asked is UNAVAILABLE, and what was known stays', async () => {
    const group = new FakeGroup();
    group.members = [member('http://a', 0)];
    await group.directory.refresh();
    group.nowMs = 1_000;
    group.failure = new Error('no coordinator');
    await expect(group.directory.refresh()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(group.directory.ownerOf(0)).toBe('http://a');
  });
});

interface Peers {
  readonly reads: ForwardingReads;
  readonly local: FakeReads;
  readonly group: FakeGroup;
  readonly peers: Map<string, FakeReads>;
  readonly opened: string[];
  readonly closed: string[];
}

function peers(): Peers {
  const local = new FakeReads();
  local.refuse = notOwner;
  const group = new FakeGroup();
  const at = new Map(['http://a', 'http://b'].map((url) => [url, new FakeReads()]));
  const opened: string[] = [];
  const closed: string[] = [];
  const reads = createForwardingReads({
    local,
    directory: group.directory,
    partitionOf: () => 0,
    peer: (url) => {
      opened.push(url);
      const there = at.get(url) ?? new FakeReads();
      return {
        answer: (place, timeoutMs) => there.answer(place, timeoutMs),
        state: (id, after) => there.state(id, after),
        history: (id, page) => there.history(id, page),
        wait: (id, what, timeoutMs, after) => there.wait(id, what, timeoutMs, after),
        close: () => closed.push(url),
      };
    },
  });
  return { reads, local, group, peers: at, opened, closed };
}

describe('forwarding', () => {
  test('what this worker owns is never asked elsewhere, nor is its failure', async () => {
    const { reads, local, opened } = peers();
    local.refuse = () => undefined;
    local.put(completed('x'));
    expect(await reads.state('x')).toBeDefined();
    local.refuse = () => new OperationalError('UNAVAILABLE', 'catching up', { retryable: true });
    await expect(reads.state('x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(opened).toEqual([]);
  });

  test('what it does not own is asked of the owner, over one peer', async () => {
    const { reads, group, peers: at, opened } = peers();
    group.members = [member('http://a', 0)];
    at.get('http://a')?.put(completed('x'));
    expect(await reads.state('x')).toMatchObject({ runtimeStatus: 'Completed' });
    expect(await reads.wait('x', 'completion', 0)).toMatchObject({ runtimeStatus: 'Completed' });
    expect(await reads.history('x')).toBeUndefined();
    expect(await reads.answer({ partition: 0, offset: 1 }, 0)).toEqual({ outcome: 'pending' });
    expect(opened).toEqual(['http://a']);
  });

  test('[R5] a stale owner is asked about once more, then the new one is asked', async () => {
    const { reads, group, peers: at, opened } = peers();
    group.members = [member('http://a', 0)];
    await group.directory.refresh();
    const stale = at.get('http://a');
    if (stale !== undefined) stale.refuse = notOwner;
    group.members = [member('http://b', 0)];
    group.nowMs = 1_000;
    at.get('http://b')?.put(completed('x'));
    expect(await reads.state('x')).toMatchObject({ runtimeStatus: 'Completed' });
    expect(opened).toEqual(['http://a', 'http://b']);
  });

  test('peers of workers that are gone are closed', async () => {
    const { reads, group, peers: at, closed } = peers();
    group.members = [member('http://a', 0)];
    at.get('http://a')?.put(completed('x'));
    await reads.state('x');
    group.members = [member('http://b', 0)];
    group.nowMs = 1_000;
    await group.directory.refresh();
    await reads.state('x');
    expect(closed).toEqual(['http://a']);
    reads.close();
    expect(closed).toEqual(['http://a', 'http://b']);
  });

  test('with nobody to ask it is NOT_OWNER, retryable', async () => {
    const { reads } = peers();
    await expect(reads.state('x')).rejects.toMatchObject({ code: 'NOT_OWNER', retryable: true });
  });
});
