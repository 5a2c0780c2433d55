/** The door of `sdk/define`: definitions as values, the types of user code, and the registry a worker serves from. */
export { defineActivity, defineEvent, defineOrchestrator, nameOf, tagList, versionOf, type Named } from './definitions.ts';
export { createRegistry, type ActivityToRun, type OrchestratorToRun, type Registry } from './registry.ts';
export { nameFault } from './names.ts';
export type {
  Activity,
  ActivityContext,
  ActivityDefinition,
  ActivityFunction,
  ActivityLike,
  ActivityToRegister,
  Arg,
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
} from './types.ts';
