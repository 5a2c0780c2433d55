import { BrokenError } from '../../../schemas/index.ts';
import { batchFault, type CommandSink, type Group, type Log, type Member, type Offset, type OutboundRecord } from '../index.ts';
import { compactHistory, type CompactionPolicy } from './compaction.ts';
import type { Database } from './database.ts';
import { openDirectory } from './directory.ts';
import { LocalGroup } from './group.ts';
import { commandTopic, deadLetterTopic, historyTopic } from './keys.ts';
import { LocalPartition } from './partition.ts';
import { LocalTopic } from './topic.ts';
import { LogWriter } from './writer.ts';

const hourMs = 3_600_000;

/** What Kafka's history topic is made with, so that the same protocol stands on both. */
const defaultPolicy: CompactionPolicy = { lagMs: hourMs, tombstoneRetentionMs: 7 * 24 * hourMs };

/** How often history is looked through for what may go. */
const compactionIntervalMs = 60_000;

/** The oldest go first: enough to see what went wrong, at most some tens of megabytes unless every one is large. */
const deadLettersMax = 10_000;

export interface LocalLogOptions {
  /** The data directory; made when it does not exist. One process at a time. */
  readonly dir: string;
  /** Fixed for the life of the directory. */
  readonly partitions: number;
  /** Wall clock, milliseconds since the epoch: the age of records, for compaction. */
  readonly now: () => number;
  /** How this process shows in `members()`. Default: no API, no programs. */
  readonly self?: Omit<Member, 'partitions'>;
  /** Default: an hour's lag, 7 days for tombstones. */
  readonly compaction?: CompactionPolicy;
}

export interface LocalDeadLetter {
  readonly offset: Offset;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LocalLog {
  readonly log: Log;
  readonly group: Group;
  readonly sink: CommandSink;
  /** The dead letters at or above `from` that are still kept, oldest first: at most `limit`, or fewer when they are large. */
  deadLetters(from: Offset, limit: number): Promise<readonly LocalDeadLetter[]>;
  /** Compacts history now, as far as lag and retention allow; it also happens by itself, on opening and every minute. */
  compact(): Promise<void>;
  /** Leaves the group, writes what waits, and frees the directory. */
  close(): Promise<void>;
}

/**
 * Opens the log of one process on a local directory: the whole log port, without a broker. What is acked is on the disk.
 * @throws OperationalError `DATA_DIR_LOCKED` when another process has it; `DATA_DIR_CORRUPT`; `DATA_DIR_UNREADABLE`; `NAMESPACE_MISMATCH`
 * when it was made with another number of partitions or by a release that does not fit
 */
export async function openLocalLog(options: LocalLogOptions): Promise<LocalLog> {
  const { dir, partitions, now, self = { apiUrl: null, programs: [] } } = options;
  const database = await openDirectory(dir, partitions, now());
  const topics = makeTopics(database, partitions);
  const all = [...topics.history, ...topics.commands, topics.deadLetters];
  try {
    for (const topic of all) await topic.load();
  } catch (error) {
    await database.close();
    throw error;
  }
  const writer = new LogWriter(database, all, now);
  const log = makeLog(topics, writer);
  const group = new LocalGroup(partitions, self);
  const compactor = startCompactor(database, topics.history, options.compaction ?? defaultPolicy, now);
  return {
    log,
    group,
    sink: {
      partitions,
      send: (partition, records) => send(topicAt(topics.commands, partition), writer, records),
      close: () => Promise.resolve(),
    },
    deadLetters: async (from, limit) => {
      const records = await topics.deadLetters.piece(Math.max(from, topics.deadLetters.start), limit);
      return records.map(({ offset, key, value, headers }) => ({ offset, key: key?.toString() ?? null, value, headers }));
    },
    compact: compactor.run,
    close: async () => {
      await group.leave();
      await log.close();
      await compactor.stop();
      await writer.close();
      await database.close();
    },
  };
}

interface Topics {
  readonly history: readonly LocalTopic[];
  readonly commands: readonly LocalTopic[];
  readonly deadLetters: LocalTopic;
}

function makeTopics(database: Database, partitions: number): Topics {
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  return {
    history: numbers.map((partition) => new LocalTopic(database, historyTopic(partition))),
    commands: numbers.map((partition) => new LocalTopic(database, commandTopic(partition))),
    deadLetters: new LocalTopic(database, deadLetterTopic),
  };
}

function makeLog(topics: Topics, writer: LogWriter): Log {
  const opened = new Set<LocalPartition>();
  return {
    partitions: topics.history.length,
    open: (partition) => {
      const log = new LocalPartition(partition, topicAt(topics.history, partition), topicAt(topics.commands, partition), writer);
      opened.add(log);
      return log;
    },
    send: async (lane, records) => {
      if (lane.kind === 'commands') return send(topicAt(topics.commands, lane.partition), writer, records);
      const base = await send(topics.deadLetters, writer, records);
      await topics.deadLetters.trim(topics.deadLetters.next - deadLettersMax);
      return base;
    },
    close: () => {
      for (const log of opened) log.close();
      opened.clear();
      return Promise.resolve();
    },
  };
}

async function send(topic: LocalTopic, writer: LogWriter, records: readonly OutboundRecord[]): Promise<Offset> {
  const fault = batchFault(records);
  if (fault !== undefined) throw fault;
  return writer.append(topic, records);
}

function topicAt(topics: readonly LocalTopic[], partition: number): LocalTopic {
  const topic = topics[partition];
  if (topic === undefined) throw new BrokenError('PARTITION_UNKNOWN', `there is no partition ${String(partition)}`);
  return topic;
}

interface Compactor {
  readonly run: () => Promise<void>;
  /** Resolves when no step is running any more. */
  readonly stop: () => Promise<void>;
}

/** One run at a time; a run that fails is tried again at the next interval, because it changes nothing anybody waits for. */
function startCompactor(database: Database, history: readonly LocalTopic[], policy: CompactionPolicy, now: () => number): Compactor {
  let stopped = false;
  let running: Promise<void> | undefined;
  const pass = async (): Promise<void> => {
    for (const [partition, topic] of history.entries()) await compactHistory(database, partition, topic, policy, now(), () => !stopped);
  };
  const run = (): Promise<void> => {
    running ??= pass().finally(() => (running = undefined));
    return running;
  };
  const timer = setInterval(() => void run().catch(() => undefined), compactionIntervalMs).unref();
  void run().catch(() => undefined);
  return {
    run: async () => {
      // One that is under way began with an earlier clock.
      await running?.catch(() => undefined);
      await run();
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}
