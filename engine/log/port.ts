/**
 * The log port: everything the engine needs of Kafka, and all it may know of it. Adapters: `memory/` (deterministic, for the
 * simulation), `local/` (LevelDB, one process), `kafka/` (KafkaJS). One contract suite runs on each: `test/contract/log`.
 *
 * What every adapter promises (the ground under L1–L9):
 *  1. A batch given to `append` is atomic: all of it at consecutive offsets, or none. It lands at most once.
 *  2. Offsets of one partition only grow; log order is total; every reader sees the same records at the same offsets.
 *  3. `append` answers `acked` only for a batch that is durable, with the offset of its first record.
 *  4. After `unknown` the batch may still land, now or later. The adapter never uses that producer again.
 *  5. `read` delivers in order, without a repeat, nothing below `from`; a key's older records and old tombstones may be missing (compaction).
 *  6. `consume` delivers every command from `from` on, in order, none left out and none repeated, or reports `COMMAND_LOG_MISMATCH`. Offsets
 *     that never held a command (a transaction's markers and what it aborted) may be jumped over.
 *  7. `assigned`, `revoked` and `alive` are called synchronously with the group's own events; they never promise that no other
 *     process still believes it owns the partition. Safety rests on L1–L5 alone.
 *
 * Calling discipline: one `append` in flight a partition; one `read` at a time a partition; both only between `assigned` and `revoked`.
 * Trouble is thrown as OperationalError (`retryable` tells whether to go on trying) or BrokenError (stop the partition).
 */

/** A position in one partition of a topic. Safe integers. */
export type Offset = number;

/** A record as read. `value` null is a tombstone. */
export interface LogRecord {
  readonly offset: Offset;
  readonly key: string;
  readonly value: Buffer | null;
}

export interface AppendRecord {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record of `ns.commands` as read: the bytes may be anybody's, so the key may be missing or not text. */
export interface CommandRecord {
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export type AppendOutcome =
  /** Durable; the first record stands at `base`. */
  | { readonly kind: 'acked'; readonly base: Offset }
  /** It may have landed or may yet land. Take the partition again by L1 (L5). */
  | { readonly kind: 'unknown'; readonly cause: unknown }
  /** It certainly did not land and never will: too large, invalid, topic gone. Stop the partition. */
  | { readonly kind: 'broken'; readonly cause: unknown };

/** Where outbound messages go (L7). Names: `c/<partition>`, `dead-letter`. */
export type Lane = { readonly kind: 'commands'; readonly partition: number } | { readonly kind: 'dead-letter' };

export interface OutboundRecord {
  readonly key: string | null;
  readonly value: Buffer;
  /** Kafka headers, text both sides. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CommandListener {
  /** Enqueue and return; never throws. */
  records(batch: readonly CommandRecord[]): void;
  /** The feed ended by itself: `COMMAND_LOG_MISMATCH` (not retryable) or an outage that outlived the adapter's own retries. */
  failed(error: Error): void;
}

/** A running delivery of commands. */
export interface CommandFeed {
  /** Takes effect soon; batches already on their way may still arrive. */
  pause(): void;
  resume(): void;
  stop(): void;
}

/** One partition of `history` and `commands`, as its owner uses it. Opened once per tenure, closed at its end. */
export interface PartitionLog {
  readonly partition: number;
  /**
   * Hands all records at or above `from`, in order, to `sink` until the log's end as it stands at this call or later; resolves
   * with that end: the offset after the last record read, counting those compaction removed. `sink` is awaited.
   * @throws OperationalError `LOG_TRUNCATED` (retryable: start from nothing) when `from` is past the end or the log begins elsewhere than it did.
   */
  read(from: Offset, sink: (records: readonly LogRecord[]) => void | Promise<void>): Promise<Offset>;
  /** One atomic batch to `history`. Never throws for what the log says: see AppendOutcome. */
  append(records: readonly AppendRecord[]): Promise<AppendOutcome>;
  consume(from: Offset, listener: CommandListener): CommandFeed;
  /** Allows the log to delete commands below `before`. Best effort; never throws. */
  trim(before: Offset): Promise<void>;
  /** Stops feeds and reads, releases the producer. What is in flight may still land. */
  close(): void;
}

/** Writes command records to one partition, at least once, in order, one send in flight. The client's half of the port. */
export interface CommandSink {
  readonly partitions: number;
  /** Resolves with the offset of the first record. @throws OperationalError `OUTCOME_UNKNOWN`, `BROKER_UNREACHABLE`, … */
  send(partition: number, records: readonly OutboundRecord[]): Promise<Offset>;
  close(): Promise<void>;
}

export interface Log {
  readonly partitions: number;
  open(partition: number): PartitionLog;
  /**
   * Appends messages to a lane's topic and partition, in order; resolves with the offset of the first. The adapter retries
   * within its own deadline; a rejection means unknown and the caller sends again (the receiver drops repeats).
   */
  send(lane: Lane, records: readonly OutboundRecord[]): Promise<Offset>;
  close(): Promise<void>;
}

/** One live member of the deployment. */
export interface Member {
  /** Base URL of its HTTP API, or null when it has none. */
  readonly apiUrl: string | null;
  readonly partitions: readonly number[];
  /** The orchestrators it can run: name and version. */
  readonly programs: readonly { readonly name: string; readonly version: string }[];
}

export interface GroupListener {
  assigned(partition: number): void;
  revoked(partition: number): void;
  /**
   * A join or heartbeat succeeded whose request was sent at most `sentAgoMs` ago on a monotonic clock: at that time the group had not
   * given this process up. The answer may have waited for a process that slept; only a request sent after a fencing tells anything about it.
   */
  alive(sentAgoMs: number): void;
  /** The membership ended by itself and will not come back. */
  failed(error: Error): void;
}

/** Ownership signals: who should own what. */
export interface Group {
  join(listener: GroupListener): Promise<void>;
  /** Every live member, this one included. */
  members(): Promise<readonly Member[]>;
  /** Gives the partitions back; `revoked` is called for each. */
  leave(): Promise<void>;
}
