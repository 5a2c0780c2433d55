/** A log and a group between a worker and the real ones, for what may go wrong on the way. They work on every adapter. */
import { decodeHistory, type HistoryBody, type HistoryRecord } from '../../../schemas/index.ts';
import type {
  AppendOutcome,
  AppendRecord,
  Group,
  GroupListener,
  Lane,
  Log,
  Offset,
  OutboundRecord,
  PartitionLog,
} from '../../../engine/log/index.ts';

/** An append on its way. `records` are its records, decoded; tombstones are left out. */
export interface AppendOnItsWay {
  readonly partition: number;
  readonly records: readonly HistoryRecord[];
  readonly tombstones: readonly string[];
  readonly raw: readonly AppendRecord[];
  has(kind: HistoryBody['kind']): boolean;
  /** Lets it go through. */
  land(): Promise<AppendOutcome>;
}

export interface SendOnItsWay {
  readonly lane: Lane;
  readonly records: readonly OutboundRecord[];
  land(): Promise<Offset>;
}

export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

export const unknownOutcome = (): AppendOutcome => ({ kind: 'unknown', cause: new Error('the answer was lost on purpose') });

export class FaultyLog implements Log {
  readonly partitions: number;
  /** What becomes of appends. Default: they go through. */
  onAppend: (append: AppendOnItsWay) => Promise<AppendOutcome> = (append) => append.land();
  onSend: (send: SendOnItsWay) => Promise<Offset> = (send) => send.land();
  /** What was acked to the worker, in order. */
  readonly acked: AppendOnItsWay[] = [];
  /** What it gave up to the log, in order, whatever became of it. */
  readonly sent: SendOnItsWay[] = [];
  /** What it asked to be trimmed, and how many appends were acked to it by then. */
  readonly trims: { readonly partition: number; readonly before: Offset; readonly ackedBefore: number }[] = [];
  private readonly inner: Log;
  private readonly opened = new Set<PartitionLog>();
  private readonly changed: () => void;
  private life: 'alive' | 'dead' = 'alive';

  constructor(inner: Log, changed: () => void) {
    this.inner = inner;
    this.partitions = inner.partitions;
    this.changed = changed;
  }

  /** The process dies: nothing it does from here on reaches the log, and it hears nothing. What is on its way is the test's to land. */
  die(): void {
    this.life = 'dead';
    for (const log of this.opened) log.close();
  }

  open(partition: number): PartitionLog {
    const log = this.inner.open(partition);
    this.opened.add(log);
    return {
      partition,
      read: async (from, sink) => {
        if (this.life === 'dead') return never();
        return log.read(from, sink);
      },
      append: (records) => this.append(log, records),
      consume: (from, listener) => log.consume(from, listener),
      trim: async (before) => {
        if (this.life === 'dead') return;
        this.trims.push({ partition, before, ackedBefore: this.acked.length });
        this.changed();
        await log.trim(before);
      },
      close: () => {
        log.close();
      },
    };
  }

  async send(lane: Lane, records: readonly OutboundRecord[]): Promise<Offset> {
    if (this.life === 'dead') return never();
    const send: SendOnItsWay = { lane, records, land: () => this.inner.send(lane, records) };
    this.sent.push(send);
    this.changed();
    const base = await this.onSend(send);
    return this.heard(base);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private async append(log: PartitionLog, raw: readonly AppendRecord[]): Promise<AppendOutcome> {
    if (this.life === 'dead') return never();
    const records = raw.flatMap(({ value }) => (value === null ? [] : [decodeHistory(value)]));
    const append: AppendOnItsWay = {
      partition: log.partition,
      records,
      raw,
      tombstones: raw.filter(({ value }) => value === null).map(({ key }) => key),
      has: (kind) => records.some(({ body }) => body.kind === kind),
      land: () => log.append(raw),
    };
    const outcome = await this.onAppend(append);
    const heard = await this.heard(outcome);
    if (heard.kind === 'acked') {
      this.acked.push(append);
      this.changed();
    }
    return heard;
  }

  /** The dead hear nothing. */
  private heard<T>(answer: T): Promise<T> {
    return this.life === 'dead' ? never() : Promise.resolve(answer);
  }
}

/** A group whose news the worker may be kept from. */
export class ControlledGroup implements Group {
  /** It does not hear that partitions are taken away: a zombie in the making. */
  deaf = false;
  /** It does not hear its own heartbeats. */
  muted = false;
  private readonly inner: Group;
  private readonly missed: number[] = [];
  private readonly changed: () => void;
  private listener: GroupListener | undefined;
  readonly owned: Set<number> = new Set();

  constructor(inner: Group, changed: () => void) {
    this.inner = inner;
    this.changed = changed;
  }

  join(listener: GroupListener): Promise<void> {
    this.listener = listener;
    return this.inner.join({
      assigned: (partition) => {
        this.owned.add(partition);
        listener.assigned(partition);
        this.changed();
      },
      revoked: (partition) => {
        this.owned.delete(partition);
        if (this.deaf) this.missed.push(partition);
        else listener.revoked(partition);
        this.changed();
      },
      alive: (sentAgoMs) => {
        if (!this.muted) listener.alive(sentAgoMs);
      },
      failed: (error) => {
        listener.failed(error);
      },
    });
  }

  /** A heartbeat's answer is heard now, `sentAgoMs` after it was asked for. */
  beat(sentAgoMs = 0): void {
    this.listener?.alive(sentAgoMs);
  }

  /** What it was kept from reaches the worker after all. */
  listen(): void {
    this.deaf = false;
    for (const partition of this.missed.splice(0)) if (!this.owned.has(partition)) this.listener?.revoked(partition);
  }

  members(): ReturnType<Group['members']> {
    return this.inner.members();
  }

  leave(): Promise<void> {
    return this.inner.leave();
  }
}
