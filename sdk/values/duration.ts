/** Lengths of time as users write them (SEMANTICS A6). */

/** Milliseconds as a number, `'250ms' '30s' '5m' '2h' '30d'`, or parts that are added up. Never bare seconds. */
export type Duration =
  | number
  | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`
  | {
      readonly days?: number;
      readonly hours?: number;
      readonly minutes?: number;
      readonly seconds?: number;
      readonly milliseconds?: number;
    };

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The duration in milliseconds. @throws RangeError when it is not a finite length of time, zero or more. */
export function durationMs(duration: Duration, what: string): number {
  const value = partsOf(duration);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`${what} is a duration such as '30s', {minutes: 5} or 250 (milliseconds), not ${JSON.stringify(duration)}`);
}

function partsOf(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  if (typeof duration === 'string') {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? [];
    return amount === undefined || unit === undefined ? Number.NaN : Number(amount) * (unitMs[unit] ?? Number.NaN);
  }
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = duration;
  return days * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + milliseconds;
}
