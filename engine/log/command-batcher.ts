/**
 * Groups commands on their way to the log: many callers, few sends.
 *
 *  1. One send in flight a partition; what is given meanwhile goes with the next, in the order given.
 *  2. What is given in one burst goes together: the first send waits until the running microtasks are through.
 *  3. Everything is bounded: a batch by what one record batch may hold, the queue by records and bytes.
 *  4. A failed send fails exactly the commands in it; those behind it are sent all the same.
 */
import { OperationalError } from '../../schemas/index.ts';
import type { CommandSink, Offset, OutboundRecord } from './port.ts';

/** A batch of commands stays under `max.message.bytes` (4 MiB) whatever its framing costs. */
const batchBytesMax = 3 * 1024 * 1024;
/** More in one send would only make the ones in front wait for the ones behind. */
const batchRecordsMax = 2_000;
/** What may wait in this process for a broker that is slow: about a minute of full speed. */
const queuedRecordsMax = 100_000;
const queuedBytesMax = 64 * 1024 * 1024;

interface Waiting {
  readonly record: OutboundRecord;
  readonly bytes: number;
  readonly resolve: (offset: Offset) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  waiting: Waiting[];
  sending: boolean;
}

export interface CommandBatcherOptions {
  /** The code of the error for a command that finds the queue full: `CLIENT_OVERLOADED` in a client. */
  readonly overloadedCode: string;
  /** Default 100,000 records. */
  readonly queuedRecordsMax?: number;
}

export class CommandBatcher {
  readonly partitions: number;
  private readonly sink: CommandSink;
  private readonly overloadedCode: string;
  private readonly recordsMax: number;
  private readonly queues: Map<number, Queue> = new Map();
  private queuedRecords = 0;
  private queuedBytes = 0;

  constructor(sink: CommandSink, options: CommandBatcherOptions) {
    this.partitions = sink.partitions;
    this.sink = sink;
    this.overloadedCode = options.overloadedCode;
    this.recordsMax = options.queuedRecordsMax ?? queuedRecordsMax;
  }

  /**
   * Resolves with the offset at which the command stands.
   * @throws OperationalError the overloaded code (retryable) when the queue is full; whatever the sink throws.
   */
  submit(partition: number, record: OutboundRecord): Promise<Offset> {
    const bytes = record.value.length + (record.key === null ? 0 : record.key.length);
    if (this.queuedRecords >= this.recordsMax || this.queuedBytes + bytes > queuedBytesMax) {
      return Promise.reject(
        new OperationalError(this.overloadedCode, `${String(this.queuedRecords)} commands are waiting to be sent`, {
          retryable: true,
          cure: 'send less at once, or look why the broker is slow',
        }),
      );
    }
    return new Promise<Offset>((resolve, reject) => {
      this.queuedRecords += 1;
      this.queuedBytes += bytes;
      const queue = this.queueOf(partition);
      queue.waiting.push({ record, bytes, resolve, reject });
      if (queue.sending) return;
      queue.sending = true;
      queueMicrotask(() => void this.drain(partition, queue));
    });
  }

  private queueOf(partition: number): Queue {
    const known = this.queues.get(partition);
    if (known !== undefined) return known;
    const queue: Queue = { waiting: [], sending: false };
    this.queues.set(partition, queue);
    return queue;
  }

  private async drain(partition: number, queue: Queue): Promise<void> {
    while (queue.waiting.length > 0) {
      const batch = takeBatch(queue);
      const records = batch.map((waiting) => waiting.record);
      try {
        const base = await this.sink.send(partition, records);
        for (const [at, waiting] of batch.entries()) waiting.resolve(base + at);
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
      this.queuedRecords -= batch.length;
      for (const waiting of batch) this.queuedBytes -= waiting.bytes;
    }
    queue.sending = false;
  }
}

function takeBatch(queue: Queue): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const waiting of queue.waiting) {
    bytes += waiting.bytes;
    if (count > 0 && (bytes > batchBytesMax || count >= batchRecordsMax)) break;
    count += 1;
  }
  const batch = queue.waiting.slice(0, count);
  queue.waiting = queue.waiting.slice(count);
  return batch;
}
