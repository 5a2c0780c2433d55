import { connectKafkaClient, connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import { logContract } from '../contract/log/suite.ts';
import type { LogProcess, LogWorld, StoredMessage } from '../contract/log/world.ts';
import { topicNames } from '../../schemas/index.ts';
import { brokers, freshNamespace } from './broker.ts';
import { readTopic } from './topic.ts';

const partitions = 3;

// A broker compacts no active segment, and rolls one only for an append: `compact` as the suite means it cannot be had. See compaction.test.ts.
logContract('the Kafka log', makeWorld, { rival: true, compact: false });

async function makeWorld(): Promise<LogWorld> {
  const settings = { brokers: brokers(), namespace: freshNamespace() };
  await createTopics(settings, { partitions });
  const open = async (): Promise<LogProcess> => {
    const { log, group } = await connectKafkaLog({
      ...settings,
      self: { apiUrl: null, programs: [] },
      sessionTimeoutMs: 3000,
      heartbeatIntervalMs: 100,
    });
    const client = await connectKafkaClient(settings);
    return {
      log,
      group,
      sink: client.sink,
      close: async () => {
        await client.close();
        await log.close();
      },
    };
  };
  return {
    partitions,
    open,
    rival: open,
    deadLetters: async (): Promise<readonly StoredMessage[]> => {
      const letters = await readTopic(settings.brokers, topicNames(settings.namespace).deadLetter);
      return letters.map(({ key, value, headers }) => ({ key, value, headers }));
    },
    close: () => Promise.resolve(),
  };
}
