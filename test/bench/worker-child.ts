import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Restart } from './system.ts';
import type { ReadyMessage, WorkerOrder } from './worker-process.ts';

/** A worker hands over in a second or two; then it is forced. */
const stopWithinMs = 15_000;

/** The driver's side of a worker process. */
export class WorkerChild {
  /** Rejects when it ends without having been told to. */
  readonly failed: Promise<never>;
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private stopping = false;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    this.failed = new Promise<never>((_resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (!this.stopping) reject(new Error(`the worker process ended by itself (${signal ?? `code ${String(code)}`})`));
      });
    });
    this.failed.catch(() => undefined);
  }

  /** Resolves when all its partitions are active. */
  static async start(order: WorkerOrder): Promise<{ child: WorkerChild; restart: Restart }> {
    const startedAtMs = performance.now();
    const script = fileURLToPath(new URL('worker-process.ts', import.meta.url));
    const spawned = spawn(process.execPath, [...inspection(), '--import', 'tsx', script, JSON.stringify(order)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const child = new WorkerChild(spawned);
    // Its only message, and it is ours.
    const [{ readyMs }] = (await Promise.race([once(spawned, 'message'), child.failed])) as [ReadyMessage];
    return { child, restart: { readyMs, processMs: performance.now() - startedAtMs } };
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.connected) this.child.disconnect();
    const force = setTimeout(() => this.child.kill('SIGKILL'), stopWithinMs);
    await this.ended;
    clearTimeout(force);
  }
}

/** `BENCH_WORKER_NODE_OPTIONS="--cpu-prof"` profiles the worker alone. */
function inspection(): string[] {
  return process.env['BENCH_WORKER_NODE_OPTIONS']?.split(' ') ?? [];
}
