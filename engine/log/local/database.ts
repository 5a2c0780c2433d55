import { ClassicLevel } from 'classic-level';
import { dataDirCorrupt, dataDirLocked, logClosed, logUnavailable } from './errors.ts';
import { after } from './keys.ts';

export type Operation =
  { readonly type: 'put'; readonly key: string; readonly value: Buffer } | { readonly type: 'del'; readonly key: string };
export type Entry = readonly [key: string, value: Buffer];

/** How much one piece of a read holds in memory at most, one record apart. */
const pieceBytesMax = 1024 * 1024;

/** LevelDB, with this adapter's errors. */
export class Database {
  readonly #dir: string;
  readonly #level: ClassicLevel<string, Buffer>;
  #closed = false;

  constructor(dir: string) {
    this.#dir = dir;
    this.#level = new ClassicLevel(dir, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
  }

  /** @throws OperationalError `DATA_DIR_LOCKED`, `DATA_DIR_CORRUPT` */
  async open(createIfMissing: boolean): Promise<void> {
    try {
      await this.#level.open({ createIfMissing });
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (codeOf(cause) === 'LEVEL_LOCKED') throw dataDirLocked(this.#dir, error);
      const reason = cause instanceof Error ? cause.message : String(error);
      throw dataDirCorrupt(`the embedded log in ${this.#dir} cannot be opened: ${reason}`, error);
    }
  }

  /** After a failed write LevelDB takes no more; what it has on disk decides what landed. */
  async reopen(): Promise<void> {
    await this.#level.close();
    if (!this.#closed) await this.open(false);
  }

  /** All of `operations` or none of them. With `sync` they are on the disk when this resolves. Throws LevelDB's own error. */
  async write(operations: readonly Operation[], { sync }: { readonly sync: boolean }): Promise<void> {
    await this.#level.batch([...operations], { sync });
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#guard(this.#level.get(key));
  }

  getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    return this.#guard(this.#level.getMany([...keys]));
  }

  async lastKey(prefix: string): Promise<string | undefined> {
    const [key] = await this.#guard(this.#level.keys({ gte: prefix, lt: after(prefix), reverse: true, limit: 1 }).all());
    return key;
  }

  /**
   * Entries with `from <= key < to` as they stand at this call, in pieces of at most `limit` entries and about 1 MiB. Sees whole batches only.
   */
  async *pieces(from: string, to: string, limit: number): AsyncGenerator<readonly Entry[], void, void> {
    if (this.#closed) throw logClosed();
    const iterator = this.#level.iterator({ gte: from, lt: to, highWaterMarkBytes: pieceBytesMax });
    try {
      for (;;) {
        const entries = await this.#guard(iterator.nextv(limit));
        if (entries.length === 0) return;
        yield entries;
      }
    } finally {
      await iterator.close();
    }
  }

  /** The first piece of `pieces`, empty when there is nothing. */
  async piece(from: string, to: string, limit: number): Promise<readonly Entry[]> {
    for await (const entries of this.pieces(from, to, limit)) return entries;
    return [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#level.close();
  }

  async #guard<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      if (this.#closed) throw logClosed();
      if (codeOf(error) === 'LEVEL_CORRUPTION') throw dataDirCorrupt(`the embedded log in ${this.#dir} is damaged`, error);
      throw logUnavailable(error);
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
