/**
 * One live run of an orchestrator: the function, suspended where it awaits, and the tasks it waits for.
 *
 *  1. The run moves only between `beginTurn` and `endTurn`; a call on the context, a return or a throw at any other time proves that
 *     the function awaited something that is not durable. That is a fault, and a run with a fault is never fed again (A5, D1).
 *  2. Inputs are fed one at a time, microtasks drained after each (A2); the run itself never drains, so that many share one drain.
 *     Between two inputs the external events that can be taken are taken, one a drain (E2).
 *  3. Once the function has settled, nothing it left behind can act any more (S8). What it was not fed then is the next generation's.
 */
import { format } from 'node:util';
import type { TimerTime } from '../../engine/core/index.ts';
import type { Action, EventTaken } from '../../engine/program/index.ts';
import { payloadBytes, type EventRaised, type InputFact, type ParentLink, type Payload } from '../../schemas/index.ts';
import {
  createContext,
  seededRandom,
  type Call,
  type EventToSend,
  type EventToWaitFor,
  type NextGeneration,
  type Start,
  type Turns,
} from '../context/index.ts';
import type { DurableTask, OrchestrationContext, OrchestratorToRun } from '../define/index.ts';
import { CancelledError, NonDeterministicCallError, NonDurableAwaitError, type DataConverter, type StallCode } from '../values/index.ts';
import { CallTask } from './call-task.ts';
import { actionAtEnd, ContinueAsNewSignal, type Ending } from './ending.ts';
import { drive, isGenerator } from './generator.ts';
import { Inbox, type EventBuffer } from './inbox.ts';
import { OpenTasks, type RunOfTask } from './open-tasks.ts';
import { Patches } from './patches.ts';
import type { PlannedTurn } from './recorded-turns.ts';
import { Signals } from './signals.ts';
import { TimerTask } from './timer-task.ts';
import { asOurCode, asUserCode } from './user-code.ts';
import { WaitTask } from './wait-task.ts';

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
  readonly parent: ParentLink | null;
}

/** What every run of a program is given. */
export interface RunGiven {
  readonly log: ProgramLog;
  readonly converter: DataConverter;
  /** The version of children that are called without one. */
  readonly defaultVersion: string;
}

type Phase = 'between turns' | 'in a turn' | 'settled';

export class Run implements Turns, RunOfTask {
  readonly kind = 'run';
  readonly instanceId: string;
  readonly executionId: string;
  readonly version: string;
  readonly parent: OrchestrationContext['parent'];
  readonly defaultVersion: string;
  readonly converter: DataConverter;
  readonly tasks: OpenTasks = new OpenTasks();
  readonly signals: Signals = new Signals(this);
  /** How much of the history it has seen, the facts of its last turn included. Kept by the session. */
  position = 0;
  isReplaying = false;
  atMs = 0;
  historyLength = 0;
  readonly #orchestrator: OrchestratorToRun;
  readonly #log: ProgramLog;
  readonly #context: OrchestrationContext;
  /** Made when it is needed: most functions wait for no event. */
  #inbox: Inbox | undefined;
  readonly #patches = new Patches();
  #eventsTaken: EventTaken[] = [];
  #input: Payload = null;
  #next: NextGeneration | undefined;
  #end: Action | undefined;
  #isEndTold = false;
  #cancelRequested = false;
  #cancelling: AbortController | undefined;
  #retryRandom: (() => number) | undefined;
  #phase: Phase = 'between turns';
  #fault: Fault | undefined;

  /** `buffer` has what earlier generations were fed and did not read, when it is at hand; else it is fed again. */
  constructor(identity: RunIdentity, orchestrator: OrchestratorToRun, given: RunGiven, buffer?: EventBuffer) {
    this.instanceId = identity.instanceId;
    this.executionId = identity.executionId;
    this.version = identity.version;
    const { parent } = identity;
    this.parent = parent === null ? undefined : { instanceId: parent.instanceId, name: parent.name };
    this.defaultVersion = given.defaultVersion;
    this.converter = given.converter;
    this.#orchestrator = orchestrator;
    this.#log = given.log;
    if (buffer !== undefined) this.#inbox = new Inbox(buffer);
    this.#context = createContext(this);
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  get isSettled(): boolean {
    return this.#phase === 'settled';
  }

  /** Of a function that goes on as a new generation: the events it leaves to that. */
  get leftOver(): EventBuffer | undefined {
    return this.#end?.kind === 'ContinueAsNew' && this.#end.preserveEvents ? this.#inbox?.buffer : undefined;
  }

  get signal(): AbortSignal {
    // Most functions never ask for it.
    this.#cancelling ??= new AbortController();
    if (this.#cancelRequested) this.#cancelling.abort(cancelReason());
    return this.#cancelling.signal;
  }

  beginTurn(turn: PlannedTurn): void {
    if (this.#phase === 'settled') return;
    this.#phase = 'in a turn';
    this.atMs = turn.atMs;
    this.isReplaying = turn.recorded !== undefined;
    this.historyLength = turn.historyLength;
    if (turn.recorded !== undefined) this.#patches.replaying(turn.recorded.actions);
  }

  /** Feeds one input; gives whether user code may go on in the next drain. */
  feed(input: InputFact): boolean {
    if (this.#phase === 'settled') {
      this.#feedSettled(input);
      return false;
    }
    if (this.#phase !== 'in a turn') return false;
    if (input.kind === 'EventRaised') {
      this.#events().add(input);
      return this.takeEvent();
    }
    if (input.kind === 'InstanceStarted') this.#start(input.input);
    else if (input.kind === 'CancelRequested') this.#cancel();
    else return answer(this.tasks, input);
    return true;
  }

  get hasEventToTake(): boolean {
    return this.#phase === 'in a turn' && this.#inbox?.isReady === true;
  }

  /** At quiescence: gives one event to its wait, if there is one to give. */
  takeEvent(): boolean {
    return this.#phase === 'in a turn' && this.#inbox?.takeNext() === true;
  }

  /** After each drain: a function that waits while nothing durable is awaited waits for something foreign. */
  checkQuiescent(): void {
    if (this.#phase !== 'in a turn' || this.tasks.awaited > 0) return;
    this.#accuse(`waits for something that is not durable${this.#whereabouts()}`);
  }

  /** Ends the turn and gives what the function did in it. */
  endTurn(): { readonly actions: readonly Action[]; readonly eventsTaken: readonly EventTaken[] } {
    if (this.#phase === 'in a turn') this.#phase = 'between turns';
    const eventsTaken = this.#eventsTaken;
    this.#eventsTaken = [];
    if (this.#end !== undefined && !this.#isEndTold) this.tasks.actions.add(this.#end);
    this.#isEndTold = this.#end !== undefined;
    return { actions: this.tasks.actions.end(), eventsTaken };
  }

  enter(call: string): void {
    if (this.#phase === 'in a turn') return;
    if (this.#phase === 'settled') throw new Error(`ctx.${call} was called after '${this.#orchestrator.name}' had ended`);
    throw this.#accuse(`called ctx.${call} after it had waited for something that is not durable${this.#whereabouts()}`);
  }

  call(call: Call): DurableTask<unknown> {
    return new CallTask(this, call).task.promise;
  }

  start({ name, version, input, tags, instanceId }: Start): string {
    const taskId = this.tasks.nextId();
    const childInstanceId = instanceId ?? (`${this.executionId}:${String(taskId)}` as typeof instanceId & string);
    this.tasks.actions.add({ kind: 'StartInstance', taskId, name, version, input, tags, childInstanceId });
    this.tasks.last = { call: 'startOrchestration', name, id: taskId };
    return childInstanceId;
  }

  createTimer(when: TimerTime): DurableTask<void> {
    return new TimerTask(this, when).task.promise as DurableTask<void>;
  }

  waitFor(event: EventToWaitFor, timeoutMs: number | undefined): DurableTask<unknown> {
    return new WaitTask(this, this.#events(), event, timeoutMs, (taken) => this.#eventsTaken.push(takenOf(taken))).task.promise;
  }

  sendEvent(event: EventToSend): void {
    const taskId = this.tasks.nextId();
    this.tasks.actions.add({ kind: 'SendEvent', taskId, ...event });
    this.tasks.last = { call: 'sendEvent', name: event.name, id: taskId };
  }

  /** Called twice, the last call counts: a `finally` may know better. */
  continueAsNew(next: NextGeneration): never {
    this.#next = next;
    throw new ContinueAsNewSignal();
  }

  setCustomStatus(status: Payload): void {
    this.tasks.actions.setStatus(status);
  }

  patched(id: string): boolean {
    return this.#patches.isPatched(id, this.isReplaying, () => this.tasks.actions.add({ kind: 'MarkPatch', id }));
  }

  retryChance(): number {
    this.#retryRandom ??= seededRandom('retry', this.instanceId, this.executionId);
    return this.#retryRandom();
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', args: readonly unknown[]): void {
    if (this.isReplaying) return;
    const { instanceId, executionId } = this;
    const fields = { orchestrator: this.#orchestrator.name, instanceId, executionId, message: format(...args) };
    asOurCode(() => {
      this.#log(level, 'orchestrator_log', fields);
    });
  }

  asUser<T>(run: () => T): T {
    const { instanceId, executionId } = this;
    return asUserCode({ kind: 'orchestrator', name: this.#orchestrator.name, instanceId, executionId }, run);
  }

  #events(): Inbox {
    this.#inbox ??= new Inbox();
    return this.#inbox;
  }

  #start(payload: Payload): void {
    this.#input = payload;
    const { fn } = this.#orchestrator;
    const run = (): Promise<unknown> =>
      new Promise((resolve) => {
        // The input's type is the promise of whoever started the instance, as with any data from outside.
        const result: unknown = fn(this.#context, this.converter.deserialize(payload) as never);
        resolve(isGenerator(result) ? drive(result) : result);
      });
    this.asUser(run).then(
      (value) => {
        this.#settle({ kind: 'returned', value });
      },
      (error: unknown) => {
        this.#settle({ kind: 'threw', error });
      },
    );
  }

  #settle(ending: Ending): void {
    if (this.#phase === 'between turns') {
      this.#accuse(`${ending.kind} after it had waited for something that is not durable${this.#whereabouts()}`);
      return;
    }
    this.#phase = 'settled';
    this.tasks.clear();
    // What a guard refused is a fault of the code, not a failure of the instance (D1).
    if (ending.kind === 'threw' && ending.error instanceof NonDeterministicCallError)
      this.#fault ??= { code: ending.error.code, reason: `orchestrator '${this.#orchestrator.name}': ${ending.error.message}` };
    this.#end = actionAtEnd(ending, {
      next: this.#next,
      cancelRequested: this.#cancelRequested,
      input: this.#input,
      serialize: (value) => this.converter.serialize(value, `the output of orchestrator '${this.#orchestrator.name}'`),
    });
  }

  /** What came in with the turn but behind its end belongs to the next generation; a request to end is for the instance and holds now. */
  #feedSettled(input: InputFact): void {
    if (this.#end?.kind !== 'ContinueAsNew') return;
    if (input.kind === 'EventRaised') this.#events().add(input);
    else if (input.kind === 'CancelRequested') this.#end = { kind: 'CancelInstance', output: null };
  }

  /** Only what is open now is given up: what the function calls from here on works. */
  #cancel(): void {
    if (this.#cancelRequested) return;
    this.#cancelRequested = true;
    const open = this.tasks.all();
    this.asUser(() => {
      this.#cancelling?.abort(cancelReason());
    });
    for (const opened of open) opened.giveUp();
  }

  #accuse(what: string): NonDurableAwaitError {
    const reason = `orchestrator '${this.#orchestrator.name}' ${what}; inside an orchestrator await only what ctx gives, and do the rest in activities`;
    this.#fault ??= { code: 'NonDurableAwaitError', reason };
    return new NonDurableAwaitError(reason);
  }

  #whereabouts(): string {
    const { last } = this.tasks;
    if (last === undefined) return ' (before its first durable call)';
    const name = last.name === '' ? '' : ` '${last.name}'`;
    return ` (its last durable call was ${last.call}${name}, task ${String(last.id)})`;
  }
}

function cancelReason(): CancelledError {
  return new CancelledError('the orchestration was asked to end');
}

function takenOf({ number, payload }: EventRaised): EventTaken {
  return { number, bytes: payloadBytes(payload) };
}

type Answer = Exclude<InputFact, { kind: 'InstanceStarted' | 'EventRaised' | 'CancelRequested' }>;

/** What nobody waits for is dropped (SEMANTICS T1). */
function answer(tasks: OpenTasks, input: Answer): boolean {
  const { taskId } = input;
  switch (input.kind) {
    case 'TaskCompleted':
      return tasks.answered(taskId, 'activity')?.completed(input.result) === true;
    case 'TaskFailed':
      return tasks.answered(taskId, 'activity')?.failed(input.failure) === true;
    case 'ChildCompleted':
      return tasks.answered(taskId, 'child')?.completed(input.result) === true;
    case 'ChildFailed':
      return tasks.answered(taskId, 'child')?.failed(input.failure) === true;
    case 'TimerFired':
      return tasks.answered(taskId, 'timer')?.completed(null) === true;
    default:
      return input satisfies never;
  }
}
