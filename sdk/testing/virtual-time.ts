/**
 * A clock that moves only when it is told to.
 *
 *  1. Timers go by `monotonicMs`, which never goes back; the wall clock runs beside it and may be set.
 *  2. Timers run in the order of their times, then of their arming. One that is due at once runs in a macrotask of its own.
 *  3. Nothing here waits for real time.
 */

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

export class VirtualTime {
  /** Counts what ran: whoever looks twice sees whether anything happened in between. */
  ran = 0;
  private elapsedMs = 0;
  private wallStartMs: number;
  /** In the order in which they run. */
  private readonly timers: Timer[] = [];

  constructor(startMs: number) {
    this.wallStartMs = startMs;
  }

  get nowMs(): number {
    return this.wallStartMs + this.elapsedMs;
  }

  get monotonicMs(): number {
    return this.elapsedMs;
  }

  /** When the next timer is due, on the monotonic clock; `Infinity` when there is none. */
  get nextDueMs(): number {
    return this.timers[0]?.dueMs ?? Infinity;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.elapsedMs + Math.max(0, delayMs), run };
    // Nobody lives to see it.
    if (timer.dueMs === Infinity) return () => undefined;
    this.timers.splice(this.placeOf(timer), 0, timer);
    if (timer.dueMs <= this.elapsedMs) setImmediate(() => this.fireDue());
    return () => {
      const at = this.timers.indexOf(timer);
      if (at !== -1) this.timers.splice(at, 1);
    };
  }

  /** Moves on to a later point of the monotonic clock and runs what is due there. */
  moveTo(monotonicMs: number): void {
    this.elapsedMs = Math.max(this.elapsedMs, monotonicMs);
    this.fireDue();
  }

  /** The wall clock is set; timers already armed are not moved. */
  setWallBack(ms: number): void {
    this.wallStartMs -= ms;
  }

  private fireDue(): void {
    while (this.nextDueMs <= this.elapsedMs) {
      this.ran++;
      this.timers.shift()?.run();
    }
  }

  private placeOf({ dueMs }: Timer): number {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.timers[middle]?.dueMs ?? Infinity) <= dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
