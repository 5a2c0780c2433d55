/** Broker, worker and driver (this process), each a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type LocalKafka } from '../../deploy/kafka-local/index.ts';
import { partitionsDefault } from '../../schemas/index.ts';
import type { DurableClient } from '../../sdk/client/index.ts';
import { loadClient, loadKafka, type CodeKind } from './code.ts';
import { javaDescendants } from './processes.ts';
import type { Ground, Processes, Restart, System } from './system.ts';
import { WorkerChild } from './worker-child.ts';
import type { WorkerOrder } from './worker-process.ts';

/** @param brokers an existing cluster; default: the one `KAFKA_BROKERS` names, else one is started */
export async function kafkaGround(code: CodeKind, brokers: string | undefined): Promise<Ground> {
  const [{ createTopics }, { createClient }] = await Promise.all([loadKafka(code), loadClient(code)]);
  const broker: Pick<LocalKafka, 'bootstrap' | 'kind' | 'stop'> =
    brokers === undefined ? await startBroker() : { bootstrap: brokers, kind: 'existing', stop: () => Promise.resolve() };
  const server = broker.kind === 'processes' ? javaDescendants() : null;
  const dir = await mkdtemp(join(tmpdir(), 'perdure-bench-'));
  const name = `bench-${Date.now().toString(36)}`;
  let started = 0;
  return {
    start: async (partitions = partitionsDefault.kafka) => {
      const namespace = `${name}-${String(started++)}`;
      if (broker.kind === 'existing') process.stderr.write(`the topics ${namespace}.* stay on ${broker.bootstrap}\n`);
      const settings = { brokers: broker.bootstrap.split(','), namespace };
      await createTopics(settings, { partitions });
      const order = { code, brokers: broker.bootstrap, namespace, cacheDir: join(dir, namespace) };
      const { child } = await WorkerChild.start(order);
      try {
        return new KafkaSystem(await createClient(settings), child, { order, server, partitions });
      } catch (error) {
        await child.stop();
        throw error;
      }
    },
    close: async () => {
      await broker.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly order: WorkerOrder;
  readonly server: readonly number[] | null;
  readonly partitions: number;
}

class KafkaSystem implements System {
  readonly client: DurableClient;
  readonly failed: Promise<never>;
  private readonly place: Place;
  private child: WorkerChild;
  private fail: (error: unknown) => void = () => undefined;

  constructor(client: DurableClient, child: WorkerChild, place: Place) {
    this.client = client;
    this.child = child;
    this.place = place;
    this.failed = new Promise<never>((_resolve, reject) => (this.fail = reject));
    this.failed.catch(() => undefined);
    this.watch();
  }

  get partitions(): number {
    return this.place.partitions;
  }

  get processes(): Processes {
    return { server: this.place.server, worker: [this.child.pid] };
  }

  async restartWithoutCache(): Promise<Restart> {
    await this.child.stop();
    await rm(this.place.order.cacheDir, { recursive: true });
    const { child, restart } = await WorkerChild.start(this.place.order);
    this.child = child;
    this.watch();
    return restart;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.child.stop();
  }

  private watch(): void {
    this.child.failed.catch((error: unknown) => {
      this.fail(error);
    });
  }
}
