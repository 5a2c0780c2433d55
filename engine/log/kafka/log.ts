/** The Kafka adapter of the log port, put together. */
import type { Admin } from 'kafkajs';
import { OperationalError, topicNames } from '../../../schemas/index.ts';
import type { Group, Log, Offset, PartitionLog } from '../index.ts';
import { createAppender } from './appender.ts';
import { createBrokerLine } from './broker-line.ts';
import { describe, unreachable } from './faults.ts';
import { KafkaFeeds, type Feeds } from './feeds.ts';
import { createGroup } from './group.ts';
import { createProducerRoute } from './producer-route.ts';
import { createProducerPool, type ProducerPool } from './producers.ts';
import { readToEnd } from './reading.ts';
import { openSender } from './sending.ts';
import { kafkaOver, type KafkaSettings, type OnEvent } from './settings.ts';
import { openSource, type Source } from './source.ts';
import { createTrainRoute } from './train-route.ts';
import { createTrain, type Train } from './train.ts';
import { within } from './waiting.ts';
import { createWire } from './wire.ts';

export interface KafkaLogSettings extends KafkaSettings {
  /** The consumer group of the deployment. Default: `<namespace>.workers`. */
  readonly groupId?: string;
  /** What other members are told of this one. */
  readonly self: { readonly apiUrl: string | null; readonly programs: readonly { readonly name: string; readonly version: string }[] };
  /** How long a silent member is kept, in milliseconds. Default 6000. */
  readonly sessionTimeoutMs?: number;
  /** Default 300: also how soon a member learns of a rebalance. */
  readonly heartbeatIntervalMs?: number;
  /** Length of a long poll in milliseconds. Default 100: the longest a new feed waits for its first records. */
  readonly maxWaitTimeMs?: number;
  /** When an unanswered append is given up as unknown, in milliseconds. Default 12000: longer than a leader election. */
  readonly appendDeadlineMs?: number;
}

export const defaultGroupId = (namespace: string): string => `${namespace}.workers`;

const connectWithinMs = 10_000;
const sendWithinMs = 12_000;

interface Parts {
  readonly feeds: Feeds;
  /** For long reads, on connections of its own: a broker answers one connection's requests one by one. */
  readonly reader: Source;
  readonly pool: ProducerPool;
  readonly train: Train;
  readonly admin: Admin;
  /** Whether `admin` knows the topic to trim. */
  trimming: boolean;
  readonly settings: KafkaLogSettings;
  readonly onEvent: OnEvent;
}

/**
 * Connects a worker to its namespace.
 * @throws OperationalError `BROKER_UNREACHABLE`, `TOPIC_MISSING`, `TOPIC_PARTITIONS_DIFFER`
 */
export async function connectKafkaLog(settings: KafkaLogSettings): Promise<{ log: Log; group: Group }> {
  const onEvent = settings.onEvent ?? ((): void => undefined);
  const names = topicNames(settings.namespace);
  const topics = [names.commands, names.history];
  const wire = createWire();
  const admin = kafkaOver(wire, settings, 'brisk').admin();
  const pool = createProducerPool(settings);
  const openings = [openSource(settings, topics), openSource(settings, topics), openSender(settings, sendWithinMs, onEvent)] as const;
  const opening = Promise.all([...openings, admin.connect()] as const);
  const [poller, reader, sender] = await within(
    connectWithinMs,
    opening,
    () => new Error(`no answer within ${String(connectWithinMs)} ms`),
  ).catch((error: unknown) => {
    wire.cut();
    // Some may have opened, or may yet.
    for (const each of openings)
      void each.then(
        (part) => part.close(),
        () => undefined,
      );
    throw error instanceof OperationalError ? error : unreachable(settings.brokers, error);
  });
  const feeds = new KafkaFeeds(poller, names.commands, settings.maxWaitTimeMs ?? 100, onEvent);
  const train = trainOver(settings, reader, names.history, onEvent);
  const close = (): void => {
    feeds.close();
    pool.close();
    train.close();
    for (const part of [poller, reader, sender]) part.close();
    wire.cut();
  };
  try {
    const partitions = samePartitions(reader, names.commands, names.history);
    const parts: Parts = { feeds, reader, pool, train, admin, trimming: false, settings, onEvent };
    const log: Log = {
      partitions,
      open: (partition) => openPartition(parts, partition),
      send: (lane, records) =>
        lane.kind === 'commands' ? sender.send(names.commands, lane.partition, records) : sender.send(names.deadLetter, undefined, records),
      close: () => {
        close();
        return Promise.resolve();
      },
    };
    return { log, group: groupOf(parts, partitions) };
  } catch (error) {
    close();
    throw error;
  }
}

function groupOf({ settings, admin, onEvent }: Parts, partitions: number): Group {
  return createGroup({
    kafka: settings,
    groupId: settings.groupId ?? defaultGroupId(settings.namespace),
    topic: topicNames(settings.namespace).commands,
    partitions,
    sessionTimeoutMs: settings.sessionTimeoutMs ?? 6000,
    heartbeatIntervalMs: settings.heartbeatIntervalMs ?? 300,
    pollMs: settings.maxWaitTimeMs ?? 100,
    self: settings.self,
    admin,
    onEvent,
  });
}

function trainOver(settings: KafkaSettings, reader: Source, topic: string, onEvent: OnEvent): Train {
  const network = {
    leaderOf: (partition: number) => reader.leaderOf(topic, partition),
    refresh: () => reader.refresh(),
    lineTo: (nodeId: string) => createBrokerLine(settings, topic, nodeId),
  };
  return createTrain(network, onEvent);
}

function openPartition(parts: Parts, partition: number): PartitionLog {
  const { feeds, reader, pool, train, settings, onEvent } = parts;
  const { history } = topicNames(settings.namespace);
  const deadlineMs = settings.appendDeadlineMs ?? 12_000;
  const appender = createAppender({
    own: createProducerRoute(pool, history, partition, deadlineMs),
    shared: createTrainRoute(train, partition, deadlineMs),
    where: `${history}/${String(partition)}`,
  });
  const stops = new Set<() => void>();
  let closed = false;
  return {
    partition,
    read: (from, sink) =>
      readToEnd({ source: reader, topic: history, partition, brokers: settings.brokers, isClosed: () => closed, onEvent }, from, sink),
    append: (records) => appender.append(records),
    consume: (from, listener) => {
      const feed = feeds.open(partition, from, listener);
      stops.add(() => feed.stop());
      return feed;
    },
    trim: (before) => trim(parts, partition, before),
    close: () => {
      closed = true;
      for (const stop of stops) stop();
      appender.close();
    },
  };
}

async function trim(parts: Parts, partition: number, before: Offset): Promise<void> {
  const { admin, settings, onEvent } = parts;
  const topic = topicNames(settings.namespace).commands;
  try {
    // KafkaJS deletes only from topics it knows, and this is how it gets to know one.
    if (!parts.trimming) await admin.fetchTopicOffsets(topic);
    parts.trimming = true;
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
  } catch (error) {
    parts.trimming = false;
    onEvent('debug', 'commands-trim-failed', { partition, reason: describe(error) });
  }
}

function samePartitions(source: Source, commands: string, history: string): number {
  const counts = [commands, history].map((topic) => source.partitions(topic));
  const [first = 0] = counts;
  if (counts.every((count) => count === first)) return first;
  throw new OperationalError('TOPIC_PARTITIONS_DIFFER', `${commands} and ${history} have ${counts.join(' and ')} partitions`, {
    retryable: false,
    cure: 'They must have the same number, which is fixed for life: make the namespace anew, or restore the topics',
  });
}
