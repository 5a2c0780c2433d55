import type { InstanceId, WorkerReads } from '../schemas/index.ts';
import { readAnswer, readHistory, readState, readWait, waitForCommand, type Tenure } from './owner/index.ts';
import type { Ownership } from './ownership.ts';

const historyPageDefault = 500;

/** The readings of what this worker owns; `NOT_OWNER` for the rest. */
export function createReads(ownership: Ownership, partitionOf: (instanceId: string) => number): WorkerReads {
  const of = (instanceId: string): Tenure => ownership.tenureOf(partitionOf(instanceId));
  return {
    answer: async (place, timeoutMs) => await readAnswer(ownership.tenureOf(place.partition), place.offset, timeoutMs),
    async state(instanceId, after) {
      const tenure = of(instanceId);
      await waitForCommand(tenure, after);
      return await readState(tenure, instanceId as InstanceId);
    },
    async history(instanceId, { from = 1, limit = historyPageDefault, after } = {}) {
      const tenure = of(instanceId);
      await waitForCommand(tenure, after);
      return await readHistory(tenure, instanceId as InstanceId, from, limit);
    },
    async wait(instanceId, what, timeoutMs, after) {
      const tenure = of(instanceId);
      await waitForCommand(tenure, after);
      return await readWait(tenure, instanceId as InstanceId, what, timeoutMs);
    },
  };
}
