import { OperationalError, type WorkerReads } from '../../schemas/index.ts';
import { CommandBatcher, type CommandSink } from '../../engine/log/index.ts';
import { createMemoryBroker, type MemoryBroker, type MemoryProcess } from '../../engine/log/memory/index.ts';
import { createMemoryStores } from '../../engine/state/index.ts';
import { createNodeRuntime, createPartitionWorker, type PartitionWorker } from '../../partition-worker/index.ts';
import { createInProcessClient, type DurableClient } from '../client/index.ts';
import type { ActivityToRegister, OrchestratorToRegister } from '../define/index.ts';
import { createActivityHost, createProgram } from '../replay/index.ts';

export interface TestEnvironmentOptions {
  readonly orchestrators: readonly OrchestratorToRegister[];
  readonly activities: readonly ActivityToRegister[];
}

export interface TestEnvironment {
  readonly client: DurableClient;
  /**
   * Kills the worker and starts another without a cache: every orchestration is replayed from the log, and activities that were
   * running run again. A test that passes with a crash in the middle shows that the code is deterministic where it must be.
   */
  crash(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Runs the real engine on a log in memory; nothing touches the disk or the network.
 *
 * @throws OperationalError `DUPLICATE_NAME`, `INVALID_NAME`
 *
 * @example
 * await using env = await createTestEnvironment({ orchestrators: [greet], activities: [hello] });
 * const handle = await env.client.scheduleNewOrchestration(greet, 'Tokyo');
 * expect(await handle.result()).toBe('Hello Tokyo!');
 */
export async function createTestEnvironment(options: TestEnvironmentOptions): Promise<TestEnvironment> {
  const broker = createMemoryBroker({ partitions: 1 });
  let generation = 0;
  const next = (): Promise<Running> => startWorker(broker, `worker ${String(++generation)}`, options);
  let running = await next();
  const sink: CommandSink = {
    partitions: broker.partitions,
    send: (partition, records) => orDeath(running, running.process.sink.send(partition, records)),
    close: () => Promise.resolve(),
  };
  const reads: WorkerReads = {
    answer: (...asked) => orDeath(running, running.worker.reads.answer(...asked)),
    state: (...asked) => orDeath(running, running.worker.reads.state(...asked)),
    history: (...asked) => orDeath(running, running.worker.reads.history(...asked)),
    wait: (...asked) => orDeath(running, running.worker.reads.wait(...asked)),
  };
  const stop = (): Promise<void> => running.worker.stop(0);
  return {
    client: createInProcessClient({ commands: new CommandBatcher(sink, { overloadedCode: 'CLIENT_OVERLOADED' }), reads }),
    async crash() {
      running.process.kill();
      running.die();
      running = await next();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Running {
  readonly process: MemoryProcess;
  readonly worker: PartitionWorker;
  /** Rejects when the process is killed. */
  readonly died: Promise<never>;
  die(): void;
}

/** A killed process answers nothing: whoever asked it must hear of its death, and asks the next. */
function orDeath<T>(running: Running, answer: Promise<T>): Promise<T> {
  return Promise.race([answer, running.died]);
}

async function startWorker(broker: MemoryBroker, name: string, options: TestEnvironmentOptions): Promise<Running> {
  const process = broker.connect(name);
  const worker = createPartitionWorker({
    log: process.log,
    group: process.group,
    stores: createMemoryStores(),
    runtime: createNodeRuntime(() => undefined),
    program: createProgram({ orchestrators: options.orchestrators }),
    activityHost: createActivityHost({ activities: options.activities }),
    workerName: name,
    commandsTopic: 'commands',
    cacheAgeMaxMs: Infinity,
    leaseMs: Infinity,
    onFailed: () => undefined,
  });
  let die: () => void = () => undefined;
  const died = new Promise<never>((_resolve, reject) => {
    die = () => {
      reject(new OperationalError('UNAVAILABLE', 'the worker was killed', { retryable: true }));
    };
  });
  died.catch(() => undefined);
  await worker.start();
  return { process, worker, died, die };
}
