/** `perdure/testing`: runs orchestrations in memory, for tests of one's own code. */
export { createTestEnvironment, type TestEnvironment, type TestEnvironmentOptions } from './environment.ts';
