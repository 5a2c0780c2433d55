export { createNodeRuntime, jsonLogSink, type LogLevel, type LogSink } from './node-runtime.ts';
export type { Runtime } from './runtime.ts';
export type { PartitionReport } from './ownership.ts';
export { createPartitionWorker, type PartitionWorker, type PartitionWorkerOptions } from './worker.ts';
