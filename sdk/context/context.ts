/**
 * The context an orchestrator calls. It holds no state of the run: it asks the runner (`Turns`), which refuses calls outside a turn.
 */
import type { DurableTask, OrchestrationContext } from '../define/index.ts';
import { nameOf, type Named } from '../define/index.ts';
import type { Payload } from '../../schemas/index.ts';
import { toPayload } from '../values/index.ts';
import { seededGuids, seededRandom } from './identity.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The run behind a context, and the turn it is in. */
export interface Turns {
  readonly instanceId: string;
  readonly executionId: string;
  readonly version: string;
  readonly isReplaying: boolean;
  readonly atMs: number;
  readonly historyLength: number;
  /** @throws NonDurableAwaitError outside a turn; `call` is what was called. */
  enter(call: string): void;
  schedule(name: string, input: Payload): DurableTask<unknown>;
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

  get isReplaying(): boolean {
    return this.#turns.isReplaying;
  }

  get currentUtcDateTime(): Date {
    return new Date(this.#turns.atMs);
  }

  get historyLength(): number {
    return this.#turns.historyLength;
  }

  callActivity<O>(activity: Named, input?: unknown): DurableTask<O> {
    this.#turns.enter('callActivity');
    const name = nameOf(activity);
    const payload = toPayload(input, `the input of activity '${name}'`);
    // What the function returns is what the caller's types say it does: it may live in another program.
    return this.#turns.schedule(name, payload) as DurableTask<O>;
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
}
