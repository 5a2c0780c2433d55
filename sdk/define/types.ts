/**
 * What user code is written against. A definition is a plain value that carries its name and its types, so that caller and worker use the
 * same one; the types of input and output stand in a phantom property (`__types` never exists at run time).
 */

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

/** The input as an argument: it may be left out exactly when `undefined` is one. */
export type Arg<I> = undefined extends I ? [input?: I] : [input: I];

/** A promise whose outcome comes from history: await it, combine it, race it, and a replay goes the same way. */
export interface DurableTask<T> extends Promise<T> {
  /** The number of the task in its execution, from 1 in the order of the calls. */
  readonly id: number;
}

/** What an orchestrator may use of the world. Its calls are valid only while the orchestrator runs, and throw `NonDurableAwaitError` otherwise. */
export interface OrchestrationContext {
  readonly instanceId: string;
  /** 32 lower-case hex digits, new for every generation of the instance. */
  readonly executionId: string;
  /** The instance's version; `''` when it has none. */
  readonly version: string;
  /** True while the function goes again over what is already history. */
  readonly isReplaying: boolean;
  /** The time of this turn: it stands still within a turn, never goes back, and is the same at every replay. */
  readonly currentUtcDateTime: Date;
  /** The number of events recorded before this turn. */
  readonly historyLength: number;
  /** Silent on replay. */
  readonly log: Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;
  /**
   * Schedules one run of an activity and gives its result; awaiting it throws `TaskFailedError` when the activity failed.
   * @throws SerializationError at the call: the input has no JSON form, or is over 1 MiB.
   */
  callActivity<I, O>(activity: ActivityLike<I, O>, ...input: Arg<I>): DurableTask<O>;
  callActivity<O = unknown>(name: string, input?: unknown): DurableTask<O>;
  /** A UUID (version 5) that is the same at every replay and different at every call. */
  newGuid(): string;
  /** A number in [0, 1) that is the same at every replay. Not for secrets. */
  random(): number;
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
