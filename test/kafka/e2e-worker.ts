/** One worker process of the end-to-end tests. Its settings are the one argument, as JSON; it prints its API's URL when it has joined. */
import { createWorker } from '../../sdk/worker/index.ts';
import { programs } from './e2e-programs.ts';
import type { WorkerSettings } from './processes.ts';

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const where =
  settings.dataDir === undefined
    ? {
        brokers: settings.brokers,
        namespace: settings.namespace,
        cacheDir: settings.cacheDir,
        sessionTimeoutMs: settings.sessionTimeoutMs ?? 3_000,
      }
    : { dataDir: settings.dataDir };
const worker = await createWorker({ ...where, ...programs(settings.journal, settings.withLatecomer === true), api: { port: 0 } });
process.stdout.write(`${worker.apiUrl ?? ''}\n`);
process.once('SIGTERM', () => void worker.stop());
await worker.stopped;
