/** An activity or a sub-orchestration that was called, with all its attempts (SEMANTICS T2, T3, O1). */
import { dateMsMax, type FailureDetails, type InstanceId, type Payload } from '../../schemas/index.ts';
import { openTask, retryDelayMs, type Call, type Task, type TaskOwner } from '../context/index.ts';
import { CancelledError, fromFailure, TaskFailedError, toFailure } from '../values/index.ts';
import type { Opened, RunOfTask } from './open-tasks.ts';
import { InnerTimer } from './timer-task.ts';

export class CallTask implements Opened, TaskOwner {
  readonly kind: 'activity' | 'child';
  readonly task: Task;
  readonly #run: RunOfTask;
  readonly #call: Call;
  readonly #startedAtMs: number;
  #attempt = 1;
  /** Of the attempt. */
  #id: number;
  #place = -1;
  /** Set between two attempts. */
  #retryTimer: InnerTimer | undefined;

  constructor(run: RunOfTask, call: Call) {
    this.kind = call.kind;
    this.#run = run;
    this.#call = call;
    this.#startedAtMs = run.atMs;
    this.#id = run.tasks.nextId();
    this.task = openTask(call.kind, this.#id, this);
    this.#schedule();
    run.tasks.last = { call: call.kind === 'activity' ? 'callActivity' : 'callSubOrchestrator', name: call.name, id: this.#id };
    if (call.signal !== undefined) run.signals.watch(call.signal, this);
  }

  wanted(): void {
    this.#run.tasks.awaited += 1;
  }

  unwanted(): void {
    this.#run.tasks.awaited -= 1;
  }

  completed(result: Payload): boolean {
    this.#over();
    try {
      this.task.complete(this.#run.converter.deserialize(result));
    } catch (error) {
      // Another program answered with what is not JSON: its task has failed, not this instance.
      this.#fail(toFailure(error));
    }
    return true;
  }

  failed(failure: FailureDetails): boolean {
    const delayMs = this.#retryDelayMs(failure);
    if (delayMs === undefined) this.#fail(failure);
    else if (delayMs === 0) this.#tryAgain();
    else {
      const id = this.#run.tasks.nextId();
      this.#retryTimer = new InnerTimer(this.#run, id, { kind: 'after', delayMs }, this, () => this.#tryAgain());
    }
    // A retry function is user code, and may have let other user code go on.
    return true;
  }

  cancel(): void {
    this.#run.enter(`${this.kind === 'activity' ? 'callActivity' : 'callSubOrchestrator'}(…).cancel`);
    this.giveUp();
  }

  giveUp(): void {
    if (this.task.isSettled) return;
    this.#over();
    const { tasks } = this.#run;
    if (this.#retryTimer !== undefined) this.#retryTimer.dismiss();
    else {
      tasks.close(this.#id);
      if (!tasks.actions.takeBack(this.#place)) tasks.actions.add({ kind: 'CancelTask', taskId: this.#id });
    }
    const what = this.kind === 'activity' ? 'activity' : 'sub-orchestration';
    this.task.fail(new CancelledError(`${what} '${this.#call.name}' (task ${String(this.task.id)}) was canceled`));
  }

  #schedule(): void {
    const { name, version, input, tags } = this.#call;
    const { tasks } = this.#run;
    const taskId = this.#id;
    const attempt = this.#attempt;
    const first = this.task.id;
    const firstTaskId = taskId === first ? 0 : first;
    // Written out: this runs for every task there is, and a spread costs more than all the rest.
    this.#place = tasks.actions.add(
      this.kind === 'activity'
        ? { kind: 'ScheduleTask', taskId, name, version, input, tags, attempt, firstTaskId }
        : {
            kind: 'ScheduleChild',
            taskId,
            name,
            version,
            input,
            tags,
            attempt,
            firstTaskId,
            childInstanceId: this.#childInstanceId(first),
          },
    );
    tasks.open(taskId, this);
  }

  /** By the execution, so that generations never collide; and by the attempt, because the id of the one before is taken for good. */
  #childInstanceId(firstTaskId: number): InstanceId {
    const attempt = this.#attempt === 1 ? '' : `:${String(this.#attempt)}`;
    return this.#call.instanceId ?? (`${this.#run.executionId}:${String(firstTaskId)}${attempt}` as InstanceId);
  }

  #retryDelayMs(failure: FailureDetails): number | undefined {
    const run = this.#run;
    const { retry } = this.#call;
    if (retry === undefined) return undefined;
    const failed = { attempt: this.#attempt, failure: fromFailure(failure), elapsedMs: run.atMs - this.#startedAtMs };
    const delayMs = run.asUser(() => retryDelayMs(retry, failed, () => run.retryChance()));
    return delayMs === undefined ? undefined : Math.min(delayMs, dateMsMax - run.atMs);
  }

  /** Moves no user code. */
  #tryAgain(): false {
    this.#retryTimer = undefined;
    this.#attempt += 1;
    this.#id = this.#run.tasks.nextId();
    this.#schedule();
    return false;
  }

  #over(): void {
    if (this.#call.signal !== undefined) this.#run.signals.unwatch(this.#call.signal, this);
  }

  #fail(failure: FailureDetails): void {
    this.#over();
    const { kind, task } = this;
    const failed = { name: this.#call.name, id: task.id, attempt: this.#attempt };
    task.fail(new TaskFailedError({ kind: kind === 'activity' ? kind : 'orchestrator', ...failed }, fromFailure(failure)));
  }
}
