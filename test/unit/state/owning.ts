/** A cache as an owner keeps it: what it writes after each commit, and the rows that must then be there. */
import { emptyPartition, evolve, isReady, isTerminal, type InstanceState } from '../../../engine/core/index.ts';
import {
  CacheBatch,
  createMemoryStores,
  createPartitionCache,
  type EndedExecution,
  type MemoryStores,
  type PartitionCache,
  type Store,
  type StoreWrite,
} from '../../../engine/state/index.ts';
import { eventIdsFrom, eventsFrom, readyRow, taskRow, timerRow } from '../../../engine/state/rows.ts';
import type { Fact, InstanceId } from '../../../schemas/index.ts';
import { closedFact } from '../owner/fakes.ts';

export class Owning {
  cache: PartitionCache;
  readonly states: Map<InstanceId, InstanceState> = new Map();
  private readonly stores: MemoryStores;

  private constructor(stores: MemoryStores, store: Store) {
    this.stores = stores;
    this.cache = createPartitionCache(store);
  }

  static async begin(): Promise<Owning> {
    const stores = createMemoryStores();
    return new Owning(stores, await stores.open(0, () => undefined));
  }

  /** One batch of these facts and tombstones. */
  async write(facts: readonly Fact[], removed: readonly string[] = []): Promise<void> {
    const batch = new CacheBatch();
    for (const key of removed) batch.removed(key);
    const touched = new Set<InstanceId>();
    const replaced: InstanceState[] = [];
    for (const fact of facts) {
      const { instanceId, executionId } = fact;
      const before = this.states.get(instanceId);
      const startAtMs = before?.startAtMs;
      batch.closed(closedFact(fact));
      // The owner knows the row that made it due.
      if (fact.kind === 'StartDue' && typeof startAtMs === 'number')
        batch.timerGone({ fireAtMs: startAtMs, instanceId, executionId, seq: 0 });
      if (fact.kind === 'InstanceStarted' && before !== undefined) replaced.push(before);
      const next = evolve(before, fact);
      if (next !== undefined) this.states.set(instanceId, next);
      touched.add(instanceId);
    }
    for (const before of replaced) batch.ended(before);
    for (const id of touched) {
      const state = this.states.get(id);
      if (state !== undefined) batch.instance(state);
    }
    batch.header(emptyPartition(), 0);
    await this.cache.write(batch);
  }

  async forget(execution: EndedExecution): Promise<void> {
    const batch = new CacheBatch();
    batch.executionSwept(execution);
    await this.cache.write(batch);
  }

  /** Another owner takes the cache; it knows nothing but what is stored. */
  async reopen(): Promise<void> {
    await this.cache.close();
    this.cache = createPartitionCache(await this.stores.open(0, () => undefined));
  }

  async goCold(): Promise<void> {
    const known = [...this.states.keys()];
    for (const [id, state] of await this.cache.instances(known)) this.states.set(id, state);
  }

  /** The names of all rows with one of these letters, once everything is stored; those of events without their writer. */
  async rows(letters: string): Promise<string[]> {
    await this.reopen();
    const rows = this.stores.snapshot().partitions.get(0) ?? [];
    const names = rows.map(([key]) => key).filter((key) => letters.includes(key.charAt(0)));
    return names.map((key) => (/^[xd]/.test(key) ? key.split('/').slice(0, -2).join('/') : key));
  }
}

/** The rows under `t`, `T` and `u` that these states need. */
export function openRowsOf(states: Iterable<InstanceState>): string[] {
  const rows: string[] = [];
  for (const state of states) {
    const { instanceId, executionId, startAtMs } = state;
    if (isTerminal(state)) continue;
    if (isReady(state)) rows.push(readyRow(instanceId));
    if (startAtMs !== null) rows.push(timerRow({ fireAtMs: startAtMs, instanceId, executionId, seq: 0 }));
    for (const [seq, task] of state.openTasks) {
      rows.push(taskRow(instanceId, executionId, seq));
      if (task.kind === 'timer') rows.push(timerRow({ fireAtMs: task.fireAtMs, instanceId, executionId, seq }));
    }
  }
  return rows.sort();
}

/** The rows under `x` and `d` that these events need. */
export function eventRowsOf(facts: Iterable<Fact>): string[] {
  const rows: string[] = [];
  for (const fact of facts) {
    if (fact.kind !== 'EventRaised') continue;
    rows.push(eventsFrom(fact.instanceId, fact.number));
    if (fact.eventId !== '') rows.push(eventIdsFrom(fact.instanceId, fact.number));
  }
  return rows.sort();
}

/** A store that notes what is written to it. */
export async function notingStore(): Promise<{ readonly store: Store; readonly writes: StoreWrite[] }> {
  const below = await createMemoryStores().open(0, () => undefined);
  const writes: StoreWrite[] = [];
  const store: Store = {
    get: (key) => below.get(key),
    getMany: (keys) => below.getMany(keys),
    range: (from, to, limit) => below.range(from, to, limit),
    write: (batch) => {
      writes.push(...batch);
      return below.write(batch);
    },
    clear: () => below.clear(),
    close: () => below.close(),
  };
  return { store, writes };
}
