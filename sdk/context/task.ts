/**
 * A durable task is a real promise (SEMANTICS A2), settled by the runner when the history says so.
 *
 *  1. `then` is seen: `await`, `Promise.all`, `race`, `finally` all come through it, so "is anything durable awaited" can be answered.
 *     Who has once called `then` waits until the task is settled; a combinator holds the task and may let go of it (A3, E2).
 *  2. Everything derived from a task is a plain Promise (`Symbol.species`): only what the history settles is a DurableTask.
 *  3. A failed task always counts as handled: a lost sibling in `Promise.all` must not end the process as an unhandled rejection.
 */
import type { DurableTask } from '../define/index.ts';

/** What stands behind a task. It is told of each change only: once when the first one waits, once when the last one has let go. */
export interface TaskOwner {
  wanted(): void;
  /** Nobody waits any more, or the task was settled. */
  unwanted(): void;
  /** The user's `cancel()` on an open task: gives up what is behind it, and fails it. */
  cancel(): void;
}

export type TaskKind = 'activity' | 'child' | 'timer' | 'wait' | 'combination';

/** Makes a task that the history has not settled yet. */
export function openTask(kind: TaskKind, id: number, owner: TaskOwner): Task {
  return new Task(kind, id, owner);
}

/** The runner's half of a task. */
export class Task {
  readonly kind: TaskKind;
  /** 0 for a combination. */
  readonly id: number;
  readonly promise: DurableTask<unknown>;
  readonly #owner: TaskOwner;
  #holders = 0;
  #isAwaited = false;
  #isSettled = false;
  #resolve: (value: unknown) => void = unset;
  #reject: (error: unknown) => void = unset;

  constructor(kind: TaskKind, id: number, owner: TaskOwner) {
    this.kind = kind;
    this.id = id;
    this.#owner = owner;
    this.promise = new TaskPromise(this, (resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  complete(value: unknown): void {
    if (this.#isSettled) return;
    this.#settle();
    this.#resolve(value);
  }

  fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#settle();
    // Past the promise's own `then`: being handled is not being awaited.
    void Promise.prototype.then.call(this.promise, undefined, ignored);
    this.#reject(error);
  }

  /** A combinator waits for it, and lets go of it as often as it held it. */
  hold(): void {
    if (++this.#holders === 1 && !this.#isSettled) this.#owner.wanted();
  }

  release(): void {
    if (--this.#holders === 0 && !this.#isSettled) this.#owner.unwanted();
  }

  /** Called by the promise: somebody wants to know, for good. */
  awaited(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.hold();
  }

  cancel(): boolean {
    if (this.#isSettled) return false;
    this.#owner.cancel();
    return true;
  }

  #settle(): void {
    this.#isSettled = true;
    if (this.#holders > 0) this.#owner.unwanted();
  }
}

/** The task behind a promise, if it is one. */
export function taskOf(promise: unknown): Task | undefined {
  return promise instanceof TaskPromise ? TaskPromise.taskOf(promise) : undefined;
}

/** True for what `ctx.waitForExternalEvent` gave: in a native `Promise.race` or `any` it would take its event though it had lost. */
export function isWaitTask(promise: unknown): boolean {
  return taskOf(promise)?.kind === 'wait';
}

class TaskPromise<T> extends Promise<T> implements DurableTask<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static taskOf(promise: TaskPromise<unknown>): Task {
    return promise.#task;
  }

  readonly #task: Task;

  constructor(task: Task, executor: (resolve: (value: T) => void, reject: (error: unknown) => void) => void) {
    super(executor);
    this.#task = task;
  }

  get id(): number {
    return this.#task.id;
  }

  cancel(): boolean {
    return this.#task.cancel();
  }

  override then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    this.#task.awaited();
    return super.then(onFulfilled, onRejected);
  }
}

function ignored(): undefined {
  return undefined;
}

/** A Promise runs its executor before its constructor returns, so this is never called. */
function unset(): void {
  throw new TypeError('the executor of a promise has not run');
}
