/** `perdure`: definitions, the types of user code, and the errors it meets. */
export { defineActivity, defineOrchestrator } from './define/index.ts';
export type {
  Activity,
  ActivityContext,
  ActivityDefinition,
  ActivityFunction,
  ActivityLike,
  ActivityToRegister,
  DurableTask,
  OrchestrationContext,
  Orchestrator,
  OrchestratorDefinition,
  OrchestratorFunction,
  OrchestratorLike,
  OrchestratorToRegister,
} from './define/index.ts';
export { NonDurableAwaitError, NonRetriableError, SerializationError, TaskFailedError } from './values/index.ts';
export type { ErrorType, FailureDetails } from './values/index.ts';
export { OperationalError } from '../schemas/index.ts';
