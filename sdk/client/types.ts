/** What a client offers. */
import type { ConflictPolicy } from '../../schemas/index.ts';
import type { Arg, ExternalEvent, OrchestratorLike } from '../define/index.ts';
import type { Duration } from '../values/index.ts';
import type { HistoryEvent } from './history-events.ts';
import type { OrchestrationState } from './state.ts';

export interface StartOptions {
  /** 1–256 bytes of UTF-8, not starting with `@`. Default: 32 random hex digits. */
  readonly instanceId?: string;
  /** At most 32, of 128 bytes a key and 1,024 a value. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Default: the definition's, else the client's `defaultVersion`, else none. */
  readonly version?: string;
  /**
   * What to do when the id is in use: `error` (default) refuses; `useExisting` takes the instance that is there; `replaceTerminal` starts
   * anew if it has ended; `terminateAndReplace` ends it first if it has not. Decided by its owner, once. A start repeated under its own
   * `commandId` is accepted whatever this says.
   */
  readonly onConflict?: ConflictPolicy;
  /** Stays Pending until then; it may be terminated, suspended and sent events meanwhile. Past: now. */
  readonly startAt?: Date;
}

export interface RaiseOptions extends CommandOptions {
  /** A second event of this id, of the instance's last 1,000, changes nothing. Default: the command's id. */
  readonly eventId?: string;
  /** Starts the instance in the same step when there is none of this id. */
  readonly startIfMissing?: {
    readonly orchestrator: OrchestratorLike<never, unknown> | string;
    readonly input?: unknown;
    readonly version?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

export interface ReasonOptions extends CommandOptions {
  /** For people; at most 1,024 bytes. */
  readonly reason?: string;
}

export interface TerminateOptions extends ReasonOptions {
  /** What its state shows as output. */
  readonly output?: unknown;
  /** Whether the open sub-orchestrations of its current generation are ended too. Default true. */
  readonly recursive?: boolean;
}

export interface CommandOptions {
  /**
   * `accepted` (default): resolve when the owner has committed the command, reject when it refuses. `produced`: resolve when the command
   * is in the log; a refusal is then only seen by reading.
   */
  readonly ack?: 'accepted' | 'produced';
  /** Makes repeating the call safe: one command id is carried out once. Default: random. */
  readonly commandId?: string;
}

export interface WaitOptions {
  /** Default 60 s. */
  readonly timeout?: Duration;
}

/** One orchestration, as its starter holds it. */
export interface OrchestrationHandle<I = unknown, O = unknown> {
  readonly instanceId: string;
  state(): Promise<OrchestrationState<I, O> | undefined>;
  history(): AsyncIterable<HistoryEvent>;
  /**
   * Gives the output when the orchestration completes, however long that takes.
   * @throws OrchestrationFailedError, OrchestrationTerminatedError, OrchestrationNotFoundError; OperationalError when no worker answers.
   */
  result(): Promise<O>;
  raise<T>(event: ExternalEvent<string, T>, data: T, options?: RaiseOptions): Promise<'delivered' | 'ignored'>;
  raise(name: string, data?: unknown, options?: RaiseOptions): Promise<'delivered' | 'ignored'>;
  suspend(options?: ReasonOptions): Promise<void>;
  resume(options?: ReasonOptions): Promise<void>;
  terminate(options?: TerminateOptions): Promise<void>;
  cancel(options?: ReasonOptions): Promise<void>;
}

export interface DurableClient extends AsyncDisposable {
  /**
   * Starts an orchestration and gives its handle.
   * @throws CommandRefusedError it was refused, e.g. `INSTANCE_ALREADY_EXISTS`; nothing changed.
   * @throws OutcomeUnknownError it may have been started: repeat it under its `commandId`.
   * @throws OperationalError `CLIENT_OVERLOADED`, `API_UNREACHABLE`, …: it was not started.
   * @throws SerializationError the input has no JSON form or is over 1 MiB.
   */
  scheduleNewOrchestration<I, O>(
    orchestrator: OrchestratorLike<I, O>,
    ...rest: [...Arg<I>, options?: StartOptions & CommandOptions]
  ): Promise<OrchestrationHandle<I, O>>;
  scheduleNewOrchestration<O = unknown>(
    name: string,
    input?: unknown,
    options?: StartOptions & CommandOptions,
  ): Promise<OrchestrationHandle<unknown, O>>;
  /** The handle of an instance that was started elsewhere. Asks nobody. */
  getOrchestration<I, O>(orchestrator: OrchestratorLike<I, O>, instanceId: string): OrchestrationHandle<I, O>;
  getOrchestration<O = unknown>(name: string, instanceId: string): OrchestrationHandle<unknown, O>;
  /** The state as committed; undefined for an unknown instance. What this client ordered before is already in it. */
  getOrchestrationState<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
  ): Promise<OrchestrationState<I, O> | undefined>;
  /**
   * Waits until it is not Pending any more; undefined for an unknown instance. Outlives changes of owner.
   * @throws WaitTimeoutError it did not start within the timeout.
   */
  waitForOrchestrationStart<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
    options?: WaitOptions,
  ): Promise<OrchestrationState<I, O> | undefined>;
  /**
   * Waits until it is Completed, Failed, Terminated or Canceled; undefined for an unknown instance. Outlives changes of owner.
   * @throws WaitTimeoutError it did not end within the timeout; it goes on.
   */
  waitForOrchestrationCompletion<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
    options?: WaitOptions,
  ): Promise<OrchestrationState<I, O> | undefined>;
  /**
   * Sends an instance an event; it waits there until it is read. `ignored`: the instance has ended. With `ack: 'produced'` it counts as
   * delivered as soon as it is in the log.
   * @throws CommandRefusedError `INSTANCE_NOT_FOUND`, `INBOX_FULL` (10,000 events or 16 MiB unread), `NAME_INVALID`, …
   */
  raiseOrchestrationEvent<T>(
    instance: OrchestrationHandle | string,
    event: ExternalEvent<string, T>,
    data: T,
    options?: RaiseOptions,
  ): Promise<'delivered' | 'ignored'>;
  raiseOrchestrationEvent(
    instance: OrchestrationHandle | string,
    name: string,
    data?: unknown,
    options?: RaiseOptions,
  ): Promise<'delivered' | 'ignored'>;
  /** Runs no turn until it is resumed; results, events and due timers are kept. Nothing happens to one that has ended or is suspended. */
  suspendOrchestration(instance: OrchestrationHandle | string, options?: ReasonOptions): Promise<void>;
  resumeOrchestration(instance: OrchestrationHandle | string, options?: ReasonOptions): Promise<void>;
  /** Ends it now: no `finally` runs, buffered events are dropped. Nothing happens to one that has ended. */
  terminateOrchestration(instance: OrchestrationHandle | string, options?: TerminateOptions): Promise<void>;
  /** Asks it to end: `ctx.signal` aborts, what it awaits rejects with `CancelledError`, its children are asked too, `finally` runs. */
  cancelOrchestration(instance: OrchestrationHandle | string, options?: ReasonOptions): Promise<void>;
  /** The events recorded so far, in order; none for an unknown instance. */
  getOrchestrationHistory(instance: OrchestrationHandle | string): AsyncIterable<HistoryEvent>;
  /** Ends every pending call with `CLIENT_CLOSED` and lets go of the connections. */
  close(): Promise<void>;
}
