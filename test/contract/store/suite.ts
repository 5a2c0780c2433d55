import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store, StoreProvider, StoreWrite } from '../../../engine/state/index.ts';

/** What every cache adapter promises (engine/state/port.ts). `makeProvider` gives the provider of a fresh, empty place. */
export function describeStore(name: string, makeProvider: () => Promise<StoreProvider>): void {
  describe(`store contract: ${name}`, () => {
    let provider: StoreProvider;
    let store: Store;
    const rebuilt: string[] = [];
    const open = (partition: number) => provider.open(partition, (reason) => rebuilt.push(reason));

    beforeEach(async () => {
      rebuilt.length = 0;
      provider = await makeProvider();
      store = await open(0);
    });
    afterEach(async () => {
      await store.close();
    });

    describeReads(() => store);
    describeRanges(() => store);

    test('a fresh store is empty and was not rebuilt', async () => {
      expect(await contents(store)).toEqual([]);
      expect(rebuilt).toEqual([]);
    });

    test('contents survive closing, and nothing is called damaged', async () => {
      await store.write([put('a', '1'), put('b', '2')]);
      await store.write([del('a')]);
      await store.close();
      store = await open(0);
      expect(await contents(store)).toEqual([['b', '2']]);
      expect(rebuilt).toEqual([]);
    });

    test('partitions do not share rows', async () => {
      const other = await open(1);
      await store.write([put('a', 'of 0')]);
      await other.write([put('a', 'of 1')]);
      expect([await contents(store), await contents(other)]).toEqual([[['a', 'of 0']], [['a', 'of 1']]]);
      await other.close();
    });

    test('a partition opens once', async () => {
      await expect(open(0)).rejects.toMatchObject({ code: 'CACHE_LOCKED', retryable: true });
      await store.write([put('a', '1')]);
      await store.close();
      store = await open(0);
      expect(await contents(store)).toEqual([['a', '1']]);
    });

    test('clear removes everything, and the store goes on', async () => {
      await store.write([put('a', '1'), put('b', '2')]);
      await store.clear();
      expect(await contents(store)).toEqual([]);
      await store.write([put('c', '3')]);
      await store.close();
      store = await open(0);
      expect(await contents(store)).toEqual([['c', '3']]);
      expect(rebuilt).toEqual([]);
    });

    test('clear comes after the writes before it and before the writes after it', async () => {
      await Promise.all([store.write([put('a', '1')]), store.clear(), store.write([put('b', '2')])]);
      expect(await contents(store)).toEqual([['b', '2']]);
    });

    test('a closed store answers with a code', async () => {
      await store.close();
      const closed = { code: 'CACHE_CLOSED', retryable: false };
      await expect(store.get('a')).rejects.toMatchObject(closed);
      await expect(store.getMany(['a'])).rejects.toMatchObject(closed);
      await expect(contents(store)).rejects.toMatchObject(closed);
      await expect(store.write([put('a', '1')])).rejects.toMatchObject(closed);
      await expect(store.clear()).rejects.toMatchObject(closed);
      await store.close();
    });

    test('any batches leave what an ordered map would hold', async () => {
      const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 });
      const value = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
      const write: fc.Arbitrary<StoreWrite> = fc.record({ key, value: fc.option(value) });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(write, { maxLength: 8 }), { maxLength: 8 }), key, key, async (batches, from, to) => {
          await store.clear();
          const model = new Map<string, Buffer>();
          for (const batch of batches) {
            await store.write(batch);
            for (const { key: written, value: bytes } of batch) {
              if (bytes === null) model.delete(written);
              else model.set(written, bytes);
            }
          }
          const expected = [...model]
            .filter(([held]) => byBytes(held, from) >= 0 && byBytes(held, to) < 0)
            .sort(([a], [b]) => byBytes(a, b));
          expect(await collect(store.range(from, to))).toEqual(expected);
          const keys = [from, to, ...model.keys()];
          expect(await store.getMany(keys)).toEqual(keys.map((wanted) => model.get(wanted)));
        }),
        { numRuns: 60 },
      );
    });
  });
}

function describeReads(current: () => Store): void {
  test('reads what was put, in any bytes', async () => {
    const store = current();
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await store.write([{ key: 'every byte', value: every }, put('empty', '')]);
    expect(await store.get('every byte')).toEqual(every);
    expect(await store.get('empty')).toEqual(Buffer.alloc(0));
    expect(await store.get('never put')).toBeUndefined();
    expect(await store.getMany(['empty', 'never put', 'every byte'])).toEqual([Buffer.alloc(0), undefined, every]);
    expect(await store.getMany([])).toEqual([]);
  });

  test('finds each key, however long and in whatever characters', async () => {
    const store = current();
    const keys = ['x', 'é', '東', '🙂'].flatMap((character) =>
      [1, 60, 120, 240, 480].flatMap((times) => ['', '1', '12', '123'].map((start) => start + character.repeat(times))),
    );
    await store.write(keys.map((key) => ({ key, value: Buffer.from(key) })));
    for (const key of keys) expect((await store.get(key))?.toString('utf8')).toBe(key);
    expect((await store.getMany(keys.toReversed())).map((value) => value?.toString('utf8'))).toEqual(keys.toReversed());
    for (const key of keys) expect(await store.get(`${key}é`)).toBeUndefined();
  });

  test('an empty batch is a batch', async () => {
    await current().write([]);
    expect(await contents(current())).toEqual([]);
  });

  test('the last write of a key in a batch counts', async () => {
    const store = current();
    await store.write([put('a', '1'), put('a', '2'), put('b', '1'), del('b'), del('c'), put('c', '3')]);
    expect(await contents(store)).toEqual([
      ['a', '2'],
      ['c', '3'],
    ]);
  });

  test('batches take effect in the order of the calls, awaited or not', async () => {
    const store = current();
    await Promise.all(Array.from({ length: 200 }, (_, n) => store.write([put('last', String(n)), put(`n/${String(n)}`, '')])));
    expect((await store.get('last'))?.toString()).toBe('199');
  });

  test('a value does not change when a buffer does, on either side', async () => {
    const store = current();
    const mine = Buffer.from('put');
    const written = store.write([{ key: 'a', value: mine }]);
    mine.fill('x');
    await written;
    (await store.get('a'))?.fill('y');
    expect((await store.get('a'))?.toString()).toBe('put');
  });
}

function describeRanges(current: () => Store): void {
  test('a range holds its start and not its end, in order, up to the limit', async () => {
    const store = current();
    await store.write(['d', 'a', 'c', 'b'].map((key) => put(key, key)));
    const keys = async (from: string, to: string, limit?: number) => (await collect(store.range(from, to, limit))).map(([key]) => key);
    expect(await keys('b', 'd')).toEqual(['b', 'c']);
    expect(await keys('', 'zz')).toEqual(['a', 'b', 'c', 'd']);
    expect(await keys('a', 'z', 2)).toEqual(['a', 'b']);
    expect(await keys('a', 'z', 0)).toEqual([]);
    expect(await keys('c', 'c')).toEqual([]);
    expect(await keys('d', 'a')).toEqual([]);
  });

  test('keys are ordered by their UTF-8 bytes', async () => {
    const store = current();
    // In UTF-16 the surrogate pair of the last one would come before the two others of the end.
    const ordered = ['A', 'a', 'a/', 'a0', 'é', '一', '\uE000', '\uFFFD', '\u{10000}', '😀'];
    await store.write([...ordered].reverse().map((key) => put(key, key)));
    expect((await contents(store)).map(([key]) => key)).toEqual(ordered);
    expect((await collect(store.range('\uE000', '😀'))).map(([key]) => key)).toEqual(['\uE000', '\uFFFD', '\u{10000}']);
  });

  test('a range shows the rows as they stood when it began', async () => {
    const store = current();
    await store.write(['a', 'b', 'c'].map((key) => put(key, 'old')));
    const seen: string[] = [];
    for await (const [key, value] of store.range('a', 'z')) {
      if (key === 'a') await store.write([put('b', 'new'), del('c'), put('d', 'new')]);
      seen.push(`${key} ${value.toString()}`);
    }
    expect(seen).toEqual(['a old', 'b old', 'c old']);
  });

  test('a range may be left early', async () => {
    const store = current();
    await store.write(['a', 'b', 'c'].map((key) => put(key, key)));
    for await (const [key] of store.range('a', 'z')) if (key === 'a') break;
    expect(await contents(store)).toHaveLength(3);
  });
}

export const put = (key: string, text: string): StoreWrite => ({ key, value: Buffer.from(text) });
export const del = (key: string): StoreWrite => ({ key, value: null });
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export async function collect(
  range: AsyncIterable<readonly [key: string, value: Buffer]>,
): Promise<(readonly [key: string, value: Buffer])[]> {
  const entries: (readonly [key: string, value: Buffer])[] = [];
  for await (const entry of range) entries.push(entry);
  return entries;
}

/** All rows as text. No key reaches U+10FFFF. */
export async function contents(store: Store): Promise<(readonly [key: string, value: string])[]> {
  return (await collect(store.range('', '\u{10FFFF}'))).map(([key, value]) => [key, value.toString()]);
}
