/**
 * The life of one worker process inside the test's own process: what it may do of the outside world goes through here.
 *
 *  1. Everything it has under way is metered.
 *  2. Once it is dead nothing it asked for is ever answered, no timer of it runs and no record reaches it: its code stops where it waits,
 *     as that of a killed process does. What it had already handed to the log lands or does not, as the log pleases.
 *  3. `bury` resolves when nothing of it touches log or cache any more, so that the next life may open them.
 */
import type { Runtime } from '../../partition-worker/index.ts';
import { Meter } from './meter.ts';
import type { VirtualTime } from './virtual-time.ts';

export class Life {
  readonly meter: Meter = new Meter();
  readonly time: VirtualTime;
  /** Settles when it dies; never rejects. */
  readonly died: Promise<void>;
  private dead = false;
  private announce: () => void = () => undefined;
  private readonly outside = new Set<Promise<unknown>>();
  private readonly closers = new Set<() => void | Promise<void>>();
  private readonly timers = new Set<() => void>();

  constructor(time: VirtualTime) {
    this.time = time;
    this.died = new Promise((resolve) => (this.announce = resolve));
  }

  get isDead(): boolean {
    return this.dead;
  }

  /** Asks the outside world for something. */
  ask<T>(what: string, run: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    const leave = this.meter.enter(what);
    const answer = run();
    this.outside.add(answer);
    return new Promise<T>((resolve, reject) => {
      const ended = (tell: () => void): void => {
        leave();
        this.outside.delete(answer);
        if (!this.dead) tell();
      };
      answer.then(
        (value) => {
          ended(() => {
            resolve(value);
          });
        },
        (error: unknown) => {
          ended(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
        },
      );
    });
  }

  /** Meters work of its own. It must not need to end for this life to be buried. */
  work<T>(what: string, run: () => Promise<T>): Promise<T> {
    return this.meter.during(what, run);
  }

  after(delayMs: number, run: () => void): () => void {
    if (this.dead) return () => undefined;
    const cancelTimer = this.time.after(delayMs, () => {
      this.timers.delete(cancel);
      run();
    });
    const cancel = (): void => {
      this.timers.delete(cancel);
      cancelTimer();
    };
    this.timers.add(cancel);
    return cancel;
  }

  /** To be closed at the end of this life; the answer closes it now. */
  owns(close: () => void | Promise<void>): () => Promise<void> {
    this.closers.add(close);
    return async () => {
      if (this.closers.delete(close)) await close();
    };
  }

  /** kill -9. */
  die(): void {
    this.dead = true;
    for (const cancel of [...this.timers]) cancel();
    this.announce();
  }

  async bury(): Promise<void> {
    // A read in progress ends by itself at its next piece; closing what it reads from first would only be another race.
    while (this.outside.size > 0) await Promise.allSettled([...this.outside]);
    for (const close of this.closers) await close();
    this.closers.clear();
  }
}

/** What is asked of nobody. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** The runtime of a worker under a virtual clock. Ids are counted up from the life's number: no two lives share one. */
export function runtimeOf(life: Life, number: number, log: Runtime['log']): Runtime {
  let ids = 0;
  return {
    nowMs: () => life.time.nowMs,
    monotonicMs: () => life.time.monotonicMs,
    after: (delayMs, run) => life.after(delayMs, run),
    hex: (digits) => number.toString(16).padStart(4, '0') + (++ids).toString(16).padStart(Math.max(0, digits - 4), '0'),
    chance: () => 0.5,
    log: (level, event, fields) => {
      if (!life.isDead) log(level, event, fields);
    },
  };
}
