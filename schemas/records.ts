/**
 * What crosses a wire, as TypeScript sees it. Each interface mirrors one record of the newest `.avsc` version in
 * `avro/`; a test proves the two equal. Field order is the schema's.
 *
 * Conventions: `…AtMs` is milliseconds since the epoch; `payload`-like fields (`input`, `output`, `result`) hold JSON
 * text, and `null` there means *no value* (JavaScript's `undefined`), which is not the JSON text `null`.
 * `number`s are integers that fit a double exactly.
 */
import type { Claimant, CommandId, ExecutionId, InstanceId } from './ids.ts';

export type Payload = string | null;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** A failure as history keeps it (SEMANTICS T2). `properties` is JSON text. */
export interface FailureDetails {
  readonly errorType: string;
  readonly message: string;
  readonly stack: string | null;
  readonly nonRetriable: boolean;
  readonly cause: FailureDetails | null;
  readonly errors: readonly FailureDetails[];
  readonly properties: string | null;
}

// ---------------------------------------------------------------------------------------------------- commands

/** An order to start an instance. */
export interface StartInstance {
  readonly kind: 'StartInstance';
  readonly instanceId: InstanceId;
  readonly name: string;
  /** '' is unversioned. */
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
}

export type CommandBody = StartInstance;

/** Who sent a message between partitions, and its outbound number there (L7). */
export interface MessageSource {
  readonly partition: number;
  readonly number: number;
}

/** One record of `ns.commands`. */
export interface Command {
  readonly commandId: CommandId;
  readonly issuedAtMs: number;
  /** Set on what another partition sent; null on what a client sent. */
  readonly source: MessageSource | null;
  readonly body: CommandBody;
}

// ---------------------------------------------------------------------------------------------------- history

/** What every fact of an execution carries. `seq` is the event number: 1, 2, 3 … without a gap in one execution. */
interface ExecutionFact {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
}

export interface InstanceStarted extends ExecutionFact {
  readonly kind: 'InstanceStarted';
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
  readonly commandId: CommandId;
}

/** A turn of the orchestrator: it was fed every input recorded up to and including `inputsThrough`. Its actions follow. */
export interface TurnStarted extends ExecutionFact {
  readonly kind: 'TurnStarted';
  readonly inputsThrough: number;
}

/** `taskId` is the program's own number for the task; the engine knows the task by (execution, `seq`). */
export interface TaskScheduled extends ExecutionFact {
  readonly kind: 'TaskScheduled';
  readonly taskId: number;
  readonly name: string;
  readonly input: Payload;
}

/** An input: the task scheduled by event `scheduledSeq` returned. */
export interface TaskCompleted extends ExecutionFact {
  readonly kind: 'TaskCompleted';
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly result: Payload;
}

/** An input: the task scheduled by event `scheduledSeq` threw. */
export interface TaskFailed extends ExecutionFact {
  readonly kind: 'TaskFailed';
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly failure: FailureDetails;
}

export interface InstanceCompleted extends ExecutionFact {
  readonly kind: 'InstanceCompleted';
  readonly output: Payload;
}

export interface InstanceFailed extends ExecutionFact {
  readonly kind: 'InstanceFailed';
  readonly failure: FailureDetails;
}

/** The facts of instances: what users call history events. */
export type Fact = InstanceStarted | TurnStarted | TaskScheduled | TaskCompleted | TaskFailed | InstanceCompleted | InstanceFailed;

/**
 * A message on its way to another log (L7), standing in a record of its own until it is sent through.
 * `number` is the partition's outbound number, one up each; within a lane messages go out in this order.
 */
export interface OutboundQueued {
  readonly kind: 'OutboundQueued';
  readonly number: number;
  /** See `lanes.ts`: `c/<partition>` or `dead-letter`. */
  readonly lane: string;
  /** The record's key on the destination topic. */
  readonly key: string;
  /** The record's value on the destination topic, schema prefix included. */
  readonly value: Uint8Array;
}

/** A command the owner would not carry out; kept 15 minutes for its sender (`offset` is on `ns.commands`). */
export interface CommandRefused {
  readonly kind: 'CommandRefused';
  readonly offset: number;
  readonly commandId: string;
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}

/** A command that came in on a wrong partition and was sent on as outbound message `number`; kept 15 minutes. */
export interface CommandForwarded {
  readonly kind: 'CommandForwarded';
  readonly offset: number;
  readonly commandId: string;
  readonly toPartition: number;
  readonly number: number;
  readonly atMs: number;
}

/** Facts of the partition itself, not of an instance. */
export type PartitionFact = OutboundQueued | CommandRefused | CommandForwarded;

/** An owner's claim to the partition (L1). */
export interface Claim {
  readonly kind: 'Claim';
  readonly atMs: number;
  /** For people: which process. Nothing depends on it. */
  readonly worker: string;
}

/** Closes a commit (L3) and holds what cannot be derived from facts, because facts can be purged (L4). */
export interface Progress {
  readonly kind: 'Progress';
  readonly atMs: number;
  /** The next offset of `ns.commands` to consume. */
  readonly commandNext: number;
  /** The highest outbound number assigned. */
  readonly outboundLast: number;
  /** Per lane, the highest outbound number known to have arrived; lanes never used are absent. */
  readonly sentThrough: readonly LaneMark[];
  /** Per source partition, the highest outbound number received; absent is 0. */
  readonly received: readonly SourceMark[];
  /** Answers (refused, forwarded) to commands below this offset are no longer kept. */
  readonly answersFrom: number;
}

export interface LaneMark {
  readonly lane: string;
  readonly number: number;
}

export interface SourceMark {
  readonly source: number;
  readonly number: number;
}

/** Written once when the topics are made, first record of every partition; no writer's epoch applies to it. */
export interface Namespace {
  readonly kind: 'Namespace';
  readonly partitions: number;
  readonly hash: string;
  readonly schemaVersion: number;
}

export type HistoryBody = Fact | PartitionFact | Claim | Progress | Namespace;

/** One record of `ns.history`: its writer's epoch and claimant (L2), its commit (L3; 0 for a claim), and what it says. */
export interface HistoryRecord {
  readonly epoch: number;
  readonly claimant: Claimant;
  readonly commit: number;
  readonly body: HistoryBody;
}

// ---------------------------------------------------------------------------------------------------- other topics

/** One record of `ns.q.<queue>`: work for a pooled activity worker. */
export interface TaskItem {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly taskId: number;
  readonly token: string;
  readonly attempt: number;
  readonly name: string;
  readonly input: Payload;
  readonly partition: number;
  readonly dispatchedAtMs: number;
}

/** One record of `ns.lifecycle`: flat, for systems that integrate by events. */
export interface LifecycleEvent {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly name: string;
  readonly version: string;
  readonly status: string;
  readonly eventNumber: number;
  readonly atMs: number;
}

/** One record of `ns.dead-letter`. `value` is cut at 3 MiB; `valueBytes` is its full length. */
export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
  readonly atMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly valueBytes: number;
}
