/** Time, chance and a log that a test moves by hand. */
import type { AppendOutcome, LogRecord, Offset, PartitionLog } from '../../../engine/log/index.ts';
import { CacheBatch, createMemoryStores, createPartitionCache, type PartitionCache } from '../../../engine/state/index.ts';
import { emptyPartition, type ClosedFact } from '../../../engine/core/index.ts';
import {
  encodeHistory,
  keyOf,
  OperationalError,
  type Claimant,
  type CommandForwarded,
  type CommandRefused,
  type HistoryBody,
  type OutboundQueued,
} from '../../../schemas/index.ts';
import type { Runtime } from '../../../partition-worker/index.ts';

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export class FakeRuntime implements Runtime {
  now = 1_000_000;
  readonly lines: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  private timers = new Set<Timer>();
  private drawn = 0;

  nowMs(): number {
    return this.now;
  }

  monotonicMs(): number {
    return this.now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.now + delayMs, run };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Lets time pass; timers that fall due run, the earliest first. */
  advance(ms: number): void {
    const untilMs = this.now + ms;
    for (;;) {
      const [next] = [...this.timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.timers.delete(next);
      this.now = Math.max(this.now, next.atMs);
      next.run();
    }
    this.now = untilMs;
  }

  hex(digits: number): string {
    return String(++this.drawn).padStart(digits, '0');
  }

  chance(): number {
    return 0.5;
  }

  log(_level: string, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ event, fields });
  }
}

export const claimant: Claimant = 'aaaaaaaaaaaaaaaa' as Claimant;

export async function openCache(): Promise<PartitionCache> {
  return createPartitionCache(await createMemoryStores().open(0, () => undefined));
}

export function closedFact(body: ClosedFact['body'], epoch = 1): ClosedFact {
  const record = { epoch, claimant, commit: 1, body };
  return { key: keyOf(record), epoch, claimant, body, bytes: encodeHistory(record) };
}

/** Puts acked facts into the cache, as a commit does after its ack. */
export async function cached(cache: PartitionCache, ...bodies: readonly ClosedFact['body'][]): Promise<void> {
  const batch = new CacheBatch();
  for (const body of bodies) batch.closed(closedFact(body));
  batch.header(emptyPartition(), 0);
  await cache.write(batch);
}

export const refused = (offset: number, atMs: number): CommandRefused => ({
  kind: 'CommandRefused',
  offset,
  commandId: 'c',
  code: 'NO',
  message: 'no',
  atMs,
});

export const forwarded = (offset: number, number: number, atMs: number): CommandForwarded => ({
  kind: 'CommandForwarded',
  offset,
  commandId: 'c',
  toPartition: 1,
  number,
  atMs,
});

export const outbound = (number: number, lane = 'c/1', bytes = 3): OutboundQueued => ({
  kind: 'OutboundQueued',
  number,
  lane,
  key: 'k',
  value: new Uint8Array(bytes),
});

/** A partition's history in an array. It may be cut, recreated, or have holes. */
export class FakePartitionLog implements PartitionLog {
  readonly partition = 0;
  records: LogRecord[] = [];
  end = 0;
  reads: Offset[] = [];

  write(epoch: number, by: string, commit: number, body: HistoryBody): this {
    const record = { epoch, claimant: by as Claimant, commit, body };
    this.records.push({ offset: this.end++, key: keyOf(record), value: encodeHistory(record) });
    return this;
  }

  async read(from: Offset, sink: (records: readonly LogRecord[]) => void | Promise<void>): Promise<Offset> {
    this.reads.push(from);
    if (from > this.end) throw new OperationalError('LOG_TRUNCATED', 'the log ends before that', { retryable: true });
    const end = this.end;
    await sink(this.records.filter(({ offset }) => offset >= from));
    return end;
  }

  append(): Promise<AppendOutcome> {
    return Promise.resolve({ kind: 'broken', cause: new Error('not for this test') });
  }

  consume(): never {
    throw new Error('not for this test');
  }

  trim(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.records = [];
  }
}

/** Lets everything that waits on promises alone run. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
