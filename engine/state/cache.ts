/**
 * One partition's cache: the typed face of its store (L9).
 *
 *  1. It holds closed, acked, effective commits only, and the header that says how far they reach, written in one batch with them.
 *  2. Whatever it cannot read as it wrote it is `CACHE_CORRUPT`: the owner clears the store and folds the log again.
 *  3. Which rows without a value are there is known in memory, so that one is deleted only when it stands: few do.
 */
import { decodeHistory, keyOf, OperationalError } from '../../schemas/index.ts';
import { isInstanceFact, type EventRange, type ExecutionId, type Fact, type InstanceId, type PartitionFact } from '../../schemas/index.ts';
import type { InstanceState, OpenTask, PartitionState } from '../core/index.ts';
import type { CacheBatch } from './batch.ts';
import { decodeEnded, decodeHeader, decodeTask } from './encoding.ts';
import { InstanceReader } from './instances.ts';
import type { Store, StoreWrite } from './port.ts';
import {
  answerRowsPrefix,
  answersFrom,
  endedRow,
  endedRowsPrefix,
  eventsFrom,
  factsFrom,
  factsPrefix,
  headerRow,
  outboundRowsPrefix,
  parseEndedRow,
  parseReadyRow,
  parseTaskRow,
  parseTimerRow,
  prefixEnd,
  readyRowsPrefix,
  rowOfKey,
  taskRowsPrefix,
  timersFrom,
  voidRowsPrefix,
  type TimerRow,
} from './rows.ts';
import { WriteBehind } from './write-behind.ts';

/** A fact of the partition as the cache keeps it: with the log key its tombstone will need. */
export interface KeptPartitionFact<T extends PartitionFact = PartitionFact> {
  readonly body: T;
  readonly epoch: number;
  readonly claimant: string;
}

/** A fact of an instance, with its log key. */
export interface KeptFact {
  readonly logKey: string;
  readonly fact: Fact;
}

export interface Header {
  readonly state: PartitionState;
  /** When this state was last known to be the log's end. */
  readonly stampMs: number;
  /** No timer stands below it. */
  readonly timersFrom: number;
}

/** An execution that another one followed, and not all of whose facts are swept. */
export interface EndedExecution {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  /** A new start took its place: external events with inbox numbers below this are nobody's any more. Null: the instance went on. */
  readonly discardBelow: number | null;
}

/** An open task: `seq` is the event that scheduled it. */
export interface OpenTaskRow {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly kind: OpenTask['kind'];
}

export interface PartitionCache {
  header(): Promise<Header | undefined>;
  /** The states of those of `ids` that exist. Of an instance that is over, open tasks are not listed. */
  instances(ids: readonly InstanceId[]): Promise<Map<InstanceId, InstanceState>>;
  /** Facts of an execution from event `from` on, at most `limit`. */
  facts(instanceId: InstanceId, executionId: ExecutionId, from: number, limit?: number): Promise<Fact[]>;
  /** The same with their log keys. */
  executionFacts(instanceId: InstanceId, executionId: ExecutionId, from: number, limit: number): Promise<KeptFact[]>;
  /** The external events with these inbox numbers, in order. @throws OperationalError `CACHE_CORRUPT` when one is missing. */
  events(instanceId: InstanceId, ranges: readonly EventRange[]): Promise<Fact[]>;
  /** Log keys of those external events with these inbox numbers that are still there, in order, at most `limit`. */
  eventKeys(instanceId: InstanceId, ranges: readonly EventRange[], limit: number): Promise<string[]>;
  openTasks(): AsyncIterable<OpenTaskRow>;
  /** Timers from `fromMs` up to and including `throughMs`, earliest first, at most `limit`. */
  dueTimers(fromMs: number, throughMs: number, limit: number): AsyncIterable<TimerRow>;
  /** Every instance that may have a turn: it has inputs not fed, and nothing holds it back. */
  unfedInstances(): AsyncIterable<InstanceId>;
  /**
   * At most `limit` executions that may be swept. What another instance under the same id left comes before the first execution of the one
   * that took its place: else a log folded from nothing could not tell whose events are whose.
   */
  endedExecutions(limit: number): AsyncIterable<EndedExecution>;
  /** Outbound messages not swept, by number. */
  outbound(): AsyncIterable<KeptPartitionFact>;
  /** Answers not swept, by command offset, from `offset` on. */
  answers(offset: number, limit?: number): AsyncIterable<KeptPartitionFact>;
  /** Seen by every read at once; on its way to the store when enough has gathered, and on closing. */
  write(batch: CacheBatch): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

export function createPartitionCache(below: Store, gatheredBytesMax?: number): PartitionCache {
  return new StoredCache(new WriteBehind(below, gatheredBytesMax));
}

class StoredCache implements PartitionCache {
  private readonly store: Store;
  private readonly reader: InstanceReader;
  /** The rows without a value that are there; unknown until they are listed. */
  private flags: Set<string> | undefined;

  constructor(store: Store) {
    this.store = store;
    this.reader = new InstanceReader(store, this);
  }

  async header(): Promise<Header | undefined> {
    const flags = await this.listFlags();
    const row = await this.store.get(headerRow);
    if (row === undefined) return undefined;
    const header = decodeHeader(row);
    for (const key of flags) if (key.startsWith(voidRowsPrefix)) header.state.voidKeys.add(key.slice(voidRowsPrefix.length));
    return header;
  }

  instances(ids: readonly InstanceId[]): Promise<Map<InstanceId, InstanceState>> {
    return this.reader.instances(ids);
  }

  async facts(instanceId: InstanceId, executionId: ExecutionId, from: number, limit?: number): Promise<Fact[]> {
    return (await this.factsFrom(instanceId, executionId, from, limit)).map(({ fact }) => fact);
  }

  executionFacts(instanceId: InstanceId, executionId: ExecutionId, from: number, limit: number): Promise<KeptFact[]> {
    return this.factsFrom(instanceId, executionId, from, limit);
  }

  async events(instanceId: InstanceId, ranges: readonly EventRange[]): Promise<Fact[]> {
    const rows: string[] = [];
    for (const { from, through } of ranges) {
      const keys = await this.eventKeys(instanceId, [{ from, through }], Infinity);
      if (keys.length !== through - from + 1) throw corrupt(eventsFrom(instanceId, from), 'an external event is missing');
      for (const key of keys) rows.push(rowOfKey(key) ?? key);
    }
    const values = await this.store.getMany(rows);
    return rows.map((row, at) => {
      const value = values[at];
      if (value === undefined) throw corrupt(row, 'an external event is missing');
      return keptFact(row, value).fact;
    });
  }

  async eventKeys(instanceId: InstanceId, ranges: readonly EventRange[], limit: number): Promise<string[]> {
    const keys: string[] = [];
    for (const { from, through } of ranges) {
      if (keys.length >= limit) break;
      const rows = this.store.range(eventsFrom(instanceId, from), eventsFrom(instanceId, through + 1), atMost(limit - keys.length));
      for await (const [, value] of rows) keys.push(value.toString('utf8'));
    }
    return keys;
  }

  async *openTasks(): AsyncGenerator<OpenTaskRow> {
    for await (const [key, value] of this.all(taskRowsPrefix)) yield { ...parseTaskRow(key), kind: decodeTask(value).kind };
  }

  async *dueTimers(fromMs: number, throughMs: number, limit: number): AsyncGenerator<TimerRow> {
    for await (const [key] of this.store.range(timersFrom(fromMs), timersFrom(throughMs + 1), atMost(limit))) yield parseTimerRow(key);
  }

  async *unfedInstances(): AsyncGenerator<InstanceId> {
    for await (const [key] of this.all(readyRowsPrefix)) yield parseReadyRow(key);
  }

  async *endedExecutions(limit: number): AsyncGenerator<EndedExecution> {
    let left = limit;
    for await (const [key, value] of this.all(endedRowsPrefix)) {
      if (left <= 0) return;
      const { discardBelow, first } = decodeEnded(value);
      const execution = parseEndedRow(key);
      if (first && (await this.waitsForAnother(execution))) continue;
      left--;
      yield { ...execution, discardBelow };
    }
  }

  outbound(): AsyncIterable<KeptPartitionFact> {
    return this.partitionFacts(outboundRowsPrefix, outboundRowsPrefix);
  }

  answers(offset: number, limit?: number): AsyncIterable<KeptPartitionFact> {
    return this.partitionFacts(answersFrom(offset), answerRowsPrefix, limit);
  }

  async write(batch: CacheBatch): Promise<void> {
    // Not awaited when it need not be: what is written is seen by the next read, also by one that does not wait.
    const flags = this.flags ?? (await this.listFlags());
    const writes: StoreWrite[] = [];
    for (const [key, value] of batch.rows) writes.push({ key, value });
    for (const [key, isThere] of batch.flags) {
      if (isThere === flags.has(key)) continue;
      writes.push({ key, value: isThere ? Buffer.alloc(0) : null });
      if (isThere) flags.add(key);
      else flags.delete(key);
    }
    await this.store.write(writes);
  }

  async clear(): Promise<void> {
    this.flags = new Set();
    await this.store.clear();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private all(prefix: string): AsyncIterable<readonly [string, Buffer]> {
    return this.store.range(prefix, prefixEnd(prefix));
  }

  private async listFlags(): Promise<Set<string>> {
    if (this.flags !== undefined) return this.flags;
    const found = new Set<string>();
    for (const prefix of [readyRowsPrefix, voidRowsPrefix]) for await (const [key] of this.all(prefix)) found.add(key);
    return (this.flags ??= found);
  }

  private async *partitionFacts(from: string, prefix: string, limit?: number): AsyncGenerator<KeptPartitionFact> {
    for await (const [key, value] of this.store.range(from, prefixEnd(prefix), limit)) {
      const { epoch, claimant, body } = decodeHistory(value);
      if (body.kind !== 'OutboundQueued' && body.kind !== 'CommandRefused' && body.kind !== 'CommandForwarded')
        throw corrupt(key, body.kind);
      yield { epoch, claimant, body };
    }
  }

  private async factsFrom(instanceId: InstanceId, executionId: ExecutionId, from: number, limit?: number): Promise<KeptFact[]> {
    const found: KeptFact[] = [];
    const end = prefixEnd(factsPrefix(instanceId, executionId));
    for await (const [key, value] of this.store.range(factsFrom(instanceId, executionId, from), end, limit))
      found.push(keptFact(key, value));
    return found;
  }

  /** True while the instance that this execution's took the place of is not wholly swept. */
  private async waitsForAnother({ instanceId, executionId }: Omit<EndedExecution, 'discardBelow'>): Promise<boolean> {
    const [start] = await this.facts(instanceId, executionId, 1, 1);
    if (start?.kind !== 'InstanceStarted' || start.previousExecutionId === '') return false;
    return (await this.store.get(endedRow(instanceId, start.previousExecutionId))) !== undefined;
  }
}

function keptFact(key: string, value: Buffer): KeptFact {
  const record = decodeHistory(value);
  if (!isInstanceFact(record.body)) throw corrupt(key, record.body.kind);
  return { logKey: keyOf(record), fact: record.body };
}

/** A store takes any number, or none for all. */
function atMost(limit: number): number | undefined {
  return Number.isFinite(limit) ? limit : undefined;
}

function corrupt(key: string, what: string): OperationalError {
  return new OperationalError('CACHE_CORRUPT', `the cache row ${key} does not hold what was written: ${what}`, { retryable: true });
}
