/** What outlives the workers of a test: the log and the disk with the cache, in memory or as the embedded worker has them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespaceRecord, type CommandSink, type Log } from '../../engine/log/index.ts';
import { createMemoryBroker } from '../../engine/log/memory/index.ts';
import { createLevelStores, createMemoryStores, type StoreProvider } from '../../engine/state/index.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Backing {
  readonly partitions: number;
  readonly sink: CommandSink;
  /** The log, for one life. */
  connect(name: string): Log;
  stores(): StoreProvider;
  /** To be called while no store is open. */
  deleteCache(): Promise<void>;
  close(): Promise<void>;
}

export function openMemory(partitions: number): Backing {
  const broker = createMemoryBroker({ partitions, firstRecord: namespaceRecord(partitions) });
  let stores = createMemoryStores();
  return {
    partitions,
    sink: broker.connect('client').sink,
    connect: (name) => broker.connect(name).log,
    stores: () => stores,
    deleteCache: () => {
      stores = createMemoryStores();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

/** On a directory of its own below the system's one for temporary files; gone after `close`. */
export async function openEmbedded(partitions: number, time: VirtualTime): Promise<Backing> {
  // Loaded here, so that tests in memory do without LevelDB's log.
  const { openLocalLog } = await import('../../engine/log/local/index.ts');
  const dir = await mkdtemp(join(tmpdir(), 'perdure-test-'));
  const local = await openLocalLog({ dir: join(dir, 'log'), partitions, now: () => time.nowMs });
  const cacheDir = join(dir, 'cache');
  const stores = createLevelStores({ dir: cacheDir });
  return {
    partitions,
    sink: local.sink,
    connect: () => local.log,
    stores: () => stores,
    deleteCache: () => rm(cacheDir, { recursive: true, force: true }),
    close: async () => {
      await local.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
