import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../deploy/kafka-local/ports.ts';
import { type LocalKafka, startBroker } from '../../deploy/kafka-local/index.ts';
import {
  checkTopics,
  connectKafkaClient,
  connectKafkaLog,
  createTopics,
  type KafkaLogSettings,
  type KafkaSettings,
} from '../../engine/log/kafka/index.ts';
import type { AppendOutcome, Log, PartitionLog } from '../../engine/log/index.ts';
import { topicNames } from '../../schemas/index.ts';
import { GroupProbe } from '../contract/log/world.ts';
import { freshNamespace } from './broker.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { readTopic } from './topic.ts';

/** One proxied broker for the file: what goes wrong on the way is made here, on the wire. */
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

async function withLog(use: (log: Log, settings: KafkaSettings) => Promise<void>, own: Partial<KafkaLogSettings> = {}): Promise<void> {
  const settings = { brokers: bootstrap, namespace: freshNamespace() };
  await createTopics(settings, { partitions: 2 });
  const { log } = await connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] }, appendDeadlineMs: 1500, ...own });
  try {
    await use(log, settings);
  } finally {
    proxy.mode = 'pass';
    proxy.release();
    await log.close();
  }
}

const append = (log: PartitionLog, ...keys: readonly string[]): Promise<AppendOutcome> =>
  log.append(keys.map((key) => ({ key, value: Buffer.from(key) })));

/** The keys of a history partition, the namespace record left out. */
async function keysIn({ brokers, namespace }: KafkaSettings, partition = 0): Promise<(readonly [number, string | null])[]> {
  const records = await readTopic(brokers, topicNames(namespace).history);
  return records.filter((record) => record.partition === partition && record.offset > 0).map(({ offset, key }) => [offset, key]);
}

test('[L5] after a lost answer the append is unknown, and no later append is answered with the offset of another', async () => {
  await withLog(async (log, settings) => {
    const partition = log.open(0);
    expect(await append(partition, 'a')).toEqual({ kind: 'acked', base: 1 });
    proxy.mode = 'swallow';
    expect((await append(partition, 'b')).kind).toBe('unknown');
    proxy.mode = 'pass';
    // A used producer would be answered with offset 2 for c, and c would not be in the log.
    expect(await append(partition, 'c')).toEqual({ kind: 'acked', base: 3 });
    expect(await append(partition, 'd')).toEqual({ kind: 'acked', base: 4 });
    expect(await append(partition, 'e', 'f')).toEqual({ kind: 'acked', base: 5 });
    expect(await keysIn(settings)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((key, at) => [at + 1, key]));
    partition.close();
  });
});

test('[P4] an append that was on its way when it was given up may land later, and is not answered', async () => {
  await withLog(async (log, settings) => {
    const partition = log.open(0);
    expect(await append(partition, 'a')).toEqual({ kind: 'acked', base: 1 });
    proxy.mode = 'hold';
    expect((await append(partition, 'late')).kind).toBe('unknown');
    proxy.mode = 'pass';
    expect(await append(partition, 'b')).toEqual({ kind: 'acked', base: 2 });
    proxy.release();
    await expect
      .poll(() => keysIn(settings))
      .toEqual([
        [1, 'a'],
        [2, 'b'],
        [3, 'late'],
      ]);
    expect(await append(partition, 'c')).toEqual({ kind: 'acked', base: 4 });
    partition.close();
  });
});

test('[P1] answers cut on the way: every acked batch stands once, at its offset', async () => {
  await withLog(
    async (log, settings) => {
      const partition = log.open(0);
      const acked: (readonly [number, string])[] = [];
      for (let n = 0; n < 120; n++) {
        if (n % 3 === 1) proxy.cutAtAnswer = 1;
        const outcome = await append(partition, `k${String(n)}`);
        expect(outcome.kind).toBe('acked');
        if (outcome.kind === 'acked') acked.push([outcome.base, `k${String(n)}`]);
      }
      expect(proxy.cuts).toBeGreaterThan(20);
      expect(await keysIn(settings)).toEqual(acked);
      partition.close();
    },
    { appendDeadlineMs: 12_000 },
  );
});

test('two appends at once to one partition are refused, because an idempotent KafkaJS producer loses records then', async () => {
  await withLog(async (log) => {
    const partition = log.open(0);
    const first = append(partition, 'a');
    await expect(append(partition, 'b')).rejects.toMatchObject({ code: 'APPEND_OVERLAPS' });
    expect((await first).kind).toBe('acked');
    partition.close();
  });
});

test('an append while no broker can be reached is unknown by its deadline, and works again when one is back', async () => {
  await withLog(async (log) => {
    const partition = log.open(0);
    expect((await append(partition, 'a')).kind).toBe('acked');
    proxy.mode = 'hold';
    const startedMs = performance.now();
    expect((await append(partition, 'b')).kind).toBe('unknown');
    expect(performance.now() - startedMs).toBeLessThan(4000);
    proxy.mode = 'pass';
    expect((await append(partition, 'c')).kind).toBe('acked');
    partition.close();
  });
});

test('[P3] a tenure after another on the same partition gets a producer with the right offsets', async () => {
  await withLog(async (log, settings) => {
    for (let tenure = 0; tenure < 4; tenure++) {
      const [own, other] = [log.open(0), log.open(1)];
      expect(await append(own, `own${String(tenure)}`)).toEqual({ kind: 'acked', base: 1 + tenure });
      expect(await append(other, `other${String(tenure)}`)).toEqual({ kind: 'acked', base: 1 + tenure });
      own.close();
      other.close();
    }
    expect((await keysIn(settings, 1)).map(([, key]) => key)).toEqual(['other0', 'other1', 'other2', 'other3']);
  });
});

test('a command whose answer is lost until its deadline ends as OUTCOME_UNKNOWN', async () => {
  await withLog(async (_, settings) => {
    const client = await connectKafkaClient({ ...settings, sendDeadlineMs: 1500 });
    const send = (): Promise<number> => client.sink.send(0, [{ key: 'k', value: Buffer.from('v') }]);
    await send();
    proxy.mode = 'swallow';
    await expect(send()).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      retryable: true,
    });
    proxy.mode = 'pass';
    await client.close();
  });
});

test('a command that was written when its broker went away is of unknown outcome, though nobody can be reached after', async () => {
  await withLog(async (_, settings) => {
    const client = await connectKafkaClient({ ...settings, sendDeadlineMs: 300 });
    const send = (): Promise<number> => client.sink.send(0, [{ key: 'k', value: Buffer.from('v') }]);
    await send();
    proxy.vanishAtAnswer = true;
    try {
      await expect(send()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      // And one that never was written says so.
      await expect(send()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
    } finally {
      await proxy.comeBack();
    }
    expect((await readTopic(settings.brokers, topicNames(settings.namespace).commands)).length).toBe(2);
    await client.close();
  });
});

test('[P7] a sign of membership is at least as old as the request that brought it', async () => {
  const settings = { brokers: bootstrap, namespace: freshNamespace() };
  await createTopics(settings, { partitions: 2 });
  const { log, group } = await connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] } });
  const probe = new GroupProbe();
  const { ages } = probe;
  await group.join(probe);
  proxy.answerDelayMs = 700;
  // One request was on its way already.
  const heard = ages.length;
  await probe.until(() => ages.length > heard + 2);
  expect(Math.min(...ages.slice(heard + 1))).toBeGreaterThan(690);
  proxy.answerDelayMs = 0;
  await probe.until(() => (ages.at(-1) ?? Infinity) < 690);
  await group.leave();
  await log.close();
});

test('a check reads the first record of a partition, not the partition', async () => {
  await withLog(async (log, settings) => {
    const partition = log.open(0);
    for (let n = 0; n < 8; n++)
      expect((await partition.append([{ key: `k${String(n)}`, value: Buffer.alloc(512 << 10) }])).kind).toBe('acked');
    const before = proxy.answeredBytes;
    expect(await checkTopics(settings)).toEqual([]);
    expect(proxy.answeredBytes - before).toBeLessThan(1 << 20);
    partition.close();
  });
});
