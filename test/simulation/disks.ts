/**
 * The caches of the simulated machines: real stores in memory that are slow, damaged, copied, wiped, or lose what was written last.
 * Everything written is shown to the witness.
 */
import { OperationalError } from '../../schemas/index.ts';
import { createMemoryStores, type MemoryStores, type Store, type StoreProvider, type StoresSnapshot } from '../../engine/state/index.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Witness } from './witness.ts';

/** Kafka's `delete.retention.ms` in the simulated world. */
export const tombstoneRetentionMs: number = 7 * 24 * 3_600_000;
export const cacheAgeMaxMs: number = tombstoneRetentionMs / 2;

export interface DiskGiven {
  readonly random: Random;
  readonly faults: Faults;
  readonly schedule: Schedule;
  readonly witness: Witness;
}

/** One machine's disk. At most one process at a time uses it. */
export class Disk {
  readonly number: number;
  readonly stores: MemoryStores = createMemoryStores();
  /** Partitions with a bad block: it stays bad until the store is cleared. */
  private readonly damaged = new Set<number>();
  private readonly given: DiskGiven;

  constructor(number: number, given: DiskGiven) {
    this.number = number;
    this.given = given;
  }

  /** The stores as `process` sees them. */
  openedBy(process: string): StoreProvider {
    return {
      open: async (partition, onRebuilt) =>
        new WatchedStore(await this.stores.open(partition, onRebuilt), { ...this.given, damaged: this.damaged, process, partition }),
    };
  }

  snapshot(): StoresSnapshot {
    return this.stores.snapshot();
  }

  /** Another disk is put in, with these contents. */
  replace(contents: StoresSnapshot): void {
    this.damaged.clear();
    this.stores.restore(contents);
  }

  wipe(): void {
    this.replace({ partitions: new Map() });
  }
}

interface StoreGiven extends DiskGiven {
  readonly damaged: Set<number>;
  readonly process: string;
  readonly partition: number;
}

class WatchedStore implements Store {
  readonly #store: Store;
  readonly #given: StoreGiven;

  constructor(store: Store, given: StoreGiven) {
    this.#store = store;
    this.#given = given;
  }

  async get(key: string): Promise<Buffer | undefined> {
    await this.#reading();
    return await this.#store.get(key);
  }

  async getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    await this.#reading();
    return await this.#store.getMany(keys);
  }

  async *range(from: string, to: string, limit?: number): AsyncGenerator<readonly [key: string, value: Buffer], void, undefined> {
    await this.#reading();
    yield* this.#store.range(from, to, limit);
  }

  async write(batch: Parameters<Store['write']>[0]): Promise<void> {
    const { partition, witness, random, schedule } = this.#given;
    await this.#late('cache write late', 0.05);
    await this.#store.write(batch);
    witness.cacheWritten(partition, batch);
    if (!random.chance(0.3)) return;
    const rows = new Map<string, Buffer>();
    for await (const [key, value] of this.#store.range('', '\uffff')) rows.set(key, value);
    witness.cacheHolds(partition, rows, schedule.nowMs - cacheAgeMaxMs);
  }

  async clear(): Promise<void> {
    await this.#store.clear();
    this.#given.damaged.delete(this.#given.partition);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #reading(): Promise<void> {
    const { faults, partition, damaged } = this.#given;
    await this.#late('cache read late', 0.02);
    if (faults.strikes('cache corrupt', 0.002)) damaged.add(partition);
    if (!damaged.has(partition)) return;
    throw new OperationalError('CACHE_CORRUPT', `the cache of partition ${String(partition)} has a bad block`, { retryable: true });
  }

  async #late(kind: FaultKind, probability: number): Promise<void> {
    const { faults, schedule, process, partition } = this.#given;
    if (!faults.strikes(kind, probability)) return;
    await new Promise<void>((resolve) => {
      schedule.add({ kind, process, partition, run: resolve });
    });
  }
}
