export type * from './port.ts';
export { batchBytes, batchBytesMax, batchFault } from './limits.ts';
export { checkNamespace, namespaceRecord } from './namespace.ts';
export { CommandBatcher, type CommandBatcherOptions } from './command-batcher.ts';
export { createOwnerDirectory, type OwnerDirectory } from './owner-directory.ts';
