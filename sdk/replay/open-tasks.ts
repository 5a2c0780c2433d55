/**
 * What one run has asked for and not been answered, by task id.
 *
 *  1. Ids are taken at the call, from 1, never twice (T1). An answer to what is not open, or is open as something else, is dropped.
 *  2. What is opened takes its action; what is given up takes that action back when it is of the same turn, and else the opposite one (M2).
 */
import type { FailureDetails, Payload } from '../../schemas/index.ts';
import type { DataConverter } from '../values/index.ts';
import type { Signals } from './signals.ts';
import { TurnActions } from './turn-actions.ts';

/** What a task needs of its run. */
export interface RunOfTask {
  readonly executionId: string;
  readonly atMs: number;
  readonly converter: DataConverter;
  readonly tasks: OpenTasks;
  readonly signals: Signals;
  /** @throws NonDurableAwaitError outside a turn */
  enter(call: string): void;
  /** Runs a function of the user's under the run's name. */
  asUser<T>(run: () => T): T;
  /** The chance of retries: a stream of its own. */
  retryChance(): number;
}

/** Something that the history is to answer, or that `cancel()` gives up. */
export interface Opened {
  readonly kind: 'activity' | 'child' | 'timer' | 'wait';
  /** Each gives whether user code may go on now. */
  completed(result: Payload): boolean;
  failed(failure: FailureDetails): boolean;
  /** Does nothing when it was settled before. */
  giveUp(): void;
}

export class OpenTasks {
  readonly actions: TurnActions = new TurnActions();
  /** How many tasks somebody awaits. */
  awaited = 0;
  /** The newest call, for messages. */
  last: { readonly call: string; readonly name: string; readonly id: number } | undefined;
  readonly #open = new Map<number, Opened>();
  #lastId = 0;

  nextId(): number {
    return ++this.#lastId;
  }

  open(id: number, opened: Opened): void {
    this.#open.set(id, opened);
  }

  close(id: number): void {
    this.#open.delete(id);
  }

  /** The open task of this kind, which is closed with it. */
  answered(id: number, kind: Opened['kind']): Opened | undefined {
    const opened = this.#open.get(id);
    if (opened?.kind !== kind) return undefined;
    this.#open.delete(id);
    return opened;
  }

  /** Everything open right now, in the order of the ids. */
  all(): readonly Opened[] {
    return [...this.#open.values()];
  }

  clear(): void {
    this.#open.clear();
  }
}
