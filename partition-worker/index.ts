export { createNodeRuntime, jsonLogSink, type LogLevel, type LogSink } from './node-runtime.ts';
export type { Runtime } from './runtime.ts';
export { createPartitionWorker, type PartitionReport, type PartitionWorker, type PartitionWorkerOptions } from './worker.ts';
