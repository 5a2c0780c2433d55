/**
 * The JSON bodies of a worker's HTTP API, shared by server, client and CLI. Payloads travel as JSON text inside a
 * string (`null` is no value), so that nothing is mangled on the way.
 */
import type { Fact, FailureDetails, ParentLink, Payload, StartIfMissing, Tag } from './records.ts';

/** What became of the command at (partition, offset). Consumed and neither refused nor forwarded means accepted. */
export type CommandAnswer =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  /** It was on the wrong partition and was sent on; `offset` is its place there, when the owner still knows it. */
  | { readonly outcome: 'forwarded'; readonly partition: number; readonly offset: number | null }
  /** Consumed so long ago that a refusal would no longer be known. */
  | { readonly outcome: 'expired' }
  /** Not consumed within the time the request allowed. */
  | { readonly outcome: 'pending' };

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated' | 'Canceled';

/** One instance's committed state. */
export interface InstanceSnapshot {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly version: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly createdAtMs: number;
  readonly lastUpdatedAtMs: number;
  readonly completedAtMs: number | null;
  readonly input: Payload;
  readonly output: Payload;
  readonly failure: FailureDetails | null;
  readonly customStatus: Payload;
  readonly tags: readonly Tag[];
  /** The instance that called this one, if one did. */
  readonly parent: ParentLink | null;
  /** 1, and one more for each continue-as-new. */
  readonly generation: number;
  /** While it is Pending: no turn before this time. */
  readonly startAtMs: number | null;
  readonly historyLength: number;
  /** Why no turn can be run, while that is so. */
  readonly stalledReason: string | null;
}

export interface HistoryPage {
  readonly events: readonly Fact[];
  /** Pass as `from` to go on, or null at the end. */
  readonly next: number | null;
}

/** What a start does when the id is in use (SEMANTICS S7). */
export type ConflictPolicy = 'error' | 'useExisting' | 'replaceTerminal' | 'terminateAndReplace';

export interface StartOrder {
  readonly instanceId: string;
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
  readonly onConflict: ConflictPolicy;
  readonly startAtMs: number | null;
}

export interface RaiseOrder {
  readonly instanceId: string;
  readonly name: string;
  readonly payload: Payload;
  /** '' : the command's id counts. */
  readonly eventId: string;
  readonly startIfMissing: StartIfMissing | null;
}

/** Suspend, resume, cancel. */
export interface ReasonOrder {
  readonly instanceId: string;
  readonly reason: string;
}

export interface TerminateOrder extends ReasonOrder {
  readonly output: Payload;
  readonly recursive: boolean;
}

/** What a client may order: the body of `POST /v1/commands`, beside the `commandId`. */
export type Order =
  | { readonly start: StartOrder }
  | { readonly raise: RaiseOrder }
  | { readonly suspend: ReasonOrder }
  | { readonly resume: ReasonOrder }
  | { readonly terminate: TerminateOrder }
  | { readonly cancel: ReasonOrder };

export type CommandRequest = { readonly commandId: string } & Order;

/** Where a command was written. */
export interface CommandPlace {
  readonly partition: number;
  readonly offset: number;
}

/** The body of every answer that is not 2xx. */
export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly cure: string | null };
}

/** A reading may demand that the owner has consumed up to and including this command first (read-your-writes). */
export type After = CommandPlace | undefined;

/** What a wait is for: `start` is any status but Pending. */
export type WaitFor = 'start' | 'completion';

/**
 * The reading half of a worker, whether it is in this process or behind HTTP.
 * Each call answers from committed state, or throws OperationalError: `NOT_OWNER` (retryable), `UNAVAILABLE` (retryable), …
 */
export interface WorkerReads {
  /** Waits up to `timeoutMs` for the command to be consumed. */
  answer(place: CommandPlace, timeoutMs: number): Promise<CommandAnswer>;
  state(instanceId: string, after?: After): Promise<InstanceSnapshot | undefined>;
  /** Events from number `from` (default 1) of the newest execution, at most `limit` (default 500). */
  history(instanceId: string, options?: { from?: number; limit?: number; after?: After }): Promise<HistoryPage | undefined>;
  /** Answers when the state is reached, or after `timeoutMs` with the state as it is then; undefined: no such instance. */
  wait(instanceId: string, what: WaitFor, timeoutMs: number, after?: After): Promise<InstanceSnapshot | undefined>;
}

/** What `POST /v1/commands?wait=ms` answers: where the command was written and, if asked for, what became of it within the time. */
export interface CommandReceipt extends CommandPlace {
  readonly answer?: CommandAnswer;
}

/** One reading in a `POST /v1/reads`. `timeoutMs` is cut to the server's limit for one long poll (10 s). */
export type ReadItem =
  | { readonly kind: 'answer'; readonly partition: number; readonly offset: number; readonly timeoutMs: number }
  | { readonly kind: 'state'; readonly instanceId: string; readonly after?: CommandPlace }
  | {
      readonly kind: 'wait';
      readonly instanceId: string;
      readonly for: WaitFor;
      readonly timeoutMs: number;
      readonly after?: CommandPlace;
    };

/** `POST /v1/reads`: at most 1,000 items, answered one NDJSON line each, in the order in which they become known. */
export interface ReadsRequest {
  readonly items: readonly ReadItem[];
}

/** One line of the answer to `POST /v1/reads`. `index` is the item's place in the request; an empty line only shows that the server lives. */
export type ReadLine =
  | { readonly index: number; readonly answer: CommandAnswer }
  /** null: no such instance. */
  | { readonly index: number; readonly instance: InstanceSnapshot | null }
  | { readonly index: number; readonly error: ApiError['error']; readonly retryable: boolean };
