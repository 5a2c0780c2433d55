/**
 * The cache in memory, for the simulation and the test environment: deterministic, and able to die as a process does.
 *
 *  1. Every call completes through microtasks alone, in the order of the calls.
 *  2. What a store holds is the effect of a prefix of its batches; `loseTail` takes batches off the end.
 *  3. A store opened before `restore`, `kill` or `loseTail` is dead: it changes nothing and rejects with `CACHE_CLOSED`, as the store
 *     of a process that no longer runs.
 */
import { OperationalError } from '../../schemas/index.ts';
import type { Store, StoreProvider, StoreWrite } from './port.ts';

/** The batches of one partition that `loseTail` can take back. Bounds memory; no simulated crash loses more. */
const undoableBatchesMax = 256;

/** A copy of everything that is stored, as if the disks were copied. */
export interface StoresSnapshot {
  readonly partitions: ReadonlyMap<number, readonly (readonly [key: string, value: Buffer])[]>;
}

export interface MemoryStores extends StoreProvider {
  snapshot(): StoresSnapshot;
  /** Puts the contents back as they stood; all open stores die. */
  restore(snapshot: StoresSnapshot): void;
  /** The process dies: all open stores die, the contents stay. */
  kill(): void;
  /** Takes the last `batches` batches off a partition (at most 256 are remembered); its open store dies. Answers how many were taken. */
  loseTail(partition: number, batches: number): number;
}

export function createMemoryStores(): MemoryStores {
  const partitions = new Map<number, Contents>();
  const open = new Map<number, MemoryStore>();

  const contentsOf = (partition: number): Contents => {
    const contents = partitions.get(partition) ?? new Contents([]);
    partitions.set(partition, contents);
    return contents;
  };
  const kill = (): void => {
    for (const store of open.values()) store.die();
    open.clear();
  };

  return {
    async open(partition) {
      await Promise.resolve();
      if (open.has(partition)) {
        throw new OperationalError('CACHE_LOCKED', `The cache of partition ${String(partition)} is open already.`, { retryable: true });
      }
      const store = new MemoryStore(contentsOf(partition), () => open.delete(partition));
      open.set(partition, store);
      return store;
    },
    snapshot: () => ({ partitions: new Map([...partitions].map(([partition, contents]) => [partition, contents.between()])) }),
    restore(snapshot) {
      kill();
      partitions.clear();
      for (const [partition, entries] of snapshot.partitions) partitions.set(partition, new Contents(entries));
    },
    kill,
    loseTail(partition, batches) {
      open.get(partition)?.die();
      open.delete(partition);
      return contentsOf(partition).undo(batches);
    },
  };
}

/** One partition's rows, in order of their keys. Values are copied on the way in and out, so that rows never change in place. */
class Contents {
  readonly #values: Map<string, Buffer>;
  readonly #keys: string[];
  /** For each of the last batches, what its keys held before it. */
  readonly #undo: (readonly (readonly [key: string, before: Buffer | undefined])[])[] = [];

  constructor(entries: readonly (readonly [key: string, value: Buffer])[]) {
    this.#values = new Map(entries);
    this.#keys = entries.map(([key]) => key);
  }

  get(key: string): Buffer | undefined {
    return this.#values.get(key);
  }

  between(from = '', to?: string): readonly (readonly [key: string, value: Buffer])[] {
    const end = to === undefined ? this.#keys.length : this.#position(to);
    return this.#keys.slice(this.#position(from), end).flatMap((key) => {
      const value = this.#values.get(key);
      return value === undefined ? [] : [[key, value] as const];
    });
  }

  apply(batch: readonly StoreWrite[]): void {
    this.#undo.push(batch.map(({ key }) => [key, this.#values.get(key)]));
    if (this.#undo.length > undoableBatchesMax) this.#undo.shift();
    for (const { key, value } of batch) this.#set(key, value === null ? undefined : Buffer.from(value));
  }

  undo(batches: number): number {
    const taken = Math.min(batches, this.#undo.length);
    for (let at = 0; at < taken; at++) {
      for (const [key, before] of this.#undo.pop() ?? []) this.#set(key, before);
    }
    return taken;
  }

  #set(key: string, value: Buffer | undefined): void {
    const isHeld = this.#values.has(key);
    if (value === undefined) {
      this.#values.delete(key);
      if (isHeld) this.#keys.splice(this.#position(key), 1);
    } else {
      this.#values.set(key, value);
      if (!isHeld) this.#keys.splice(this.#position(key), 0, key);
    }
  }

  /** The index of the first key that is not below `key`. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8(this.#keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class MemoryStore implements Store {
  readonly #contents: Contents;
  readonly #onClose: () => void;
  #state: 'open' | 'closed' | 'dead' = 'open';

  constructor(contents: Contents, onClose: () => void) {
    this.#contents = contents;
    this.#onClose = onClose;
  }

  async get(key: string): Promise<Buffer | undefined> {
    this.#assertOpen();
    const value = this.#contents.get(key);
    await Promise.resolve();
    return value === undefined ? undefined : Buffer.from(value);
  }

  async getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async *range(from: string, to: string, limit = Infinity): AsyncGenerator<readonly [key: string, value: Buffer], void, undefined> {
    this.#assertOpen();
    for (const [key, value] of this.#contents.between(from, to).slice(0, limit)) {
      await Promise.resolve();
      this.#assertOpen();
      yield [key, Buffer.from(value)];
    }
  }

  async write(batch: readonly StoreWrite[]): Promise<void> {
    this.#assertOpen();
    this.#contents.apply(batch);
    await Promise.resolve();
  }

  async clear(): Promise<void> {
    await this.write(this.#contents.between().map(([key]) => ({ key, value: null })));
  }

  async close(): Promise<void> {
    await Promise.resolve();
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#onClose();
  }

  die(): void {
    this.#state = 'dead';
  }

  #assertOpen(): void {
    if (this.#state !== 'open') throw new OperationalError('CACHE_CLOSED', 'The cache is closed.', { retryable: false });
  }
}

/** The order of the UTF-8 bytes, which is that of the code points. JavaScript's own order puts surrogate pairs below U+E000. */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return aboveSurrogates(left) - aboveSurrogates(right);
  }
  return a.length - b.length;
}

const aboveSurrogates = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
