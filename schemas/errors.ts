/**
 * The two kinds of error this system throws. (The other two kinds of wrong are not thrown inside the engine: a *refused*
 * command is a returned value, a *failed* function is a fact in history.)
 *
 * Codes are stable and documented in ARCHITECTURE.md; messages are for people and are never matched.
 */

/** Something outside the program went wrong: a broker, a disk, a port, a setting. */
export class OperationalError extends Error {
  override readonly name: string = 'OperationalError';
  readonly code: string;
  /** True when the same call may succeed later without a change by a person. */
  readonly retryable: boolean;
  /** What a person can do about it, in one sentence without a full stop. */
  readonly cure: string | undefined;

  constructor(code: string, message: string, options: { retryable: boolean; cure?: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.cure = options.cure;
  }
}

/** An invariant does not hold. Whoever catches one stops the partition and keeps the evidence; nobody goes on. */
export class BrokenError extends Error {
  override readonly name: string = 'BrokenError';
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A command the system will not carry out, with the stable code its sender gets. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
