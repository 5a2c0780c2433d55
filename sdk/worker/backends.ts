/** The two things a worker can stand on, behind one shape: a directory of this process, or Kafka. */
import { join } from 'node:path';
import { OperationalError, partitionsDefault, topicNames } from '../../schemas/index.ts';
import type { TopicProblem } from '../../engine/log/kafka/index.ts';
import { CommandBatcher, createOwnerDirectory, type Group, type Log, type OwnerDirectory } from '../../engine/log/index.ts';
import type { EmbeddedOptions, KafkaOptions } from './types.ts';

export interface Backend {
  readonly log: Log;
  readonly group: Group;
  readonly commands: CommandBatcher;
  readonly directory: OwnerDirectory;
  readonly cacheDir: string;
  readonly commandsTopic: string;
  /** See OwnerEnvironment: for how long after its last heartbeat a worker may answer reads. */
  readonly leaseMs: number;
  close(): Promise<void>;
}

/** What the others of the deployment see of this worker. */
export interface Self {
  readonly apiUrl: string | null;
  readonly programs: readonly { readonly name: string; readonly version: string }[];
}

export type Events = (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: Readonly<Record<string, unknown>>) => void;

const sessionTimeoutMsDefault = 6_000;
const overloadedCode = 'WORKER_OVERLOADED';

export async function openEmbedded(options: EmbeddedOptions, self: Self): Promise<Backend> {
  const { openLocalLog } = await import('../../engine/log/local/index.ts');
  const local = await openLocalLog({
    dir: join(options.dataDir, 'log'),
    partitions: options.partitions ?? partitionsDefault.embedded,
    now: Date.now,
    self,
  });
  return {
    log: local.log,
    group: local.group,
    commands: new CommandBatcher(local.sink, { overloadedCode }),
    directory: directoryOf(local.group),
    cacheDir: join(options.dataDir, 'cache'),
    commandsTopic: 'commands',
    leaseMs: Infinity,
    close: () => local.close(),
  };
}

export async function openKafka(options: KafkaOptions, self: Self, events: Events): Promise<Backend> {
  // Loaded here, so that an embedded worker does without KafkaJS.
  const { checkTopics, connectKafkaClient, connectKafkaLog } = await import('../../engine/log/kafka/index.ts');
  const brokers = typeof options.brokers === 'string' ? options.brokers.split(',') : options.brokers;
  const { namespace, sessionTimeoutMs = sessionTimeoutMsDefault } = options;
  const settings = { brokers, namespace, onEvent: events };
  refuseWrongTopics(await checkTopics(settings), events);
  const { log, group } = await connectKafkaLog({ ...settings, self, sessionTimeoutMs });
  const client = await connectKafkaClient(settings);
  return {
    log,
    group,
    commands: new CommandBatcher(client.sink, { overloadedCode }),
    directory: directoryOf(group),
    cacheDir: options.cacheDir ?? join('.perdure', namespace, 'cache'),
    commandsTopic: topicNames(namespace).commands,
    leaseMs: sessionTimeoutMs,
    close: () => client.close(),
  };
}

/** On topics of other settings the log keeps none of its promises (L8), and finding out later would be too late. */
function refuseWrongTopics(problems: readonly TopicProblem[], events: Events): void {
  for (const { severity, code, topic, message, cure } of problems) {
    if (severity === 'error') throw new OperationalError(code, message, { retryable: false, cure });
    events('warn', 'topic-at-risk', { topic, code, message, cure });
  }
}

function directoryOf(group: Group): OwnerDirectory {
  return createOwnerDirectory({ members: () => group.members(), monotonicMs: () => performance.now() });
}
