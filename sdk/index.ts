/** `perdure`: definitions, the types of user code, and the errors it meets. */
export { defineActivity, defineEvent, defineOrchestrator } from './define/index.ts';
export type {
  Activity,
  ActivityContext,
  ActivityDefinition,
  ActivityFunction,
  ActivityLike,
  ActivityToRegister,
  CallOptions,
  ContinueAsNewOptions,
  DurableTask,
  ExternalEvent,
  OrchestrationContext,
  Orchestrator,
  OrchestratorDefinition,
  OrchestratorFunction,
  OrchestratorLike,
  OrchestratorToRegister,
  RetryContext,
  RetryHandler,
  RetryPolicy,
  Schema,
  StartSentOptions,
  SubOptions,
  WaitForEventOptions,
} from './define/index.ts';
export {
  CancelledError,
  NonDeterministicCallError,
  NonDurableAwaitError,
  NonRetriableError,
  SerializationError,
  TaskFailedError,
  TimeoutError,
  jsonConverter,
} from './values/index.ts';
export type { DataConverter, Duration, ErrorType, FailureDetails } from './values/index.ts';
export { OperationalError } from '../schemas/index.ts';
