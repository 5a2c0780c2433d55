/** Lengths of time as users write them (SEMANTICS A6). */
import { inspect } from 'node:util';

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

/** Anything longer leads past the year 9999 from every day since 1970: a mistake, and a date that JSON writes in another form. */
export const durationMsMax: number = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The duration in whole milliseconds; a fraction of one counts as one, so that nothing comes early. `what` names the place for the message.
 * @throws TypeError it is not written as a duration; RangeError: it is negative, not finite, or leads past the year 9999.
 */
export function durationMs(duration: Duration, what: string): number {
  const value = lengthOf(duration);
  if (value === undefined)
    throw new TypeError(`${what} is a duration such as '30s', {minutes: 5} or 250 (milliseconds), not ${inspect(duration)}`);
  // Three digits: 1.1 hours are 3,960,000 ms and not the 3,960,000.0000000005 that floating point makes of them.
  if (value >= 0 && value <= durationMsMax) return Math.ceil(Number(value.toFixed(3)));
  throw new RangeError(`${what} is a length of time from 0 to ${String(durationMsMax)} ms, not ${inspect(duration)}`);
}

/** In milliseconds; undefined for what is no duration. Callers in JavaScript, and values from settings, know no types. */
function lengthOf(duration: unknown): number | undefined {
  if (typeof duration === 'number') return duration;
  if (typeof duration === 'string') {
    const [, amount, unit] = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? [];
    return amount === undefined || unit === undefined ? undefined : Number(amount) * (unitMs[unit] ?? Number.NaN);
  }
  return typeof duration === 'object' && duration !== null ? sumOf(duration) : undefined;
}

const partMs: ReadonlyMap<string, number> = new Map([
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1_000],
  ['milliseconds', 1],
]);

/** A part that nobody knows is refused rather than left out: `{hour: 1}` is not no time. */
function sumOf(parts: object): number | undefined {
  let sum: number | undefined;
  for (const [name, amount] of Object.entries(parts) as [string, unknown][]) {
    const ms = partMs.get(name);
    if (ms === undefined || (typeof amount !== 'number' && amount !== undefined)) return undefined;
    if (amount !== undefined) sum = (sum ?? 0) + amount * ms;
  }
  return sum;
}
