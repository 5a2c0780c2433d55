import type { Database } from './database.ts';
import { dataDirCorrupt } from './errors.ts';
import { cleanedKey, offsetOf, recordKey, startKey, type TopicName } from './keys.ts';
import { decodeStored, type StoredRecord } from './stored.ts';

export interface PlacedRecord extends StoredRecord {
  readonly offset: number;
}

/** Keys per write of a trim: enough to be cheap, few enough to let others write. */
const trimRecordsPerWrite = 1_000;

/**
 * One partition of a topic: where it begins and ends.
 *  1. `next` is raised only once what stands below it is on the disk; readers never look at or above it.
 *  2. Records at or above both `start` and `cleanedTo` are without a gap. A gap there means damage and is thrown, never skipped.
 */
export class LocalTopic {
  readonly name: TopicName;
  readonly #database: Database;
  /** Offset of the next record. */
  next = 0;
  /** Everything below was trimmed. */
  start = 0;
  /** Compaction may have removed records below this offset, and none at or above it. */
  cleanedTo = 0;
  /** Told of every batch that landed, in order: the offset of its first record, and the records as stored. */
  readonly listeners: Set<(base: number, stored: readonly Buffer[]) => void> = new Set();
  #trimTarget = 0;
  #trimming: Promise<void> | undefined;

  constructor(database: Database, name: TopicName) {
    this.#database = database;
    this.name = name;
  }

  /** Finds out from the database where the topic begins and ends. */
  async load(): Promise<void> {
    this.start = numberIn(await this.#database.get(startKey(this.name)));
    this.cleanedTo = numberIn(await this.#database.get(cleanedKey(this.name)));
    const last = await this.#database.lastKey(this.name);
    this.next = Math.max(this.start, last === undefined ? 0 : offsetOf(last) + 1);
  }

  landed(base: number, stored: readonly Buffer[]): void {
    this.next = base + stored.length;
    for (const listener of [...this.listeners]) listener(base, stored);
  }

  /** Records from `from` on, below the end as it stands at this call, in pieces of at most `limit`. @throws OperationalError `DATA_DIR_CORRUPT` */
  async *pieces(from: number, limit: number): AsyncGenerator<readonly PlacedRecord[], void, void> {
    const end = this.next;
    let unbroken = Math.max(from, this.start, this.cleanedTo);
    for await (const entries of this.#database.pieces(recordKey(this.name, from), recordKey(this.name, end), limit)) {
      yield entries.map(([key, bytes]) => {
        const offset = offsetOf(key);
        if (offset > unbroken) throw this.#gap(unbroken);
        if (offset === unbroken) unbroken++;
        return { offset, ...decodeStored(bytes, key) };
      });
    }
    if (unbroken < end) throw this.#gap(unbroken);
  }

  /** The first piece from `from` on. */
  async piece(from: number, limit: number): Promise<readonly PlacedRecord[]> {
    for await (const records of this.pieces(from, limit)) return records;
    return [];
  }

  /**
   * Removes the records below `before`. Not synced: a crash brings some back at most, with the old start.
   * Only for topics whose offsets have no holes.
   */
  trim(before: number): Promise<void> {
    this.#trimTarget = Math.max(this.#trimTarget, Math.min(before, this.next));
    this.#trimming ??= this.#trimOn();
    return this.#trimming;
  }

  async #trimOn(): Promise<void> {
    try {
      // So that the assignment of `#trimming` is done before the loop may end.
      await Promise.resolve();
      while (this.start < this.#trimTarget) {
        const from = this.start;
        const to = Math.min(this.#trimTarget, from + trimRecordsPerWrite);
        const removals = Array.from({ length: to - from }, (_, at) => ({ type: 'del', key: recordKey(this.name, from + at) }) as const);
        this.start = to;
        await this.#database.write([{ type: 'put', key: startKey(this.name), value: numberBytes(to) }, ...removals], { sync: false });
      }
    } finally {
      this.#trimming = undefined;
    }
  }

  #gap(offset: number): Error {
    return dataDirCorrupt(`record ${recordKey(this.name, offset)} of the embedded log is missing`);
  }
}

export function numberBytes(number: number): Buffer {
  return Buffer.from(String(number));
}

export function numberIn(bytes: Buffer | undefined): number {
  return bytes === undefined ? 0 : Number(bytes.toString());
}
