/** `npm run demo`: both sample orchestrations in one process, without a broker. The data lives in a temporary directory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, digestFile, hello, helloSequence, listFiles } from '../../sdk/samples/index.ts';
import { createWorker } from '../../sdk/worker/index.ts';
import { manifestText, milliseconds, runDemo, say } from './report.ts';

await runDemo(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'perdure-demo-'));
  try {
    await using worker = await createWorker({
      dataDir,
      orchestrators: [helloSequence, backup],
      activities: [hello, listFiles, digestFile],
      log: 'warn',
    });
    const client = worker.client();
    say('log', `embedded, in ${dataDir}`);

    const greetedAtMs = performance.now();
    const greeting = await client.scheduleNewOrchestration(helloSequence);
    say('hello', JSON.stringify(await greeting.result()));
    say('', `3 activities, one after the other, in ${milliseconds(performance.now() - greetedAtMs)}`);

    const startedAtMs = performance.now();
    const saved = await client.scheduleNewOrchestration(backup, { root: process.cwd() });
    say('backup', manifestText(await saved.result()));
    const events = (await client.getOrchestrationState(saved))?.historyLength ?? 0;
    say('', `one activity a file, all at once, ${String(events)} events of history, in ${milliseconds(performance.now() - startedAtMs)}`);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
