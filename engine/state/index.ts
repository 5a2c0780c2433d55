export { CacheBatch, createPartitionCache, type Header, type KeptPartitionFact, type PartitionCache } from './cache.ts';
export type { Store, StoreProvider, StoreWrite } from './port.ts';
