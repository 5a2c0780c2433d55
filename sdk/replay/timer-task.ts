/** Timers: the user's, and those inside a retry or a wait. */
import type { TimerTime } from '../../engine/core/index.ts';
import { openTask, type Task, type TaskOwner } from '../context/index.ts';
import { CancelledError } from '../values/index.ts';
import type { Opened, RunOfTask } from './open-tasks.ts';

/** A timer of the runner's own. `owner` is what is given up with it. */
export class InnerTimer implements Opened {
  readonly kind = 'timer';
  readonly #run: RunOfTask;
  readonly #id: number;
  readonly #place: number;
  readonly #fired: () => boolean;
  readonly #owner: Pick<Opened, 'giveUp'>;

  /** `fired` gives whether user code may go on. */
  constructor(run: RunOfTask, id: number, when: TimerTime, owner: Pick<Opened, 'giveUp'>, fired: () => boolean) {
    this.#run = run;
    this.#id = id;
    this.#owner = owner;
    this.#fired = fired;
    this.#place = run.tasks.actions.add({ kind: 'CreateTimer', taskId: id, when });
    run.tasks.open(id, this);
  }

  completed(): boolean {
    return this.#fired();
  }

  /** Timers do not fail. */
  failed(): boolean {
    return false;
  }

  giveUp(): void {
    this.#owner.giveUp();
  }

  /** Frees the timer. */
  dismiss(): void {
    const { tasks } = this.#run;
    tasks.close(this.#id);
    if (!tasks.actions.takeBack(this.#place)) tasks.actions.add({ kind: 'CancelTimer', taskId: this.#id });
  }
}

/** What `ctx.createTimer` gives. */
export class TimerTask implements TaskOwner {
  readonly task: Task;
  readonly #run: RunOfTask;
  readonly #timer: InnerTimer;

  constructor(run: RunOfTask, when: TimerTime) {
    const id = run.tasks.nextId();
    this.#run = run;
    this.task = openTask('timer', id, this);
    this.#timer = new InnerTimer(run, id, when, this, () => {
      this.task.complete(undefined);
      return true;
    });
    run.tasks.last = { call: 'createTimer', name: '', id };
  }

  wanted(): void {
    this.#run.tasks.awaited += 1;
  }

  unwanted(): void {
    this.#run.tasks.awaited -= 1;
  }

  cancel(): void {
    this.#run.enter('createTimer(…).cancel');
    this.giveUp();
  }

  giveUp(): void {
    if (this.task.isSettled) return;
    this.#timer.dismiss();
    this.task.fail(new CancelledError(`the timer (task ${String(this.task.id)}) was canceled`));
  }
}
