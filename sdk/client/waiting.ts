/** A wait as a chain of long polls: whoever owns the instance at the time answers. */
import type { CommandPlace, InstanceSnapshot, WaitFor, WorkerReads } from '../../schemas/index.ts';
import { WaitTimeoutError } from './errors.ts';
import type { Lifetime } from './lifetime.ts';
import { isOver } from './state.ts';

/** One long poll; the server's own limit. */
const pollMsMax = 10_000;
/** A poll that comes back at once without news is not repeated faster than this. */
const pollPauseMs = 50;

export interface Waiting {
  readonly reads: WorkerReads;
  readonly lifetime: Lifetime;
  /** Asked anew for every poll: this client may have ordered something meanwhile. */
  readonly after: () => CommandPlace | undefined;
}

/** Resolves with the state that was waited for, or undefined for an unknown instance. @throws WaitTimeoutError. */
export async function waitFor(
  instanceId: string,
  what: WaitFor,
  timeoutMs: number,
  { reads, lifetime, after }: Waiting,
): Promise<InstanceSnapshot | undefined> {
  const deadlineAtMs = performance.now() + timeoutMs;
  for (;;) {
    const askedAtMs = performance.now();
    const seen = await lifetime.persist(() => reads.wait(instanceId, what, pollMsUntil(deadlineAtMs), after()), deadlineAtMs);
    if (seen === undefined || (what === 'start' ? seen.runtimeStatus !== 'Pending' : isOver(seen.runtimeStatus))) return seen;
    if (performance.now() >= deadlineAtMs)
      throw new WaitTimeoutError(instanceId, what, timeoutMs, seen.stalledReason ?? seen.runtimeStatus);
    if (performance.now() - askedAtMs < pollPauseMs) await lifetime.pause(pollPauseMs);
  }
}

/** How long a poll may take when all must be over by the deadline. */
export function pollMsUntil(deadlineAtMs: number): number {
  return Math.max(0, Math.min(pollMsMax, Math.ceil(deadlineAtMs - performance.now())));
}
