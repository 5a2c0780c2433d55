export { CacheBatch } from './batch.ts';
export {
  createPartitionCache,
  type EndedExecution,
  type Header,
  type KeptFact,
  type KeptPartitionFact,
  type OpenTaskRow,
  type PartitionCache,
} from './cache.ts';
export type { TimerRow } from './rows.ts';
export type { Store, StoreProvider, StoreWrite } from './port.ts';
export { createLevelStores } from './leveldb.ts';
export { createMemoryStores, type MemoryStores, type StoresSnapshot } from './memory.ts';
