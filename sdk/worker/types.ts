import type { LogLevel, LogSink } from '../../partition-worker/index.ts';
import type { DurableClient } from '../client/index.ts';
import type { ActivityToRegister, OrchestratorToRegister } from '../define/index.ts';
import type { DataConverter } from '../values/index.ts';

export interface WorkerSettings {
  readonly orchestrators: readonly OrchestratorToRegister[];
  readonly activities: readonly ActivityToRegister[];
  /** The HTTP API: `{ port: 0 }` takes any free port, `host` is 127.0.0.1 by default (it has no authentication). Default: none. */
  readonly api?: { readonly port: number; readonly host?: string } | false;
  readonly concurrency?: {
    /** Local activities running at once. Default 100; an activity's own `concurrency` bounds it further. */
    readonly activities?: number;
  };
  readonly limits?: {
    /** Events in one execution's history; one more fails the instance as `HistoryTooLarge`. From 1 to 1,000,000, default 50,000. */
    readonly historyEvents?: number;
  };
  readonly versioning?: {
    /** The version of sub-orchestrations whose call names none. Default: none. */
    readonly defaultVersion?: string;
  };
  /**
   * What becomes of an instance whose code does not do what its history says, awaits something that does not come from `ctx`, or is not
   * registered here. `stall` (default): it is held as it is, its state says why, and a worker with other code goes on with it. `fail`:
   * it fails.
   */
  readonly onCodeFault?: 'stall' | 'fail';
  /**
   * Looks out for calls in orchestrators that a replay would answer otherwise (`Date.now`, `Math.random`, `setTimeout`, `fetch`, …):
   * `throw` makes them throw `NonDeterministicCallError`, `warn` logs them, `off` (default) patches nothing. For the whole process.
   */
  readonly guards?: 'throw' | 'warn' | 'off';
  /** How values become JSON text and back, in orchestrators, activities and `client()`. All programs of a deployment use the same. Default: JSON. */
  readonly dataConverter?: DataConverter;
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
