/**
 * `npm run demo:kafka`: a real broker, two worker processes, both samples; half-way through the backup the owner of its partition is
 * killed with SIGKILL, and the other worker completes it from the log.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectKafkaClient, createTopics } from '../../engine/log/kafka/index.ts';
import { partitionOf } from '../../schemas/index.ts';
import { createClient, type DurableClient } from '../../sdk/client/index.ts';
import { backup, helloSequence } from '../../sdk/samples/index.ts';
import { startBroker } from '../kafka-local/index.ts';
import { manifestText, milliseconds, runDemo, say } from './report.ts';

const partitions = 8;

interface WorkerProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly apiUrl: string;
}

async function startWorker(name: string, brokers: string, namespace: string, dir: string): Promise<WorkerProcess> {
  const script = fileURLToPath(new URL('worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, brokers, namespace, join(dir, `cache-${name}`)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.pipe(createWriteStream(join(dir, `worker-${name}.log`)));
  const apiUrl = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => {
      reject(new Error(`worker ${name} ended with code ${String(code)}; see ${join(dir, `worker-${name}.log`)}`));
    });
  });
  say('worker', `${name}: pid ${String(child.pid)}, API ${apiUrl}`);
  return { name, child, apiUrl };
}

await runDemo(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'perdure-demo-'));
  const namespace = 'demo';
  say('log', 'starting a Kafka broker (the first time its jars are fetched)');
  const broker = await startBroker({ dir: join(dir, 'kafka') });
  const workers: WorkerProcess[] = [];
  try {
    const settings = { brokers: broker.bootstrap.split(','), namespace };
    await createTopics(settings, { partitions });
    say('', `Kafka at ${broker.bootstrap}, ${String(partitions)} partitions`);
    for (const name of ['A', 'B']) workers.push(await startWorker(name, broker.bootstrap, namespace, dir));
    const client = await createClient(settings);
    try {
      await runBoth(client, settings, workers);
    } finally {
      await client.close();
    }
  } finally {
    for (const { child } of workers) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await Promise.all(workers.map((worker) => exited(worker.child)));
    await broker.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

async function runBoth(
  client: DurableClient,
  settings: { brokers: string[]; namespace: string },
  workers: readonly WorkerProcess[],
): Promise<void> {
  const greeting = await client.scheduleNewOrchestration(helloSequence);
  say('hello', JSON.stringify(await greeting.result()));

  const root = process.cwd();
  const saved = await client.scheduleNewOrchestration(backup, { root });
  const partition = partitionOf(saved.instanceId, partitions);
  const { owner, events } = await halfWay(client, settings, workers, saved.instanceId, partition);
  say('backup', `runs on worker ${owner.name}, partition ${String(partition)}, ${String(events)} events recorded`);
  owner.child.kill('SIGKILL');
  const killedAtMs = performance.now();
  say('kill -9', `worker ${owner.name}, pid ${String(owner.child.pid)}`);
  const survivor = workers.find((worker) => worker !== owner);
  let recorded = events;
  while (recorded <= events) {
    await sleep(20);
    recorded = (await client.getOrchestrationState(saved))?.historyLength ?? 0;
  }
  say(
    'takeover',
    `worker ${survivor?.name ?? ''} went on after ${milliseconds(performance.now() - killedAtMs)} (Kafka notices a dead member after its session timeout, 6 s)`,
  );
  say('backup', manifestText(await saved.result()));
  await checkResults(client, saved.instanceId);
}

/** Waits until about half of the files have a result, and finds who runs them. */
async function halfWay(
  client: DurableClient,
  settings: { brokers: string[]; namespace: string },
  workers: readonly WorkerProcess[],
  instanceId: string,
  partition: number,
): Promise<{ owner: WorkerProcess; events: number }> {
  const kafka = await connectKafkaClient(settings);
  try {
    for (;;) {
      const { scheduled, finished, events } = await count(client, instanceId);
      if (scheduled > 1 && finished > scheduled / 2) {
        const member = (await kafka.members()).find((one) => one.partitions.includes(partition));
        const owner = workers.find((worker) => worker.apiUrl === member?.apiUrl);
        if (owner !== undefined) return { owner, events };
      }
      await sleep(20);
    }
  } finally {
    await kafka.close();
  }
}

async function count(client: DurableClient, instanceId: string): Promise<{ scheduled: number; finished: number; events: number }> {
  const counts = { scheduled: 0, finished: 0, events: 0 };
  for await (const event of client.getOrchestrationHistory(instanceId)) {
    counts.events++;
    if (event.number !== counts.events) throw new Error(`event ${String(counts.events)} is missing`);
    if (event.type === 'TaskScheduled') counts.scheduled++;
    if (event.type === 'TaskCompleted') counts.finished++;
  }
  return counts;
}

async function checkResults(client: DurableClient, instanceId: string): Promise<void> {
  const { scheduled, finished, events } = await count(client, instanceId);
  if (scheduled !== finished) throw new Error(`${String(scheduled)} activities were scheduled, ${String(finished)} have a result`);
  say('history', `${String(events)} events without a gap; ${String(scheduled)} activities, each with exactly one result`);
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
}
