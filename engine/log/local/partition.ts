/**
 * One partition as its owner uses it.
 *  1. One append in flight, one read at a time: more is a bug of the caller and throws BrokenError.
 *  2. After `close` no sink and no listener is called, and a pending read rejects. An append on its way lands or not, and says so.
 */
import { BrokenError } from '../../../schemas/index.ts';
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
import { dataDirCorrupt, logClosed, logTruncated } from './errors.ts';
import { LocalFeed } from './feed.ts';
import { type LocalTopic, type PlacedRecord } from './topic.ts';
import { type LogWriter } from './writer.ts';

/** The most records handed to a sink at once. */
const pieceRecordsMax = 1_000;

export class LocalPartition implements PartitionLog {
  readonly partition: number;
  readonly #history: LocalTopic;
  readonly #commands: LocalTopic;
  readonly #writer: LogWriter;
  readonly #feeds = new Set<LocalFeed>();
  #closed = false;
  #appending = false;
  #reading = false;

  constructor(partition: number, history: LocalTopic, commands: LocalTopic, writer: LogWriter) {
    this.partition = partition;
    this.#history = history;
    this.#commands = commands;
    this.#writer = writer;
  }

  async append(records: readonly AppendRecord[]): Promise<AppendOutcome> {
    const fault = batchFault(records);
    if (fault !== undefined) return { kind: 'broken', cause: fault };
    if (this.#closed) return { kind: 'unknown', cause: logClosed() };
    if (this.#appending) throw new BrokenError('LOG_DISCIPLINE', `two appends in flight on partition ${String(this.partition)}`);
    this.#appending = true;
    try {
      return { kind: 'acked', base: await this.#writer.append(this.#history, records) };
    } catch (cause) {
      return { kind: 'unknown', cause };
    } finally {
      this.#appending = false;
    }
  }

  async read(from: Offset, sink: (records: readonly LogRecord[]) => void | Promise<void>): Promise<Offset> {
    if (this.#closed) throw logClosed();
    if (this.#reading) throw new BrokenError('LOG_DISCIPLINE', `two reads at a time on partition ${String(this.partition)}`);
    const end = this.#history.next;
    if (from > end) throw logTruncated(this.partition, from, end);
    this.#reading = true;
    try {
      for await (const records of this.#history.pieces(from, pieceRecordsMax)) {
        this.#assertOpen();
        await sink(records.map(logRecord));
        this.#assertOpen();
      }
      return end;
    } finally {
      this.#reading = false;
    }
  }

  consume(from: Offset, listener: CommandListener): CommandFeed {
    const feed = new LocalFeed(this.#commands, from, listener);
    this.#feeds.add(feed);
    return feed;
  }

  async trim(before: Offset): Promise<void> {
    // Commands kept too long harm nobody, and a disk that takes no writes is told by the next append.
    await this.#commands.trim(before).catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds) feed.stop();
    this.#feeds.clear();
  }

  #assertOpen(): void {
    if (this.#closed) throw logClosed();
  }
}

/** @throws OperationalError `DATA_DIR_CORRUPT`: history has no record without a key */
function logRecord({ offset, key, value }: PlacedRecord): LogRecord {
  if (key === null) throw dataDirCorrupt(`record ${String(offset)} of the history has no key`);
  return { offset, key: key.toString(), value };
}
