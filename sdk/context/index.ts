/** The door of `sdk/context`: durable tasks as promises, and the context an orchestrator calls. */
export { createContext, type Turns } from './context.ts';
export { openTask, type Awaits, type OpenTask } from './task.ts';
export { seededGuids, seededRandom } from './identity.ts';
