import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { expect, test } from 'vitest';
import { connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import { topicNames } from '../../schemas/index.ts';
import { CommandProbe } from '../contract/log/world.ts';
import { brokers, freshNamespace } from './broker.ts';

test("[P6] commands sent in other people's transactions come when they are committed, and not when they are aborted", async () => {
  const settings = { brokers: brokers(), namespace: freshNamespace() };
  const topic = topicNames(settings.namespace).commands;
  await createTopics(settings, { partitions: 1 });
  const kafka = new Kafka({ brokers: settings.brokers, logLevel: logLevel.NOTHING });
  const producers = ['a', 'b'].map((name) =>
    kafka.producer({
      transactionalId: `${settings.namespace}-${name}`,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    }),
  );
  await Promise.all(producers.map((producer) => producer.connect()));
  const { log } = await connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] } });
  const partition = log.open(0);
  const probe = new CommandProbe();
  partition.consume(0, probe);
  const [a, b] = producers;
  if (a === undefined || b === undefined) throw new Error('there are two producers');
  const say = (value: string): { topic: string; messages: { partition: number; key: string; value: string }[] } => ({
    topic,
    messages: [{ partition: 0, key: 'k', value }],
  });

  // Overlapping: b's aborted record stands between the records that a commits.
  const [first, second] = [await a.transaction(), await b.transaction()];
  await first.send(say('committed 1'));
  await second.send(say('aborted'));
  await first.send(say('committed 2'));
  await second.abort();
  await first.commit();
  const third = await b.transaction();
  await third.send(say('committed 3'));
  await third.commit();
  await probe.until(() => probe.received.length === 3 || probe.failures.length > 0);
  expect(probe.failures).toEqual([]);
  expect(probe.texts).toEqual(['committed 1', 'committed 2', 'committed 3']);
  partition.close();
  await Promise.all(producers.map((producer) => producer.disconnect()));
  await log.close();
});
