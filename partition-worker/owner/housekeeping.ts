/** Wakes the commit loop for what no input asks for: marks that moved, tombstones due, answers to let go. The earliest wish counts. */
import type { Runtime } from '../runtime.ts';

export class Housekeeping {
  /** Set when the time has come; the loop resets it. */
  due = false;
  private atMs = Infinity;
  private cancel: (() => void) | undefined;
  private readonly runtime: Runtime;
  private readonly wake: () => void;

  constructor(runtime: Runtime, wake: () => void) {
    this.runtime = runtime;
    this.wake = wake;
  }

  arm(delayMs: number): void {
    const atMs = this.runtime.monotonicMs() + Math.max(0, delayMs);
    if (this.due || atMs >= this.atMs) return;
    this.cancel?.();
    this.atMs = atMs;
    this.cancel = this.runtime.after(Math.max(0, delayMs), () => {
      this.atMs = Infinity;
      this.cancel = undefined;
      this.due = true;
      this.wake();
    });
  }

  close(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.atMs = -Infinity;
  }
}
