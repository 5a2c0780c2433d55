/**
 * The cache on disk: one LevelDB a partition, in `<dir>/p<partition>`.
 *
 *  1. What it shows is the effect of a prefix of the batches written, or it throws `CACHE_CORRUPT`. Damage done while it was closed is
 *     found by the audit on opening (leveldb-audit.ts), the directory is emptied and `onRebuilt` told why. For damage done to files while
 *     they are open, every value carries a checksum over its key and itself, so that no other bytes are ever returned for a key.
 *  2. Batches reach LevelDB one after the other in the order of the `write` calls: its own thread pool would not keep them in order.
 *     After a batch that failed no other is written, or the next would leave a hole.
 *  3. One process has a directory open (LevelDB's LOCK), and it once. A second opening is refused *before* it touches LOCK, because
 *     POSIX drops all of a process's locks on a file when it closes any descriptor of it.
 *  4. Nothing is synced: a power cut loses a tail of the batches, which costs time and no state (L9).
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClassicLevel, type BatchOperation } from 'classic-level';
import { OperationalError } from '../../schemas/index.ts';
import { findDamage } from './leveldb-audit.ts';
import type { Store, StoreProvider, StoreWrite } from './port.ts';

type Level = ClassicLevel<string, Buffer>;

const checksumBytes = 4;
const byBytes = { keyEncoding: 'buffer' } as const;
/** Rule 3: the directories this process has open. */
const openDirectories = new Set<string>();

/**
 * Opens caches under `dir`, which is created when it is missing.
 *
 * `open` throws OperationalError `CACHE_LOCKED` (retryable) when the partition's cache is open already, here or in another process, and
 * `CACHE_FAILED` (retryable) when the directory cannot be read or written.
 */
export function createLevelStores({ dir }: { readonly dir: string }): StoreProvider {
  return {
    async open(partition, onRebuilt) {
      const directory = resolve(dir, `p${String(partition)}`);
      if (openDirectories.has(directory)) throw locked(directory);
      openDirectories.add(directory);
      try {
        return new LevelStore(directory, await openWhole(directory, onRebuilt));
      } catch (error) {
        openDirectories.delete(directory);
        throw translated(error, directory);
      }
    },
  };
}

async function openWhole(directory: string, onRebuilt: (reason: string) => void): Promise<Level> {
  let damage = await findDamage(directory);
  if (damage === undefined) {
    try {
      return await openLevel(directory);
    } catch (error) {
      if (!hasCode(error, 'LEVEL_CORRUPTION')) throw error;
      damage = 'LevelDB found it corrupt';
    }
  }
  // Takes LOCK first. If another process holds it, what looked like damage was that process at work.
  await ClassicLevel.destroy(directory).catch((error: unknown) => {
    if (hasCode(error, 'LEVEL_LOCKED')) throw error;
  });
  await removeFiles(directory);
  const level = await openLevel(directory);
  onRebuilt(`The cache in ${directory} was damaged (${damage}) and is rebuilt from the log.`);
  return level;
}

async function openLevel(directory: string): Promise<Level> {
  // Compression off: the audit reads table indexes, and the values are small and dense.
  const level: Level = new ClassicLevel(directory, { keyEncoding: 'utf8', valueEncoding: 'buffer', compression: false });
  await level.open();
  return level;
}

/** CURRENT goes first: whatever is left behind by a crash half-way is then found damaged, never taken for a cache. */
async function removeFiles(directory: string): Promise<void> {
  await rm(join(directory, 'CURRENT'), { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}

class LevelStore implements Store {
  readonly #directory: string;
  #level: Level;
  /** Settles when all batches given so far are written; rejects for ever once one of them failed (rule 2). */
  #written: Promise<void> = Promise.resolve();

  constructor(directory: string, level: Level) {
    this.#directory = directory;
    this.#level = level;
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.getMany([key]).then(([value]) => value);
  }

  /**
   * In this thread: a row takes 6 µs, the way to LevelDB's own threads and back 30 to 170 µs (measured, Node 20, 2 cores). By the key's bytes:
   * the binding (classic-level 3.0.0) writes a key that is text into a buffer it uses again, and cuts a longer one that ends there between
   * two characters of several bytes without a word: another row is then looked up.
   */
  getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    try {
      const level = this.#open();
      return Promise.resolve(keys.map((key) => this.#checked(key, level.getSync(Buffer.from(key), byBytes))));
    } catch (error) {
      return Promise.reject(translated(error, this.#directory));
    }
  }

  async *range(from: string, to: string, limit = Infinity): AsyncGenerator<readonly [key: string, value: Buffer], void, undefined> {
    const entries = this.#open().iterator({ gte: from, lt: to, limit });
    try {
      for await (const [key, bytes] of entries) yield [key, this.#intact(key, bytes)];
    } catch (error) {
      throw translated(error, this.#directory);
    }
  }

  write(batch: readonly StoreWrite[]): Promise<void> {
    // Encoded now, not when its turn comes: the caller may use its buffers again.
    const operations = batch.map(({ key, value }): BatchOperation<Level, string, Buffer> =>
      value === null ? { type: 'del', key } : { type: 'put', key, value: withChecksum(key, value) },
    );
    this.#written = this.#written.then(() => this.#level.batch(operations)).catch(this.#rethrow);
    // The caller gets the rejection; the chain itself must not count as unhandled.
    this.#written.catch(() => undefined);
    return this.#written;
  }

  /** Throws the files away instead of deleting row by row, which a crash could leave half done. */
  clear(): Promise<void> {
    const cleared = this.#written.then(async () => {
      await this.#open().close();
      await removeFiles(this.#directory);
      this.#level = await openLevel(this.#directory);
    });
    this.#written = cleared.catch(this.#rethrow);
    this.#written.catch(() => undefined);
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#written.catch(() => undefined);
    await this.#level.close();
    openDirectories.delete(this.#directory);
  }

  #open(): Level {
    if (this.#level.status !== 'open') throw closed(this.#directory);
    return this.#level;
  }

  #checked(key: string, bytes: Buffer | undefined): Buffer | undefined {
    return bytes === undefined ? undefined : this.#intact(key, bytes);
  }

  #intact(key: string, bytes: Buffer): Buffer {
    const end = bytes.length - checksumBytes;
    const value = bytes.subarray(0, Math.max(0, end));
    if (end < 0 || bytes.readUInt32LE(end) !== checksum(key, value)) throw corrupt(this.#directory, undefined);
    return value;
  }

  readonly #rethrow = (error: unknown): never => {
    throw translated(error, this.#directory);
  };
}

function withChecksum(key: string, value: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(value.length + checksumBytes);
  value.copy(bytes);
  bytes.writeUInt32LE(checksum(key, value), value.length);
  return bytes;
}

/** Over the key too: a value must not be taken for another key's. */
const checksum = (key: string, value: Buffer): number => crc32(value, crc32(key));

function translated(error: unknown, directory: string): Error {
  if (error instanceof OperationalError) return error;
  if (hasCode(error, 'LEVEL_LOCKED')) return locked(directory);
  if (hasCode(error, 'LEVEL_CORRUPTION')) return corrupt(directory, error);
  if (hasCode(error, 'LEVEL_DATABASE_NOT_OPEN') || hasCode(error, 'LEVEL_ITERATOR_NOT_OPEN')) return closed(directory);
  return new OperationalError('CACHE_FAILED', `The cache in ${directory} cannot be read or written.`, {
    retryable: true,
    cure: 'make sure that the directory is writable and its disk is not full, or delete it: the log holds everything',
    cause: error,
  });
}

function locked(directory: string): OperationalError {
  return new OperationalError('CACHE_LOCKED', `The cache in ${directory} is open already, here or in another process.`, {
    retryable: true,
    cure: 'stop the other worker, or give this one a cache directory of its own',
  });
}

function corrupt(directory: string, cause: unknown): OperationalError {
  return new OperationalError('CACHE_CORRUPT', `The cache in ${directory} is damaged.`, {
    retryable: true,
    cure: 'none is needed: it is rebuilt from the log; if it happens again, check the disk',
    cause,
  });
}

function closed(directory: string): OperationalError {
  return new OperationalError('CACHE_CLOSED', `The cache in ${directory} is closed.`, { retryable: false });
}

/** Whether the error or what caused it has this code: abstract-level wraps what LevelDB says on opening. */
function hasCode(error: unknown, code: string): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === code) || hasCode(error.cause, code);
}
