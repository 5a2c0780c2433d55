/** Ranges against plain sets of numbers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addLast } from '../../../engine/core/ranges.ts';
import { countOf, rangesOf, without } from '../../../engine/core/index.ts';
import type { EventRange } from '../../../schemas/index.ts';

const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });

function numbersOf(ranges: readonly EventRange[]): number[] {
  return ranges.flatMap(({ from, through }) => Array.from({ length: through - from + 1 }, (_, nth) => from + nth));
}

const ascending = (set: Iterable<number>): number[] => [...new Set(set)].sort((a, b) => a - b);

/** Ascending, none empty, and a gap between each two: there is one way to write a set. */
function expectPlain(ranges: readonly EventRange[]): void {
  let last = -Infinity;
  for (const { from, through } of ranges) {
    expect(from).toBeGreaterThan(last + 1);
    expect(through).toBeGreaterThanOrEqual(from);
    last = through;
  }
}

test('[E2] ranges of numbers in any order, repeated or not, hold exactly those', () => {
  fc.assert(
    fc.property(numbers, (list) => {
      const ranges = rangesOf(list);
      expectPlain(ranges);
      expect(numbersOf(ranges)).toEqual(ascending(list));
      expect(countOf(ranges)).toBe(new Set(list).size);
    }),
  );
});

test('[E2] without leaves what is in the one and not in the other, and neither of them changes', () => {
  fc.assert(
    fc.property(numbers, numbers, (list, others) => {
      const ranges = Object.freeze(rangesOf(list));
      const taken = Object.freeze(rangesOf(others));
      const rest = without(ranges, taken);
      expectPlain(rest);
      expect(numbersOf(rest)).toEqual(ascending(list).filter((number) => !others.includes(number)));
      expect([numbersOf(ranges), numbersOf(taken)]).toEqual([ascending(list), ascending(others)]);
      expect(rest).not.toBe(ranges);
    }),
    { numRuns: 1_000 },
  );
});

test('[E2] a number above all others is added at the end', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 5 }), (list, gap) => {
      const ranges = rangesOf(list);
      const number = Math.max(0, ...list) + gap;
      addLast(ranges, number);
      expectPlain(ranges);
      expect(numbersOf(ranges)).toEqual(ascending([...list, number]));
    }),
  );
});
