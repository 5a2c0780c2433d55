/** When timers fire (SEMANTICS A6, M1). */
import type { TimerTime } from '../../engine/core/index.ts';
import { dateMsMax } from '../../schemas/index.ts';
import { durationMs, type Duration } from '../values/index.ts';

/**
 * Gives what a timer is set to. The past is allowed: such a timer fires at once, through history. Whole milliseconds, rounded up: a timer
 * is never early.
 * @throws TypeError, RangeError: no length of time or date, or one past the year 9999.
 */
export function timerTime(when: Duration | Date, nowMs: number): TimerTime {
  if (!(when instanceof Date)) return { kind: 'after', delayMs: delayMs(when, nowMs, 'when') };
  const atMs = when.getTime();
  if (Number.isNaN(atMs)) throw new RangeError('when is an invalid date');
  if (atMs > dateMsMax) throw new RangeError(`when is past the year 9999`);
  return { kind: 'at', atMs: Math.max(atMs, 0) };
}

/** The same for what takes a length of time only. */
export function delayMs(duration: Duration, nowMs: number, what: string): number {
  // What is left until a time that has passed is less than zero.
  if (typeof duration === 'number' && duration < 0 && Number.isFinite(duration)) return 0;
  const delay = Math.ceil(durationMs(duration, what));
  if (nowMs + delay > dateMsMax) throw new RangeError(`${what} reaches past the year 9999`);
  return delay;
}
