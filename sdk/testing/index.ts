/** `perdure/testing`: runs orchestrations under a virtual clock, for tests of one's own code. */
export {
  createTestEnvironment,
  type CrashOptions,
  type TestCode,
  type TestEnvironment,
  type TestEnvironmentOptions,
} from './environment.ts';
export type { Gate } from './activity-runs.ts';
export { NonDeterminismError, ReplayError, replayHistory, type ReplayOptions } from './replay-history.ts';
export type { RecordedHistory } from './recorded-history.ts';
