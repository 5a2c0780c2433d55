/** Where every rule is to hold. */
import { createTestEnvironment, type TestEnvironment, type TestEnvironmentOptions } from '../../sdk/testing/index.ts';

export interface Room {
  readonly name: string;
  readonly settings: Omit<TestEnvironmentOptions, 'orchestrators' | 'activities'>;
}

/** With room for everything, and with room for one: then each turn is a replay, and each state is read from the cache. */
export const rooms: readonly Room[] = [
  { name: 'room for all', settings: {} },
  { name: 'room for one', settings: { hotRunsMax: 1, hotInstancesMax: 1 } },
];

/** The embedded log and cache, two partitions. */
export function openRoom(room: Room, options: TestEnvironmentOptions): Promise<TestEnvironment> {
  return createTestEnvironment({ log: 'embedded', partitions: 2, ...room.settings, ...options });
}
