/** The door of `sdk/replay`: user code in this process as the engine's program and activity host. */
export { createProgram, hotRunsMaxDefault, type ProgramOptions } from './program.ts';
export { createActivityHost } from './activity-host.ts';
export { asOurCode, asUserCode, runningUserCode, type UserCode } from './user-code.ts';
export type { ProgramLog } from './run.ts';
