/**
 * A Kafka made of arrays: every topic of one namespace, and the group that shares its partitions out. Deterministic: it knows no timer, no
 * clock and no chance; whatever takes time goes through `MemoryHooks.schedule`.
 *  1. What landed has landed: topics change only by `append`, compaction and trimming, never by the fate of an answer.
 *  2. A killed process hears nothing any more; what it had sent may still land.
 *  3. The group only signals. With `assignment: 'manual'` the driver may tell two processes that they own one partition, or none, or too late.
 */
import { type AppendRecord } from '../index.ts';
import { MemoryGroup, type Assignment } from './group.ts';
import { type MemoryHooks, soundHooks } from './hooks.ts';
import { type MemoryProcess, openProcess, type ProcessOptions } from './process.ts';
import { type TopicRecord } from './topic.ts';
import { makeTopics, topicOf } from './topics.ts';

export interface MemoryBrokerOptions {
  readonly partitions: number;
  readonly hooks?: Partial<MemoryHooks>;
  /** `auto` (default): joined processes share the partitions. `manual`: the driver assigns and revokes. */
  readonly assignment?: Assignment;
  /** How long compaction keeps a tombstone after the first pass over it, in units of the driver's `now`. Default 60. */
  readonly tombstoneRetention?: number;
  /** The first record of every history partition, if it is to have one. */
  readonly firstRecord?: AppendRecord;
  /** Told of every batch the moment it lands on a history partition: a judge folds along. */
  readonly landed?: (partition: number, records: readonly TopicRecord[]) => void;
}

export interface MemoryBroker {
  readonly partitions: number;
  /** Everything that ever landed, in order, trimmed and compacted records included. */
  history(partition: number): TopicView;
  commands(partition: number): TopicView;
  deadLetters(): TopicView;
  /** A process's own view. A process that restarts connects again, under another name if the judge is to tell the two apart. */
  connect(process: string, options?: ProcessOptions): MemoryProcess;
  /** Runs compaction over a history partition below `horizon`, at the driver's time `now`. See MemoryTopic.clean. */
  clean(partition: number, horizon: number, now: number, eager?: boolean): void;
  /** A record nobody's protocol wrote: made by hand when `record` is given, else a control record that takes an offset and is never read. */
  noise(partition: number, record?: AppendRecord): void;
  /** Writes to a command log by hand; answers the offset. The bytes may be anything. */
  order(partition: number, key: string | null, value: Buffer | null): number;
  /** A foreign transaction's marker: takes an offset of a command log and is never read. */
  marker(partition: number): void;
  /** Manual assignment: the group tells `process` at once that it owns `partition`. Another may think so too. */
  assign(process: string, partition: number): void;
  revoke(process: string, partition: number): void;
  /** A heartbeat of `process` succeeds. Nothing beats by itself. */
  beat(process: string): void;
}

export interface TopicView {
  /** Offset of the next record. */
  readonly next: number;
  /** Everything below was trimmed. */
  readonly start: number;
  readonly full: readonly TopicRecord[];
  /** What a reader sees now. */
  readonly live: readonly TopicRecord[];
}

/** Starts an empty broker with its topics made. */
export function createMemoryBroker(options: MemoryBrokerOptions): MemoryBroker {
  const { partitions, tombstoneRetention = 60, firstRecord } = options;
  const hooks = { ...soundHooks, ...options.hooks };
  const topics = makeTopics(partitions, options.landed);
  const group = new MemoryGroup(partitions, options.assignment ?? 'auto');
  if (firstRecord !== undefined)
    for (let partition = 0; partition < partitions; partition++) topics.landHistory(null, partition, [firstRecord]);
  return {
    partitions,
    history: (partition) => topicOf(topics.history, partition),
    commands: (partition) => topicOf(topics.commands, partition),
    deadLetters: () => topics.deadLetters,
    connect: (process, own = {}) => openProcess(process, topics, group, { ...hooks, ...own.hooks }, own),
    clean: (partition, horizon, now, eager = false) => topicOf(topics.history, partition).clean(horizon, now, tombstoneRetention, eager),
    noise: (partition, record) => {
      if (record === undefined) topicOf(topics.history, partition).skip(1);
      else topics.landHistory(null, partition, [record]);
    },
    order: (partition, key, value) => topicOf(topics.commands, partition).append(null, [{ key, value }]),
    marker: (partition) => topicOf(topics.commands, partition).skip(1),
    assign: (process, partition) => group.assign(process, partition),
    revoke: (process, partition) => group.revoke(process, partition),
    beat: (process) => group.beat(process),
  };
}
