/**
 * A durable task is a real promise (SEMANTICS A2), settled by the runner when the history says so.
 *
 *  1. `then` is seen: `await`, `Promise.all`, `race`, `finally` all come through it, so "is anything durable awaited" can be answered.
 *  2. Everything derived from a task is a plain Promise (`Symbol.species`): only what the history settles is a DurableTask.
 *  3. A failed task always counts as handled: a lost sibling in `Promise.all` must not end the process as an unhandled rejection.
 */
import type { DurableTask } from '../define/index.ts';

/** How many unsettled tasks of one run somebody awaits. */
export interface Awaits {
  open: number;
}

/** The runner's half of a task. */
export interface OpenTask {
  readonly id: number;
  /** The name of the activity. */
  readonly name: string;
  readonly promise: DurableTask<unknown>;
  complete(value: unknown): void;
  fail(error: Error): void;
}

/** Makes a task that the history has not settled yet. */
export function openTask(id: number, name: string, awaits: Awaits): OpenTask {
  return new Task(id, name, awaits);
}

class Task implements OpenTask {
  readonly id: number;
  readonly name: string;
  readonly promise: TaskPromise<unknown>;
  readonly #awaits: Awaits;
  #state: 'unawaited' | 'awaited' | 'settled' = 'unawaited';
  #resolve: (value: unknown) => void = unset;
  #reject: (error: Error) => void = unset;

  constructor(id: number, name: string, awaits: Awaits) {
    this.id = id;
    this.name = name;
    this.#awaits = awaits;
    this.promise = new TaskPromise(this, (resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  complete(value: unknown): void {
    this.#settle();
    this.#resolve(value);
  }

  fail(error: Error): void {
    this.#settle();
    // Past the promise's own `then`: being handled is not being awaited.
    void Promise.prototype.then.call(this.promise, undefined, ignored);
    this.#reject(error);
  }

  /** Called by the promise: somebody wants to know. */
  awaited(): void {
    if (this.#state !== 'unawaited') return;
    this.#state = 'awaited';
    this.#awaits.open += 1;
  }

  #settle(): void {
    if (this.#state === 'awaited') this.#awaits.open -= 1;
    this.#state = 'settled';
  }
}

class TaskPromise<T> extends Promise<T> implements DurableTask<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #task: Task;

  constructor(task: Task, executor: (resolve: (value: T) => void, reject: (error: Error) => void) => void) {
    super(executor);
    this.#task = task;
  }

  get id(): number {
    return this.#task.id;
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
