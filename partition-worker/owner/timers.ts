/**
 * Timers of one tenure: pending ones lie in the cache in the order of their times; memory knows only the next.
 *
 *  1. One wake-up is armed, for the earliest time known. Nothing polls.
 *  2. Rows are read from a cursor below which there are none: what was swept there need not be skipped again. A new timer below the
 *     cursor moves it back. The cursor moves on only when the commit that used the rows up is acked.
 *  3. A timer is due when the owner's wall clock has reached it, however long the process slept, and never before (SEMANTICS M1).
 */
import type { Fact } from '../../schemas/index.ts';
import type { PartitionCache, TimerRow } from '../../engine/state/index.ts';
import { timerWaitMsMax } from '../limits.ts';
import type { Runtime } from '../runtime.ts';

export class Timers {
  /** Set when a look at the rows is worth while; the loop takes it. */
  due = false;
  private cursorMs = 0;
  /** The cursor to be, once the commit in the making is acked. */
  private nextCursorMs: number | undefined;
  private earliestMs = Infinity;
  private cancelWait: (() => void) | undefined;
  private closed = false;
  private readonly cache: PartitionCache;
  private readonly runtime: Runtime;
  private readonly wake: () => void;

  constructor(given: { readonly cache: PartitionCache; readonly runtime: Runtime; readonly wake: () => void }) {
    this.cache = given.cache;
    this.runtime = given.runtime;
    this.wake = given.wake;
  }

  /** Where the next owner of this cache may begin to look. */
  get fromMs(): number {
    return this.cursorMs;
  }

  /** Takes up what earlier owners left: what came due meanwhile is due at once. */
  async begin(): Promise<void> {
    this.cursorMs = (await this.cache.header())?.timersFrom ?? 0;
    await this.look();
  }

  /** To be told of every acked fact, before the cursor is written down. */
  note(fact: Fact): void {
    const atMs = fact.kind === 'TimerCreated' ? fact.fireAtMs : fact.kind === 'InstanceStarted' ? fact.startAtMs : null;
    if (atMs === null) return;
    if (atMs < this.cursorMs) this.cursorMs = atMs;
    if (this.nextCursorMs !== undefined && atMs < this.nextCursorMs) this.nextCursorMs = atMs;
    if (atMs < this.earliestMs) this.arm(atMs);
  }

  /** The timers that have come due, earliest first, at most `limit`; more may be due then. */
  async take(clockMs: number, limit: number): Promise<readonly TimerRow[]> {
    const rows: TimerRow[] = [];
    for await (const row of this.cache.dueTimers(this.cursorMs, clockMs, limit)) rows.push(row);
    const last = rows.at(-1);
    this.due = rows.length >= limit;
    this.nextCursorMs = this.due && last !== undefined ? last.fireAtMs : clockMs;
    return rows;
  }

  /** The commit that used up what was taken is acked and in the cache. */
  async taken(): Promise<void> {
    if (this.nextCursorMs === undefined) return;
    this.cursorMs = this.nextCursorMs;
    this.nextCursorMs = undefined;
    if (!this.due) await this.look();
  }

  close(): void {
    this.closed = true;
    this.cancelWait?.();
  }

  private async look(): Promise<void> {
    for await (const row of this.cache.dueTimers(this.cursorMs, Infinity, 1)) if (row.fireAtMs < this.earliestMs) this.arm(row.fireAtMs);
  }

  private arm(atMs: number): void {
    if (this.closed) return;
    this.earliestMs = atMs;
    this.cancelWait?.();
    const waitMs = Math.min(Math.max(0, atMs - this.runtime.nowMs()), timerWaitMsMax);
    this.cancelWait = this.runtime.after(waitMs, () => {
      this.cancelWait = undefined;
      if (this.runtime.nowMs() < this.earliestMs) this.arm(this.earliestMs);
      else {
        this.earliestMs = Infinity;
        this.due = true;
        this.wake();
      }
    });
  }
}
