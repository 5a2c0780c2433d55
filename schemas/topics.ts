/** Names and required settings of the topics of a namespace (ARCHITECTURE.md: topics; L8 for history). */
import { OperationalError } from './errors.ts';
import { messageBytesMax, namespaceCharsMax, queueNameCharsMax } from './limits.ts';

export interface TopicNames {
  readonly namespace: string;
  readonly commands: string;
  readonly history: string;
  readonly lifecycle: string;
  readonly deadLetter: string;
  /** @throws OperationalError `QUEUE_NAME_INVALID` */
  queue(name: string): string;
}

export type TopicKind = 'commands' | 'history' | 'queue' | 'lifecycle' | 'deadLetter';

/**
 * A setting a topic must have. `equals`: exactly this, on `cleanup.policy` in any order of its words; `atLeast`: this number or
 * more, where -1 is without end.
 */
export interface TopicSetting {
  readonly name: string;
  readonly value: string;
  readonly rule: 'equals' | 'atLeast';
}

/** Partitions when nobody says otherwise; fixed for the life of a namespace, because the hash of every id depends on it. */
export const partitionsDefault: { readonly embedded: number; readonly kafka: number } = { embedded: 4, kafka: 24 };

/** What the namespace record says about the partitioner. */
export const hash: string = 'murmur2';

/** What the namespace record says about the schemas: one up when a release can no longer share a log with the one before. */
export const schemaVersion: number = 1;

// Dots part a namespace from the rest of a topic's name: with one inside, `a.q` + `commands` would be queue `commands` of `a`.
const namespaceRule = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const queueRule = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Why `namespace` cannot name one, or undefined when it can. */
export function namespaceFault(namespace: string): string | undefined {
  if (namespace.length > namespaceCharsMax) return `a namespace has at most ${String(namespaceCharsMax)} characters`;
  if (!namespaceRule.test(namespace)) return 'a namespace has letters, digits, "-" and "_", the first a letter or digit';
  return undefined;
}

/** Why `queue` cannot name a task queue, or undefined when it can. */
export function queueNameFault(queue: string): string | undefined {
  if (queue.length > queueNameCharsMax) return `a queue name has at most ${String(queueNameCharsMax)} characters`;
  if (!queueRule.test(queue)) return 'a queue name has letters, digits, ".", "-" and "_", the first a letter or digit';
  return undefined;
}

/**
 * The names of a namespace's topics.
 * @throws OperationalError `NAMESPACE_INVALID`
 */
export function topicNames(namespace: string): TopicNames {
  refuse('NAMESPACE_INVALID', namespace, namespaceFault(namespace));
  return {
    namespace,
    commands: `${namespace}.commands`,
    history: `${namespace}.history`,
    lifecycle: `${namespace}.lifecycle`,
    deadLetter: `${namespace}.dead-letter`,
    queue: (name: string): string => {
      refuse('QUEUE_NAME_INVALID', name, queueNameFault(name));
      return `${namespace}.q.${name}`;
    },
  };
}

function refuse(code: string, name: string, fault: string | undefined): void {
  if (fault === undefined) return;
  throw new OperationalError(code, `${JSON.stringify(name)} is no valid name: ${fault}`, { retryable: false, cure: 'Choose another name' });
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const equals = (name: string, value: string | number): TopicSetting => ({ name, value: String(value), rule: 'equals' });
const atLeast = (name: string, value: number): TopicSetting => ({ name, value: String(value), rule: 'atLeast' });

/** What each topic is created with, and what a worker checks before it starts. */
export const topicSettings: Readonly<Record<TopicKind, readonly TopicSetting[]>> = {
  // Unconsumed orders never expire; the owner deletes those behind its checkpoint. Anybody may write here, and workers read no lz4, snappy
  // or zstd: the broker unpacks what it is sent, or one such record would make its partition unreadable.
  commands: [
    equals('cleanup.policy', 'delete'),
    equals('compression.type', 'uncompressed'),
    equals('retention.ms', -1),
    equals('retention.bytes', -1),
    equals('message.timestamp.type', 'LogAppendTime'),
    atLeast('max.message.bytes', messageBytesMax),
  ],
  // L8. The lag gives a slow reader an hour in which nothing it is reading disappears; tombstones stay 7 days for caches (L9).
  history: [
    equals('cleanup.policy', 'compact'),
    atLeast('min.compaction.lag.ms', hourMs),
    atLeast('delete.retention.ms', 7 * dayMs),
    equals('message.timestamp.type', 'LogAppendTime'),
    atLeast('max.message.bytes', messageBytesMax),
  ],
  // An open task is sent again after a day: a week of retention forgets nothing that is still wanted.
  queue: [equals('cleanup.policy', 'delete'), atLeast('retention.ms', 7 * dayMs), atLeast('max.message.bytes', messageBytesMax)],
  // A subscriber may be a week behind before it sees only the newest event of an instance.
  lifecycle: [equals('cleanup.policy', 'compact,delete'), atLeast('min.compaction.lag.ms', 7 * dayMs), atLeast('retention.ms', 30 * dayMs)],
  // A month for somebody to look.
  deadLetter: [equals('cleanup.policy', 'delete'), atLeast('retention.ms', 30 * dayMs), atLeast('max.message.bytes', messageBytesMax)],
};
