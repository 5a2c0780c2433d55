import { Kafka, logLevel } from 'kafkajs';

export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

let readers = 0;

/** Everything in a topic, up to the ends it has now, by partition and offset: read by other means than ours. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<readonly TopicRecord[]> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const bounds = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const missing = new Map(
    bounds.filter(({ low, high }) => Number(low) < Number(high)).map(({ partition, high }) => [partition, Number(high)]),
  );
  if (missing.size === 0) return [];
  readers++;
  const consumer = kafka.consumer({ groupId: `reader-${String(process.pid)}-${String(readers)}`, maxWaitTimeInMs: 50 });
  const records: TopicRecord[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((done, failed) => {
    consumer.on('consumer.crash', ({ payload }) => failed(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          const { partition } = batch;
          for (const { offset, key, value, headers } of batch.messages) {
            const texts = Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]));
            records.push({ partition, offset: Number(offset), key: key?.toString() ?? null, value, headers: texts });
          }
          if (Number(batch.lastOffset()) + 1 >= (missing.get(partition) ?? 0)) missing.delete(partition);
          if (missing.size === 0) done();
          return Promise.resolve();
        },
      })
      .catch(failed);
  });
  await consumer.disconnect();
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
