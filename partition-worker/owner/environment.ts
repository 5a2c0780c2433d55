/** What an owner needs from outside, the same for every partition of a worker. */
import type { Log } from '../../engine/log/index.ts';
import type { Program } from '../../engine/program/index.ts';
import type { StoreProvider } from '../../engine/state/index.ts';
import type { ActivityDispatch } from '../dispatch/index.ts';
import type { Runtime } from '../runtime.ts';

export interface OwnerEnvironment {
  readonly log: Log;
  readonly stores: StoreProvider;
  readonly program: Program;
  readonly activities: ActivityDispatch;
  readonly runtime: Runtime;
  /** For people: in claims and log lines. */
  readonly workerName: string;
  /** The name of the commands topic, for dead letters. */
  readonly commandsTopic: string;
  /** Half of the log's `delete.retention.ms` (L9). */
  readonly cacheAgeMaxMs: number;
  /** Without a heartbeat for so long, reads are refused (SEMANTICS R5). `Infinity` where nobody else can own the partition. */
  readonly leaseMs: number;
  readonly hotInstancesMax: number;
  /** Events after which an execution fails unless it continues as new. Default 50,000. */
  readonly historyEventsMax?: number;
  /** Bytes of cache rows gathered before they are written on. Default 1 MiB. */
  readonly cacheGatheredBytesMax?: number;
  /** The most bytes of one history batch; a larger commit is split (L3). Default: what the log takes. */
  readonly commitBytesMax?: number;
  /** Consumed commands before the log is told it may delete them. Default 5,000. */
  readonly trimEveryCommands?: number;
}
