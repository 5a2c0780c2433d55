/** What the workloads run on: a log, a worker and a client. */
import type { DurableClient } from '../../sdk/client/index.ts';

/** Where systems are started: the broker, or the folder of the embedded logs. */
export interface Ground {
  /** Starts a system with a log of its own. Default partitions: what a namespace has by default. */
  start(partitions: number | undefined): Promise<System>;
  close(): Promise<void>;
}

export interface System {
  /** One of before a restart may not outlive it. */
  readonly client: DurableClient;
  readonly partitions: number;
  /** Rejects when the worker ends by itself. */
  readonly failed: Promise<never>;
  readonly processes: Processes;
  /** Stops the worker, deletes its cache and starts it again; resolves when it is ready, with what that took. */
  restartWithoutCache(): Promise<Restart>;
  stop(): Promise<void>;
}

/** Process ids; `server` is null where the log's server cannot be seen, empty where there is none. */
export interface Processes {
  readonly server: readonly number[] | null;
  readonly worker: readonly number[];
}

export interface Restart {
  /** From the call of `createWorker` until every partition is active. */
  readonly readyMs: number;
  /** The same from the start of the process, where the worker has its own. */
  readonly processMs: number | null;
}
