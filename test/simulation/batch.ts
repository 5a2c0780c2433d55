/** Many seeds, one verdict. */
import { faultKinds, noFaults, type FaultCounts, type FaultKind } from './faults.ts';
import { run, type Outcome } from './run.ts';

/** In so many seeds every kind of fault must have happened, or the batch has proved less than it says. */
const coverageFrom = 500;

export interface BatchOptions {
  readonly from: number;
  readonly seeds: number;
  readonly steps: number;
  /** Told of every run. */
  readonly onRun?: (outcome: Outcome) => void;
  /** Ends the batch at the first run with a violation. */
  readonly stopAtFirst?: boolean;
}

export interface Verdict {
  readonly seeds: number;
  readonly failed: readonly Outcome[];
  readonly faults: FaultCounts;
  /** Kinds that never happened, in a batch large enough to expect each. */
  readonly missing: readonly FaultKind[];
  readonly instances: number;
  readonly records: number;
}

export async function runBatch({ from, seeds, steps, onRun, stopAtFirst = false }: BatchOptions): Promise<Verdict> {
  const failed: Outcome[] = [];
  const faults = noFaults();
  let instances = 0;
  let records = 0;
  let done = 0;
  while (done < seeds) {
    const outcome = await run(from + done, steps);
    done++;
    for (const kind of faultKinds) faults[kind] += outcome.faults[kind];
    instances += outcome.instances;
    records += outcome.records;
    if (outcome.violations.length > 0) failed.push(outcome);
    onRun?.(outcome);
    if (stopAtFirst && failed.length > 0) break;
  }
  const missing = done < coverageFrom ? [] : faultKinds.filter((kind) => faults[kind] === 0);
  return { seeds: done, failed, faults, missing, instances, records };
}
