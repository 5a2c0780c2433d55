import { expect, test } from 'vitest';
import { createAppender, type Appender } from '../../../engine/log/kafka/appender.ts';
import type { AppendOutcome, AppendRecord } from '../../../engine/log/index.ts';

/** Both ways to the log, each answered as the test says; the default is an ack at the end. */
class Routes {
  readonly taken: string[] = [];
  next: AppendOutcome | undefined;
  hasTrain = true;
  private end = 0;

  appender(): Appender {
    const append = (way: string, records: readonly AppendRecord[]): Promise<AppendOutcome> => {
      this.taken.push(way);
      const outcome = this.next ?? { kind: 'acked', base: this.end };
      this.next = undefined;
      this.end += records.length;
      return Promise.resolve(outcome);
    };
    let isOpen = false;
    return createAppender({
      own: {
        append: (records) => append('own', records),
        release: (blemished) => void this.taken.push(blemished ? 'ended' : 'given back'),
      },
      shared: {
        get isOpen() {
          return isOpen;
        },
        prepare: () => (isOpen = this.hasTrain),
        append: (records) => append('train', records),
        abandon: () => {
          isOpen = false;
          this.taken.push('abandoned');
        },
      },
      where: 'history/0',
    });
  }
}

const small = [{ key: 'k', value: Buffer.alloc(100) }];
const large = [{ key: 'k', value: Buffer.alloc(70_000) }];
const unknown = { kind: 'unknown', cause: new Error('lost') } as const;

test('the claim and what is large go alone, the commits by the train', async () => {
  const routes = new Routes();
  const appender = routes.appender();
  for (const records of [small, small, large, small]) expect((await appender.append(records)).kind).toBe('acked');
  appender.close();
  expect(routes.taken).toEqual(['own', 'train', 'own', 'train', 'given back']);
});

test('without a train everything goes alone', async () => {
  const routes = new Routes();
  routes.hasTrain = false;
  const appender = routes.appender();
  for (let n = 0; n < 3; n++) await appender.append(small);
  expect(routes.taken).toEqual(['own', 'own', 'own']);
});

test('[L5] what carried an unknown append carries no other, and the next one is like a first', async () => {
  const routes = new Routes();
  const appender = routes.appender();
  await appender.append(small);
  routes.next = unknown;
  expect(await appender.append(small)).toBe(unknown);
  for (const records of [small, small]) expect((await appender.append(records)).kind).toBe('acked');
  routes.next = unknown;
  expect(await appender.append(large)).toBe(unknown);
  await appender.append(small);
  await appender.append(small);
  expect(routes.taken).toEqual(['own', 'train', 'abandoned', 'own', 'train', 'own', 'ended', 'own', 'train']);
});

test.each([
  ['the train', small, 'abandoned'],
  ['the own producer', large, 'ended'],
])('[L5] an ack below the last one is no ack, and the end of %s for this partition', async (_, records, end) => {
  const routes = new Routes();
  const appender = routes.appender();
  await appender.append(small);
  await appender.append(small);
  routes.next = { kind: 'acked', base: 1 };
  expect((await appender.append(records)).kind).toBe('unknown');
  expect(routes.taken.at(-1)).toBe(end);
});

test('[L5] an ack above the last one is left to the owner to judge', async () => {
  const routes = new Routes();
  const appender = routes.appender();
  await appender.append(small);
  routes.next = { kind: 'acked', base: 9 };
  expect(await appender.append(small)).toEqual({ kind: 'acked', base: 9 });
});
