/** What is wrong with a namespace's topics. */
import kafkajs, { type Admin, type ITopicMetadata } from 'kafkajs';
import {
  decodeHistory,
  hash,
  namespaceKey,
  OperationalError,
  schemaVersion,
  topicNames,
  topicSettings,
  type TopicSetting,
} from '../../../schemas/index.ts';
import { readToEnd } from './reading.ts';
import type { KafkaSettings } from './settings.ts';
import { openSource, type Source } from './source.ts';

/** One thing that differs. A worker does not start on an `error`; a `warning` is a risk that somebody may have chosen. */
export interface TopicProblem {
  readonly severity: 'error' | 'warning';
  /** `TOPIC_MISSING`, `TOPIC_PARTITIONS_DIFFER`, `TOPIC_SETTING_WRONG`, `TOPIC_REPLICATION_WEAK`, `NAMESPACE_MISMATCH`. */
  readonly code: string;
  readonly topic: string;
  readonly message: string;
  readonly cure: string;
}

const kinds = ['commands', 'history', 'lifecycle', 'deadLetter'] as const;

export async function findProblems(settings: KafkaSettings, admin: Admin): Promise<readonly TopicProblem[]> {
  const names = topicNames(settings.namespace);
  const existing = new Set(await admin.listTopics());
  const missing = kinds.filter((kind) => !existing.has(names[kind])).map((kind) => missingTopic(names[kind]));
  const present = kinds.filter((kind) => existing.has(names[kind]));
  if (present.length === 0) return missing;
  const [{ topics }, { brokers }, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: present.map((kind) => names[kind]) }),
    admin.describeCluster(),
    configsOf(
      admin,
      present.map((kind) => names[kind]),
    ),
  ]);
  const problems = present.flatMap((kind) => {
    const topic = names[kind];
    const config = configs.get(topic) ?? new Map<string, string>();
    return [...wrongSettings(topic, topicSettings[kind], config), ...weakReplication(topic, topics, brokers.length, config)];
  });
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  const both = present.includes('commands') && present.includes('history');
  const namespace = both ? await namespaceProblems(settings, counts.get(names.commands) ?? 0, counts.get(names.history) ?? 0) : [];
  return [...missing, ...problems, ...namespace];
}

function missingTopic(topic: string): TopicProblem {
  return {
    severity: 'error',
    code: 'TOPIC_MISSING',
    topic,
    message: `the topic ${topic} does not exist`,
    cure: 'Run: perdure topics create',
  };
}

async function configsOf(admin: Admin, topics: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const resources = topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name }));
  const answer = await admin.describeConfigs({ resources, includeSynonyms: false });
  return new Map(
    answer.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

function wrongSettings(topic: string, wanted: readonly TopicSetting[], config: ReadonlyMap<string, string>): TopicProblem[] {
  return wanted.flatMap((setting) => {
    const found = config.get(setting.name);
    if (found !== undefined && satisfies(setting, found)) return [];
    const rule = setting.rule === 'equals' ? setting.value : `${setting.value} or more`;
    return {
      severity: 'error' as const,
      code: 'TOPIC_SETTING_WRONG',
      topic,
      message: `${setting.name} of ${topic} is ${found ?? 'not known'}; it must be ${rule}`,
      cure: `Run: kafka-configs.sh --alter --topic ${topic} --add-config '${setting.name}=[${setting.value}]'`,
    };
  });
}

function satisfies({ rule, value }: TopicSetting, found: string): boolean {
  switch (rule) {
    case 'equals':
      return sorted(found) === sorted(value);
    case 'atLeast':
      return Number(found) === -1 || (Number(value) !== -1 && Number(found) >= Number(value));
    default:
      return rule satisfies never;
  }
}

const sorted = (words: string): string =>
  words
    .split(',')
    .map((word) => word.trim())
    .sort()
    .join();

/** On a cluster of fewer than three brokers (a development machine) there is nothing to warn of. */
function weakReplication(
  topic: string,
  topics: readonly ITopicMetadata[],
  brokers: number,
  config: ReadonlyMap<string, string>,
): TopicProblem[] {
  const warn = (message: string, cure: string): TopicProblem => ({
    severity: 'warning',
    code: 'TOPIC_REPLICATION_WEAK',
    topic,
    message,
    cure,
  });
  const problems: TopicProblem[] = [];
  if (config.get('unclean.leader.election.enable') === 'true') {
    const cure = `Run: kafka-configs.sh --alter --topic ${topic} --add-config unclean.leader.election.enable=false`;
    problems.push(warn(`${topic} allows unclean leader election: acknowledged records can be lost`, cure));
  }
  if (brokers < 3) return problems;
  const replicas = Math.min(
    ...topics.filter(({ name }) => name === topic).flatMap(({ partitions }) => partitions.map((each) => each.replicas.length)),
  );
  if (replicas < 3)
    problems.push(warn(`${topic} has ${String(replicas)} replicas: use 3`, 'Reassign its partitions with kafka-reassign-partitions.sh'));
  const inSync = Number(config.get('min.insync.replicas') ?? '1');
  if (inSync < 2 || inSync >= replicas) {
    const cure = `Run: kafka-configs.sh --alter --topic ${topic} --add-config min.insync.replicas=2`;
    problems.push(warn(`min.insync.replicas of ${topic} is ${String(inSync)}: with 3 replicas it should be 2`, cure));
  }
  return problems;
}

async function namespaceProblems(settings: KafkaSettings, commandPartitions: number, partitions: number): Promise<TopicProblem[]> {
  const { commands, history } = topicNames(settings.namespace);
  if (commandPartitions !== partitions) {
    return [
      {
        severity: 'error',
        code: 'TOPIC_PARTITIONS_DIFFER',
        topic: history,
        message: `${commands} has ${String(commandPartitions)} partitions and ${history} ${String(partitions)}: they must have the same number, for life`,
        cure: 'Never add partitions; make a new namespace and move to it',
      },
    ];
  }
  const source = await openSource(settings, [history]);
  try {
    const faults = await Promise.all(
      Array.from({ length: partitions }, (_, partition) => namespaceFault(settings, source, history, partition, partitions)),
    );
    return faults.flatMap((fault) => fault ?? []);
  } finally {
    source.close();
  }
}

/** One record is wanted of every partition; a broker sends its whole batch however small this is. */
const firstRecordBytes = 64 << 10;

/** Ends a read after its first records. */
class FirstRecord extends Error {
  readonly value: Buffer | undefined;

  constructor(value: Buffer | undefined) {
    super('the first record was read');
    this.value = value;
  }
}

async function namespaceFault(
  { brokers }: KafkaSettings,
  source: Source,
  topic: string,
  partition: number,
  partitions: number,
): Promise<TopicProblem | undefined> {
  const reading = { source, topic, partition, brokers, isClosed: () => false, onEvent: () => undefined, chunkBytes: firstRecordBytes };
  const value = await readToEnd(reading, 0, ([first]) => {
    throw new FirstRecord(first?.key === namespaceKey && first.value !== null ? first.value : undefined);
  }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof FirstRecord) return error.value;
      throw error;
    },
  );
  const where = `${topic}/${String(partition)}`;
  const problem = (message: string, cure: string): TopicProblem => ({
    severity: 'error',
    code: 'NAMESPACE_MISMATCH',
    topic,
    message,
    cure,
  });
  if (value === undefined)
    return problem(
      `${where} does not begin with a namespace record`,
      'Run: perdure topics create; if that does not help, use another namespace',
    );
  const body = bodyOf(value);
  if (body?.kind === 'Namespace' && body.partitions === partitions && body.hash === hash && body.schemaVersion <= schemaVersion)
    return undefined;
  return problem(
    `${where} was made for ${JSON.stringify(body)}, not for ${String(partitions)} partitions by ${hash}`,
    'Use the release that made the namespace, or another namespace',
  );
}

function bodyOf(value: Buffer): ReturnType<typeof decodeHistory>['body'] | undefined {
  try {
    return decodeHistory(value).body;
  } catch (error) {
    if (error instanceof OperationalError) return undefined;
    throw error;
  }
}
