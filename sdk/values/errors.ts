/** The errors that user code throws, catches, or reads about. Their names are what `FailureDetails.errorType` says. */
import type { FailureDetails } from './details.ts';

/** Why an instance is held (SEMANTICS D1): its code does not fit its history, leaves the durable world, or cannot be found. */
export type StallCode = 'NonDeterminismError' | 'NonDurableAwaitError' | 'NonDeterministicCallError' | 'OrchestratorNotRegistered';

/** A value cannot cross between user code and history. `path` leads to the part that cannot, from `$`. */
export class SerializationError extends Error {
  override readonly name: string = 'SerializationError';
  readonly code: 'SERIALIZATION_ERROR' | 'PAYLOAD_TOO_LARGE';
  readonly path: string;

  constructor(code: 'SERIALIZATION_ERROR' | 'PAYLOAD_TOO_LARGE', message: string, options: { path: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options.path;
  }
}

/** Thrown by an activity: trying again would not help, so no retry policy does. */
export class NonRetriableError extends Error {
  override readonly name: string = 'NonRetriableError';
  readonly nonRetriable: boolean = true;
  /** Anything JSON can hold, for whoever reads `details.properties`. */
  readonly properties: Readonly<Record<string, unknown>> | undefined;

  constructor(message: string, options: { cause?: unknown; properties?: Readonly<Record<string, unknown>> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.properties = options.properties;
  }
}

/**
 * What awaiting a failed task throws. `details` is what was recorded, the same at every replay; `cause` is the same again as a chain of
 * errors. The error's own stack is fixed text: frames of the awaiting code would differ between the first run and a replay.
 */
export class TaskFailedError extends Error {
  override readonly name: string = 'TaskFailedError';
  readonly details: FailureDetails;
  /** The name of the activity, or of the sub-orchestration. */
  readonly taskName: string;
  /** Which attempt it was, from 1. */
  readonly attempt: number;

  constructor(task: FailedTask, details: FailureDetails) {
    const what = task.kind === 'orchestrator' ? 'sub-orchestration' : 'activity';
    const message = `${what} '${task.name}' (task ${String(task.id)}) failed: ${details.errorType}: ${details.message}`;
    super(message, { cause: errorOf(details) });
    this.details = details;
    this.taskName = task.name;
    this.attempt = task.attempt;
    this.stack = `TaskFailedError: ${message}\n    (the stack of the ${what} is in details.stack)`;
  }
}

/** The task that failed. `kind` is `activity` when it is left out. */
export interface FailedTask {
  readonly kind?: 'activity' | 'orchestrator';
  readonly name: string;
  readonly id: number;
  readonly attempt: number;
}

/**
 * The task was given up: by its `cancel()`, by the signal of its call, or because the orchestration was canceled. Its own stack is fixed
 * text, so that it is the same at every replay.
 */
export class CancelledError extends Error {
  override readonly name: string = 'CancelledError';

  constructor(message = 'it was canceled') {
    super(message);
    this.stack = `CancelledError: ${message}`;
  }
}

/** The wait for an external event took longer than its `timeout`. Its own stack is fixed text, so that it is the same at every replay. */
export class TimeoutError extends Error {
  override readonly name: string = 'TimeoutError';

  constructor(message: string) {
    super(message);
    this.stack = `TimeoutError: ${message}`;
  }
}

/** A call on the orchestration's context outside a turn: the function had awaited something that is not durable. */
export class NonDurableAwaitError extends Error {
  override readonly name: string = 'NonDurableAwaitError';
  readonly code: StallCode = 'NonDurableAwaitError';
}

/** A call in an orchestrator that a replay could not repeat (SEMANTICS A5). `cure` names what to call instead. */
export class NonDeterministicCallError extends Error {
  override readonly name: string = 'NonDeterministicCallError';
  readonly code: StallCode = 'NonDeterministicCallError';
  /** What was called, e.g. `Date.now()`. */
  readonly call: string;
  readonly cure: string;

  constructor(call: string, cure: string) {
    super(`${call} in an orchestrator: a replay could not repeat it; use ${cure}`);
    this.call = call;
    this.cure = cure;
  }
}

function errorOf(details: FailureDetails): Error {
  const error = new Error(details.message, details.cause === undefined ? undefined : { cause: errorOf(details.cause) });
  const recorded: Record<string, unknown> = { nonRetriable: details.nonRetriable };
  if (details.properties !== undefined) recorded['properties'] = details.properties;
  if (details.errors !== undefined) recorded['errors'] = details.errors.map(errorOf);
  const { errorType, message } = details;
  for (const [key, value] of Object.entries({ ...recorded, name: errorType, stack: details.stack ?? `${errorType}: ${message}` }))
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  return error;
}
