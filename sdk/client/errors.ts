/** What a client call throws, besides OperationalError. */
import { OperationalError, type Refusal, type RuntimeStatus } from '../../schemas/index.ts';
import type { FailureDetails } from '../values/index.ts';

/**
 * The command is not carried out and has changed nothing. `code` says why: `INSTANCE_ALREADY_EXISTS`, `INSTANCE_NOT_FOUND`, `INBOX_FULL`;
 * what is told before anything is sent: `INSTANCE_ID_INVALID`, `NAME_INVALID`, `VERSION_INVALID`, `TAGS_INVALID`, `START_AT_INVALID`,
 * `CONFLICT_POLICY_INVALID`, `EVENT_ID_INVALID`, `REASON_INVALID`, `COMMAND_ID_INVALID`, `PAYLOAD_TOO_LARGE`, `REQUEST_INVALID`.
 */
export class CommandRefusedError extends Error {
  override readonly name: string = 'CommandRefusedError';
  readonly code: string;
  readonly instanceId: string;
  readonly commandId: string;

  constructor(refusal: Refusal, command: { readonly instanceId: string; readonly commandId: string }) {
    super(refusal.message);
    this.code = refusal.code;
    this.instanceId = command.instanceId;
    this.commandId = command.commandId;
  }
}

/**
 * The command may have been carried out or may yet be. Repeating it under its `commandId` is safe: it is carried out once.
 * `partition` and `offset` are its place in the log, null when not even that is known.
 */
export class OutcomeUnknownError extends OperationalError {
  override readonly name: string = 'OutcomeUnknownError';
  readonly partition: number | null;
  readonly offset: number | null;
  readonly commandId: string;
  readonly instanceId: string;

  constructor(
    command: {
      readonly commandId: string;
      readonly instanceId: string;
      readonly partition: number | null;
      readonly offset: number | null;
    },
    reason: string,
    options: { cause?: unknown } = {},
  ) {
    super(
      'OUTCOME_UNKNOWN',
      `what became of command ${command.commandId} for ${JSON.stringify(command.instanceId)} is not known: ${reason}`,
      {
        retryable: true,
        cure: 'repeat it under the same commandId',
        ...options,
      },
    );
    this.partition = command.partition;
    this.offset = command.offset;
    this.commandId = command.commandId;
    this.instanceId = command.instanceId;
  }
}

/** The orchestration had not come so far within the timeout; it goes on. */
export class WaitTimeoutError extends Error {
  override readonly name: string = 'TimeoutError';
  readonly code: string = 'WAIT_TIMEOUT';
  readonly instanceId: string;

  constructor(instanceId: string, what: 'start' | 'completion', timeoutMs: number, seen: string) {
    super(`the ${what} of ${JSON.stringify(instanceId)} did not come within ${String(timeoutMs)} ms (it is ${seen})`);
    this.instanceId = instanceId;
  }
}

/** `result()` of an orchestration that ended Failed. */
export class OrchestrationFailedError extends Error {
  override readonly name: string = 'OrchestrationFailedError';
  readonly code: string = 'ORCHESTRATION_FAILED';
  readonly instanceId: string;
  readonly details: FailureDetails;

  constructor(instanceId: string, details: FailureDetails) {
    super(`orchestration ${JSON.stringify(instanceId)} failed: ${details.errorType}: ${details.message}`);
    this.instanceId = instanceId;
    this.details = details;
  }
}

/** `result()` of an orchestration that was ended from outside: Terminated or Canceled. */
export class OrchestrationTerminatedError extends Error {
  override readonly name: string = 'OrchestrationTerminatedError';
  readonly code: string = 'ORCHESTRATION_TERMINATED';
  readonly instanceId: string;

  constructor(instanceId: string, runtimeStatus: RuntimeStatus) {
    super(`orchestration ${JSON.stringify(instanceId)} was ended from outside (${runtimeStatus})`);
    this.instanceId = instanceId;
  }
}

/** `result()` of an instance that nobody started, or that was purged. */
export class OrchestrationNotFoundError extends Error {
  override readonly name: string = 'OrchestrationNotFoundError';
  readonly code: string = 'INSTANCE_NOT_FOUND';
  readonly instanceId: string;

  constructor(instanceId: string) {
    super(`there is no orchestration ${JSON.stringify(instanceId)}`);
    this.instanceId = instanceId;
  }
}
