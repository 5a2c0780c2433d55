/**
 * `POST /v1/reads`: many readings in one request, each answered in a line of its own as soon as it is known.
 *
 *  1. Every item is answered exactly once: by its value or by an error of its own; one bad item spoils no other.
 *  2. Lines that become known together are written together.
 *  3. The stream ends with its last line, or early when the server closes: what is left is answered `UNAVAILABLE` (retryable).
 */
import {
  instanceIdFault,
  OperationalError,
  type CommandPlace,
  type ReadItem,
  type ReadLine,
  type ReadsRequest,
  type WorkerReads,
} from '../../schemas/index.ts';
import { pollMsMax, readItemsMax } from './limits.ts';
import { failureOf, type Reply } from './reply.ts';

/** The array of items; each is checked when its turn comes (1). @throws OperationalError `REQUEST_INVALID`. */
export function readItemsOf(body: unknown): readonly unknown[] {
  const items: unknown = isObject(body) ? body['items' satisfies keyof ReadsRequest] : undefined;
  if (!Array.isArray(items)) throw invalid('the body is {"items": [...]}');
  if (items.length > readItemsMax) throw invalid(`a request holds at most ${String(readItemsMax)} items`);
  return items;
}

export class ReadStream {
  private readonly reply: Reply;
  private readonly open: Set<number>;
  private lines = '';
  private onEnd: () => void = () => undefined;

  constructor(reply: Reply, items: readonly unknown[]) {
    this.reply = reply;
    this.open = new Set(items.keys());
  }

  /** Resolves when the last line is written or the connection is gone. */
  run(items: readonly unknown[], reads: WorkerReads): Promise<void> {
    return new Promise((resolve) => {
      this.onEnd = resolve;
      this.reply.response.once('close', resolve);
      this.reply.startLines();
      if (items.length === 0) this.flush();
      for (const [index, item] of items.entries()) {
        // A reading may throw at once or later; both are this item's own affair.
        lineOf(index, item, reads).then(
          (line) => this.give(line),
          (error: unknown) => this.give(errorLine(index, error)),
        );
      }
    });
  }

  /** Shows a client that waits for a slow answer that this worker lives. */
  heartbeat(): void {
    if (!this.gone()) this.reply.response.write('\n');
  }

  close(error: OperationalError): void {
    for (const index of this.open) this.lines += `${JSON.stringify(errorLine(index, error))}\n`;
    this.open.clear();
    this.flush();
  }

  private give(line: ReadLine): void {
    if (!this.open.delete(line.index) || this.gone()) return;
    if (this.lines === '') process.nextTick(() => this.flush());
    this.lines += `${JSON.stringify(line)}\n`;
  }

  private flush(): void {
    const { lines } = this;
    this.lines = '';
    if (this.gone()) return;
    if (this.open.size > 0) this.reply.response.write(lines);
    else {
      this.reply.response.end(lines);
      this.onEnd();
    }
  }

  private gone(): boolean {
    return this.reply.response.destroyed || this.reply.response.writableEnded;
  }
}

async function lineOf(index: number, item: unknown, reads: WorkerReads): Promise<ReadLine> {
  const read = readItemOf(item);
  switch (read.kind) {
    case 'answer':
      return {
        index,
        answer: await reads.answer({ partition: read.partition, offset: read.offset }, Math.min(read.timeoutMs, pollMsMax)),
      };
    case 'state':
      return { index, instance: (await reads.state(read.instanceId, read.after)) ?? null };
    case 'wait':
      return { index, instance: (await reads.wait(read.instanceId, read.for, Math.min(read.timeoutMs, pollMsMax), read.after)) ?? null };
    default:
      return read satisfies never;
  }
}

function errorLine(index: number, error: unknown): ReadLine {
  const failure = failureOf(error);
  return { index, error: failure.body.error, retryable: failure.retryable };
}

function readItemOf(value: unknown): ReadItem {
  if (!isObject(value)) throw invalid('an item is an object');
  switch (value['kind']) {
    case 'answer': {
      const { partition, offset } = value;
      if (!isPlace({ partition, offset })) throw invalid('"partition" and "offset" are whole numbers');
      return { kind: 'answer', partition: Number(partition), offset: Number(offset), timeoutMs: timeoutOf(value) };
    }
    case 'state':
      return { kind: 'state', ...subjectOf(value) };
    case 'wait': {
      const what = value['for'];
      if (what !== 'start' && what !== 'completion') throw invalid('a wait is "for" "start" or "completion"');
      return { kind: 'wait', ...subjectOf(value), for: what, timeoutMs: timeoutOf(value) };
    }
    default:
      throw invalid('"kind" is "answer", "state" or "wait"');
  }
}

function subjectOf({ instanceId, after }: Record<string, unknown>): { instanceId: string; after?: CommandPlace } {
  const fault = instanceIdFault(instanceId);
  if (fault !== undefined) throw new OperationalError('INSTANCE_ID_INVALID', fault, { retryable: false });
  if (after !== undefined && !isPlace(after)) throw invalid('"after" is {partition, offset}');
  return after === undefined ? { instanceId: String(instanceId) } : { instanceId: String(instanceId), after };
}

function timeoutOf({ timeoutMs }: Record<string, unknown>): number {
  if (!isWholeNumber(timeoutMs)) throw invalid('"timeoutMs" is a whole number of milliseconds');
  return timeoutMs;
}

function isPlace(value: unknown): value is CommandPlace {
  return isObject(value) && isWholeNumber(value['partition']) && isWholeNumber(value['offset']);
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): OperationalError {
  return new OperationalError('REQUEST_INVALID', message, { retryable: false });
}
