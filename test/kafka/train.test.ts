import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../deploy/kafka-local/ports.ts';
import { type LocalKafka, startBroker } from '../../deploy/kafka-local/index.ts';
import { connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import type { AppendOutcome, PartitionLog } from '../../engine/log/index.ts';
import { topicNames } from '../../schemas/index.ts';
import { freshNamespace } from './broker.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { readTopic } from './topic.ts';

const partitionCount = 8;

let broker: LocalKafka;
let proxy: Proxy;
let bootstrap: string[];

beforeAll(async () => {
  const [port = 0, controllerPort = 0, proxyPort = 0] = await freePorts(3);
  proxy = await startProxy(proxyPort, port);
  broker = await startBroker({ own: true, port, controllerPort, advertisedPort: proxyPort });
  bootstrap = [`127.0.0.1:${String(proxyPort)}`];
}, 120_000);

afterAll(async () => {
  await proxy.close();
  await broker.stop();
});

/** A partition and what became of what was appended to it. */
class Writer {
  readonly acked: (readonly [number, string])[] = [];
  unknown = 0;
  onAcked = (): unknown => undefined;
  private readonly log: PartitionLog;
  private count = 0;

  constructor(log: PartitionLog) {
    this.log = log;
  }

  async append(value = Buffer.from('v')): Promise<AppendOutcome['kind']> {
    const key = `k${String(this.count++)}`;
    const outcome = await this.log.append([{ key, value }]);
    if (outcome.kind === 'acked') {
      this.acked.push([outcome.base, key]);
      this.onAcked();
    } else this.unknown++;
    return outcome.kind;
  }
}

/** `appendDeadlineMs` as given; every partition has appended what it needs to go by the train. Checks at the end that nothing is lost or doubled. */
async function withWriters(appendDeadlineMs: number, use: (writers: readonly Writer[]) => Promise<void>): Promise<void> {
  const settings = { brokers: bootstrap, namespace: freshNamespace() };
  await createTopics(settings, { partitions: partitionCount });
  const { log } = await connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] }, appendDeadlineMs });
  try {
    const writers = Array.from({ length: partitionCount }, (_, partition) => new Writer(log.open(partition)));
    await everyTime(20, writers);
    await use(writers);
    const stored = await readTopic(settings.brokers, topicNames(settings.namespace).history);
    for (const [partition, { acked, unknown }] of writers.entries()) {
      const own = stored.filter((record) => record.partition === partition && record.offset > 0);
      const places = new Map(own.map(({ offset, key }) => [offset, key]));
      expect(acked.filter(([base, key]) => places.get(base) !== key)).toEqual([]);
      expect(new Set(places.values()).size).toBe(own.length);
      expect(own.length).toBeLessThanOrEqual(acked.length + unknown);
    }
  } finally {
    proxy.mode = 'pass';
    proxy.cutAtAnswer = 0;
    proxy.release();
    await log.close();
  }
}

const everyTime = async (times: number, writers: readonly Writer[]): Promise<void> => {
  await Promise.all(
    writers.map(async (writer) => {
      for (let n = 0; n < times; n++) expect(await writer.append()).toBe('acked');
    }),
  );
};

test('[P2] partitions that append at once share requests, and each is acked at its own offset', async () => {
  await withWriters(12_000, async (writers) => {
    const before = proxy.produceRequests;
    await everyTime(50, writers);
    expect(proxy.produceRequests - before).toBeLessThan((50 * partitionCount) / 2);
  });
});

test('[P1] answers cut on the way: every acked batch stands once, at its offset, whoever was aboard', async () => {
  await withWriters(12_000, async (writers) => {
    const before = proxy.cuts;
    for (const writer of writers) writer.onAcked = () => (proxy.cutAtAnswer ||= 10);
    await everyTime(100, writers);
    proxy.cutAtAnswer = 0;
    expect(proxy.cuts - before).toBeGreaterThan(10);
    for (const { acked } of writers) expect(acked.map(([base]) => base)).toEqual(acked.map((_, at) => at + 1));
  });
});

test('[L5] a request that is never answered is unknown for all aboard, and each goes on from there', async () => {
  await withWriters(1500, async (writers) => {
    proxy.mode = 'swallow';
    expect(await Promise.all(writers.map((writer) => writer.append()))).toEqual(writers.map(() => 'unknown'));
    proxy.mode = 'pass';
    await everyTime(20, writers);
  });
});

test('[P4] a request that was given up on its way may land later, once', async () => {
  await withWriters(1500, async (writers) => {
    proxy.mode = 'hold';
    expect(await Promise.all(writers.map((writer) => writer.append()))).toEqual(writers.map(() => 'unknown'));
    proxy.mode = 'pass';
    await everyTime(5, writers);
    proxy.release();
    await everyTime(20, writers);
  });
});

test('what is large, and what no broker takes, goes alone: the others are acked meanwhile', async () => {
  await withWriters(12_000, async (writers) => {
    const sizes = [3 << 20, 5 << 20];
    const sending = Promise.all(writers.slice(0, sizes.length).map((writer, at) => writer.append(Buffer.alloc(sizes[at] ?? 0))));
    await everyTime(20, writers.slice(sizes.length));
    expect(await sending).toEqual(['acked', 'broken']);
    await everyTime(5, writers);
  });
});
