/** A namespace of its own, worker processes on it, and a client: what each end-to-end test works with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { connectKafkaClient, createTopics, type KafkaClient, type TopicPlan } from '../../engine/log/kafka/index.ts';
import { partitionOf } from '../../schemas/index.ts';
import { createClient, type DurableClient } from '../../sdk/client/index.ts';
import { freshNamespace } from './broker.ts';
import { WorkerProcesses, type WorkerProcess } from './processes.ts';

export interface DeploymentOptions {
  readonly brokers: readonly string[];
  readonly partitions: number;
  /** Default 2,000 ms. */
  readonly sessionTimeoutMs?: number;
  readonly topics?: TopicPlan['settings'];
}

export interface StartOptions {
  readonly withLatecomer?: boolean;
  readonly sessionTimeoutMs?: number;
}

export class Deployment implements AsyncDisposable {
  readonly namespace: string;
  readonly dir: string;
  readonly journal: string;
  readonly client: DurableClient;
  readonly options: DeploymentOptions;
  private readonly kafka: KafkaClient;
  private readonly workers = new WorkerProcesses();

  constructor(parts: { namespace: string; dir: string; client: DurableClient; kafka: KafkaClient; options: DeploymentOptions }) {
    this.namespace = parts.namespace;
    this.dir = parts.dir;
    this.journal = join(parts.dir, 'journal');
    this.client = parts.client;
    this.kafka = parts.kafka;
    this.options = parts.options;
  }

  /** Starts a worker with the cache directory of that name; resolves when it has joined. */
  start(name: string, options: StartOptions = {}): Promise<WorkerProcess> {
    const { brokers, sessionTimeoutMs = 2_000 } = this.options;
    const { namespace, journal } = this;
    return this.workers.start({ brokers, namespace, cacheDir: this.cacheDir(name), journal, sessionTimeoutMs, ...options });
  }

  cacheDir(name: string): string {
    return join(this.dir, `cache-${name}`);
  }

  /** The partitions the group gives to a worker at the moment. */
  async partitionsOf(worker: WorkerProcess): Promise<readonly number[]> {
    const members = await this.kafka.members();
    return members.find((member) => member.apiUrl === worker.apiUrl)?.partitions ?? [];
  }

  /** Resolves when all partitions are dealt out among exactly these workers and each works what it has. */
  async settled(...workers: readonly WorkerProcess[]): Promise<void> {
    await vi.waitFor(
      async () => {
        const owned = (await Promise.all(workers.map((worker) => this.partitionsOf(worker)))).map((partitions) => partitions.length);
        const share = Math.floor(this.options.partitions / workers.length);
        if (owned.some((count) => count < share) || owned.reduce((sum, count) => sum + count, 0) !== this.options.partitions)
          throw new Error(`the workers own ${owned.join(', ')} of ${String(this.options.partitions)} partitions`);
        for (const worker of workers) {
          const ready = await fetch(`${worker.apiUrl}/v1/ready`);
          if (!ready.ok)
            throw new Error(`worker ${String(worker.pid)} is not ready: ${await (await fetch(`${worker.apiUrl}/v1/health`)).text()}`);
        }
      },
      { timeout: 45_000, interval: 50 },
    );
  }

  /** The first `count` ids `<prefix>-<n>` that live on one of `partitions`. */
  idsOn(partitions: readonly number[], prefix: string, count: number): string[] {
    const ids: string[] = [];
    for (let at = 0; ids.length < count; at++) {
      const id = `${prefix}-${String(at)}`;
      if (partitions.includes(partitionOf(id, this.options.partitions))) ids.push(id);
    }
    return ids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.kafka.close();
    await this.workers.end();
    await rm(this.dir, { recursive: true, force: true });
  }
}

export async function deploy(options: DeploymentOptions): Promise<Deployment> {
  const { brokers, partitions, topics } = options;
  const namespace = freshNamespace();
  const plan = { partitions, ...(topics === undefined ? {} : { settings: topics }) };
  const problems = await createTopics({ brokers, namespace }, plan);
  if (problems.length > 0) throw new Error(`topics as made are wrong: ${JSON.stringify(problems)}`);
  const dir = await mkdtemp(join(tmpdir(), 'perdure-e2e-'));
  await writeFile(join(dir, 'journal'), '');
  const client = await createClient({ brokers, namespace });
  const kafka = await connectKafkaClient({ brokers, namespace });
  return new Deployment({ namespace, dir, client, kafka, options });
}
