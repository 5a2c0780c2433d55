/** Readers that wait: for a command to be consumed, for an instance to reach a state. Bounded; all are ended with the tenure. */
import { OperationalError, type InstanceId, type WaitFor } from '../../schemas/index.ts';
import { waitersMax } from '../limits.ts';
import type { Runtime } from '../runtime.ts';

export type Woken = 'reached' | 'timed out';

interface Waiter {
  readonly what: WaitFor | undefined;
  wake(how: Woken): void;
  fail(error: Error): void;
}

export class Waiters<K> {
  private readonly waiting = new Map<K, Set<Waiter>>();
  private readonly runtime: Runtime;
  private count = 0;
  private closedBy: Error | undefined;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  get keys(): Iterable<K> {
    return this.waiting.keys();
  }

  has(key: K): boolean {
    return this.waiting.has(key);
  }

  get size(): number {
    return this.waiting.size;
  }

  /** @throws OperationalError `TOO_MANY_WAITS` (retryable), or what `close` was given. */
  wait(key: K, timeoutMs: number, what?: WaitFor): Promise<Woken> {
    return new Promise((resolve, reject) => {
      if (this.closedBy !== undefined) {
        reject(this.closedBy);
        return;
      }
      if (this.count >= waitersMax) {
        reject(new OperationalError('TOO_MANY_WAITS', `${String(waitersMax)} readers wait on this partition already`, { retryable: true }));
        return;
      }
      const waiters = this.waiting.get(key) ?? new Set();
      this.waiting.set(key, waiters);
      const done = (): void => {
        cancel();
        this.count--;
        waiters.delete(waiter);
        if (waiters.size === 0 && this.waiting.get(key) === waiters) this.waiting.delete(key);
      };
      const waiter: Waiter = {
        what,
        wake: (how) => {
          done();
          resolve(how);
        },
        fail: (error) => {
          done();
          reject(error);
        },
      };
      waiters.add(waiter);
      this.count++;
      const cancel = this.runtime.after(timeoutMs, () => {
        waiter.wake('timed out');
      });
    });
  }

  /** Wakes those that wait on `key` for one of `reached`; without it, all of them. */
  reached(key: K, reached?: readonly WaitFor[]): void {
    for (const waiter of [...(this.waiting.get(key) ?? [])])
      if (reached === undefined || waiter.what === undefined || reached.includes(waiter.what)) waiter.wake('reached');
  }

  close(error: Error): void {
    this.closedBy = error;
    for (const waiters of [...this.waiting.values()]) for (const waiter of [...waiters]) waiter.fail(error);
  }
}

export type InstanceWaiters = Waiters<InstanceId>;
