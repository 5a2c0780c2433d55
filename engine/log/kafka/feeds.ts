/**
 * All command feeds of a worker: one long poll a broker, for every partition it leads.
 *
 *  1. A feed asks for the offset after the last record it handed on, and for nothing else: it cannot skip and cannot repeat.
 *  2. A listener only enqueues. What it throws ends its own feed, and no other.
 *  3. A feed ends by itself only when the log cannot go on (`COMMAND_LOG_MISMATCH`), or refuses it. Outages are waited out.
 */
import { OperationalError } from '../../../schemas/index.ts';
import type { CommandFeed, CommandListener, Offset } from '../index.ts';
import { describe, faultName, isRefusal, isUnknownTopic, refused, rootOf, topicMissing } from './faults.ts';
import type { OnEvent } from './settings.ts';
import type { Fetched, FetchLimits, Source } from './source.ts';
import { backOff } from './waiting.ts';

export interface Feeds {
  open(partition: number, from: Offset, listener: CommandListener): CommandFeed;
  close(): void;
}

interface Feed {
  readonly partition: number;
  readonly listener: CommandListener;
  next: Offset;
  wanted: boolean;
}

/** A partition's share of one answer: a command of 1 MiB fits, and one busy partition leaves room for others. */
const partitionBytes = 2 << 20;
const totalBytes = 8 << 20;

const firstRetryMs = 20;
const lastRetryMs = 1000;

/** Brokers forget a topic for a moment in a fail-over; after this it is gone. */
const topicGoneAfterMs = 30_000;

export class KafkaFeeds implements Feeds {
  readonly #source: Source;
  readonly #topic: string;
  readonly #limits: FetchLimits;
  readonly #onEvent: OnEvent;
  readonly #feeds = new Set<Feed>();
  readonly #polled = new Set<string>();
  #closed = false;

  constructor(source: Source, topic: string, maxWaitMs: number, onEvent: OnEvent) {
    this.#source = source;
    this.#topic = topic;
    this.#limits = { maxWaitMs, partitionBytes, totalBytes, committedOnly: true };
    this.#onEvent = onEvent;
  }

  open(partition: number, from: Offset, listener: CommandListener): CommandFeed {
    const feed: Feed = { partition, listener, next: from, wanted: true };
    this.#feeds.add(feed);
    this.#attend();
    return {
      pause: () => {
        feed.wanted = false;
      },
      resume: () => {
        if (!this.#feeds.has(feed)) return;
        feed.wanted = true;
        this.#attend();
      },
      stop: () => {
        this.#feeds.delete(feed);
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#feeds.clear();
  }

  /** Sees to it that every wanted feed's leader is being polled. */
  #attend(): void {
    if (this.#closed) return;
    for (const feed of this.#feeds) {
      const leader = this.#leaderOf(feed);
      if (!feed.wanted || this.#polled.has(leader)) continue;
      this.#polled.add(leader);
      void this.#poll(leader);
    }
  }

  async #poll(leader: string): Promise<void> {
    const retry = backOff(firstRetryMs, lastRetryMs);
    let failingSinceMs: number | undefined;
    for (let mine = this.#ledBy(leader); mine.length > 0; mine = this.#ledBy(leader)) {
      try {
        if (leader === nobody) await this.#source.refresh();
        else this.#handOn(await this.#source.fetch(this.#topic, leader, mine.map(position), this.#limits), mine);
        failingSinceMs = undefined;
        retry.reset();
      } catch (error) {
        if (this.#closed) break;
        const nowMs = performance.now();
        failingSinceMs ??= nowMs;
        await this.#mend(error, mine, leader, nowMs - failingSinceMs);
        await retry.wait();
      }
      this.#attend();
    }
    this.#polled.delete(leader);
    this.#attend();
  }

  /** The wanted feeds of that leader, one a partition: a second feed on a partition takes turns with the first. */
  #ledBy(leader: string): Feed[] {
    const mine = new Map<number, Feed>();
    for (const feed of this.#feeds) {
      if (feed.wanted && !mine.has(feed.partition) && this.#leaderOf(feed) === leader) mine.set(feed.partition, feed);
    }
    for (const feed of mine.values()) {
      this.#feeds.delete(feed);
      this.#feeds.add(feed);
    }
    return [...mine.values()];
  }

  #leaderOf(feed: Feed): string {
    return this.#source.leaderOf(this.#topic, feed.partition) ?? nobody;
  }

  #handOn(answers: readonly Fetched[], asked: readonly Feed[]): void {
    for (const { partition, offset, records, next, whole } of answers) {
      const feed = asked.find((each) => each.partition === partition);
      if (feed === undefined || !this.#feeds.has(feed)) continue; // stopped meanwhile
      if (!whole) {
        this.#fail(feed, mismatch(this.#topic, partition, offset, 'offsets after it are missing'));
        continue;
      }
      feed.next = next;
      if (records.length > 0) this.#deliver(feed, records);
    }
  }

  #deliver(feed: Feed, records: Fetched['records']): void {
    try {
      feed.listener.records(records);
    } catch (error) {
      this.#fail(feed, error instanceof Error ? error : new Error('a command listener threw', { cause: error }));
    }
  }

  async #mend(error: unknown, mine: readonly Feed[], leader: string, failingForMs: number): Promise<void> {
    const culprit = outOfRange(error, mine);
    if (culprit !== undefined) {
      this.#fail(culprit, mismatch(this.#topic, culprit.partition, culprit.next, 'it is outside the log', error));
      return;
    }
    // Once for each time of trouble.
    this.#onEvent(failingForMs === 0 ? 'warn' : 'debug', 'commands-fetch-failed', {
      leader,
      reason: describe(error),
      failingForMs: Math.round(failingForMs),
    });
    if (isUnknownTopic(error) && failingForMs > topicGoneAfterMs)
      for (const feed of mine) this.#fail(feed, topicMissing(this.#topic, error));
    else if (isRefusal(error)) await this.#isolate(error, mine, leader);
    // Trouble in refreshing shows again in the next fetch.
    await this.#source.refresh().catch(() => undefined);
  }

  /** One answer carries all partitions, so one unreadable record spoils it for all: ask for each alone to find whose it is. */
  async #isolate(error: unknown, mine: readonly Feed[], leader: string): Promise<void> {
    for (const feed of mine) {
      const reason = mine.length === 1 ? error : await this.#refusalOf(feed, leader);
      if (reason !== undefined) this.#fail(feed, refused(`reading ${this.#topic}/${String(feed.partition)}`, reason));
    }
  }

  async #refusalOf(feed: Feed, leader: string): Promise<unknown> {
    try {
      this.#handOn(await this.#source.fetch(this.#topic, leader, [position(feed)], { ...this.#limits, maxWaitMs: 0 }), [feed]);
      return undefined;
    } catch (error) {
      return isRefusal(error) ? error : undefined;
    }
  }

  #fail(feed: Feed, error: Error): void {
    if (this.#feeds.delete(feed)) feed.listener.failed(error);
  }
}

/** Stands for the leader of a partition that has none. */
const nobody = 'nobody';

const position = (feed: Feed): { partition: number; offset: Offset } => ({ partition: feed.partition, offset: feed.next });

function outOfRange(error: unknown, mine: readonly Feed[]): Feed | undefined {
  const root = rootOf(error);
  if (faultName(error) !== 'KafkaJSOffsetOutOfRange' || !(root instanceof Error) || !('partition' in root)) return undefined;
  return mine.find((feed) => feed.partition === root.partition);
}

function mismatch(topic: string, partition: number, offset: Offset, reason: string, cause?: unknown): OperationalError {
  const where = `${topic}/${String(partition)}`;
  return new OperationalError('COMMAND_LOG_MISMATCH', `cannot read commands from offset ${String(offset)} of ${where}: ${reason}`, {
    retryable: false,
    cure: 'The topic was truncated, recreated or compacted by somebody; restore it, or set the partition right by hand',
    cause,
  });
}
