import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalKafka, startBroker } from '../../deploy/kafka-local/index.ts';
import { connectKafkaClient, connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import type { PartitionLog } from '../../engine/log/index.ts';
import { topicNames } from '../../schemas/index.ts';
import { CommandProbe } from '../contract/log/world.ts';
import { freshNamespace } from './broker.ts';
import { readTopic } from './topic.ts';

let broker: LocalKafka;

beforeAll(async () => {
  broker = await startBroker({ own: true });
}, 120_000);

afterAll(async () => {
  await broker.stop();
});

interface Ack {
  readonly base: number;
  readonly key: string;
}

/** Appends one after the other, by L5: after an unknown, the next goes wherever the log is by then. */
async function appendUntil(partition: PartitionLog, goesOn: () => boolean): Promise<{ acks: Ack[]; unknown: string[] }> {
  const acks: Ack[] = [];
  const unknown: string[] = [];
  for (let n = 0; goesOn(); n++) {
    const key = `p${String(partition.partition)}/${String(n)}`;
    const outcome = await partition.append([
      { key, value: Buffer.alloc(200) },
      { key: `${key}/progress`, value: Buffer.alloc(50) },
    ]);
    if (outcome.kind === 'acked') acks.push({ base: outcome.base, key });
    else unknown.push(key);
  }
  return { acks, unknown };
}

test('[P1] [P3] a broker killed and restarted twice under load loses no ack and doubles no batch', { timeout: 120_000 }, async () => {
  const settings = { brokers: broker.bootstrap.split(','), namespace: freshNamespace() };
  await createTopics(settings, { partitions: 3 });
  const { log } = await connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] } });
  const partitions = [0, 1, 2].map((partition) => log.open(partition));
  const client = await connectKafkaClient(settings);
  const probe = new CommandProbe();
  partitions[0]?.consume(0, probe);

  let crashing = true;
  const goesOn = (): boolean => crashing;
  const load = Promise.all(partitions.map((partition) => appendUntil(partition, goesOn)));
  let sent = 0;
  const commands = (async () => {
    for (; goesOn(); sent++) await client.sink.send(0, [{ key: 'k', value: Buffer.from(`c${String(sent)}`) }]);
  })();
  for (let crash = 0; crash < 2; crash++) {
    const before = probe.received.length;
    await probe.until(() => probe.received.length > before + 200);
    await broker.kill(1);
    await broker.restart(1);
  }
  const after = probe.received.length;
  await probe.until(() => probe.received.length > after + 200);
  crashing = false;
  const results = await load;
  await commands;

  const stored = await readTopic(settings.brokers, topicNames(settings.namespace).history);
  for (const [partition, { acks, unknown }] of results.entries()) {
    const mine = stored.filter((record) => record.partition === partition);
    const places = new Map<string | null, number[]>();
    for (const { key, offset } of mine) places.set(key, [...(places.get(key) ?? []), offset]);
    expect(acks.length).toBeGreaterThan(100);
    for (const { base, key } of acks) {
      expect([key, places.get(key), places.get(`${key}/progress`)]).toEqual([key, [base], [base + 1]]);
    }
    for (const key of unknown) expect((places.get(key) ?? []).length).toBeLessThanOrEqual(1);
  }
  // Commands may repeat (plain producers), but come in order and without a gap.
  await probe.until(() => probe.texts.includes(`c${String(sent - 1)}`));
  expect(probe.failures).toEqual([]);
  expect(probe.offsets).toEqual(probe.offsets.map((_, at) => at));
  expect(new Set(probe.texts).size).toBe(sent);
  for (const partition of partitions) partition.close();
  await client.close();
  await log.close();
});
