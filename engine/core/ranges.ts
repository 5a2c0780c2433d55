/** Sets of inbox numbers as ranges, ascending and apart: a thousand events that wait are one range. */
import type { EventRange } from '../../schemas/index.ts';

export function countOf(ranges: readonly EventRange[]): number {
  let count = 0;
  for (const { from, through } of ranges) count += through - from + 1;
  return count;
}

/** Adds a number above all others, in place. */
export function addLast(ranges: EventRange[], number: number): void {
  const last = ranges.at(-1);
  if (last?.through === number - 1) ranges[ranges.length - 1] = { from: last.from, through: number };
  else ranges.push({ from: number, through: number });
}

/** The ranges of numbers in any order, repeated or not. */
export function rangesOf(numbers: readonly number[]): EventRange[] {
  const ranges: EventRange[] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) addLast(ranges, number);
  return ranges;
}

/** What of `ranges` is not in `taken`. */
export function without(ranges: readonly EventRange[], taken: readonly EventRange[]): EventRange[] {
  if (taken.length === 0) return [...ranges];
  const rest: EventRange[] = [];
  let at = 0;
  for (const range of ranges) {
    let { from } = range;
    for (let cut = taken[at]; cut !== undefined && cut.from <= range.through; cut = taken[at]) {
      if (cut.from > from) rest.push({ from, through: cut.from - 1 });
      from = Math.max(from, cut.through + 1);
      if (cut.through > range.through) break;
      at++;
    }
    if (from <= range.through) rest.push({ from, through: range.through });
  }
  return rest;
}
