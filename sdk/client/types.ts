/** What a client offers. */
import type { Arg, OrchestratorLike } from '../define/index.ts';
import type { Duration } from './duration.ts';
import type { HistoryEvent } from './history.ts';
import type { OrchestrationState } from './state.ts';

export interface StartOptions {
  /** 1–256 bytes of UTF-8, not starting with `@`. Default: 32 random hex digits. */
  readonly instanceId?: string;
  /** At most 32, of 128 bytes a key and 1,024 a value. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Default: the definition's, else the client's `defaultVersion`, else none. */
  readonly version?: string;
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
  /** The events recorded so far, in order; none for an unknown instance. */
  getOrchestrationHistory(instance: OrchestrationHandle | string): AsyncIterable<HistoryEvent>;
  /** Ends every pending call with `CLIENT_CLOSED` and lets go of the connections. */
  close(): Promise<void>;
}
