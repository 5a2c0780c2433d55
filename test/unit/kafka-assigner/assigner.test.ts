import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignPartitions, type Candidate } from '../../../engine/log/kafka/assigner.ts';

const member = (id: string, owned: readonly number[] = [], generation = owned.length === 0 ? -1 : 1): Candidate => ({
  id,
  owned,
  generation,
});
const asObject = (result: ReadonlyMap<string, readonly number[]>): Record<string, readonly number[]> => Object.fromEntries(result);

/** Members with any claims, also doubled, foreign and stale ones. */
const candidates = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    owned: fc.array(fc.integer({ min: -2, max: 40 }), { maxLength: 40 }),
    generation: fc.integer({ min: -1, max: 4 }),
  }),
  { minLength: 1, maxLength: 8, selector: ({ id }) => id },
);
const partitionCounts = fc.integer({ min: 1, max: 32 });

describe('dealing out partitions', () => {
  test('every partition has one owner, and no member has two more than another', () => {
    fc.assert(
      fc.property(candidates, partitionCounts, (members, partitions) => {
        const result = [...assignPartitions(members, partitions).values()];
        expect(result.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, partition) => partition));
        const sizes = result.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(result.length).toBe(members.length);
      }),
    );
  });

  test('dealing again changes nothing', () => {
    fc.assert(
      fc.property(candidates, partitionCounts, (members, partitions) => {
        const once = assignPartitions(members, partitions);
        const settled = members.map(({ id }) => member(id, once.get(id), 5));
        expect(asObject(assignPartitions(settled, partitions))).toEqual(asObject(once));
      }),
    );
  });

  test('the order in which members are listed does not matter', () => {
    fc.assert(
      fc.property(candidates, partitionCounts, (members, partitions) => {
        expect(asObject(assignPartitions(members.toReversed(), partitions))).toEqual(asObject(assignPartitions(members, partitions)));
      }),
    );
  });

  test('a member that joins takes its share, and nothing else moves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), partitionCounts, (count, partitions) => {
        const first = assignPartitions(
          Array.from({ length: count }, (_, at) => member(`m${String(at)}`)),
          partitions,
        );
        const settled = [...first].map(([id, owned]) => member(id, owned));
        const second = assignPartitions([...settled, member('new')], partitions);
        for (const { id, owned } of settled) expect(owned).toEqual(expect.arrayContaining([...(second.get(id) ?? [])]));
        expect(second.get('new')?.length).toBe(Math.floor(partitions / (count + 1)));
      }),
    );
  });

  test('a member that leaves is inherited from, and the others keep all they have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), partitionCounts, (count, partitions) => {
        const first = assignPartitions(
          Array.from({ length: count }, (_, at) => member(`m${String(at)}`)),
          partitions,
        );
        const staying = [...first].slice(1).map(([id, owned]) => member(id, owned));
        const second = assignPartitions(staying, partitions);
        for (const { id, owned } of staying) expect(second.get(id)).toEqual(expect.arrayContaining([...owned]));
      }),
    );
  });

  test('a member that slept through a rebalance does not take back what it lost meanwhile', () => {
    const result = assignPartitions([member('a-sleeper', [0, 1, 2, 3], 1), member('b', [0, 1], 2), member('c', [2, 3], 2)], 4);
    expect(result.get('b')).toEqual(expect.arrayContaining([0]));
    expect([...(result.get('b') ?? []), ...(result.get('c') ?? [])].length).toBeGreaterThanOrEqual(2);
    for (const [id, owned] of [
      ['b', [0, 1]],
      ['c', [2, 3]],
    ] as const) {
      expect(owned).toEqual(expect.arrayContaining([...(result.get(id) ?? [])]));
    }
  });
});
