/** The door of `sdk/context`: durable tasks as promises, and the context an orchestrator calls. */
export { createContext, type LogLevel, type NextGeneration, type Turns } from './context.ts';
export type { Call, EventToSend, EventToWaitFor, Start } from './calls.ts';
export { isWaitTask, openTask, type Task, type TaskKind, type TaskOwner } from './task.ts';
export { retryDelayMs, type Retry } from './retry.ts';
export { seededGuids, seededRandom } from './identity.ts';
