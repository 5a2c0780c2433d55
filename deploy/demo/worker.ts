/** One worker process of `npm run demo:kafka`. Arguments: brokers, namespace, cache directory. Prints its API's URL when it has joined. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineActivity } from '../../sdk/index.ts';
import { backup, digestFile, hello, helloSequence, listFiles, type FileDigest } from '../../sdk/samples/index.ts';
import { createWorker } from '../../sdk/worker/index.ts';

const [brokers = '', namespace = '', cacheDir = ''] = process.argv.slice(2);

/** The sample's digest, slowed down so that there is a half-way at which the worker can be killed. */
const slowDigest = defineActivity(
  'digestFile',
  async (ctx, file: { readonly root: string; readonly path: string }): Promise<FileDigest | null> => {
    await sleep(100);
    return await digestFile.fn(ctx, file);
  },
  { concurrency: 8 },
);

const worker = await createWorker({
  brokers,
  namespace,
  cacheDir,
  orchestrators: [helloSequence, backup],
  activities: [hello, listFiles, slowDigest],
  api: { port: 0 },
});
process.stdout.write(`${worker.apiUrl ?? ''}\n`);
process.once('SIGTERM', () => void worker.stop());
await worker.stopped;
