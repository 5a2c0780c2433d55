/** Order statistics and rounding. */

export const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** The value that the share `part` of all values lies below; 1 gives the largest. Nearest rank, two digits. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(part * sorted.length));
  return round(sorted[at] ?? NaN, 2);
}

export function minMedMax(values: readonly number[]): { min: number; med: number; max: number } {
  return { min: quantile(values, 0), med: quantile(values, 0.5), max: quantile(values, 1) };
}
