export { CacheBatch, createPartitionCache, type Header, type KeptPartitionFact, type PartitionCache } from './cache.ts';
export type { Store, StoreProvider, StoreWrite } from './port.ts';
export { createLevelStores } from './leveldb.ts';
export { createMemoryStores, type MemoryStores, type StoresSnapshot } from './memory.ts';
