import { connectKafkaClient, connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import type { LogRecord } from '../../engine/log/index.ts';
import { topicNames } from '../../schemas/index.ts';
import { partitions, type ProtocolProcess, type ProtocolWorld } from '../contract/protocol/world.ts';
import { brokers, freshNamespace } from './broker.ts';
import { readTopic } from './topic.ts';

/** A namespace of its own on the run's broker. Every process has its own connections, producers and seat in the consumer group. */
export async function makeKafkaWorld(): Promise<ProtocolWorld> {
  const settings = { brokers: brokers(), namespace: freshNamespace() };
  await createTopics(settings, { partitions });
  const connect = (): ReturnType<typeof connectKafkaLog> =>
    connectKafkaLog({ ...settings, self: { apiUrl: null, programs: [] }, sessionTimeoutMs: 3_000, heartbeatIntervalMs: 100 });
  const reader = await connect();
  const open = async (): Promise<ProtocolProcess> => {
    const [{ log, group }, client] = await Promise.all([connect(), connectKafkaClient(settings)]);
    return {
      log,
      group,
      sink: client.sink,
      close: async () => {
        await group.leave();
        await client.close();
        await log.close();
      },
    };
  };
  return {
    open,
    history: async (partition) => {
      const records: LogRecord[] = [];
      const log = reader.log.open(partition);
      await log.read(0, (piece) => void records.push(...piece));
      log.close();
      return records;
    },
    deadLetters: async () => {
      const letters = await readTopic(settings.brokers, topicNames(settings.namespace).deadLetter);
      return letters.map(({ key, value, headers }) => ({ key, value, headers }));
    },
    close: () => reader.log.close(),
  };
}
