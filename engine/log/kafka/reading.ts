/** Reads one partition of the history from an offset to the log's end. */
import { OperationalError } from '../../../schemas/index.ts';
import type { LogRecord, Offset } from '../index.ts';
import { describe, faultName, isRefusal, logClosed, refused, unreachable } from './faults.ts';
import type { OnEvent } from './settings.ts';
import type { Fetched, FetchLimits, Source } from './source.ts';
import { backOff } from './waiting.ts';

export interface ReadSettings {
  readonly source: Source;
  readonly topic: string;
  readonly partition: number;
  readonly brokers: readonly string[];
  readonly isClosed: () => boolean;
  readonly onEvent: OnEvent;
  /** What one request asks for. Default 4 MiB. */
  readonly chunkBytes?: number;
}

/** Some 14,000 records of 300 bytes: large enough for full speed, small enough for two in memory (one worked on, one coming). */
const chunkBytesDefault = 4 << 20;
const maxWaitMs = 100;

/** Longer than a leader election on a busy cluster; then the owner is told and decides. */
const giveUpAfterMs = 30_000;
const firstRetryMs = 20;
const lastRetryMs = 1000;

/**
 * Hands every record at or above `from` to `sink`, in order, and resolves with the log's end. The next chunk is fetched while the
 * sink works on the last.
 * @throws OperationalError `LOG_TRUNCATED`, `BROKER_UNREACHABLE`, `BROKER_REFUSED`, `LOG_CLOSED`
 */
export async function readToEnd(
  settings: ReadSettings,
  from: Offset,
  sink: (records: readonly LogRecord[]) => void | Promise<void>,
): Promise<Offset> {
  let over = false;
  try {
    return await readOn({ ...settings, isClosed: () => over || settings.isClosed() }, from, sink);
  } finally {
    // When the sink throws, a chunk is still on its way: it is not to be insisted on.
    over = true;
  }
}

async function readOn(
  settings: ReadSettings,
  from: Offset,
  sink: (records: readonly LogRecord[]) => void | Promise<void>,
): Promise<Offset> {
  // Asked of the leader, which answers only when it knows what its predecessor acknowledged; a fetch would tell an older end.
  const end = await insisting(settings, () => settings.source.bound(settings.topic, settings.partition, 'end'));
  if (from > end) throw truncated(settings, from, `it ends at ${String(end)}`);
  let coming = from < end ? chunkAt(settings, from) : undefined;
  let next = from;
  while (coming !== undefined) {
    const chunk: Fetched = await coming;
    next = chunk.next;
    coming = next < end ? chunkAt(settings, next) : undefined;
    // A rejection while the sink works is heard at the next turn of the loop, not by the process.
    coming?.catch(() => undefined);
    if (chunk.records.length > 0) await sink(chunk.records.map(asLogRecord));
    if (settings.isClosed()) throw logClosed();
  }
  return next;
}

async function chunkAt(settings: ReadSettings, offset: Offset): Promise<Fetched> {
  const { source, topic, partition, chunkBytes = chunkBytesDefault } = settings;
  const limits: FetchLimits = { maxWaitMs, partitionBytes: chunkBytes, totalBytes: chunkBytes, committedOnly: false };
  try {
    return await insisting(settings, async () => {
      const leader = source.leaderOf(topic, partition);
      if (leader === undefined) throw new Error('the partition has no leader');
      const [chunk] = await source.fetch(topic, leader, [{ partition, offset }], limits);
      return chunk ?? { partition, offset, records: [], next: offset, end: offset, whole: true };
    });
  } catch (error) {
    if (!isOutOfRange(error)) throw error;
    const start = await insisting(settings, () => source.bound(topic, partition, 'start'));
    // From the very beginning is from wherever the log begins.
    if (offset === 0 && start > 0) return { partition, offset, records: [], next: start, end: start, whole: false };
    throw truncated(settings, offset, `it begins at ${String(start)}`);
  }
}

/** Tries until it works, is hopeless, or has failed for too long. */
async function insisting<T>(settings: ReadSettings, attempt: () => Promise<T>): Promise<T> {
  const { source, topic, partition, brokers, isClosed, onEvent } = settings;
  const retry = backOff(firstRetryMs, lastRetryMs);
  const startedMs = performance.now();
  for (;;) {
    if (isClosed()) throw logClosed();
    try {
      return await attempt();
    } catch (error) {
      if (isOutOfRange(error) || error instanceof OperationalError) throw error;
      if (isRefusal(error)) throw refused(`reading ${topic}/${String(partition)}`, error);
      if (isClosed()) throw logClosed();
      onEvent('info', 'history-read-retried', { partition, reason: describe(error) });
      if (performance.now() - startedMs > giveUpAfterMs) throw unreachable(brokers, error);
      await retry.wait();
      // Trouble in refreshing shows again in the next attempt.
      await source.refresh().catch(() => undefined);
    }
  }
}

const isOutOfRange = (error: unknown): boolean => faultName(error) === 'KafkaJSOffsetOutOfRange';

/** Keys of the history are text by construction (L8); a record without one cannot be on a compacted topic. */
function asLogRecord({ offset, key, value }: Fetched['records'][number]): LogRecord {
  return { offset, key: key === null ? '' : key.toString('utf8'), value };
}

function truncated({ topic, partition }: ReadSettings, from: Offset, reason: string): OperationalError {
  return new OperationalError('LOG_TRUNCATED', `${topic}/${String(partition)} cannot be read from offset ${String(from)}: ${reason}`, {
    retryable: true,
  });
}
