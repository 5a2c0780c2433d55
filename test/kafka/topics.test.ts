import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkTopics, connectKafkaClient, connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import { decodeHistory, namespaceKey, topicNames } from '../../schemas/index.ts';
import { brokers, freshNamespace } from './broker.ts';
import { readTopic } from './topic.ts';

const admin = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
beforeAll(() => admin.connect());
afterAll(() => admin.disconnect());

const fresh = (): { brokers: string[]; namespace: string } => ({ brokers: brokers(), namespace: freshNamespace() });
const codes = (problems: readonly { code: string; topic: string }[]): (readonly [string, string])[] =>
  problems.map(({ code, topic }) => [code, topic]);

test('creates the four topics as they must be, with the namespace record first in every history partition', async () => {
  const settings = fresh();
  expect(await createTopics(settings, { partitions: 3 })).toEqual([]);
  const names = topicNames(settings.namespace);
  const { topics } = await admin.fetchTopicMetadata({ topics: [names.commands, names.history, names.lifecycle, names.deadLetter] });
  expect(Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual({
    [names.commands]: 3,
    [names.history]: 3,
    [names.lifecycle]: 3,
    [names.deadLetter]: 1,
  });
  const records = await readTopic(settings.brokers, names.history);
  expect(records.map(({ partition, offset, key }) => [partition, offset, key])).toEqual(
    [0, 1, 2].map((partition) => [partition, 0, namespaceKey]),
  );
  for (const { value } of records) {
    expect(value === null ? null : decodeHistory(value)).toEqual({
      epoch: 0,
      claimant: '0000000000000000',
      commit: 0,
      body: { kind: 'Namespace', partitions: 3, hash: 'murmur2', schemaVersion: 1 },
    });
  }
});

test('creating again changes nothing', async () => {
  const settings = fresh();
  await createTopics(settings, { partitions: 2 });
  expect(await createTopics(settings, { partitions: 2 })).toEqual([]);
  expect((await readTopic(settings.brokers, topicNames(settings.namespace).history)).length).toBe(2);
});

test('creating goes on where it was interrupted', async () => {
  const settings = fresh();
  const names = topicNames(settings.namespace);
  await createTopics(settings, { partitions: 2 });
  await admin.deleteTopics({ topics: [names.lifecycle] });
  expect(codes(await checkTopics(settings))).toEqual([['TOPIC_MISSING', names.lifecycle]]);
  expect(await createTopics(settings, { partitions: 2 })).toEqual([]);
});

test('a namespace without topics: each is missing, and neither worker nor client connects', async () => {
  const settings = fresh();
  expect(codes(await checkTopics(settings)).map(([code]) => code)).toEqual(Array.from({ length: 4 }, () => 'TOPIC_MISSING'));
  await expect(connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] } })).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  await expect(connectKafkaClient(settings)).rejects.toMatchObject({ code: 'TOPIC_MISSING', cure: 'Run: perdure topics create' });
});

test('a setting that breaks a promise is an error with its cure; a stricter one is not', async () => {
  const settings = fresh();
  const names = topicNames(settings.namespace);
  const weak = { history: { 'cleanup.policy': 'delete', 'delete.retention.ms': '1000' }, deadLetter: { 'retention.ms': '-1' } };
  const problems = await createTopics(settings, { partitions: 1, settings: weak });
  expect(codes(problems)).toEqual([
    ['TOPIC_SETTING_WRONG', names.history],
    ['TOPIC_SETTING_WRONG', names.history],
  ]);
  expect(problems.every(({ severity, cure }) => severity === 'error' && cure.includes('--alter'))).toBe(true);
});

test('partitions added later are found, and a worker refuses to start', async () => {
  const settings = fresh();
  const { history, commands } = topicNames(settings.namespace);
  await createTopics(settings, { partitions: 1 });
  await admin.createPartitions({ topicPartitions: [{ topic: history, count: 2 }] });
  expect(codes(await checkTopics(settings))).toEqual([['TOPIC_PARTITIONS_DIFFER', history]]);
  await expect(connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] } })).rejects.toMatchObject({
    code: 'TOPIC_PARTITIONS_DIFFER',
  });
  await admin.createPartitions({ topicPartitions: [{ topic: commands, count: 2 }] });
  expect(codes(await checkTopics(settings))).toEqual([
    ['NAMESPACE_MISMATCH', history],
    ['NAMESPACE_MISMATCH', history],
  ]);
});

test('with nothing at the address, clients hear so within seconds', async () => {
  const settings = { brokers: ['127.0.0.1:1'], namespace: freshNamespace() };
  const expected = { code: 'BROKER_UNREACHABLE', retryable: true };
  await expect(connectKafkaClient(settings)).rejects.toMatchObject(expected);
  await expect(checkTopics(settings)).rejects.toMatchObject(expected);
  await expect(connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] } })).rejects.toMatchObject(expected);
});
