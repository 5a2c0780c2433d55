/**
 * Where a worker is to die. Its commits are counted from 1: one is one durable write, a batch of history or of messages to another
 * partition. Claims are not counted, so that the count does not depend on how often the partition was taken.
 */

/** `never-sent`: the worker dies before the write. `lost`: the write is durable, and the worker dies before it hears so. */
export type Ack = 'never-sent' | 'lost';

export interface PlannedCrash {
  readonly ack: Ack;
  readonly cache: 'kept' | 'deleted';
  readonly happened: () => void;
}

export class Faults {
  /** The durable writes of all workers so far, the one under way included. */
  commits = 0;
  private readonly planned = new Map<number, PlannedCrash>();

  plan(commit: number, crash: PlannedCrash): void {
    if (commit <= this.commits) throw new RangeError(`commit ${String(commit)} has been made: the count is at ${String(this.commits)}`);
    this.planned.set(commit, crash);
  }

  /** The next durable write begins; the answer is the crash planned for it. */
  next(): PlannedCrash | undefined {
    this.commits++;
    const crash = this.planned.get(this.commits);
    this.planned.delete(this.commits);
    return crash;
  }
}
