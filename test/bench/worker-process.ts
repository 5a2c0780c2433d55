/** The worker of a Kafka run. Its argument is a WorkerOrder; it tells when it is ready, and ends with the driver at the latest. */
import { loadWorker, type CodeKind } from './code.ts';
import { activities, orchestrators } from './programs.ts';
import { untilReady } from './ready.ts';

export interface WorkerOrder {
  readonly code: CodeKind;
  readonly brokers: string;
  readonly namespace: string;
  readonly cacheDir: string;
}

export interface ReadyMessage {
  readonly readyMs: number;
}

// Ctrl-C reaches the whole process group: the driver ends us in order.
process.on('SIGINT', () => undefined);
const driverGone = new Promise<void>((resolve) => process.once('disconnect', resolve));

// The driver wrote it.
const { code, ...where } = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
try {
  const { createWorker } = await loadWorker(code);
  const startedAtMs = performance.now();
  const worker = await createWorker({ ...where, orchestrators, activities, api: { port: 0 }, log: 'warn' });
  try {
    await Promise.race([untilReady(worker.apiUrl ?? ''), driverGone]);
    process.send?.({ readyMs: performance.now() - startedAtMs } satisfies ReadyMessage);
    await Promise.race([driverGone, worker.stopped]);
  } finally {
    await worker.stop();
  }
  process.exit(0);
} catch (error) {
  process.stderr.write(`worker process: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
