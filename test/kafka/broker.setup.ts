import type { TestProject } from 'vitest/node';
import { startBroker } from '../../deploy/kafka-local/index.ts';

/** Starts one broker for all Kafka tests of a run. A run without a broker fails here; it never skips. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await startBroker();
  project.provide('brokers', broker.bootstrap);
  return () => broker.stop();
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The bootstrap addresses of the run's broker. */
    brokers: string;
  }
}
