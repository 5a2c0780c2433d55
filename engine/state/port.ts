/**
 * The cache port (L9): an ordered map from text to bytes, written in atomic batches. It holds nothing that the log does not:
 * losing it, or any tail of its batches, costs time and never state. Adapters: `memory.ts`, `leveldb.ts`; one contract suite:
 * `test/contract/store`.
 *
 *  1. `write` is atomic and ordered: after a crash the store holds the effect of a prefix of the batches.
 *  2. A store never returns bytes that were not put: damage is found and thrown as OperationalError `CACHE_CORRUPT`.
 *  3. Keys are ordered by their UTF-8 bytes.
 */

export type StoreWrite = { readonly key: string; readonly value: Buffer } | { readonly key: string; readonly value: null };

export interface Store {
  get(key: string): Promise<Buffer | undefined>;
  getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]>;
  /** Entries with `from <= key < to`, ascending, at most `limit` (default: all). */
  range(from: string, to: string, limit?: number): AsyncIterable<readonly [key: string, value: Buffer]>;
  write(batch: readonly StoreWrite[]): Promise<void>;
  /** Removes everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Opens one store a partition. `onRebuilt` is told, in one sentence, when damaged contents had to be thrown away on opening. */
export interface StoreProvider {
  open(partition: number, onRebuilt: (reason: string) => void): Promise<Store>;
}
