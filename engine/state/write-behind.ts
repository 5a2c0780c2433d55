/**
 * A store that gathers batches in memory and writes them on together: most rows of a busy partition are written again, or removed, within
 * moments, and then reach the disk once or never.
 *
 *  1. Reads see every batch given to `write`, at once.
 *  2. What reaches the store below is always the effect of whole batches, in one batch: a crash loses a tail of them, as the port allows.
 *  3. At most `gatheredBytesMax` wait while as many are being written; a writer that is faster than the disk waits for it.
 */
import type { Store, StoreWrite } from './port.ts';

/** What a crash costs to read again: about 4,000 records. */
export const gatheredBytesMaxDefault: number = 1024 * 1024;
/** The share of a row that is not its bytes. */
const rowOverheadBytes = 64;

type Rows = Map<string, Buffer | null>;

export class WriteBehind implements Store {
  private gathered: Rows = new Map();
  private gatheredBytes = 0;
  private writing: Rows | undefined;
  /** The store below then answers for both. */
  private closed = false;
  private written: Promise<void> = Promise.resolve();
  private readonly store: Store;

  private readonly gatheredBytesMax: number;

  constructor(store: Store, gatheredBytesMax: number = gatheredBytesMaxDefault) {
    this.store = store;
    this.gatheredBytesMax = gatheredBytesMax;
  }

  async get(key: string): Promise<Buffer | undefined> {
    const waiting = this.waiting(key);
    return waiting === undefined ? await this.store.get(key) : (waiting ?? undefined);
  }

  async getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    const found = keys.map((key) => this.waiting(key));
    const missing = keys.filter((_key, at) => found[at] === undefined);
    const below = missing.length === 0 ? [] : await this.store.getMany(missing);
    let next = 0;
    return found.map((waiting) => (waiting === undefined ? below[next++] : (waiting ?? undefined)));
  }

  /** Writes on what waits, so that one ordered whole can be read. */
  async *range(from: string, to: string, limit?: number): AsyncGenerator<readonly [key: string, value: Buffer], void, undefined> {
    await this.flush();
    yield* this.store.range(from, to, limit);
  }

  async write(batch: readonly StoreWrite[]): Promise<void> {
    if (this.closed) {
      await this.store.write(batch);
      return;
    }
    for (const { key, value } of batch) {
      this.gathered.set(key, value === null ? null : Buffer.from(value));
      this.gatheredBytes += key.length + (value?.length ?? 0) + rowOverheadBytes;
    }
    if (this.gatheredBytes < this.gatheredBytesMax) return;
    if (this.writing !== undefined) await this.written;
    this.begin();
  }

  async clear(): Promise<void> {
    this.gathered = new Map();
    this.gatheredBytes = 0;
    await this.written.catch(() => undefined);
    this.writing = undefined;
    this.written = this.store.clear();
    await this.written;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      await this.flush();
    } finally {
      await this.store.close();
    }
  }

  /** undefined: not here; null: removed. */
  private waiting(key: string): Buffer | null | undefined {
    const held = this.gathered.get(key) ?? (this.gathered.has(key) ? null : this.writing?.get(key));
    return held instanceof Buffer ? Buffer.from(held) : held;
  }

  private async flush(): Promise<void> {
    while (this.writing !== undefined || this.gathered.size > 0) {
      this.begin();
      await this.written;
    }
  }

  /** Starts writing what has gathered, unless a write is on its way. A failed write stays in `written`: nothing may follow it. */
  private begin(): void {
    if (this.writing !== undefined || this.gathered.size === 0) return;
    const rows = this.gathered;
    this.gathered = new Map();
    this.gatheredBytes = 0;
    this.writing = rows;
    this.written = this.written
      .then(() => this.store.write([...rows].map(([key, value]): StoreWrite => ({ key, value }))))
      .then(() => {
        this.writing = undefined;
      });
    this.written.catch(() => undefined);
  }
}
