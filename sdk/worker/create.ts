import { OperationalError, partitionOf, type WorkerReads } from '../../schemas/index.ts';
import { createLevelStores } from '../../engine/state/index.ts';
import { createNodeRuntime, createPartitionWorker, jsonLogSink, type LogSink, type PartitionWorker } from '../../partition-worker/index.ts';
import type { ApiServer } from '../../partition-worker/api/index.ts';
import { createForwardingReads } from '../../partition-worker/cluster/index.ts';
import { createHttpReads, createInProcessClient, type DurableClient } from '../client/index.ts';
import { installGuards } from '../guards/index.ts';
import { createActivityHost, createProgram } from '../replay/index.ts';
import { openEmbedded, openKafka, type Backend, type Self } from './backends.ts';
import { LateApi } from './late-api.ts';
import { chargeRejections } from './rejections.ts';
import type { Worker, WorkerOptions } from './types.ts';

/** Half of the history topic's `delete.retention.ms` of 7 days (L9). */
const cacheAgeMaxMs = 3.5 * 24 * 3_600_000;
const stopGraceMsDefault = 500;

/**
 * Starts a worker: it owns partitions, runs their orchestrations and activities, and serves reads. Resolves when it has joined.
 *
 * @throws OperationalError `DUPLICATE_NAME`, `INVALID_NAME`, `LIMIT_INVALID`, `PORT_IN_USE`; embedded: `DATA_DIR_LOCKED`, `DATA_DIR_CORRUPT`,
 * `NAMESPACE_MISMATCH`; on Kafka: `BROKER_UNREACHABLE`, `TOPIC_MISSING`, `TOPIC_SETTING_WRONG`,
 * `TOPIC_PARTITIONS_DIFFER`, `NAMESPACE_MISMATCH`.
 *
 * @example
 * const hello = defineActivity('hello', (ctx, name: string) => `Hello ${name}!`);
 * const greet = defineOrchestrator('greet', async (ctx, name: string) => await ctx.callActivity(hello, name));
 * await using worker = await createWorker({ dataDir: './data', orchestrators: [greet], activities: [hello] });
 * const handle = await worker.client().scheduleNewOrchestration(greet, 'Tokyo');
 * console.log(await handle.result()); // Hello Tokyo!
 */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const log = sinkOf(options.log);
  const runtime = createNodeRuntime(log);
  const { historyEventsMax } = limitsOf(options);
  const converter = options.dataConverter === undefined ? {} : { dataConverter: options.dataConverter };
  const program = createProgram(programOptions(options, log));
  const activityHost = createActivityHost({ activities: options.activities, ...converter });
  const parts = new Parts(log);
  try {
    const late = new LateApi();
    const api = options.api === undefined || options.api === false ? undefined : await late.start(options.api, log);
    if (api !== undefined) parts.add(() => api.close());
    const self: Self = { apiUrl: api?.url ?? null, programs: program.programs };
    const backend = await openBackend(options, self, runtime.log);
    parts.add(() => backend.close());
    let failed: (error: Error) => void = () => undefined;
    const failure = new Promise<never>((_resolve, reject) => (failed = reject));
    const worker = createPartitionWorker({
      ...backend,
      runtime,
      stores: createLevelStores({ dir: backend.cacheDir }),
      program,
      activityHost,
      workerName: `${self.apiUrl ?? 'worker'} pid ${String(process.pid)}`,
      cacheAgeMaxMs,
      onFailed: (error) => {
        failed(error);
      },
      ...(options.concurrency?.activities === undefined ? {} : { activitiesRunningMax: options.concurrency.activities }),
      ...(historyEventsMax === undefined ? {} : { historyEventsMax }),
    });
    const reads = forwarding(worker, backend, parts);
    late.bind({ worker, reads, commands: backend.commands });
    parts.add(chargeRejections(log));
    parts.add(guarded(options, log));
    await worker.start();
    const graceMs = options.stopGraceMs ?? stopGraceMsDefault;
    const client = (): DurableClient => createInProcessClient({ commands: backend.commands, reads, ...converter });
    return assemble({ worker, client, api, parts, failure, graceMs });
  } catch (error) {
    await parts.close();
    throw error;
  }
}

function programOptions(options: WorkerOptions, log: LogSink): Parameters<typeof createProgram>[0] {
  const { orchestrators, onCodeFault = 'stall', versioning, dataConverter } = options;
  return {
    orchestrators,
    log,
    onCodeFault,
    ...(versioning?.defaultVersion === undefined ? {} : { defaultVersion: versioning.defaultVersion }),
    ...(dataConverter === undefined ? {} : { dataConverter }),
  };
}

function guarded({ guards = 'off' }: WorkerOptions, log: LogSink): () => void {
  return installGuards(guards, (error, { name, instanceId, executionId }) => {
    log('warn', 'nondeterministic call in an orchestrator', { name, instanceId, executionId, error });
  });
}

/** Beyond this a replay takes too long and too much memory to be of use. */
const historyEventsLimitMax = 1_000_000;

function limitsOf(options: WorkerOptions): { readonly historyEventsMax: number | undefined } {
  const historyEventsMax = options.limits?.historyEvents;
  if (historyEventsMax === undefined) return { historyEventsMax };
  if (Number.isSafeInteger(historyEventsMax) && historyEventsMax >= 1 && historyEventsMax <= historyEventsLimitMax)
    return { historyEventsMax };
  const message = `limits.historyEvents is a whole number from 1 to ${String(historyEventsLimitMax)}, not ${String(historyEventsMax)}`;
  throw new OperationalError('LIMIT_INVALID', message, { retryable: false, cure: 'correct it, or leave it out' });
}

async function openBackend(options: WorkerOptions, self: Self, events: Parameters<typeof openKafka>[2]): Promise<Backend> {
  return options.dataDir === undefined ? await openKafka(options, self, events) : await openEmbedded(options, self);
}

function forwarding(worker: PartitionWorker, backend: Backend, parts: Parts): WorkerReads {
  const reads = createForwardingReads({
    local: worker.reads,
    directory: backend.directory,
    peer: (apiUrl) => createHttpReads(apiUrl, { forwarded: true }),
    partitionOf: (instanceId) => partitionOf(instanceId, backend.log.partitions),
  });
  parts.add(() => {
    reads.close();
  });
  return reads;
}

interface Assembly {
  readonly worker: PartitionWorker;
  readonly client: () => DurableClient;
  readonly api: ApiServer | undefined;
  readonly parts: Parts;
  readonly failure: Promise<never>;
  readonly graceMs: number;
}

function assemble({ worker, client, api, parts, failure, graceMs }: Assembly): Worker {
  let stopping: Promise<void> | undefined;
  let ended: () => void = () => undefined;
  const stopped = Promise.race([failure, new Promise<void>((resolve) => (ended = resolve))]);
  stopped.catch(() => undefined);
  const stop = (): Promise<void> => {
    stopping ??= worker
      .stop(graceMs)
      .finally(() => parts.close())
      .then(ended);
    return stopping;
  };
  return {
    apiUrl: api?.url ?? null,
    client,
    stop,
    stopped,
    [Symbol.asyncDispose]: stop,
  };
}

/** What has been opened, to be closed in the opposite order. */
class Parts {
  private readonly closers: (() => void | Promise<void>)[] = [];
  private readonly log: LogSink;

  constructor(log: LogSink) {
    this.log = log;
  }

  add(close: () => void | Promise<void>): void {
    this.closers.push(close);
  }

  async close(): Promise<void> {
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.log('warn', 'a part did not close', { error });
      }
    }
  }
}

function sinkOf(log: WorkerOptions['log']): LogSink {
  if (log === 'silent') return () => undefined;
  return typeof log === 'function' ? log : jsonLogSink(log ?? 'info');
}
