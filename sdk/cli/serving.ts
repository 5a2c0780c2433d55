/** Keeps a worker running until somebody stops it. */
import type { Worker } from '../worker/index.ts';
import type { Terminal } from './terminal.ts';

/** Resolves when the worker has stopped after a signal; rejects when it ended by itself. */
export async function serve(worker: Worker, terminal: Terminal): Promise<void> {
  let stopping: Promise<void> | undefined;
  const forget = terminal.onStop(() => {
    terminal.err('stopping (again to end at once)\n');
    stopping ??= worker.stop();
    // Awaited below; the signal handler itself has nobody to tell.
    stopping.catch(() => undefined);
  });
  try {
    await worker.stopped;
    await stopping;
  } finally {
    forget();
    await worker.stop();
  }
}
