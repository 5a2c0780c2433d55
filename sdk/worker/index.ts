/** `perdure/worker`: runs orchestrations and activities. */
export { createWorker } from './create.ts';
export type { EmbeddedOptions, KafkaOptions, Worker, WorkerOptions, WorkerSettings } from './types.ts';
export type { LogLevel, LogSink } from '../../partition-worker/index.ts';
export { OperationalError } from '../../schemas/index.ts';
