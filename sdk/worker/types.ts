import type { LogLevel, LogSink } from '../../partition-worker/index.ts';
import type { DurableClient } from '../client/index.ts';
import type { ActivityToRegister, OrchestratorToRegister } from '../define/index.ts';

export interface WorkerSettings {
  readonly orchestrators: readonly OrchestratorToRegister[];
  readonly activities: readonly ActivityToRegister[];
  /** The HTTP API: `{ port: 0 }` takes any free port, `host` is 127.0.0.1 by default (it has no authentication). Default: none. */
  readonly api?: { readonly port: number; readonly host?: string } | false;
  readonly concurrency?: {
    /** Local activities running at once. Default 100; an activity's own `concurrency` bounds it further. */
    readonly activities?: number;
  };
  /** Takes log lines, or the least level of the JSON lines on stderr. Default 'info'. */
  readonly log?: LogSink | LogLevel | 'silent';
  /** How long `stop` lets running activities finish; what does not is run again by the next owner. Default 500 ms. */
  readonly stopGraceMs?: number;
}

/** Everything in this process and one directory; no broker. */
export interface EmbeddedOptions extends WorkerSettings {
  /** Made when missing; one process at a time (`DATA_DIR_LOCKED`). */
  readonly dataDir: string;
  /** Fixed for the life of the directory. Default 4. */
  readonly partitions?: number;
  readonly brokers?: never;
}

/** One of the workers that share a namespace on Kafka. */
export interface KafkaOptions extends WorkerSettings {
  readonly brokers: string | readonly string[];
  readonly namespace: string;
  /** Where the state caches live, one directory a worker; safe to delete at any moment. Default `.perdure/<namespace>/cache`. */
  readonly cacheDir?: string;
  /** Kafka's group session timeout: how long a dead worker goes unnoticed. Default 6,000 ms. */
  readonly sessionTimeoutMs?: number;
  readonly dataDir?: never;
}

export type WorkerOptions = EmbeddedOptions | KafkaOptions;

export interface Worker {
  /** Base URL of its HTTP API, or null when it has none. */
  readonly apiUrl: string | null;
  /** A client in this process; closing it leaves the worker running. */
  client(): DurableClient;
  /** Hands over and ends: takes no more commands, commits what came in, gives activities their grace, leaves the group. */
  stop(): Promise<void>;
  /** Resolves when it has stopped; rejects when its membership ended by itself. */
  readonly stopped: Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
