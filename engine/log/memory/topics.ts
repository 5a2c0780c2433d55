import { type AppendRecord } from '../index.ts';
import { MemoryTopic, type TopicRecord } from './topic.ts';

/** The topics, as the parts of this adapter share them. */
export interface Topics {
  readonly partitions: number;
  readonly history: readonly MemoryTopic[];
  readonly commands: readonly MemoryTopic[];
  readonly deadLetters: MemoryTopic;
  landHistory(process: string | null, partition: number, records: readonly AppendRecord[]): number;
}

export function makeTopics(partitions: number, landed?: (partition: number, records: readonly TopicRecord[]) => void): Topics {
  const make = (): MemoryTopic[] => Array.from({ length: partitions }, () => new MemoryTopic());
  const history = make();
  return {
    partitions,
    history,
    commands: make(),
    deadLetters: new MemoryTopic(),
    landHistory: (process, partition, records) => {
      const topic = topicOf(history, partition);
      const base = topic.append(process, records);
      landed?.(partition, topic.full.slice(-records.length));
      return base;
    },
  };
}

/** @throws RangeError for a partition that does not exist: a bug of the caller. */
export function topicOf(topics: readonly MemoryTopic[], partition: number): MemoryTopic {
  const topic = topics[partition];
  if (topic === undefined) throw new RangeError(`there is no partition ${String(partition)}`);
  return topic;
}
