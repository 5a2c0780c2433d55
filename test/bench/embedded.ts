/** Worker and client in this process, on the embedded log in a temporary directory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partitionsDefault } from '../../schemas/index.ts';
import type { DurableClient } from '../../sdk/client/index.ts';
import type { Worker } from '../../sdk/worker/index.ts';
import { loadWorker, type CodeKind } from './code.ts';
import { activities, orchestrators } from './programs.ts';
import { untilReady } from './ready.ts';
import type { Ground, System } from './system.ts';

type CreateWorker = Awaited<ReturnType<typeof loadWorker>>['createWorker'];

export async function embeddedGround(code: CodeKind): Promise<Ground> {
  const { createWorker } = await loadWorker(code);
  const dir = await mkdtemp(join(tmpdir(), 'perdure-bench-'));
  let started = 0;
  return {
    start: (partitions = partitionsDefault.embedded) => EmbeddedSystem.start(createWorker, join(dir, String(started++)), partitions),
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

class EmbeddedSystem implements System {
  readonly processes = { server: [], worker: [process.pid] } as const;
  readonly failed: Promise<never>;
  readonly partitions: number;
  private readonly createWorker: CreateWorker;
  private readonly dataDir: string;
  private worker: Worker;
  private current: DurableClient;
  private fail: (error: unknown) => void = () => undefined;

  private constructor(createWorker: CreateWorker, dataDir: string, partitions: number, worker: Worker) {
    this.createWorker = createWorker;
    this.dataDir = dataDir;
    this.partitions = partitions;
    this.worker = worker;
    this.current = worker.client();
    this.failed = new Promise<never>((_resolve, reject) => (this.fail = reject));
    this.failed.catch(() => undefined);
    this.watch();
  }

  static async start(createWorker: CreateWorker, dataDir: string, partitions: number): Promise<System> {
    return new EmbeddedSystem(createWorker, dataDir, partitions, await createWorker(optionsOf(dataDir, partitions)));
  }

  get client(): DurableClient {
    return this.current;
  }

  async restartWithoutCache(): Promise<{ readyMs: number; processMs: null }> {
    await this.stop();
    await rm(join(this.dataDir, 'cache'), { recursive: true });
    const startedAtMs = performance.now();
    this.worker = await this.createWorker({ ...optionsOf(this.dataDir, this.partitions), api: { port: 0 } });
    await untilReady(this.worker.apiUrl ?? '');
    const readyMs = performance.now() - startedAtMs;
    this.current = this.worker.client();
    this.watch();
    return { readyMs, processMs: null };
  }

  async stop(): Promise<void> {
    await this.current.close();
    await this.worker.stop();
  }

  private watch(): void {
    this.worker.stopped.catch((error: unknown) => {
      this.fail(error);
    });
  }
}

function optionsOf(
  dataDir: string,
  partitions: number,
): { dataDir: string; partitions: number; orchestrators: typeof orchestrators; activities: typeof activities; log: 'warn' } {
  return { dataDir, partitions, orchestrators, activities, log: 'warn' };
}
