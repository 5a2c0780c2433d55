/** Makes and checks the topics of a namespace. */
import type { Admin } from 'kafkajs';
import {
  encodeHistory,
  hash,
  namespaceKey,
  OperationalError,
  partitionsDefault,
  schemaVersion,
  topicNames,
  topicSettings,
  type Claimant,
  type TopicKind,
} from '../../../schemas/index.ts';
import { protocolType, refused, unreachable } from './faults.ts';
import { onceSeen } from './once-seen.ts';
import { openSender } from './sending.ts';
import { kafkaOver, type KafkaSettings } from './settings.ts';
import { openSource } from './source.ts';
import { findProblems, type TopicProblem } from './topic-problems.ts';
import { within } from './waiting.ts';
import { createWire } from './wire.ts';

export type { TopicProblem } from './topic-problems.ts';

/** How to make the topics. */
export interface TopicPlan {
  /** Of commands and history, for life. Default 24. */
  readonly partitions?: number;
  /** Default 3, or as many as there are brokers. */
  readonly replicationFactor?: number;
  /** Topic settings on top of, or in place of, our own. */
  readonly settings?: Partial<Readonly<Record<MadeTopic, Readonly<Record<string, string>>>>>;
}

/** The topics that every namespace has; queues come with their first use. */
type MadeTopic = Exclude<TopicKind, 'queue'>;

const connectWithinMs = 5000;
const sendWithinMs = 12_000;
const replicasWanted = 3;
/** Neither is partitioned by instance for our own sake, so they need not follow the partitions of the others. */
const sidePartitions: Readonly<Record<'lifecycle' | 'deadLetter', number | undefined>> = { lifecycle: undefined, deadLetter: 1 };

/**
 * Makes what is missing of a namespace's topics and writes its namespace record; what exists is left as it is. Resolves with the
 * problems of the result, as `checkTopics` does.
 * @throws OperationalError `BROKER_UNREACHABLE`, `BROKER_REFUSED`
 */
export async function createTopics(settings: KafkaSettings, plan: TopicPlan = {}): Promise<readonly TopicProblem[]> {
  return withAdmin(settings, async (admin) => {
    const { brokers } = await admin.describeCluster();
    const replicas = plan.replicationFactor ?? Math.min(replicasWanted, brokers.length);
    const made = await Promise.all(topicsOf(settings, plan, replicas).map((topic) => createOne(admin, topic)));
    settings.onEvent?.('info', 'topics-created', { made: made.filter(Boolean).length, existed: made.filter((each) => !each).length });
    return onceSeen(async () => {
      await writeNamespaceRecords(settings);
      return findProblems(settings, admin);
    });
  });
}

/**
 * Compares a namespace's topics with what they must be; none is the good answer.
 * @throws OperationalError `BROKER_UNREACHABLE`, `BROKER_REFUSED`
 */
export async function checkTopics(settings: KafkaSettings): Promise<readonly TopicProblem[]> {
  return withAdmin(settings, (admin) => findProblems(settings, admin));
}

async function withAdmin<T>(settings: KafkaSettings, work: (admin: Admin) => Promise<T>): Promise<T> {
  const wire = createWire();
  const admin = kafkaOver(wire, settings, 'brisk').admin();
  try {
    await within(connectWithinMs, admin.connect(), () => new Error(`no answer within ${String(connectWithinMs)} ms`)).catch(
      (error: unknown) => {
        throw unreachable(settings.brokers, error);
      },
    );
    return await work(admin);
  } catch (error) {
    throw error instanceof OperationalError ? error : refused('a request about topics', error);
  } finally {
    await admin.disconnect().catch(() => undefined);
    wire.cut();
  }
}

interface NewTopic {
  readonly topic: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configEntries: { name: string; value: string }[];
}

function topicsOf(settings: KafkaSettings, plan: TopicPlan, replicas: number): NewTopic[] {
  const names = topicNames(settings.namespace);
  const partitions = plan.partitions ?? partitionsDefault.kafka;
  const kinds: readonly MadeTopic[] = ['commands', 'history', 'lifecycle', 'deadLetter'];
  return kinds.map((kind) => {
    const config = {
      ...Object.fromEntries(topicSettings[kind].map(({ name, value }) => [name, value])),
      // What is acknowledged is on two brokers, and a broker that missed it never leads.
      'min.insync.replicas': replicas >= 3 ? '2' : '1',
      'unclean.leader.election.enable': 'false',
      ...plan.settings?.[kind],
    };
    return {
      topic: names[kind],
      numPartitions: (kind === 'commands' || kind === 'history' ? undefined : sidePartitions[kind]) ?? partitions,
      replicationFactor: replicas,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
    };
  });
}

/** False when it was there. One by one: KafkaJS's answer for many does not tell which existed. */
async function createOne(admin: Admin, topic: NewTopic): Promise<boolean> {
  try {
    return await admin.createTopics({ waitForLeaders: false, topics: [topic] });
  } catch (error) {
    if (protocolType(error) === 'TOPIC_ALREADY_EXISTS') return false;
    throw error;
  }
}

/** Into every history partition that is empty. Two at once write it twice, which compaction mends: the key is the same. */
async function writeNamespaceRecords(settings: KafkaSettings): Promise<void> {
  const { history } = topicNames(settings.namespace);
  const source = await openSource(settings, [history]);
  try {
    const partitions = source.partitions(history);
    const value = encodeHistory({
      epoch: 0,
      claimant: '0000000000000000' as Claimant,
      commit: 0,
      body: { kind: 'Namespace', partitions, hash, schemaVersion },
    });
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const ends = await Promise.all(all.map((partition) => source.bound(history, partition, 'end')));
    const empty = all.filter((partition) => ends[partition] === 0);
    if (empty.length === 0) return;
    const sender = await openSender(settings, sendWithinMs, settings.onEvent ?? ((): void => undefined));
    try {
      for (const partition of empty) await sender.send(history, partition, [{ key: namespaceKey, value }]);
    } finally {
      sender.close();
    }
  } finally {
    source.close();
  }
}
