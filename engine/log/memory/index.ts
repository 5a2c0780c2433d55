export { createMemoryBroker, type MemoryBroker, type MemoryBrokerOptions, type TopicView } from './broker.ts';
export {
  soundHooks,
  type AppendAttempt,
  type AppendFate,
  type MemoryHooks,
  type SendAttempt,
  type SendFate,
  type Step,
  type StepKind,
} from './hooks.ts';
export { type MemoryProcess, type ProcessOptions } from './process.ts';
export { type TopicRecord } from './topic.ts';
