/**
 * One live run of an orchestrator: the function, suspended where it awaits, and the tasks it waits for.
 *
 *  1. The run moves only between `beginTurn` and `endTurn`; a call on the context, a return or a throw at any other time proves that
 *     the function awaited something that is not durable. That is a fault, and a run with a fault is never fed again (A5, D1).
 *  2. Inputs are fed one at a time, microtasks drained after each (A2); the run itself never drains, so that many share one drain.
 *  3. Task ids are taken at the call, from 1, never twice (T1); an input for a task that is not open is dropped.
 *  4. Once the function has settled, nothing it left behind can act any more (S8).
 */
import { format } from 'node:util';
import type { Action } from '../../engine/program/index.ts';
import { BrokenError, type Fact, type FailureDetails, type Payload } from '../../schemas/index.ts';
import { createContext, openTask, type Awaits, type OpenTask, type Turns } from '../context/index.ts';
import type { DurableTask, OrchestrationContext, OrchestratorToRun } from '../define/index.ts';
import { fromFailure, fromPayload, NonDurableAwaitError, TaskFailedError, toFailure, toPayload, type StallCode } from '../values/index.ts';
import { drive, isGenerator } from './generator.ts';
import type { PlannedTurn } from './recorded-turns.ts';
import { asUserCode } from './user-code.ts';

/** Takes what orchestrators log, as a worker's own log lines. */
export type ProgramLog = (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>) => void;

/** Why a run cannot go on. */
export interface Fault {
  readonly code: StallCode;
  readonly reason: string;
}

/** What one run is of. */
export interface RunIdentity {
  readonly instanceId: string;
  readonly executionId: string;
  readonly version: string;
}

type Phase = 'between turns' | 'in a turn' | 'settled';

export class Run implements Turns {
  readonly instanceId: string;
  readonly executionId: string;
  readonly version: string;
  /** How much of the history it has seen, the facts of its last turn included. Kept by the session. */
  position = 0;
  isReplaying = false;
  atMs = 0;
  historyLength = 0;
  readonly #orchestrator: OrchestratorToRun;
  readonly #log: ProgramLog;
  readonly #context: OrchestrationContext;
  readonly #open = new Map<number, OpenTask>();
  readonly #awaits: Awaits = { open: 0 };
  #actions: Action[] = [];
  #lastTask: OpenTask | undefined;
  #phase: Phase = 'between turns';
  #fault: Fault | undefined;

  constructor(identity: RunIdentity, orchestrator: OrchestratorToRun, log: ProgramLog) {
    this.instanceId = identity.instanceId;
    this.executionId = identity.executionId;
    this.version = identity.version;
    this.#orchestrator = orchestrator;
    this.#log = log;
    this.#context = createContext(this);
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  get isSettled(): boolean {
    return this.#phase === 'settled';
  }

  beginTurn(turn: PlannedTurn): void {
    if (this.#phase === 'settled') return;
    this.#phase = 'in a turn';
    this.atMs = turn.atMs;
    this.isReplaying = turn.recorded !== undefined;
    this.historyLength = turn.historyLength;
  }

  /** Feeds one input; what follows from it follows in the next drain. */
  feed(input: Fact): void {
    if (this.#phase !== 'in a turn') return;
    switch (input.kind) {
      case 'InstanceStarted':
        this.#start(input.input);
        return;
      case 'TaskCompleted':
        this.#complete(input.taskId, input.result);
        return;
      case 'TaskFailed':
        this.#fail(input.taskId, input.failure);
        return;
      case 'TurnStarted':
      case 'TaskScheduled':
      case 'InstanceCompleted':
      case 'InstanceFailed':
        throw new BrokenError(
          'NOT_AN_INPUT',
          `${input.kind} (event ${String(input.seq)} of ${JSON.stringify(this.instanceId)}) was fed to the program as an input`,
        );
      default:
        input satisfies never;
    }
  }

  /** After each drain: a function that waits while nothing durable is awaited waits for something foreign. */
  checkQuiescent(): void {
    if (this.#phase !== 'in a turn' || this.#awaits.open > 0) return;
    this.#accuse(`waits for something that is not durable${this.#whereabouts()}`);
  }

  /** Ends the turn and gives what the function did in it. */
  endTurn(): readonly Action[] {
    if (this.#phase === 'in a turn') this.#phase = 'between turns';
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  enter(call: string): void {
    if (this.#phase === 'in a turn') return;
    if (this.#phase === 'settled') throw new Error(`ctx.${call} was called after '${this.#orchestrator.name}' had ended`);
    throw this.#accuse(`called ctx.${call} after it had waited for something that is not durable${this.#whereabouts()}`);
  }

  schedule(name: string, input: Payload): DurableTask<unknown> {
    const taskId = (this.#lastTask?.id ?? 0) + 1;
    const task = openTask(taskId, name, this.#awaits);
    this.#lastTask = task;
    this.#open.set(taskId, task);
    this.#actions.push({ kind: 'ScheduleTask', taskId, name, input });
    return task.promise;
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', args: readonly unknown[]): void {
    if (this.isReplaying) return;
    const { instanceId, executionId } = this;
    this.#log(level, 'orchestrator_log', { orchestrator: this.#orchestrator.name, instanceId, executionId, message: format(...args) });
  }

  #start(payload: Payload): void {
    const { instanceId, executionId } = this;
    const { name, fn } = this.#orchestrator;
    const run = (): Promise<unknown> =>
      new Promise((resolve) => {
        // The input's type is the promise of whoever started the instance, as with any data from outside.
        const result: unknown = fn(this.#context, fromPayload(payload) as never);
        resolve(isGenerator(result) ? drive(result) : result);
      });
    asUserCode({ kind: 'orchestrator', name, instanceId, executionId }, run).then(
      (value) =>
        this.#settle('returned', () => ({ kind: 'CompleteInstance', output: toPayload(value, `the output of orchestrator '${name}'`) })),
      (error: unknown) => this.#settle('threw', () => ({ kind: 'FailInstance', failure: toFailure(error) })),
    );
  }

  #settle(how: 'returned' | 'threw', action: () => Action): void {
    if (this.#phase === 'between turns') {
      this.#accuse(`${how} after it had waited for something that is not durable${this.#whereabouts()}`);
      return;
    }
    this.#phase = 'settled';
    this.#open.clear();
    try {
      this.#actions.push(action());
    } catch (error) {
      this.#actions.push({ kind: 'FailInstance', failure: toFailure(error) });
    }
  }

  #complete(taskId: number, result: Payload): void {
    const task = this.#take(taskId);
    if (task === undefined) return;
    try {
      task.complete(fromPayload(result));
    } catch (error) {
      // Another program's activity answered with what is not JSON: its task has failed, not this instance.
      task.fail(new TaskFailedError({ id: task.id, name: task.name, attempt: 1 }, fromFailure(toFailure(error))));
    }
  }

  #fail(taskId: number, failure: FailureDetails): void {
    const task = this.#take(taskId);
    task?.fail(new TaskFailedError({ id: task.id, name: task.name, attempt: 1 }, fromFailure(failure)));
  }

  #take(taskId: number): OpenTask | undefined {
    const task = this.#open.get(taskId);
    this.#open.delete(taskId);
    return task;
  }

  #accuse(what: string): NonDurableAwaitError {
    const reason = `orchestrator '${this.#orchestrator.name}' ${what}; inside an orchestrator await only what ctx gives, and do the rest in activities`;
    this.#fault ??= { code: 'NonDurableAwaitError', reason };
    return new NonDurableAwaitError(reason);
  }

  #whereabouts(): string {
    const last = this.#lastTask;
    return last === undefined
      ? ' (before its first durable call)'
      : ` (its last durable call was callActivity '${last.name}', task ${String(last.id)})`;
  }
}
