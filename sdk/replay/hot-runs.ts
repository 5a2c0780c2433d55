/**
 * What a program keeps alive between turns, all its sessions together, bounded: the one longest unused goes first.
 *
 *  1. Something is in here only between turns. Whoever takes it out owns it, and puts it back when it may be used again.
 *  2. Evicting is forgetting: nothing refers to a run any more, so it is collected wherever it stands (its `finally` never runs).
 */
import type { EventBuffer } from './inbox.ts';
import type { Run } from './run.ts';

/** What an execution that continued as new leaves to the next one of its instance, until that one's first turn. */
export interface LeftOver {
  readonly kind: 'left over';
  readonly instanceId: string;
  /** Of the execution that left it. */
  readonly executionId: string;
  readonly buffer: EventBuffer;
}

export type Kept = Run | LeftOver;

/** What one session keeps, by instance id. */
export type SessionRuns = Map<string, Kept>;

export class HotRuns {
  readonly #max: number;
  /** In order of use, the longest unused first. */
  readonly #order = new Map<Kept, SessionRuns>();

  constructor(max: number) {
    this.#max = max;
  }

  take(runs: SessionRuns, instanceId: string): Kept | undefined {
    const kept = runs.get(instanceId);
    if (kept === undefined) return undefined;
    runs.delete(instanceId);
    this.#order.delete(kept);
    return kept;
  }

  put(runs: SessionRuns, kept: Kept): void {
    runs.set(kept.instanceId, kept);
    this.#order.set(kept, runs);
    while (this.#order.size > this.#max) this.#evictOldest();
  }

  clear(runs: SessionRuns): void {
    for (const kept of runs.values()) this.#order.delete(kept);
    runs.clear();
  }

  #evictOldest(): void {
    for (const [kept, runs] of this.#order) {
      this.#order.delete(kept);
      runs.delete(kept.instanceId);
      return;
    }
  }
}
