/** Whether and when a failed task is tried again (SEMANTICS T3). Pure arithmetic: ids, timers and actions are the runner's. */
import { dateMsMax } from '../../schemas/index.ts';
import type { RetryHandler, RetryPolicy } from '../define/index.ts';
import { durationMs, type FailureDetails } from '../values/index.ts';

const maxRetryIntervalMsDefault = 3_600_000;

/** A policy whose durations have been read and whose numbers make sense. */
export interface CheckedPolicy {
  readonly kind: 'policy';
  readonly maxAttempts: number;
  readonly firstRetryMs: number;
  readonly backoffCoefficient: number;
  readonly maxRetryMs: number;
  /** Infinity: none. */
  readonly retryTimeoutMs: number;
  readonly jitter: number;
  readonly handleFailure: ((failure: FailureDetails) => boolean) | undefined;
}

export type Retry = CheckedPolicy | { readonly kind: 'handler'; readonly handle: RetryHandler };

export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number;
  readonly failure: FailureDetails;
  /** Since the first scheduling, by the orchestration's clock. */
  readonly elapsedMs: number;
}

/** @throws TypeError, RangeError: the policy makes no sense. */
export function checkedRetry(retry: RetryPolicy | RetryHandler): Retry {
  if (typeof retry === 'function') return { kind: 'handler', handle: retry };
  const { maxAttempts, backoffCoefficient = 1, jitter = 0, handleFailure, maxRetryInterval, retryTimeout } = retry;
  check(
    Number.isSafeInteger(maxAttempts) && maxAttempts >= 1,
    'maxAttempts',
    'a whole number from 1, the first attempt included',
    maxAttempts,
  );
  check(Number.isFinite(backoffCoefficient) && backoffCoefficient >= 1, 'backoffCoefficient', 'a number from 1', backoffCoefficient);
  check(jitter >= 0 && jitter <= 1, 'jitter', 'a share from 0 to 1', jitter);
  if (handleFailure !== undefined && typeof handleFailure !== 'function') throw new TypeError('retry.handleFailure is a function');
  return {
    kind: 'policy',
    maxAttempts,
    firstRetryMs: durationMs(retry.firstRetryInterval, 'retry.firstRetryInterval'),
    backoffCoefficient,
    maxRetryMs: maxRetryInterval === undefined ? maxRetryIntervalMsDefault : durationMs(maxRetryInterval, 'retry.maxRetryInterval'),
    retryTimeoutMs: retryTimeout === undefined ? Infinity : durationMs(retryTimeout, 'retry.retryTimeout'),
    jitter,
    handleFailure,
  };
}

/**
 * Gives the delay before the next attempt in whole milliseconds, 0 for at once, or undefined when there is none. Never throws: what the
 * user's function throws means no. `random` is drawn from only when a policy has jitter and does try again.
 */
export function retryDelayMs(retry: Retry, failed: FailedAttempt, random: () => number): number | undefined {
  if (failed.failure.nonRetriable) return undefined;
  try {
    return retry.kind === 'handler' ? handlerDelayMs(retry.handle, failed) : policyDelayMs(retry, failed, random);
  } catch {
    // The failure of the task is what the caller is to see, not that of the function that judged it.
    return undefined;
  }
}

function policyDelayMs(policy: CheckedPolicy, { attempt, failure, elapsedMs }: FailedAttempt, random: () => number): number | undefined {
  // Asked before the attempts are counted, as in other Durable Task SDKs: it sees every failure. Anything but true means no; it may be JavaScript.
  const goesOn: unknown = policy.handleFailure === undefined || policy.handleFailure(failure);
  if (goesOn !== true || attempt >= policy.maxAttempts) return undefined;
  const { firstRetryMs, backoffCoefficient, maxRetryMs, jitter } = policy;
  // The power may be Infinity, and 0 times Infinity is NaN.
  const grown = firstRetryMs === 0 ? 0 : firstRetryMs * backoffCoefficient ** (attempt - 1);
  const capped = Math.min(grown, maxRetryMs, dateMsMax);
  const delayMs = Math.ceil(jitter === 0 ? capped : capped * (1 - jitter * random()));
  return delayMs > policy.retryTimeoutMs - elapsedMs ? undefined : delayMs;
}

function handlerDelayMs(handle: RetryHandler, failed: FailedAttempt): number | undefined {
  const answer: unknown = handle(failed);
  if (answer === true) return 0;
  if (typeof answer === 'number') return Number.isFinite(answer) ? Math.ceil(Math.min(Math.max(answer, 0), dateMsMax)) : undefined;
  if (typeof answer !== 'string' && (typeof answer !== 'object' || answer === null)) return undefined;
  return Math.ceil(
    Math.min(durationMs(answer as Exclude<ReturnType<RetryHandler>, boolean | undefined>, 'the answer of a retry function'), dateMsMax),
  );
}

function check(holds: boolean, field: string, what: string, value: unknown): void {
  if (!holds) throw new RangeError(`retry.${field} is ${what}, not ${String(value)}`);
}
