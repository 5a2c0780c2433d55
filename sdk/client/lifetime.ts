/**
 * The life of a client: whatever waits in it ends with it.
 *
 *  1. After `end`, every pending and later call rejects with `CLIENT_CLOSED`.
 *  2. A call that meets an outage tries on, with growing pauses, until its deadline or until the outage has lasted `outageMs`.
 */
import { OperationalError } from '../../schemas/index.ts';

/** The first pause is a takeover's last moments, the longest keeps an outage cheap. */
const pauseMinMs = 20;
const pauseMaxMs = 1_000;

export class Lifetime {
  private readonly rejects: Set<(error: OperationalError) => void> = new Set();
  private readonly outageMs: number;
  private ended = false;

  constructor(outageMs: number) {
    this.outageMs = outageMs;
  }

  /** Does what `call` does, unless the client is closed first. */
  run<T>(call: () => Promise<T>): Promise<T> {
    if (this.ended) return Promise.reject(clientClosed());
    return new Promise<T>((resolve, reject) => {
      this.rejects.add(reject);
      const settle = async (): Promise<void> => {
        try {
          resolve(await call());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        } finally {
          this.rejects.delete(reject);
        }
      };
      void settle();
    });
  }

  /** Asks until it gets an answer: errors that may pass are tried over. The last one is thrown when time is up. */
  async persist<T>(ask: () => Promise<T>, deadlineAtMs: number = Number.POSITIVE_INFINITY): Promise<T> {
    const giveUpAtMs = Math.min(deadlineAtMs, performance.now() + this.outageMs);
    for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(pauseMs * 2, pauseMaxMs)) {
      try {
        return await this.run(ask);
      } catch (error) {
        // The pause varies so that clients of a worker that died do not all come back at the same moment.
        const thisPauseMs = pauseMs * (0.5 + Math.random() / 2);
        if (!mayPass(error) || performance.now() + thisPauseMs >= giveUpAtMs) throw error;
        await this.pause(thisPauseMs);
      }
    }
  }

  pause(delayMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    return this.run(() => new Promise<void>((resolve) => (timer = setTimeout(resolve, delayMs)))).finally(() => clearTimeout(timer));
  }

  end(): void {
    this.ended = true;
    for (const reject of this.rejects) reject(clientClosed());
    this.rejects.clear();
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof OperationalError && error.retryable && error.code !== 'CLIENT_OVERLOADED' && error.code !== 'OUTCOME_UNKNOWN';
}

function clientClosed(): OperationalError {
  return new OperationalError('CLIENT_CLOSED', 'the client is closed', { retryable: false, cure: 'make a new one with createClient' });
}
