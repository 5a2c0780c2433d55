/**
 * What user code is written against. A definition is a plain value that carries its name and its types, so that caller and worker use the
 * same one; the types of input and output stand in a phantom property (`__types` never exists at run time).
 */

import type { Duration, FailureDetails } from '../values/index.ts';

/** An activity by name and type. Callers need no more; the function may live in another program. */
export interface Activity<N extends string = string, I = never, O = unknown> {
  readonly kind: 'activity';
  readonly name: N;
  readonly __types?: (input: I) => O;
}

/** An activity with its function, as a worker registers it. */
export interface ActivityDefinition<N extends string = string, I = never, O = unknown> extends Activity<N, I, O> {
  readonly fn: ActivityFunction<I, O>;
  /** The most runs at once in one worker. Default: no limit of its own. */
  readonly concurrency?: number;
}

/** An orchestrator by name, version and type. */
export interface Orchestrator<N extends string = string, I = never, O = unknown> {
  readonly kind: 'orchestrator';
  readonly name: N;
  /** Absent: unversioned. */
  readonly version?: string;
  readonly __types?: (input: I) => O;
}

/** An orchestrator with its function, as a worker registers it. */
export interface OrchestratorDefinition<N extends string = string, I = never, O = unknown> extends Orchestrator<N, I, O> {
  readonly fn: OrchestratorFunction<I, O>;
}

export type ActivityFunction<I, O> = (ctx: ActivityContext, input: I) => O | Promise<O>;

/** An async function, or a generator that yields tasks. */
export type OrchestratorFunction<I, O> = (ctx: OrchestrationContext, input: I) => Promise<O> | Generator<PromiseLike<unknown>, O>;

/** Wherever an activity is named: its definition, or the plain named function itself (its name is `fn.name`). */
export type ActivityLike<I, O> = Activity<string, I, O> | ActivityFunction<I, O>;
export type OrchestratorLike<I, O> = Orchestrator<string, I, O> | OrchestratorFunction<I, O>;

/** Whatever a worker can run, of any types. */
export type ActivityToRegister = ActivityDefinition | ActivityFunction<never, unknown>;
export type OrchestratorToRegister = OrchestratorDefinition | OrchestratorFunction<never, unknown>;

/** An external event by name and type. Names match whatever their case (Unicode NFC, then lower case without a locale). */
export interface ExternalEvent<N extends string = string, T = unknown> {
  readonly kind: 'event';
  readonly name: N;
  /** Parses what came in, e.g. a zod or valibot schema; what it throws is thrown by the wait. */
  readonly schema?: Schema<T>;
  readonly __types?: T;
}

export interface Schema<T> {
  parse(value: unknown): T;
}

/** The input as an argument: it may be left out exactly when `undefined` is one. */
export type Arg<I> = undefined extends I ? [input?: I] : [input: I];

/** A promise whose outcome comes from history: await it, combine it, race it, and a replay goes the same way. */
export interface DurableTask<T> extends Promise<T> {
  /** The number of the task in its execution, from 1 in the order of the calls; 0 for what `whenAll` and `whenAny` give. */
  readonly id: number;
  /**
   * Gives the task up: whoever awaits it gets `CancelledError`. A timer is freed, a wait takes no event any more, an activity's `signal`
   * aborts, a child is asked to end. False when it was settled already. A combinator gives up its own outcome only.
   */
  cancel(): boolean;
}

export interface RetryPolicy {
  /** Attempts in all, the first included. At least 1. */
  readonly maxAttempts: number;
  readonly firstRetryInterval: Duration;
  /** Default 1; at least 1. */
  readonly backoffCoefficient?: number;
  /** Default 1 hour. */
  readonly maxRetryInterval?: Duration;
  /** No attempt is started later than this after the first scheduling, by the orchestration's clock. Default: none. */
  readonly retryTimeout?: Duration;
  /** 0 to 1: the share of a delay that chance may take off. Default 0. */
  readonly jitter?: number;
  /** False: do not try again. What it throws counts as false. */
  readonly handleFailure?: (failure: FailureDetails) => boolean;
}

export interface RetryContext {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly failure: FailureDetails;
  /** Since the first scheduling, by the orchestration's clock. */
  readonly elapsedMs: number;
}

/** True: try again at once; a duration: after it; false, undefined, NaN, Infinity: do not. Runs again on replay, so it must be deterministic. */
export type RetryHandler = (context: RetryContext) => boolean | Duration | undefined;

export interface CallOptions {
  readonly retry?: RetryPolicy | RetryHandler;
  readonly tags?: Readonly<Record<string, string>>;
  readonly version?: string;
  /** Gives the task up when it aborts, as `cancel()` does. */
  readonly signal?: AbortSignal;
}

export interface SubOptions extends CallOptions {
  /** Default: made from the execution's id, so that generations never collide. */
  readonly instanceId?: string;
}

export interface StartSentOptions {
  readonly instanceId?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly version?: string;
}

export interface WaitForEventOptions {
  /** From the call; then the wait rejects with `TimeoutError` and leaves neither waiter nor timer behind. */
  readonly timeout?: Duration;
}

export interface ContinueAsNewOptions {
  /** Whether the next generation finds the events that were not read. Default true. */
  readonly preserveEvents?: boolean;
  /** Default: the current version. */
  readonly newVersion?: string;
}

/** What an orchestrator may use of the world. Its calls are valid only while the orchestrator runs, and throw `NonDurableAwaitError` otherwise. */
export interface OrchestrationContext {
  readonly instanceId: string;
  /** 32 lower-case hex digits, new for every generation of the instance. */
  readonly executionId: string;
  /** The instance's version; `''` when it has none. */
  readonly version: string;
  /** The orchestration that called this one with `callSubOrchestrator`, if one did. */
  readonly parent: { readonly instanceId: string; readonly name: string } | undefined;
  /** True while the function goes again over what is already history. */
  readonly isReplaying: boolean;
  /** The time of this turn: it stands still within a turn, never goes back, and is the same at every replay. */
  readonly currentUtcDateTime: Date;
  /** Aborts when the orchestration is asked to end (`cancelOrchestration`). */
  readonly signal: AbortSignal;
  /** The number of events recorded before this turn. */
  readonly historyLength: number;
  /** True from 10,000 events on: continue as new, before 50,000 fail the instance. */
  readonly continueAsNewSuggested: boolean;
  /** Silent on replay. */
  readonly log: Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;
  /**
   * Runs an activity and gives its result; awaiting it throws `TaskFailedError` when the activity failed, after the last attempt.
   * @throws SerializationError at the call: the input has no JSON form, or is over 1 MiB.
   */
  callActivity<I, O>(activity: ActivityLike<I, O>, ...rest: [...Arg<I>, options?: CallOptions]): DurableTask<O>;
  callActivity<O = unknown>(name: string, input?: unknown, options?: CallOptions): DurableTask<O>;
  /**
   * Runs another orchestration and gives its output; awaiting it throws `TaskFailedError` when it failed, was terminated or canceled,
   * or when its id is in use (`OrchestrationAlreadyExistsError`).
   */
  callSubOrchestrator<I, O>(orchestrator: OrchestratorLike<I, O>, ...rest: [...Arg<I>, options?: SubOptions]): DurableTask<O>;
  callSubOrchestrator<O = unknown>(name: string, input?: unknown, options?: SubOptions): DurableTask<O>;
  /** Starts another orchestration, waits for nothing, and gives its instance id. When the id is in use the start vanishes. */
  startOrchestration<I, O>(orchestrator: OrchestratorLike<I, O>, ...rest: [...Arg<I>, options?: StartSentOptions]): string;
  startOrchestration(name: string, input?: unknown, options?: StartSentOptions): string;
  /** A timer of any length, never early, kept in the log. Zero or past: fires at once, in a later turn. @throws TypeError, RangeError at the call */
  createTimer(when: Duration | Date): DurableTask<void>;
  /**
   * The next external event of that name. Events wait for their reader, in order; a wait that lost a `whenAny` takes nothing until it is
   * awaited again.
   */
  waitForExternalEvent<T = unknown>(event: ExternalEvent<string, T> | string, options?: WaitForEventOptions): DurableTask<T>;
  /** One-way, exactly once; to a missing or ended instance it vanishes. */
  sendEvent<T>(instanceId: string, event: ExternalEvent<string, T>, ...data: Arg<NoInfer<T>>): void;
  sendEvent(instanceId: string, name: string, data?: unknown): void;
  /** Ends this execution and begins the next with a fresh history. Throws a sentinel that must not be swallowed; without an argument the input stays. */
  continueAsNew(input?: unknown, options?: ContinueAsNewOptions): never;
  /** Any JSON up to 16 KiB; the last of a turn counts. */
  setCustomStatus(status: unknown): void;
  /** A UUID (version 5) that is the same at every replay and different at every call. */
  newGuid(): string;
  /** A number in [0, 1) that is the same at every replay. Not for secrets. */
  random(): number;
  /** Negative, 0 or positive as this instance's version is below, equal to or above `version`. */
  compareVersionTo(version: string): number;
  /** True on the new side of a change: for an execution that first came here with this code. Recorded, and the same ever after. */
  patched(id: string): boolean;
  /** Waits for every task; results in order, else the first failure that came. `[]` gives `[]`. */
  whenAll<const T extends readonly PromiseLike<unknown>[]>(tasks: T): DurableTask<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
  /** The first to settle: `task` is the winner itself, settled. */
  whenAny<T extends PromiseLike<unknown>>(tasks: readonly T[]): DurableTask<{ readonly index: number; readonly task: T }>;
  /** The first to settle, by its name; a failed winner rethrows when its `value` is read. */
  whenAny<const T extends Readonly<Record<string, PromiseLike<unknown>>>>(
    tasks: T,
  ): DurableTask<{ [K in keyof T]: { readonly winner: K; readonly value: Awaited<T[K]> } }[keyof T]>;
}

/** What one run of an activity knows of itself. */
export interface ActivityContext {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  /** From 1. */
  readonly attempt: number;
  /** The same for every run of this task, and of no other: give it to what you call, so that a second run does nothing twice. */
  readonly idempotencyKey: string;
  /** Aborts when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}
