/**
 * Whose code is running: so that a floating rejection of user code can be charged to its instance or activity (SEMANTICS A2).
 *
 * A floating rejection is reported and never fails anything: code may start a promise, await something else, and await the promise
 * only then; Node calls that "unhandled" in between. The worker's `unhandledRejection` listener asks `runningUserCode()`, which Node
 * answers for the rejected promise, and lets what is nobody's user code end the process as ever.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface UserCode {
  readonly kind: 'orchestrator' | 'activity';
  readonly name: string;
  readonly instanceId: string;
  readonly executionId: string;
}

const running = new AsyncLocalStorage<UserCode>();

/** The orchestration or activity whose code this is (or whose rejected promise, in an `unhandledRejection` listener), if any. */
export function runningUserCode(): UserCode | undefined {
  return running.getStore();
}

/** Runs a function of the user's, and all that follows from it, under its name. */
export function asUserCode<T>(code: UserCode, run: () => T): T {
  return running.run(code, run);
}

/** Runs code of our own that user code called (a log sink, say), so that nothing it does is charged to the user. */
export function asOurCode<T>(run: () => T): T {
  return running.exit(run);
}
