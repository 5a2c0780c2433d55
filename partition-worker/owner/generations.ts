/**
 * Sweeps what executions leave behind that another execution of their instance followed: their facts, and the external events nobody
 * needs any more (L8).
 *
 *  1. Judged by committed state only: it is asked before the commit in the making changes any.
 *  2. An execution's facts go in the order of their numbers, so that the one that ended it goes last.
 *  3. An external event stays while it is unread, while the newest execution may replay it, and while its id is one of the newest
 *     (SEMANTICS E4).
 */
import { idsKeptFrom, without, type InstanceState } from '../../engine/core/index.ts';
import type { EndedExecution, PartitionCache } from '../../engine/state/index.ts';
import type { EventRange } from '../../schemas/index.ts';
import { executionFactsMax } from '../limits.ts';
import type { HotInstances } from './hot-instances.ts';

/** What a commit may carry away, and what its cache batch may forget. */
export interface Sweep {
  readonly keys: readonly string[];
  readonly swept: readonly EndedExecution[];
}

export class Generations {
  /** False once a look found nothing; an acked commit that ended an execution sets it. */
  maybeEnded = true;
  private readonly cache: PartitionCache;
  private readonly hot: HotInstances;
  /** Of executions looked at before: the event to go on from. Only to be faster. */
  private readonly from = new Map<string, number>();

  constructor(cache: PartitionCache, hot: HotInstances) {
    this.cache = cache;
    this.hot = hot;
  }

  /** The log keys that the next commit may tombstone, at most `limit`, and the executions that have nothing left. */
  async next(limit: number): Promise<Sweep> {
    const keys: string[] = [];
    const swept: EndedExecution[] = [];
    // A commit that is full already tells nothing about them.
    if (!this.maybeEnded || limit === 0) return { keys, swept };
    let left = false;
    for await (const execution of this.cache.endedExecutions(limit)) {
      left = true;
      if (keys.length >= limit) break;
      const found = await this.keysOf(execution, limit - keys.length);
      keys.push(...found);
      if (found.length > 0) continue;
      swept.push(execution);
      this.from.delete(execution.executionId);
    }
    this.maybeEnded = left;
    return { keys, swept };
  }

  private async keysOf(execution: EndedExecution, limit: number): Promise<readonly string[]> {
    const { instanceId, executionId, discardBelow } = execution;
    const keys: string[] = [];
    let from = this.from.get(executionId) ?? 1;
    for (;;) {
      const facts = await this.cache.executionFacts(instanceId, executionId, from, Math.min(limit, executionFactsMax));
      for (const { logKey, fact } of facts) {
        if (keys.length >= limit) return keys;
        if (fact.kind !== 'EventRaised') keys.push(logKey);
        // Facts given out go with this commit's ack; a place behind them is found again as it is, should the ack not come.
        if (keys.length === 0) this.from.set(executionId, (from = fact.seq + 1));
        else from = fact.seq + 1;
      }
      if (facts.length === 0) break;
    }
    if (keys.length > 0) return keys;
    if (discardBelow !== null) {
      const discarded = discardBelow <= 1 ? [] : await this.cache.eventKeys(instanceId, [{ from: 1, through: discardBelow - 1 }], limit);
      if (discarded.length > 0) return discarded;
    }
    const state = this.hot.get(instanceId) ?? (await this.cache.instances([instanceId])).get(instanceId);
    return state === undefined ? [] : await this.deadEvents(state, limit);
  }

  private async deadEvents(state: InstanceState, limit: number): Promise<readonly string[]> {
    const { instanceId, executionId } = state;
    const [start] = await this.cache.facts(instanceId, executionId, 1, 1);
    if (start?.kind !== 'InstanceStarted') return [];
    const floor = Math.min(start.inboxNext, idsFloor(state));
    if (floor <= 1) return [];
    const dead: readonly EventRange[] = without([{ from: 1, through: floor - 1 }], start.carried);
    return await this.cache.eventKeys(instanceId, dead, limit);
  }
}

/** Events below this number have ids that are forgotten, or none that counts any more. */
function idsFloor(state: InstanceState): number {
  // A new instance under an old id knows nothing of the events of the one before.
  return state.generation === 1 ? Infinity : idsKeptFrom(state);
}
