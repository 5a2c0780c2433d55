import type { Store, StoreWrite } from '../../../engine/state/index.ts';
import { contents } from './suite.ts';

/** A fixed sequence of batches that several processes can agree on: batch n is a function of n. Each writes its number under `count`. */
export function batchOf(number: number): readonly StoreWrite[] {
  const chance = chanceFrom(number);
  const writes = Array.from({ length: 1 + Math.floor(chance() * 20) }, (): StoreWrite => {
    const key = `k/${String(Math.floor(chance() * 300))}`;
    if (chance() < 0.2) return { key, value: null };
    return { key, value: Buffer.from(`${String(number)}:${key}:`.padEnd(Math.floor(chance() * 400), 'v')) };
  });
  return [...writes, { key: 'count', value: Buffer.from(String(number)) }];
}

/** How many batches the store holds the effect of; throws when it is not that of a prefix. */
export async function prefixLength(store: Store): Promise<number> {
  const found = await contents(store);
  const count = Number(found.find(([key]) => key === 'count')?.[1] ?? 0);
  const expected = new Map<string, string>();
  for (let number = 1; number <= count; number++) {
    for (const { key, value } of batchOf(number)) {
      if (value === null) expected.delete(key);
      else expected.set(key, value.toString());
    }
  }
  const missing = [...expected].filter(([key, value]) => !found.some((row) => row[0] === key && row[1] === value));
  if (missing.length > 0 || found.length !== expected.size) {
    throw new Error(
      `not the effect of ${String(count)} batches: ${JSON.stringify({ rows: found.length, expected: expected.size, missing })}`,
    );
  }
  return count;
}

/** Mulberry32. */
export function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
