/**
 * Reading partitions by offset, without a consumer group.
 *
 * KafkaJS's consumer cannot be trusted with positions: it restarts every partition at its initial offset after a rebalance,
 * resets silently when an offset is out of range, stalls all partitions of a broker on one slow handler, and asks for ever for
 * a place where compaction left an empty batch. So the group consumer only tells who owns what, and records are fetched here
 * with the library's own `Broker.fetch`.
 *
 *  1. A fetch answers for exactly the offsets it was asked for, or throws.
 *  2. `next` is past every offset that was looked at, records or not; it grows whenever the log has more.
 *  3. A source that hangs is replaced from the inside; callers see an error and try again.
 */
import type { Cluster } from 'kafkajs';
import type { Offset } from '../index.ts';
import { clusterOver } from './cluster.ts';
import { isUnknownTopic, topicMissing } from './faults.ts';
import { requestTimeoutMs, type KafkaSettings } from './settings.ts';
import { within } from './waiting.ts';
import { createWire, type Wire } from './wire.ts';
import { visible, type RawRecord, type RawMessage } from './visible.ts';

export interface Position {
  readonly partition: number;
  readonly offset: Offset;
}

export interface Fetched extends Position {
  readonly records: readonly RawRecord[];
  /** The offset to ask for next. */
  readonly next: Offset;
  /** The end of what such a fetch can see. */
  readonly end: Offset;
  /** False when an offset between `offset` and `next` holds nothing at all: compaction was here. */
  readonly whole: boolean;
}

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly partitionBytes: number;
  readonly totalBytes: number;
  /** Leave out what transactions have not committed. */
  readonly committedOnly: boolean;
}

export interface Source {
  /** Number of partitions as known now. @throws OperationalError `TOPIC_MISSING` */
  partitions(topic: string): number;
  /** The leader's node id, or undefined while there is none. */
  leaderOf(topic: string, partition: number): string | undefined;
  /** All positions must have the same leader. */
  fetch(topic: string, leader: string, positions: readonly Position[], limits: FetchLimits): Promise<readonly Fetched[]>;
  /** The log's end (high watermark) or its start, asked of the leader. */
  bound(topic: string, partition: number, which: 'start' | 'end'): Promise<Offset>;
  /** Learns anew who leads what. Throws when nobody answers. */
  refresh(): Promise<void>;
  close(): void;
}

/** Beyond KafkaJS's own limit: if even that does not fire, the connection is given up. */
const hangMs = 2 * requestTimeoutMs;

/** The shape of KafkaJS's fetch answer (it declares `any`). */
interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly PartitionAnswer[] }[];
}

interface PartitionAnswer {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
  readonly messages: readonly RawMessage[];
}

/** Opens a source for these topics. @throws OperationalError `TOPIC_MISSING`, or KafkaJS's error when nobody answers */
export async function openSource(settings: KafkaSettings, topics: readonly string[]): Promise<Source> {
  const source = new ClusterSource(settings, topics);
  try {
    await source.refresh();
    return source;
  } catch (error) {
    source.close();
    throw isUnknownTopic(error) ? topicMissing(topics.join(' or '), error) : error;
  }
}

class ClusterSource implements Source {
  readonly #settings: KafkaSettings;
  readonly #topics: readonly string[];
  /** By partition: how often in a row there was more log but no record. */
  readonly #empties = new Map<string, number>();
  #wire: Wire;
  #cluster: Cluster;
  #closed = false;

  constructor(settings: KafkaSettings, topics: readonly string[]) {
    this.#settings = settings;
    this.#topics = topics;
    this.#wire = createWire();
    this.#cluster = clusterOver(this.#wire, settings);
  }

  partitions(topic: string): number {
    const count = this.#cluster.findTopicPartitionMetadata(topic).length;
    if (count === 0) throw topicMissing(topic);
    return count;
  }

  leaderOf(topic: string, partition: number): string | undefined {
    if (!this.#cluster.isConnected()) return undefined;
    try {
      const known = this.#cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition);
      return known === undefined || known.leader < 0 ? undefined : String(known.leader);
    } catch {
      return undefined; // no metadata yet: the same as no leader yet
    }
  }

  async fetch(topic: string, leader: string, positions: readonly Position[], limits: FetchLimits): Promise<readonly Fetched[]> {
    const partitions = positions.map(({ partition, offset }) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes: limits.partitionBytes,
    }));
    const request = {
      maxWaitTime: limits.maxWaitMs,
      minBytes: 1,
      maxBytes: limits.totalBytes,
      isolationLevel: limits.committedOnly ? 1 : 0,
      topics: [{ topic, partitions }],
    };
    const fetched = this.#cluster.findBroker({ nodeId: leader }).then((broker): Promise<unknown> => broker.fetch(request));
    const answer = (await this.#orReplaced(fetched)) as FetchAnswer;
    const asked = new Map(positions.map((position) => [position.partition, position.offset]));
    return answer.responses.flatMap((response) =>
      response.partitions.flatMap((part) => {
        const offset = asked.get(part.partition);
        if (offset === undefined) return [];
        const end = Number(limits.committedOnly ? part.lastStableOffset : part.highWatermark);
        return [this.#digest(topic, offset, end, part, positions.length === 1)];
      }),
    );
  }

  async bound(topic: string, partition: number, which: 'start' | 'end'): Promise<Offset> {
    const asked = this.#cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: which === 'start' }]);
    const offset = (await this.#orReplaced(asked))[0]?.partitions[0]?.offset;
    if (offset === undefined) throw new Error('the partition has no leader');
    return Number(offset);
  }

  async refresh(): Promise<void> {
    if (this.#closed) return;
    const learn = async (): Promise<void> => {
      await this.#cluster.connect();
      await this.#cluster.addMultipleTargetTopics([...this.#topics]);
      await this.#cluster.refreshMetadata();
    };
    await this.#orReplaced(learn());
  }

  close(): void {
    this.#closed = true;
    this.#wire.cut();
  }

  /** A request that does not settle takes its connections with it. */
  async #orReplaced<T>(work: Promise<T>): Promise<T> {
    const used = this.#wire;
    return within(hangMs, work, () => {
      if (!this.#closed && this.#wire === used) {
        this.#wire = createWire();
        this.#cluster = clusterOver(this.#wire, this.#settings);
        used.cut();
      }
      return new Error('KafkaJS did not settle a request');
    });
  }

  #digest(topic: string, offset: Offset, end: Offset, part: PartitionAnswer, alone: boolean): Fetched {
    const key = `${topic}/${String(part.partition)}`;
    const seen = part.messages.filter((message) => Number(message.offset) >= offset);
    const last = seen.at(-1);
    if (last !== undefined) {
      this.#empties.delete(key);
      const next = Number(last.offset) + 1;
      const records = visible(seen, part.abortedTransactions ?? []);
      return { partition: part.partition, offset, records, next, end, whole: next - offset === seen.length };
    }
    const step = alone && end > offset ? this.#stepOver(key, part.messages.length > 0) : 0;
    return { partition: part.partition, offset, records: [], next: offset + step, end, whole: step === 0 };
  }

  /**
   * There is more log but no record: compaction left an empty batch, or one that ends before the asked-for offset. A fetch holds at
   * least one whole batch from there on, so that offset is a hole, and the next may be asked for. An answer without any record is
   * believed the third time: a broker may answer with nothing for reasons of its own.
   */
  #stepOver(key: string, hasEarlier: boolean): 0 | 1 {
    const streak = (this.#empties.get(key) ?? 0) + 1;
    this.#empties.set(key, streak);
    return hasEarlier || streak >= emptiesBelieved ? 1 : 0;
  }
}

const emptiesBelieved = 3;
