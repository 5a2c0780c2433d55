import type { InstanceId, WorkerReads } from '../schemas/index.ts';
import { notOwner, readAnswer, readHistory, readState, readWait, waitForCommand, type Tenure } from './owner/index.ts';
import type { Ownership } from './ownership.ts';

const historyPageDefault = 500;

/** The readings of what this worker owns; `NOT_OWNER` for the rest. */
export function createReads(ownership: Ownership, partitionOf: (instanceId: string) => number): WorkerReads {
  /**
   * Ownership is looked at before and after: a process may be stopped for a minute between any two lines, and a long poll waits
   * for ten seconds anyhow. What another owner has gone past meanwhile is not told (SEMANTICS R5).
   */
  async function ofInstance<T>(instanceId: string, read: (tenure: Tenure) => Promise<T>): Promise<T> {
    const partition = partitionOf(instanceId);
    const { tenure, found } = await during(partition, read);
    if (ownership.tenureOf(partition) !== tenure) throw notOwner(partition);
    return found;
  }

  /** A reading that the end of its tenure cuts off may fail in many ways (a cache that is closed, a log that is): all mean the same. */
  async function during<T>(
    partition: number,
    read: (tenure: Tenure) => Promise<T>,
  ): Promise<{ readonly tenure: Tenure; readonly found: T }> {
    const tenure = ownership.tenureOf(partition);
    try {
      return { tenure, found: await read(tenure) };
    } catch (error) {
      if (ownership.tenureOf(partition) !== tenure) throw notOwner(partition);
      throw error;
    }
  }

  return {
    // What became of a command never changes: an answer may be told by whoever once knew it.
    answer: async ({ partition, offset }, timeoutMs) => (await during(partition, (tenure) => readAnswer(tenure, offset, timeoutMs))).found,
    state: (instanceId, after) =>
      ofInstance(instanceId, async (tenure) => {
        await waitForCommand(tenure, after);
        return await readState(tenure, instanceId as InstanceId);
      }),
    history: (instanceId, { from = 1, limit = historyPageDefault, after } = {}) =>
      ofInstance(instanceId, async (tenure) => {
        await waitForCommand(tenure, after);
        return await readHistory(tenure, instanceId as InstanceId, from, limit);
      }),
    wait: (instanceId, what, timeoutMs, after) =>
      ofInstance(instanceId, async (tenure) => {
        await waitForCommand(tenure, after);
        return await readWait(tenure, instanceId as InstanceId, what, timeoutMs);
      }),
  };
}
