/**
 * The context an orchestrator calls. It holds no state of the run: it checks what is asked and hands it to the runner (`Turns`), which
 * refuses calls outside a turn.
 */
import { compareVersions, historyEventsWarn, type TimerTime } from '../../engine/core/index.ts';
import { nameBytesMax, OperationalError, utf8Length, type Payload } from '../../schemas/index.ts';
import type {
  CallOptions,
  ContinueAsNewOptions,
  DurableTask,
  Named,
  OrchestrationContext,
  StartSentOptions,
  SubOptions,
  WaitForEventOptions,
} from '../define/index.ts';
import type { Duration } from '../values/index.ts';
import {
  activityCall,
  assertVersion,
  childCall,
  customStatus,
  eventToSend,
  eventToWaitFor,
  startOf,
  type Call,
  type Caller,
  type EventToSend,
  type EventToWaitFor,
  type NamedEvent,
  type Start,
} from './calls.ts';
import { whenAll, whenAny } from './combine.ts';
import { seededGuids, seededRandom } from './identity.ts';
import { delayMs, timerTime } from './times.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** How the instance is to go on. */
export interface NextGeneration {
  /** Undefined: the input of this one. */
  readonly input: { readonly payload: Payload } | undefined;
  readonly version: string;
  readonly preserveEvents: boolean;
}

/** The run behind a context, and the turn it is in. */
export interface Turns extends Caller {
  readonly instanceId: string;
  readonly executionId: string;
  readonly version: string;
  readonly parent: OrchestrationContext['parent'];
  readonly isReplaying: boolean;
  readonly atMs: number;
  readonly historyLength: number;
  readonly signal: AbortSignal;
  /** @throws NonDurableAwaitError outside a turn; `call` is what was called. */
  enter(call: string): void;
  call(call: Call): DurableTask<unknown>;
  /** Gives the id of the instance. */
  start(start: Start): string;
  createTimer(when: TimerTime): DurableTask<void>;
  waitFor(event: EventToWaitFor, timeoutMs: number | undefined): DurableTask<unknown>;
  sendEvent(event: EventToSend): void;
  continueAsNew(next: NextGeneration): never;
  setCustomStatus(status: Payload): void;
  patched(id: string): boolean;
  log(level: LogLevel, args: readonly unknown[]): void;
}

/** Makes the context of one run. */
export function createContext(turns: Turns): OrchestrationContext {
  return new Context(turns);
}

class Context implements OrchestrationContext {
  readonly log: OrchestrationContext['log'];
  readonly #turns: Turns;
  #guids: (() => string) | undefined;
  #random: (() => number) | undefined;

  constructor(turns: Turns) {
    this.#turns = turns;
    this.log = {
      debug: (...args: unknown[]) => turns.log('debug', args),
      info: (...args: unknown[]) => turns.log('info', args),
      warn: (...args: unknown[]) => turns.log('warn', args),
      error: (...args: unknown[]) => turns.log('error', args),
    };
  }

  get instanceId(): string {
    return this.#turns.instanceId;
  }

  get executionId(): string {
    return this.#turns.executionId;
  }

  get version(): string {
    return this.#turns.version;
  }

  get parent(): OrchestrationContext['parent'] {
    return this.#turns.parent;
  }

  get isReplaying(): boolean {
    return this.#turns.isReplaying;
  }

  get currentUtcDateTime(): Date {
    return new Date(this.#turns.atMs);
  }

  get signal(): AbortSignal {
    return this.#turns.signal;
  }

  get historyLength(): number {
    return this.#turns.historyLength;
  }

  get continueAsNewSuggested(): boolean {
    return this.#turns.historyLength >= historyEventsWarn;
  }

  // What a task gives is what the caller's types say it does: its function may live in another program.

  callActivity<O>(activity: Named, input?: unknown, options?: CallOptions): DurableTask<O> {
    this.#turns.enter('callActivity');
    return this.#turns.call(activityCall(this.#turns, activity, input, options)) as DurableTask<O>;
  }

  callSubOrchestrator<O>(orchestrator: Named, input?: unknown, options?: SubOptions): DurableTask<O> {
    this.#turns.enter('callSubOrchestrator');
    return this.#turns.call(childCall(this.#turns, orchestrator, input, options)) as DurableTask<O>;
  }

  startOrchestration(orchestrator: Named, input?: unknown, options?: StartSentOptions): string {
    this.#turns.enter('startOrchestration');
    return this.#turns.start(startOf(this.#turns, orchestrator, input, options));
  }

  createTimer(when: Duration | Date): DurableTask<void> {
    this.#turns.enter('createTimer');
    return this.#turns.createTimer(timerTime(when, this.#turns.atMs));
  }

  waitForExternalEvent<T>(event: NamedEvent, options?: WaitForEventOptions): DurableTask<T> {
    this.#turns.enter('waitForExternalEvent');
    const { timeout } = options ?? {};
    const timeoutMs = timeout === undefined ? undefined : delayMs(timeout, this.#turns.atMs, 'the timeout of a wait');
    return this.#turns.waitFor(eventToWaitFor(event), timeoutMs) as DurableTask<T>;
  }

  sendEvent(instanceId: string, event: NamedEvent, data?: unknown): void {
    this.#turns.enter('sendEvent');
    this.#turns.sendEvent(eventToSend(this.#turns, instanceId, event, data));
  }

  /** An `undefined` that is given is an input without a value; only no argument at all keeps the input. */
  continueAsNew(...given: [input?: unknown, options?: ContinueAsNewOptions]): never {
    this.#turns.enter('continueAsNew');
    const [input, { preserveEvents = true, newVersion } = {}] = given;
    if (newVersion !== undefined) assertVersion(newVersion);
    return this.#turns.continueAsNew({
      input: given.length === 0 ? undefined : { payload: this.#turns.converter.serialize(input, 'the input of the next generation') },
      version: newVersion ?? this.version,
      preserveEvents,
    });
  }

  setCustomStatus(status: unknown): void {
    this.#turns.enter('setCustomStatus');
    this.#turns.setCustomStatus(customStatus(this.#turns, status));
  }

  newGuid(): string {
    this.#turns.enter('newGuid');
    this.#guids ??= seededGuids(this.#turns.instanceId, this.#turns.executionId);
    return this.#guids();
  }

  random(): number {
    this.#turns.enter('random');
    this.#random ??= seededRandom('user', this.#turns.instanceId, this.#turns.executionId);
    return this.#random();
  }

  compareVersionTo(version: string): number {
    return compareVersions(this.version, version);
  }

  patched(id: string): boolean {
    this.#turns.enter('patched');
    if (typeof id !== 'string' || id === '' || !id.isWellFormed() || utf8Length(id) > nameBytesMax)
      throw new OperationalError('NAME_INVALID', `a patch's id is well-formed text of 1 to ${String(nameBytesMax)} bytes`, {
        retryable: false,
      });
    return this.#turns.patched(id);
  }

  whenAll(tasks: readonly PromiseLike<unknown>[]): DurableTask<never> {
    this.#turns.enter('whenAll');
    return whenAll(tasks, this.#turns) as DurableTask<never>;
  }

  whenAny(tasks: readonly PromiseLike<unknown>[] | Readonly<Record<string, PromiseLike<unknown>>>): DurableTask<never> {
    this.#turns.enter('whenAny');
    return whenAny(tasks, this.#turns) as DurableTask<never>;
  }
}
