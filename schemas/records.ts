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

/** The task of another instance that this one answers; `name` is the parent's orchestrator. */
export interface ParentLink {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly name: string;
}

/** An order to start an instance. */
export interface StartInstance {
  readonly kind: 'StartInstance';
  readonly instanceId: InstanceId;
  readonly name: string;
  /** '' is unversioned. */
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
  /** A `ConflictPolicy`; anybody may write commands, so it is checked where it is decided. */
  readonly onConflict: string;
  /** No turn before this time. */
  readonly startAtMs: number | null;
  /** Set on the start of a child. */
  readonly parent: ParentLink | null;
}

/** What to start when an event comes for an instance that does not exist. */
export interface StartIfMissing {
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
}

/** An external event for an instance. */
export interface RaiseEvent {
  readonly kind: 'RaiseEvent';
  readonly instanceId: InstanceId;
  readonly name: string;
  readonly payload: Payload;
  /** A second event of this id is dropped (SEMANTICS E4). '': the command's own id counts. */
  readonly eventId: string;
  readonly startIfMissing: StartIfMissing | null;
}

export interface SuspendInstance {
  readonly kind: 'SuspendInstance';
  readonly instanceId: InstanceId;
  readonly reason: string;
}

export interface ResumeInstance {
  readonly kind: 'ResumeInstance';
  readonly instanceId: InstanceId;
  readonly reason: string;
}

/** `childOf` is set by a parent: the id may meanwhile, or from the beginning, be somebody else's. */
export interface TerminateInstance {
  readonly kind: 'TerminateInstance';
  readonly instanceId: InstanceId;
  readonly output: Payload;
  readonly reason: string;
  readonly recursive: boolean;
  readonly childOf: ParentLink | null;
}

export interface CancelInstance {
  readonly kind: 'CancelInstance';
  readonly instanceId: InstanceId;
  readonly reason: string;
  readonly childOf: ParentLink | null;
}

/** A child's end, for the task of its parent (`instanceId`). `failure` null: it completed with `result`. */
export interface ReportChild {
  readonly kind: 'ReportChild';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly childInstanceId: InstanceId;
  readonly result: Payload;
  readonly failure: FailureDetails | null;
}

export type CommandBody = StartInstance | RaiseEvent | SuspendInstance | ResumeInstance | TerminateInstance | CancelInstance | ReportChild;

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
  /** 1, and one more for each continue-as-new. */
  readonly generation: number;
  /** When the instance began, all its generations together. */
  readonly createdAtMs: number;
  /** The execution that this one follows (continue-as-new) or replaces (a new start under the same id); '' for none. */
  readonly previousExecutionId: string;
  readonly parent: ParentLink | null;
  readonly startAtMs: number | null;
  /** The number the instance's next external event gets. */
  readonly inboxNext: number;
  /** Events of earlier generations that nobody has read; they come before all others. */
  readonly carried: readonly EventRange[];
  readonly carriedBytes: number;
  readonly customStatus: Payload;
}

/** Inbox numbers, both ends included. */
export interface EventRange {
  readonly from: number;
  readonly through: number;
}

/** A turn of the orchestrator: it was fed every input recorded up to and including `inputsThrough`. Its actions follow. */
export interface TurnStarted extends ExecutionFact {
  readonly kind: 'TurnStarted';
  readonly inputsThrough: number;
  /** The external events it read. */
  readonly eventsTaken: readonly EventRange[];
  readonly eventBytesTaken: number;
}

/** `taskId` is the program's own number for the task; the engine knows the task by (execution, `seq`). */
export interface TaskScheduled extends ExecutionFact {
  readonly kind: 'TaskScheduled';
  readonly taskId: number;
  readonly name: string;
  readonly input: Payload;
  /** From 1. */
  readonly attempt: number;
  /** The task id of the first attempt; 0 when this is it. */
  readonly firstTaskId: number;
  readonly tags: readonly Tag[];
  readonly version: string;
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

export interface TimerCreated extends ExecutionFact {
  readonly kind: 'TimerCreated';
  readonly taskId: number;
  readonly fireAtMs: number;
}

/** An input: the timer set by event `scheduledSeq` came due. */
export interface TimerFired extends ExecutionFact {
  readonly kind: 'TimerFired';
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly fireAtMs: number;
}

export interface TimerCancelled extends ExecutionFact {
  readonly kind: 'TimerCancelled';
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly fireAtMs: number;
}

/** The orchestrator gave up an activity or a child: its result will be dropped. */
export interface TaskCancelled extends ExecutionFact {
  readonly kind: 'TaskCancelled';
  readonly taskId: number;
  readonly scheduledSeq: number;
}

export interface ChildScheduled extends ExecutionFact {
  readonly kind: 'ChildScheduled';
  readonly taskId: number;
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly childInstanceId: InstanceId;
  readonly tags: readonly Tag[];
  readonly attempt: number;
  readonly firstTaskId: number;
}

/** An input: the child returned. */
export interface ChildCompleted extends ExecutionFact {
  readonly kind: 'ChildCompleted';
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly result: Payload;
}

/** An input: the child failed, was ended from outside, or could not be started. */
export interface ChildFailed extends ExecutionFact {
  readonly kind: 'ChildFailed';
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly failure: FailureDetails;
}

/** A start that nobody waits for. */
export interface StartSent extends ExecutionFact {
  readonly kind: 'StartSent';
  readonly taskId: number;
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly childInstanceId: InstanceId;
  readonly tags: readonly Tag[];
}

export interface EventSent extends ExecutionFact {
  readonly kind: 'EventSent';
  readonly taskId: number;
  readonly targetInstanceId: InstanceId;
  readonly name: string;
  readonly payload: Payload;
}

/**
 * An input: an external event came in. It stands in the history of the execution it came in on, but belongs to the instance: it
 * outlives that execution until it is read (its key is an inbox key). `number` is its place in the inbox, from 1.
 */
export interface EventRaised extends ExecutionFact {
  readonly kind: 'EventRaised';
  readonly number: number;
  readonly name: string;
  readonly payload: Payload;
  /** '' for none. */
  readonly eventId: string;
}

export interface InstanceSuspended extends ExecutionFact {
  readonly kind: 'InstanceSuspended';
  readonly reason: string;
}

export interface InstanceResumed extends ExecutionFact {
  readonly kind: 'InstanceResumed';
  readonly reason: string;
}

/** An input: the orchestrator was asked to end (SEMANTICS S4). */
export interface CancelRequested extends ExecutionFact {
  readonly kind: 'CancelRequested';
  readonly reason: string;
}

/** The time a scheduled start waited for has come. */
export interface StartDue extends ExecutionFact {
  readonly kind: 'StartDue';
}

export interface CustomStatusSet extends ExecutionFact {
  readonly kind: 'CustomStatusSet';
  readonly value: Payload;
}

export interface PatchMarked extends ExecutionFact {
  readonly kind: 'PatchMarked';
  readonly id: string;
}

/** The end of an execution whose instance goes on: its next InstanceStarted follows in the same commit. */
export interface ContinuedAsNew extends ExecutionFact {
  readonly kind: 'ContinuedAsNew';
  readonly newExecutionId: ExecutionId;
  readonly version: string;
  readonly input: Payload;
  /** Unread events that nobody will read. */
  readonly discarded: readonly EventRange[];
}

export interface InstanceTerminated extends ExecutionFact {
  readonly kind: 'InstanceTerminated';
  readonly output: Payload;
  readonly reason: string;
}

/** It ended after it was asked to. */
export interface InstanceCanceled extends ExecutionFact {
  readonly kind: 'InstanceCanceled';
  readonly output: Payload;
}

/** The facts of instances: what users call history events. */
export type Fact =
  | InstanceStarted
  | TurnStarted
  | TaskScheduled
  | TaskCompleted
  | TaskFailed
  | InstanceCompleted
  | InstanceFailed
  | TimerCreated
  | TimerFired
  | TimerCancelled
  | TaskCancelled
  | ChildScheduled
  | ChildCompleted
  | ChildFailed
  | StartSent
  | EventSent
  | EventRaised
  | InstanceSuspended
  | InstanceResumed
  | CancelRequested
  | StartDue
  | CustomStatusSet
  | PatchMarked
  | ContinuedAsNew
  | InstanceTerminated
  | InstanceCanceled;

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
