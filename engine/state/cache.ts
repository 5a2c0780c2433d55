/**
 * One partition's cache: the typed face of its store (L9).
 *
 *  1. It holds closed, acked, effective commits only, and the header that says how far they reach, written in one batch with them.
 *  2. Whatever it cannot read as it wrote it is `CACHE_CORRUPT`: the owner clears the store and folds the log again.
 */
import { decodeHistory, OperationalError, type ExecutionId, type Fact, type InstanceId, type PartitionFact } from '../../schemas/index.ts';
import {
  isInstanceFact,
  isTerminal,
  restartPosition,
  type ClosedFact,
  type InputFact,
  type InstanceState,
  type PartitionState,
} from '../core/index.ts';
import { decodeHeader, decodeInstance, encodeHeader, encodeInstance } from './encoding.ts';
import type { Store, StoreWrite } from './port.ts';
import { WriteBehind } from './write-behind.ts';
import {
  answerRowsPrefix,
  answersFrom,
  factsFrom,
  factsPrefix,
  headerRow,
  instanceRow,
  outboundRowsPrefix,
  parseTaskRow,
  parseUnfedRow,
  prefixEnd,
  rowOfFact,
  rowOfKey,
  taskRow,
  taskRowsPrefix,
  tasksPrefix,
  unfedRow,
  unfedRowsPrefix,
  voidRow,
  voidRowsPrefix,
} from './rows.ts';

/** A fact of the partition as the cache keeps it: with the log key its tombstone will need. */
export interface KeptPartitionFact<T extends PartitionFact = PartitionFact> {
  readonly body: T;
  readonly epoch: number;
  readonly claimant: string;
}

export interface Header {
  readonly state: PartitionState;
  /** When this state was last known to be the log's end. */
  readonly stampMs: number;
}

export interface PartitionCache {
  header(): Promise<Header | undefined>;
  /** The states of those of `ids` that exist. */
  instances(ids: readonly InstanceId[]): Promise<Map<InstanceId, InstanceState>>;
  /** Facts of an execution from event `from` on, at most `limit`. */
  facts(instanceId: InstanceId, executionId: ExecutionId, from: number, limit?: number): Promise<Fact[]>;
  /** Every open task: instance and event number. */
  openTasks(): AsyncIterable<{ readonly instanceId: InstanceId; readonly seq: number }>;
  /** Every instance with inputs not fed. */
  unfedInstances(): AsyncIterable<InstanceId>;
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
  const store = new WriteBehind(below, gatheredBytesMax);
  const all = (prefix: string): AsyncIterable<readonly [string, Buffer]> => store.range(prefix, prefixEnd(prefix));

  async function* partitionFacts(from: string, prefix: string, limit?: number): AsyncGenerator<KeptPartitionFact> {
    for await (const [key, value] of store.range(from, prefixEnd(prefix), limit)) {
      const { epoch, claimant, body } = decodeHistory(value);
      if (body.kind !== 'OutboundQueued' && body.kind !== 'CommandRefused' && body.kind !== 'CommandForwarded')
        throw corrupt(key, body.kind);
      yield { epoch, claimant, body };
    }
  }

  async function facts(instanceId: InstanceId, executionId: ExecutionId, from: number, limit?: number): Promise<Fact[]> {
    const found: Fact[] = [];
    const end = prefixEnd(factsPrefix(instanceId, executionId));
    for await (const [key, value] of store.range(factsFrom(instanceId, executionId, from), end, limit)) {
      const { body } = decodeHistory(value);
      if (!isInstanceFact(body)) throw corrupt(key, body.kind);
      found.push(body);
    }
    return found;
  }

  async function complete(row: Buffer): Promise<InstanceState> {
    const { state, unfedSeqs } = decodeInstance(row);
    const terminal = isTerminal(state);
    const openTasks = new Map<number, { taskId: number }>();
    if (!terminal)
      for await (const [key, value] of all(tasksPrefix(state.instanceId)))
        openTasks.set(parseTaskRow(key).seq, { taskId: Number(value.toString('utf8')) });
    const unfed: InputFact[] = [];
    const first = unfedSeqs[0];
    if (first !== undefined) {
      const wanted = new Set(unfedSeqs);
      for (const fact of await facts(state.instanceId, state.executionId, first)) if (wanted.has(fact.seq)) unfed.push(fact as InputFact);
      if (unfed.length !== wanted.size) throw corrupt(instanceRow(state.instanceId), 'an unfed input is missing');
    }
    return { ...state, openTasks, unfed };
  }

  return {
    async header() {
      const row = await store.get(headerRow);
      if (row === undefined) return undefined;
      const header = decodeHeader(row);
      for await (const [key] of all(voidRowsPrefix)) header.state.voidKeys.add(key.slice(voidRowsPrefix.length));
      return header;
    },
    async instances(ids) {
      const found = new Map<InstanceId, InstanceState>();
      const rows = await store.getMany(ids.map(instanceRow));
      for (const [at, id] of ids.entries()) {
        const row = rows[at];
        if (row !== undefined) found.set(id, await complete(row));
      }
      return found;
    },
    facts,
    async *openTasks() {
      for await (const [key] of all(taskRowsPrefix)) yield parseTaskRow(key);
    },
    async *unfedInstances() {
      for await (const [key] of all(unfedRowsPrefix)) yield parseUnfedRow(key);
    },
    outbound: () => partitionFacts(outboundRowsPrefix, outboundRowsPrefix),
    answers: (offset, limit) => partitionFacts(answersFrom(offset), answerRowsPrefix, limit),
    write: (batch) => store.write(batch.writes),
    clear: () => store.clear(),
    close: () => store.close(),
  };
}

function corrupt(key: string, what: string): OperationalError {
  return new OperationalError('CACHE_CORRUPT', `the cache row ${key} does not hold what was written: ${what}`, { retryable: true });
}

/** The rows of one commit, or of one stretch of a restore; written as a whole. */
export class CacheBatch {
  readonly writes: StoreWrite[] = [];

  closed(fact: ClosedFact): void {
    this.writes.push({ key: rowOfFact(fact), value: Buffer.from(fact.bytes.buffer, fact.bytes.byteOffset, fact.bytes.byteLength) });
    const body = fact.body;
    if (body.kind === 'TaskScheduled')
      this.writes.push({ key: taskRow(body.instanceId, body.seq), value: Buffer.from(String(body.taskId)) });
    else if (body.kind === 'TaskCompleted' || body.kind === 'TaskFailed')
      this.writes.push({ key: taskRow(body.instanceId, body.scheduledSeq), value: null });
  }

  removed(logKey: string): void {
    const row = rowOfKey(logKey);
    if (row !== undefined) this.writes.push({ key: row, value: null });
    this.writes.push({ key: voidRow(logKey), value: null });
  }

  voided(logKey: string): void {
    this.writes.push({ key: voidRow(logKey), value: Buffer.alloc(0) });
  }

  instance(state: InstanceState): void {
    this.writes.push({ key: instanceRow(state.instanceId), value: encodeInstance(state) });
    this.writes.push({ key: unfedRow(state.instanceId), value: state.unfed.length > 0 ? Buffer.alloc(0) : null });
    if (isTerminal(state)) for (const seq of state.openTasks.keys()) this.writes.push({ key: taskRow(state.instanceId, seq), value: null });
  }

  header(state: PartitionState, stampMs: number): void {
    this.writes.push({ key: headerRow, value: encodeHeader({ ...state, position: restartPosition(state) }, stampMs) });
  }
}
