/**
 * The program port: user code as the engine sees it. The engine never calls a function of the user's; it hands a program facts
 * and gets actions. In-process TypeScript (`sdk/replay`) is one program; a worker in another language can be another.
 *
 *  1. A turn is a pure function of (name, version, past, fresh): the same facts give the same actions.
 *  2. The session may keep runs alive between turns; it asks for `past` only when it has no live run at that point.
 *  3. A program commits nothing. What it answers becomes true when the engine's commit is acked (L6); if that never happens the
 *     engine closes the session and nothing of it is used again.
 */
import type { ExecutionId, Fact, FailureDetails, InputFact, InstanceId, ParentLink, Payload, Tag } from '../../schemas/index.ts';
import type { EventTaken, TurnAction } from '../core/index.ts';

export type Action = TurnAction;
export type { EventTaken };

export interface TurnRequest {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly name: string;
  readonly version: string;
  readonly parent: ParentLink | null;
  /** The turn's time: `ctx.currentUtcDateTime`. */
  readonly atMs: number;
  /** The number of events of this execution recorded before this turn; a live run that stands elsewhere is thrown away. */
  readonly pastLength: number;
  /**
   * Everything before the fresh inputs. First the external events that earlier generations were fed and did not read, in the order of
   * their numbers; they are fed before the start. Then this execution's facts in order of `seq` (earlier inputs, TurnStarted markers,
   * actions). Only for a cold run. A run whose previous generation lived here until now has those events already: `past` need not be
   * read for a first turn when `previousExecutionId` names that generation.
   */
  past(): Promise<readonly Fact[]>;
  /** Recorded inputs not yet fed, in order: on a first turn events that no generation was fed, then the start, then the others. */
  readonly fresh: readonly InputFact[];
}

export type TurnOutcome =
  /** The fresh inputs were fed; `actions` in the order they were taken, and the external events that were read, in that order. */
  | { readonly kind: 'completed'; readonly actions: readonly Action[]; readonly eventsTaken: readonly EventTaken[] }
  /** No program here fits the name and version, or the code does not fit the history: no turn is recorded (SEMANTICS D1). */
  | { readonly kind: 'stalled'; readonly code: string; readonly reason: string; readonly difference?: Difference };

/** Where code and history part. */
export interface Difference {
  /** The number of the event. */
  readonly step: number;
  /** What the history has there, in words. */
  readonly expected: string;
  /** What the code has. */
  readonly actual: string;
}

export interface ProgramSession {
  /** Runs one turn each for many instances together; answers in the same order. Never rejects for what user code does. */
  turns(requests: readonly TurnRequest[]): Promise<readonly TurnOutcome[]>;
  /** Forget the live run of an instance, if any. */
  evict(instanceId: InstanceId): void;
  close(): void;
}

export interface Program {
  /** The orchestrators it can run. */
  readonly programs: readonly { readonly name: string; readonly version: string }[];
  /** One session per tenure of a partition. */
  session(): ProgramSession;
}

/** One attempt of an activity. */
export interface ActivityTask {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly taskId: number;
  readonly name: string;
  readonly input: Payload;
  /** From 1. */
  readonly attempt: number;
  readonly tags: readonly Tag[];
}

export type ActivityOutcome =
  { readonly kind: 'completed'; readonly result: Payload } | { readonly kind: 'failed'; readonly failure: FailureDetails };

/** Runs activities. Never rejects: what the function throws is an outcome. An unknown name fails as `ActivityNotRegistered`. */
export interface ActivityHost {
  /** The most runs of this activity at once in this worker, if it has a limit of its own. */
  concurrencyOf(name: string): number | undefined;
  run(task: ActivityTask, signal: AbortSignal): Promise<ActivityOutcome>;
}
