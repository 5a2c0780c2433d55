/** `perdure/client`: starts orchestrations and reads what became of them. */
export {
  createClient,
  createInProcessClient,
  type ClientSettings,
  type HttpClientOptions,
  type InProcessClientOptions,
  type KafkaClientOptions,
} from './create.ts';
export type {
  CommandOptions,
  DurableClient,
  OrchestrationHandle,
  RaiseOptions,
  ReasonOptions,
  StartOptions,
  TerminateOptions,
  WaitOptions,
} from './types.ts';
export type { ConflictPolicy, RuntimeStatus } from '../../schemas/index.ts';
export type { OrchestrationState, Parent } from './state.ts';
export type { EventNumbers, HistoryEvent } from './history-events.ts';
export { durationMs, type Duration } from '../values/index.ts';
export {
  CommandRefusedError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  OutcomeUnknownError,
  WaitTimeoutError,
} from './errors.ts';
export { createHttpReads, type HttpReads, type HttpReadsOptions } from './http-reads.ts';
export { type Addresses } from './addresses.ts';
export { OperationalError } from '../../schemas/index.ts';
export { SerializationError, type DataConverter, type FailureDetails } from '../values/index.ts';
