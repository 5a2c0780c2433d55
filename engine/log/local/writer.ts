/**
 * Puts batches on the disk.
 *  1. One synced LevelDB batch at a time; whatever waits when it is done goes together into the next one. Each caller's batch stays whole:
 *     LevelDB's batch is atomic, and holds it altogether.
 *  2. Offsets are given out when a write begins, in the order of the calls, and are final when it succeeds.
 *  3. When a write fails, everything in it is unknown. The database is opened again, and only what it then holds counts.
 */
import type { Database, Operation } from './database.ts';
import { logBusy, logClosed, writeFailed } from './errors.ts';
import { recordKey } from './keys.ts';
import { encodeStored, type NewRecord } from './stored.ts';
import type { LocalTopic } from './topic.ts';

/** One write holds about this much at most, so that a small commit never waits for a flood of large ones. */
const writeBytesMax = 16 * 1024 * 1024;
/** More than every partition's commit and every lane's send together; beyond it, callers are told rather than held. */
const waitingMax = 10_000;

interface Waiting {
  readonly topic: LocalTopic;
  readonly stored: readonly Buffer[];
  readonly resolve: (base: number) => void;
  readonly reject: (error: Error) => void;
}

export class LogWriter {
  readonly #database: Database;
  readonly #topics: readonly LocalTopic[];
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #state: 'sound' | 'failed' | 'closed' = 'sound';

  constructor(database: Database, topics: readonly LocalTopic[], now: () => number) {
    this.#database = database;
    this.#topics = topics;
    this.#now = now;
  }

  /**
   * Resolves with the offset of the first record once all are on the disk.
   * @throws OperationalError `OUTCOME_UNKNOWN`; `LOG_BUSY`, `LOG_CLOSED`: nothing was written
   */
  append(topic: LocalTopic, records: readonly NewRecord[]): Promise<number> {
    if (this.#state === 'closed') return Promise.reject(logClosed());
    if (this.#waiting.length >= waitingMax) return Promise.reject(logBusy(this.#waiting.length));
    const atMs = this.#now();
    const stored = records.map((record) => encodeStored(record, atMs));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ topic, stored, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Refuses new batches; resolves when those that wait are written. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // What the callers of this same turn of the event loop still hand in shares the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const taken = this.#take();
      try {
        if (this.#state === 'failed') await this.#recover();
        await this.#write(taken);
      } catch (error) {
        for (const { reject } of taken) reject(writeFailed(error));
        await this.#recover().catch(() => undefined);
      }
    }
    // In the same breath as the last look at what waits: a batch handed in later starts a new drain.
    this.#draining = undefined;
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { stored } of this.#waiting) {
      for (const { length } of stored) bytes += length;
      if (count > 0 && bytes > writeBytesMax) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(taken: readonly Waiting[]): Promise<void> {
    const nextOf = new Map<LocalTopic, number>();
    const operations: Operation[] = [];
    const placed = taken.map((waiting) => {
      const { topic, stored } = waiting;
      const base = nextOf.get(topic) ?? topic.next;
      stored.forEach((value, at) => operations.push({ type: 'put', key: recordKey(topic.name, base + at), value }));
      nextOf.set(topic, base + stored.length);
      return { ...waiting, base };
    });
    await this.#database.write(operations, { sync: true });
    for (const { topic, base, stored, resolve } of placed) {
      topic.landed(base, stored);
      resolve(base);
    }
  }

  /** A failure here is met again, and told, by the next write. */
  async #recover(): Promise<void> {
    if (this.#state !== 'closed') this.#state = 'failed';
    await this.#database.reopen();
    for (const topic of this.#topics) {
      await topic.load();
      topic.landed(topic.next, []);
    }
    if (this.#state === 'failed') this.#state = 'sound';
  }
}
