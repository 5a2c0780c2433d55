/**
 * The caches of the simulated machines: real stores in memory that are slow, damaged, copied, wiped, or lose what was written last.
 * Everything written is shown to the witness.
 */
import { OperationalError } from '../../schemas/index.ts';
import { createMemoryStores, type MemoryStores, type Store, type StoreProvider, type StoresSnapshot } from '../../engine/state/index.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Witness } from './witness.ts';

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
  private readonly given: DiskGiven;

  constructor(number: number, given: DiskGiven) {
    this.number = number;
    this.given = given;
  }

  /** The stores as `process` sees them. */
  openedBy(process: string): StoreProvider {
    return {
      open: async (partition, onRebuilt) =>
        new WatchedStore(await this.stores.open(partition, onRebuilt), { ...this.given, process, partition }),
    };
  }

  snapshot(): StoresSnapshot {
    return this.stores.snapshot();
  }

  wipe(): void {
    this.stores.restore({ partitions: new Map() });
  }
}

interface StoreGiven extends DiskGiven {
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
    this.#mayBeDamaged();
    return await this.#store.get(key);
  }

  async getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    this.#mayBeDamaged();
    return await this.#store.getMany(keys);
  }

  range(from: string, to: string, limit?: number): AsyncIterable<readonly [key: string, value: Buffer]> {
    this.#mayBeDamaged();
    return this.#store.range(from, to, limit);
  }

  async write(batch: Parameters<Store['write']>[0]): Promise<void> {
    const { faults, schedule, process, partition, witness } = this.#given;
    if (faults.strikes('cache write late', 0.05))
      await new Promise<void>((resolve) => {
        schedule.add({ kind: 'cache-write', process, partition, run: resolve });
      });
    await this.#store.write(batch);
    witness.cacheWritten(partition, batch);
  }

  clear(): Promise<void> {
    return this.#store.clear();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #mayBeDamaged(): void {
    const { faults, partition } = this.#given;
    if (!faults.strikes('cache corrupt', 0.002)) return;
    throw new OperationalError('CACHE_CORRUPT', `the cache of partition ${String(partition)} has a bad block`, { retryable: true });
  }
}
