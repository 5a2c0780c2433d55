/**
 * The live runs a program keeps between turns, all its sessions together, bounded: the one longest unused goes first.
 *
 *  1. A run is in here only between turns. Whoever takes one out owns it, and puts it back when it may be used again.
 *  2. Evicting is forgetting: nothing refers to the run any more, so it is collected wherever it stands (its `finally` never runs).
 */
import type { Run } from './run.ts';

/** The runs of one session, by instance id. */
export type SessionRuns = Map<string, Run>;

export class HotRuns {
  readonly #max: number;
  /** In order of use, the longest unused first. */
  readonly #order = new Map<Run, SessionRuns>();

  constructor(max: number) {
    this.#max = max;
  }

  take(runs: SessionRuns, instanceId: string): Run | undefined {
    const run = runs.get(instanceId);
    if (run === undefined) return undefined;
    runs.delete(instanceId);
    this.#order.delete(run);
    return run;
  }

  put(runs: SessionRuns, run: Run): void {
    runs.set(run.instanceId, run);
    this.#order.set(run, runs);
    while (this.#order.size > this.#max) this.#evictOldest();
  }

  clear(runs: SessionRuns): void {
    for (const run of runs.values()) this.#order.delete(run);
    runs.clear();
  }

  #evictOldest(): void {
    for (const [run, runs] of this.#order) {
      this.#order.delete(run);
      runs.delete(run.instanceId);
      return;
    }
  }
}
