import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkedRetry, retryDelayMs, type FailedAttempt } from '../../../sdk/context/retry.ts';
import type { RetryHandler, RetryPolicy } from '../../../sdk/define/index.ts';
import { fromFailure } from '../../../sdk/values/index.ts';
import { wholeFailure } from './recording.ts';

const failure = fromFailure(wholeFailure({ errorType: 'CardDeclined' }));
const never = (): number => {
  throw new Error('chance was asked for');
};

function delayMs(retry: RetryPolicy | RetryHandler, failed: Partial<FailedAttempt> = {}, random: () => number = never): number | undefined {
  return retryDelayMs(checkedRetry(retry), { attempt: 1, failure, elapsedMs: 0, ...failed }, random);
}

function delays(policy: RetryPolicy, attempts: number): (number | undefined)[] {
  return Array.from({ length: attempts }, (_, at) => delayMs(policy, { attempt: at + 1 }));
}

describe('[T3] a retry policy', () => {
  test('[T3] attempts include the first, and there is no delay after the last', () => {
    expect(delays({ maxAttempts: 3, firstRetryInterval: '2s' }, 3)).toEqual([2000, 2000, undefined]);
    expect(delays({ maxAttempts: 1, firstRetryInterval: '2s' }, 1)).toEqual([undefined]);
  });

  test('[T3] delay = min(first × coefficient^(n-1), max)', () => {
    const policy = { maxAttempts: 9, firstRetryInterval: '2s', backoffCoefficient: 3, maxRetryInterval: '1m' } as const;
    expect(delays(policy, 5)).toEqual([2000, 6000, 18_000, 54_000, 60_000]);
    expect(delayMs({ maxAttempts: 99, firstRetryInterval: '59m', backoffCoefficient: 2 }, { attempt: 7 })).toBe(3_600_000);
  });

  test('[T3] capped before any date arithmetic: no overflow, no NaN', () => {
    const policy = { maxAttempts: 100_000, backoffCoefficient: 10, firstRetryInterval: 1 };
    expect(delayMs(policy, { attempt: 50_000 })).toBe(3_600_000);
    expect(delayMs({ ...policy, firstRetryInterval: 0 }, { attempt: 50_000 })).toBe(0);
  });

  test('[T3] jitter takes off at most its share, by the number drawn', () => {
    const policy = { maxAttempts: 3, firstRetryInterval: '10s', jitter: 0.2 } as const;
    expect([0, 0.5, 0.999999].map((drawn) => delayMs(policy, {}, () => drawn))).toEqual([10_000, 9000, 8001]);
    expect(delayMs({ ...policy, jitter: 1 }, {}, () => 0)).toBe(10_000);
    // Nothing is drawn where no retry follows, so that one task's end does not move another's chance.
    expect(delayMs(policy, { attempt: 3 })).toBe(undefined);
  });

  test('[T3] the timeout refuses a delay that exceeds what remains', () => {
    const policy = { maxAttempts: 9, firstRetryInterval: '3s', retryTimeout: '5s' } as const;
    expect([0, 2000, 2001, 6000].map((elapsedMs) => delayMs(policy, { elapsedMs }))).toEqual([3000, 3000, undefined, undefined]);
  });

  test('[T3] what is not retriable, and what handleFailure does not want, is not tried again', () => {
    const policy = { maxAttempts: 3, firstRetryInterval: 5 };
    expect(delayMs(policy, { failure: fromFailure(wholeFailure({ nonRetriable: true })) })).toBe(undefined);
    expect(delayMs({ ...policy, handleFailure: (failed) => !failed.is('CardDeclined') })).toBe(undefined);
    expect(delayMs({ ...policy, handleFailure: (failed) => failed.is('CardDeclined') })).toBe(5);
    const throws = (): boolean => {
      throw new Error('from the handler');
    };
    expect(delayMs({ ...policy, handleFailure: throws })).toBe(undefined);
    expect(delayMs({ ...policy, handleFailure: (() => Promise.resolve(true)) as never })).toBe(undefined);
  });

  test('[T3] every policy: whole milliseconds, never more than the cap, never less than the jitter leaves', () => {
    fc.assert(
      fc.property(
        fc.record({
          maxAttempts: fc.integer({ min: 1, max: 1000 }),
          firstRetryInterval: fc.double({ min: 0, max: 1e12, noNaN: true }),
          backoffCoefficient: fc.double({ min: 1, max: 1e9, noNaN: true }),
          maxRetryInterval: fc.integer({ min: 0, max: 1e13 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (policy, attempt, drawn) => {
          const delay = delayMs(policy, { attempt }, () => drawn);
          if (attempt >= policy.maxAttempts) expect(delay).toBe(undefined);
          else {
            expect(Number.isSafeInteger(delay)).toBe(true);
            expect(delay).toBeLessThanOrEqual(policy.maxRetryInterval);
            const least = Math.min(policy.firstRetryInterval, policy.maxRetryInterval) * (1 - policy.jitter);
            expect(delay).toBeGreaterThanOrEqual(Math.floor(least));
          }
        },
      ),
    );
  });

  test.each([
    ['no attempts', { maxAttempts: 0, firstRetryInterval: 1 }],
    ['half an attempt', { maxAttempts: 1.5, firstRetryInterval: 1 }],
    ['endless attempts', { maxAttempts: Infinity, firstRetryInterval: 1 }],
    ['NaN', { maxAttempts: Number.NaN, firstRetryInterval: 1 }],
    ['a coefficient below 1', { maxAttempts: 2, firstRetryInterval: 1, backoffCoefficient: 0.5 }],
    ['an endless coefficient', { maxAttempts: 2, firstRetryInterval: 1, backoffCoefficient: Infinity }],
    ['jitter over 1', { maxAttempts: 2, firstRetryInterval: 1, jitter: 1.1 }],
    ['jitter NaN', { maxAttempts: 2, firstRetryInterval: 1, jitter: Number.NaN }],
    ['a negative interval', { maxAttempts: 2, firstRetryInterval: -1 }],
    ['an endless interval', { maxAttempts: 2, firstRetryInterval: 1, maxRetryInterval: Infinity }],
    ['a timeout that is none', { maxAttempts: 2, firstRetryInterval: 1, retryTimeout: '5 minutes' as never }],
    ['a handler that is no function', { maxAttempts: 2, firstRetryInterval: 1, handleFailure: true as never }],
  ] satisfies [string, RetryPolicy][])('[T3] refused at the call: %s', (_what, policy) => {
    expect(() => checkedRetry(policy)).toThrow(/^retry\.|is a duration|is a length of time/);
  });
});

describe('[T3] a retry function', () => {
  test.each([
    [true, 0],
    [5, 5],
    [0, 0],
    [-5, 0],
    [1.2, 2],
    ['2s', 2000],
    [{ minutes: 1 }, 60_000],
    [false, undefined],
    [undefined, undefined],
    [null, undefined],
    [Number.NaN, undefined],
    [Infinity, undefined],
    [-Infinity, undefined],
    ['soon', undefined],
    [{}, undefined],
    [Promise.resolve(true), undefined],
  ])('[T3] an answer of %j gives %j', (answer, expected) => {
    expect(delayMs(() => answer as never)).toBe(expected);
  });

  test('[T3] it is told of the attempt; one that throws stops; what is not retriable is not asked about', () => {
    const told: unknown[] = [];
    expect(delayMs((failed) => told.push(failed) > 0, { attempt: 4, elapsedMs: 70 })).toBe(0);
    expect(told).toEqual([{ attempt: 4, failure, elapsedMs: 70 }]);
    const throws = (): never => {
      throw new Error('from the function');
    };
    expect(delayMs(throws)).toBe(undefined);
    expect(delayMs((failed) => told.push(failed) > 0, { failure: fromFailure(wholeFailure({ nonRetriable: true })) })).toBe(undefined);
    expect(told).toHaveLength(1);
  });
});
