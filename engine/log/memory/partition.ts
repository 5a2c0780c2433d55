/**
 * A process's view of one partition.
 *  1. One append in flight, one read at a time: more is a bug of the caller and throws BrokenError.
 *  2. Whatever the fate of an append's answer, its batch lands whole, and at most once unless the fate is `doubled`.
 *  3. After `close` no sink and no listener is called, and a pending read rejects.
 */
import { BrokenError, OperationalError } from '../../../schemas/index.ts';
import {
  type AppendOutcome,
  type AppendRecord,
  batchFault,
  type CommandFeed,
  type CommandListener,
  type LogRecord,
  type Offset,
  type PartitionLog,
} from '../index.ts';
import { MemoryFeed } from './feed.ts';
import type { ProcessContext } from './context.ts';
import type { MemoryTopic, TopicRecord } from './topic.ts';
import { topicOf } from './topics.ts';

type Sink = (records: readonly LogRecord[]) => void | Promise<void>;

export class MemoryPartition implements PartitionLog {
  readonly partition: number;
  readonly #context: ProcessContext;
  readonly #history: MemoryTopic;
  readonly #commands: MemoryTopic;
  readonly #feeds = new Set<MemoryFeed>();
  #closed = false;
  #appending = false;
  #reading = false;
  /** Where its last acked batch stands. */
  #lastBase: Offset | undefined;

  constructor(context: ProcessContext, partition: number) {
    this.partition = partition;
    this.#context = context;
    this.#history = topicOf(context.topics.history, partition);
    this.#commands = topicOf(context.topics.commands, partition);
  }

  async append(records: readonly AppendRecord[]): Promise<AppendOutcome> {
    if (this.#closed) return { kind: 'unknown', cause: closedError(this.partition) };
    const fault = batchFault(records);
    if (fault !== undefined) return { kind: 'broken', cause: fault };
    if (this.#appending) throw new BrokenError('LOG_DISCIPLINE', `two appends in flight on partition ${String(this.partition)}`);
    this.#appending = true;
    const outcome = await new Promise<AppendOutcome>((resolve) => this.#decideFate([...records], resolve));
    this.#appending = false;
    if (outcome.kind === 'acked') this.#lastBase = outcome.base;
    return outcome;
  }

  #decideFate(records: readonly AppendRecord[], resolve: (outcome: AppendOutcome) => void): void {
    const { process, hooks, topics, outside, inside } = this.#context;
    const { partition } = this;
    const land = (): Offset => topics.landHistory(process, partition, records);
    const answer = (outcome: AppendOutcome): void => inside('append-answers', partition, () => resolve(outcome));
    const fate = hooks.appendFate({ process, partition, records });
    switch (fate) {
      case 'acked':
      case 'ack-lost':
      case 'doubled':
        outside('append-lands', partition, () => {
          const base = land();
          if (fate === 'doubled') outside('append-lands', partition, land);
          answer(fate === 'ack-lost' ? unknown(partition) : { kind: 'acked', base });
        });
        break;
      case 'late':
        answer(unknown(partition));
        outside('append-lands', partition, land);
        break;
      case 'lost':
        answer(unknown(partition));
        break;
      case 'swallowed':
        answer(this.#lastBase === undefined ? unknown(partition) : { kind: 'acked', base: this.#lastBase });
        break;
      case 'refused':
        answer({ kind: 'broken', cause: new OperationalError('BATCH_TOO_LARGE', 'the broker refused the batch', { retryable: false }) });
        break;
      default:
        fate satisfies never;
    }
  }

  async read(from: Offset, sink: Sink): Promise<Offset> {
    if (this.#closed) throw closedError(this.partition);
    if (this.#reading) throw new BrokenError('LOG_DISCIPLINE', `two reads at a time on partition ${String(this.partition)}`);
    this.#reading = true;
    try {
      return await this.#readOn(from, sink);
    } finally {
      this.#reading = false;
    }
  }

  async #readOn(from: Offset, sink: Sink): Promise<Offset> {
    const { process, hooks } = this.#context;
    let end = this.#history.next;
    if (from > end) {
      await this.#nextPiece();
      throw truncatedError(this.partition, from, end);
    }
    for (let position = from; ;) {
      await this.#nextPiece();
      const records = this.#history.from(position, end, Math.max(1, hooks.readPieceRecords(process, this.partition)));
      if (records.length > 0) await sink(records.map(logRecord));
      if (this.#closed) throw closedError(this.partition);
      const last = records.at(-1);
      position = last === undefined ? end : last.offset + 1;
      if (position < end) continue;
      if (end === this.#history.next || !hooks.readsOn(process, this.partition)) return end;
      end = this.#history.next;
    }
  }

  async #nextPiece(): Promise<void> {
    await new Promise<void>((resolve) => this.#context.inside('read-piece', this.partition, resolve));
    if (this.#closed) throw closedError(this.partition);
  }

  consume(from: Offset, listener: CommandListener): CommandFeed {
    const feed = new MemoryFeed(this.#context, this.partition, this.#commands, from, listener);
    this.#feeds.add(feed);
    return feed;
  }

  trim(before: Offset): Promise<void> {
    return new Promise((resolve) => {
      this.#context.outside('trim-lands', this.partition, () => {
        this.#commands.trim(before);
        resolve();
      });
    });
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds) feed.stop();
  }
}

function logRecord({ offset, key, value }: TopicRecord): LogRecord {
  return { offset, key: key ?? '', value };
}

function unknown(partition: number): AppendOutcome {
  const cause = new OperationalError('OUTCOME_UNKNOWN', `no answer to an append to partition ${String(partition)}`, { retryable: true });
  return { kind: 'unknown', cause };
}

function closedError(partition: number): OperationalError {
  return new OperationalError('LOG_CLOSED', `the log of partition ${String(partition)} is closed`, { retryable: false });
}

function truncatedError(partition: number, from: Offset, end: Offset): OperationalError {
  return new OperationalError('LOG_TRUNCATED', `partition ${String(partition)} ends at ${String(end)}, before ${String(from)}`, {
    retryable: true,
    cure: 'read the partition from its beginning',
  });
}
