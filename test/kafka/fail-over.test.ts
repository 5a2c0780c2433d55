import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalKafka, startBroker } from '../../deploy/kafka-local/index.ts';
import { connectKafkaClient, connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import { topicNames } from '../../schemas/index.ts';
import { CommandProbe, GroupProbe } from '../contract/log/world.ts';
import { freshNamespace } from './broker.ts';
import { readTopic } from './topic.ts';

const nodes = 3;
/** Several a broker, so that some change their leader together and others stay. */
const partitionCount = 6;
let cluster: LocalKafka;

beforeAll(async () => {
  cluster = await startBroker({ own: true, nodes });
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

test('with three brokers, killing one and then another costs time and nothing else', { timeout: 180_000 }, async () => {
  const settings = { brokers: cluster.bootstrap.split(','), namespace: freshNamespace() };
  expect(await createTopics(settings, { partitions: partitionCount })).toEqual([]);
  const { log, group } = await connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] } });
  const member = new GroupProbe();
  await group.join(member);
  const client = await connectKafkaClient(settings);
  const partitions = Array.from({ length: partitionCount }, (_, partition) => log.open(partition));
  const probes = partitions.map((partition) => {
    const probe = new CommandProbe();
    partition.consume(0, probe);
    return probe;
  });

  let running = true;
  const goesOn = (): boolean => running;
  const appends = partitions.map(async (partition) => {
    const acked: (readonly [number, string])[] = [];
    for (let n = 0; goesOn(); n++) {
      const outcome = await partition.append([{ key: String(n), value: Buffer.alloc(100) }]);
      if (outcome.kind === 'acked') acked.push([outcome.base, String(n)]);
    }
    return acked;
  });
  const sends = partitions.map(async ({ partition }) => {
    let sent = 0;
    for (; goesOn(); sent++) await client.sink.send(partition, [{ key: 'k', value: Buffer.from(String(sent)) }]);
    return sent;
  });
  const flowing = async (): Promise<void> => {
    const before = probes.map(({ received }) => received.length);
    await Promise.all(probes.map((probe, at) => probe.until(() => probe.received.length > (before[at] ?? 0) + 20)));
  };
  for (const node of [1, 2]) {
    await flowing();
    await cluster.kill(node);
    await flowing();
    await cluster.restart(node);
  }
  await flowing();
  running = false;
  const [acked, sent] = [await Promise.all(appends), await Promise.all(sends)];

  const stored = await readTopic(settings.brokers, topicNames(settings.namespace).history);
  for (const [partition, acks] of acked.entries()) {
    const own = stored.filter((record) => record.partition === partition);
    const places = new Map(own.map(({ offset, key }) => [offset, key]));
    // Acked or not, what was appended once stands there once.
    expect(new Set(places.values()).size).toBe(own.length);
    expect(acks.length).toBeGreaterThan(50);
    expect(acks.filter(([base, key]) => places.get(base) !== key)).toEqual([]);
  }
  for (const [partition, probe] of probes.entries()) {
    const last = String((sent[partition] ?? 0) - 1);
    await probe.until(() => probe.texts.includes(last));
    expect(probe.failures).toEqual([]);
    expect(probe.offsets).toEqual(probe.offsets.map((_, at) => at));
    expect(new Set(probe.texts).size).toBe(sent[partition]);
  }
  // One member alone keeps what it has, whatever happens to the group's coordinator.
  expect(member.calls).toEqual(partitions.map(({ partition }) => `assigned ${String(partition)}`));
  const alive = member.aliveCalls;
  await member.until(() => member.aliveCalls > alive + 3);
  await group.leave();
  await client.close();
  await log.close();
});
