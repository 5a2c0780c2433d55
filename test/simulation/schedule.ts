/**
 * The simulated world's only source of "later".
 *
 *  1. Everything asynchronous is a happening or a timer; it runs when the driver picks it, and everything it sets free has run before the
 *     driver goes on.
 *  2. Nothing of a frozen process happens; nothing of a dead one ever does. What is on its way in the broker happens all the same.
 *  3. Time moves only by `advance`.
 */
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';

export interface Happening {
  readonly kind: string;
  /** Whose it is; null: the broker's. */
  readonly process: string | null;
  readonly partition: number | null;
  readonly run: () => void;
  /** Not before this step of the driver. */
  readonly notBefore: number;
}

interface Timer {
  readonly process: string;
  readonly dueMs: number;
  readonly run: () => void;
}

interface Drain {
  readonly process: string;
  readonly resolve: () => void;
}

export class Schedule {
  nowMs = 1_700_000_000_000;
  step = 0;
  readonly frozen: Set<string> = new Set();
  readonly dead: Set<string> = new Set();
  readonly #random: Random;
  readonly #faults: Faults;
  #happenings: Happening[] = [];
  #timers: Timer[] = [];
  #drains: Drain[] = [];

  constructor(random: Random, faults: Faults) {
    this.#random = random;
    this.#faults = faults;
  }

  /** `delay` in steps of the driver; without it, chance says. */
  add(happening: Omit<Happening, 'notBefore'>, delay: number = this.#delay()): void {
    this.#happenings.push({ ...happening, notBefore: this.step + delay });
  }

  after(process: string, delayMs: number, run: () => void): () => void {
    const timer: Timer = { process, dueMs: this.nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** A program's drain. Mostly at once; sometimes others get their turn first. */
  drain(process: string): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#faults.calm && this.#random.chance(0.1)) this.add({ kind: 'drain', process, partition: null, run: resolve });
      else this.#drains.push({ process, resolve });
    });
  }

  /** Runs something that can happen now; false when there is nothing. */
  happen(): Happening | undefined {
    const ready = this.#happenings.filter((happening) => this.#canHappen(happening));
    const due = this.#timers.filter((timer) => timer.dueMs <= this.nowMs && this.#lives(timer.process));
    const at = this.#random.below(ready.length + due.length);
    const chosen = ready[at];
    if (chosen !== undefined) {
      this.#happenings = this.#happenings.filter((happening) => happening !== chosen);
      chosen.run();
      return chosen;
    }
    const timer = due[at - ready.length];
    if (timer === undefined) return undefined;
    this.#timers = this.#timers.filter((other) => other !== timer);
    timer.run();
    return { kind: 'timer', process: timer.process, partition: null, run: timer.run, notBefore: 0 };
  }

  /** The partitions on which something of this kind is under way. */
  pending(kind: string): readonly number[] {
    return this.#happenings.flatMap((happening) => (happening.kind === kind && happening.partition !== null ? [happening.partition] : []));
  }

  /** The time until the next timer, or undefined when there is none. */
  get nextTimerMs(): number | undefined {
    const due = this.#timers.filter((timer) => this.#lives(timer.process)).map((timer) => timer.dueMs);
    return due.length === 0 ? undefined : Math.max(0, Math.min(...due) - this.nowMs);
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }

  /** The process is gone: nothing of it happens any more. */
  bury(process: string): void {
    this.dead.add(process);
    this.#happenings = this.#happenings.filter((happening) => happening.process !== process);
    this.#timers = this.#timers.filter((timer) => timer.process !== process);
    this.#drains = this.#drains.filter((drain) => drain.process !== process);
  }

  /** Resolves when nothing more runs by itself. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const drains = this.#drains.filter((drain) => this.#lives(drain.process));
      if (drains.length === 0) return;
      this.#drains = this.#drains.filter((drain) => !drains.includes(drain));
      for (const drain of drains) drain.resolve();
    }
  }

  #canHappen(happening: Happening): boolean {
    if (happening.process !== null && !this.#lives(happening.process)) return false;
    return this.#faults.calm || happening.notBefore <= this.step;
  }

  #lives(process: string): boolean {
    return !this.frozen.has(process) && !this.dead.has(process);
  }

  #delay(): number {
    const drawn = this.#random.next();
    if (drawn < 0.8) return 0;
    return this.#random.below(drawn < 0.97 ? 15 : 150);
  }
}
