/**
 * The API server listens before there is a worker behind it, because the worker tells the group the server's address when it joins.
 * Until it is bound every request is answered `UNAVAILABLE`, and `ready` says no.
 */
import { OperationalError, type WorkerReads } from '../../schemas/index.ts';
import type { CommandBatcher } from '../../engine/log/index.ts';
import type { LogSink, PartitionWorker } from '../../partition-worker/index.ts';
import { startApiServer, type ApiServer, type HealthReport } from '../../partition-worker/api/index.ts';

interface Bound {
  readonly worker: PartitionWorker;
  /** Readings of any partition. */
  readonly reads: WorkerReads;
  readonly commands: CommandBatcher;
}

export class LateApi {
  private bound: Bound | undefined;

  bind(bound: Bound): void {
    this.bound = bound;
  }

  start(address: { readonly port: number; readonly host?: string }, log: LogSink): Promise<ApiServer> {
    const now = (): Bound => this.now();
    return startApiServer({
      ...address,
      local: lateReads(() => now().worker.reads),
      reads: lateReads(() => now().reads),
      commands: () => now().commands,
      health: () => this.health(),
      ready: () => this.bound?.worker.ready() ?? false,
      log: (level, event, fields) => {
        log(level, event, fields ?? {});
      },
    });
  }

  private now(): Bound {
    if (this.bound !== undefined) return this.bound;
    throw new OperationalError('UNAVAILABLE', 'the worker is starting', { retryable: true, cure: 'try again' });
  }

  private health(): HealthReport {
    const partitions = this.bound?.worker.report() ?? [];
    return { healthy: partitions.every((partition) => partition.phase !== 'broken'), details: { pid: process.pid, partitions } };
  }
}

function lateReads(reads: () => WorkerReads): WorkerReads {
  return {
    answer: async (...asked) => await reads().answer(...asked),
    state: async (...asked) => await reads().state(...asked),
    history: async (...asked) => await reads().history(...asked),
    wait: async (...asked) => await reads().wait(...asked),
  };
}
