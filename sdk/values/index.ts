/** The door of `sdk/values`: what crosses between user code and history, and the errors users see. */
export { fromPayload, payloadDepthMax, toPayload } from './payload.ts';
export { checkedConverter, jsonConverter, type DataConverter } from './converter.ts';
export { fromFailure, toFailure } from './failure.ts';
export {
  CancelledError,
  NonDeterministicCallError,
  NonDurableAwaitError,
  NonRetriableError,
  SerializationError,
  TaskFailedError,
  TimeoutError,
  type FailedTask,
  type StallCode,
} from './errors.ts';
export { durationMs, durationMsMax, type Duration } from './duration.ts';
export type { ErrorType, FailureDetails } from './details.ts';
