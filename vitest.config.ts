import { existsSync } from 'node:fs';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Starts one broker for all Kafka tests of a run. */
const brokerSetup = './test/kafka/broker.setup.ts';

/** Groups run one after the other, so that what takes time from a broker's clients is never a property test on the same two cores. */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['unit', 'contract', 'architecture', 'replay', 'types', 'rules'].map((folder) => `test/${folder}/**/*.test.ts`),
          // Not a measure of anything: what runs in a second alone may need ten on a busy machine.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'kafka',
          include: ['test/kafka/**/*.test.ts'],
          fileParallelism: false,
          globalSetup: existsSync(brokerSetup) ? [brokerSetup] : [],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});

export default config;
