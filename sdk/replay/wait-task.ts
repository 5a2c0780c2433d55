/** A wait for an external event (SEMANTICS E2, E3): armed while somebody waits for it, over after its event, its timeout or its cancel. */
import type { EventRaised } from '../../schemas/index.ts';
import { openTask, type EventToWaitFor, type Task, type TaskOwner } from '../context/index.ts';
import { CancelledError, TimeoutError } from '../values/index.ts';
import { foldEventName, type EventWait, type Inbox } from './inbox.ts';
import type { Opened, RunOfTask } from './open-tasks.ts';
import { InnerTimer } from './timer-task.ts';

export class WaitTask implements Opened, TaskOwner, EventWait {
  readonly kind = 'wait';
  readonly id: number;
  readonly eventName: string;
  readonly task: Task;
  isArmed = false;
  isListed = false;
  readonly #run: RunOfTask;
  readonly #inbox: Inbox;
  readonly #event: EventToWaitFor;
  readonly #taken: (event: EventRaised) => void;
  readonly #timeout: InnerTimer | undefined;

  constructor(run: RunOfTask, inbox: Inbox, event: EventToWaitFor, timeoutMs: number | undefined, taken: (event: EventRaised) => void) {
    this.#run = run;
    this.#inbox = inbox;
    this.#event = event;
    this.#taken = taken;
    this.eventName = foldEventName(event.name);
    this.id = run.tasks.nextId();
    this.task = openTask('wait', this.id, this);
    run.tasks.open(this.id, this);
    if (timeoutMs !== undefined) {
      const id = run.tasks.nextId();
      this.#timeout = new InnerTimer(run, id, { kind: 'after', delayMs: timeoutMs }, this, () => this.#timedOut(timeoutMs));
    }
    run.tasks.last = { call: 'waitForExternalEvent', name: event.name, id: this.id };
  }

  wanted(): void {
    this.#run.tasks.awaited += 1;
    this.#inbox.arm(this);
  }

  unwanted(): void {
    this.#run.tasks.awaited -= 1;
    this.#inbox.disarm(this);
  }

  take(event: EventRaised): void {
    this.#taken(event);
    this.#over();
    const { schema } = this.#event;
    try {
      const value = this.#run.converter.deserialize(event.payload);
      this.task.complete(schema === undefined ? value : this.#run.asUser(() => schema.parse(value)));
    } catch (error) {
      // The event is read all the same: it would be as wrong the next time.
      this.task.fail(error);
    }
  }

  /** Waits are not answered by the history; their events and timers are. */
  completed(): boolean {
    return false;
  }

  failed(): boolean {
    return false;
  }

  cancel(): void {
    this.#run.enter('waitForExternalEvent(…).cancel');
    this.giveUp();
  }

  giveUp(): void {
    if (this.task.isSettled) return;
    this.#over();
    this.task.fail(new CancelledError(`the wait for event '${this.#event.name}' (task ${String(this.id)}) was canceled`));
  }

  #over(): void {
    this.#run.tasks.close(this.id);
    this.#timeout?.dismiss();
  }

  #timedOut(timeoutMs: number): true {
    this.#run.tasks.close(this.id);
    this.task.fail(new TimeoutError(`event '${this.#event.name}' did not come within ${String(timeoutMs)} ms`));
    return true;
  }
}
