import { expect, test, vi } from 'vitest';
import { readToEnd } from '../../../engine/log/kafka/reading.ts';
import type { Fetched, Source } from '../../../engine/log/kafka/source.ts';

const end = 10;

/** One record an offset; every fetch is answered by hand. */
class SlowSource implements Source {
  readonly fetches: { readonly offset: number; answer(): void; fail(): void }[] = [];
  refreshed = 0;

  partitions(): number {
    return 1;
  }

  leaderOf(): string {
    return '1';
  }

  fetch(_topic: string, _leader: string, [position]: readonly { readonly offset: number }[]): Promise<readonly Fetched[]> {
    const offset = position?.offset ?? 0;
    return new Promise((resolve, reject) => {
      const records = [{ offset, key: Buffer.from('k'), value: null }];
      this.fetches.push({
        offset,
        answer: () => resolve([{ partition: 0, offset, records, next: offset + 1, end, whole: true }]),
        fail: () => reject(new Error('the connection is gone')),
      });
    });
  }

  bound(): Promise<number> {
    return Promise.resolve(end);
  }

  refresh(): Promise<void> {
    this.refreshed++;
    return Promise.resolve();
  }

  close(): void {
    this.fetches.length = 0;
  }
}

const fetched = (source: SlowSource, count: number): Promise<void> => expect.poll(() => source.fetches.length).toBe(count);

test('a reader that has had enough leaves nothing running behind it', async () => {
  const source = new SlowSource();
  const told: string[] = [];
  const onEvent = (_level: string, event: string): void => void told.push(event);
  const settings = { source, topic: 't', partition: 0, brokers: [], isClosed: (): boolean => false, onEvent };
  const reading = readToEnd(settings, 0, () => {
    throw new RangeError('enough');
  });
  await fetched(source, 1);
  source.fetches[0]?.answer();
  await expect(reading).rejects.toThrow('enough');
  // The chunk that was fetched ahead fails after the end, as it does when its connection is closed then.
  await fetched(source, 2);
  vi.useFakeTimers();
  source.fetches[1]?.fail();
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(source.fetches.length).toBe(2);
  expect(told).toEqual([]);
});

test('a fetch that fails while somebody reads is tried again', async () => {
  const source = new SlowSource();
  const got: number[] = [];
  const settings = { source, topic: 't', partition: 0, brokers: [], isClosed: (): boolean => false, onEvent: () => undefined };
  const reading = readToEnd(settings, end - 1, (records) => void got.push(...records.map(({ offset }) => offset)));
  await fetched(source, 1);
  source.fetches[0]?.fail();
  await fetched(source, 2);
  source.fetches[1]?.answer();
  expect(await reading).toBe(end);
  expect(got).toEqual([end - 1]);
  expect(source.refreshed).toBe(1);
});
