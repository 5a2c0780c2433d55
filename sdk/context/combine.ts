/**
 * `ctx.whenAll` and `ctx.whenAny` (SEMANTICS A3): durable tasks over any promises that are built on tasks.
 *
 *  1. A combinator watches its members from the call on, past their own `then`: in the order in which they settle, and those that were
 *     settled before in the order of the list.
 *  2. It waits for them only while it is waited for itself, and lets go of all of them once it is settled: a loser is disarmed in the same
 *     drain. A member that is no task (an async helper's promise) waits for its own tasks all the time.
 *  3. It counts for nothing itself: what is awaited durably are the tasks at the bottom.
 */
import { types } from 'node:util';
import type { DurableTask } from '../define/index.ts';
import { CancelledError } from '../values/index.ts';
import { openTask, taskOf, type Task, type TaskOwner } from './task.ts';

type Outcome = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'failed'; readonly error: unknown };

/** The run whose turns a `cancel()` belongs in. */
interface Turn {
  /** @throws NonDurableAwaitError outside a turn */
  enter(call: string): void;
}

export function whenAll(members: readonly unknown[], turn: Turn): DurableTask<unknown> {
  const combination = new Combination(members, 'whenAll', turn);
  const values = new Array<unknown>(members.length);
  let open = members.length;
  let firstFailure: { readonly error: unknown } | undefined;
  if (open === 0) combination.task.complete(values);
  combination.watch((at, outcome) => {
    if (outcome.kind === 'value') values[at] = outcome.value;
    else firstFailure ??= { error: outcome.error };
    if (--open > 0) return;
    if (firstFailure === undefined) combination.task.complete(values);
    else combination.task.fail(firstFailure.error);
  });
  return combination.task.promise;
}

/** @throws TypeError without any task: it could never settle. */
export function whenAny(
  tasks: readonly PromiseLike<unknown>[] | Readonly<Record<string, PromiseLike<unknown>>>,
  turn: Turn,
): DurableTask<unknown> {
  const names = isList(tasks) ? undefined : Object.keys(tasks);
  const members = isList(tasks) ? tasks : Object.values(tasks);
  if (members.length === 0) throw new TypeError('ctx.whenAny takes at least one task: without any it would wait for ever');
  const combination = new Combination(members, 'whenAny', turn);
  combination.watch((at, outcome) => {
    const winner = names?.[at];
    combination.task.complete(winner === undefined ? { index: at, task: members[at] } : winnerOf(winner, outcome));
  });
  return combination.task.promise;
}

/** Plain data, but a failure is thrown where its value is read. */
function winnerOf(winner: string, outcome: Outcome): { readonly winner: string; readonly value: unknown } {
  return {
    winner,
    get value() {
      if (outcome.kind === 'failed') throw outcome.error;
      return outcome.value;
    },
  };
}

class Combination implements TaskOwner {
  readonly task: Task = openTask('combination', 0, this);
  readonly #members: readonly unknown[];
  readonly #tasks: readonly Task[];
  readonly #name: string;
  readonly #turn: Turn;

  constructor(members: readonly unknown[], name: string, turn: Turn) {
    this.#members = members;
    this.#tasks = members.flatMap((member) => taskOf(member) ?? []);
    this.#name = name;
    this.#turn = turn;
  }

  watch(settled: (at: number, outcome: Outcome) => void): void {
    this.#members.forEach((member, at) => {
      void Promise.prototype.then.call(
        promiseOf(member),
        (value: unknown) => {
          settled(at, { kind: 'value', value });
        },
        (error: unknown) => {
          settled(at, { kind: 'failed', error });
        },
      );
    });
  }

  wanted(): void {
    for (const task of this.#tasks) task.hold();
  }

  unwanted(): void {
    for (const task of this.#tasks) task.release();
  }

  cancel(): void {
    this.#turn.enter(`${this.#name}(…).cancel`);
    this.task.fail(new CancelledError(`ctx.${this.#name} was canceled`));
  }
}

function isList(tasks: object): tasks is readonly PromiseLike<unknown>[] {
  return Array.isArray(tasks);
}

/** `Promise.resolve` would call a task's own `then`. */
function promiseOf(member: unknown): Promise<unknown> {
  return types.isPromise(member) ? member : Promise.resolve(member);
}
