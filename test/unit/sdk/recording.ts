/** Plays the engine for one instance: records inputs, asks the program for turns, and lets the core record what it did. */
import { decideTurn, evolve, rangesOf, without, type InstanceState } from '../../../engine/core/index.ts';
import type { Action, EventTaken, ProgramSession, TurnOutcome, TurnRequest } from '../../../engine/program/index.ts';
import type {
  CommandBody,
  CommandId,
  EventRaised,
  ExecutionId,
  Fact,
  FailureDetails,
  InstanceId,
  ParentLink,
  Payload,
} from '../../../schemas/index.ts';

/** Of the first generation. */
export const executionId: ExecutionId = 'e0e1e2e3e4e5e6e7e8e9eaebecedeeef' as ExecutionId;
/** The turn that follows event n takes place n seconds after this. */
export const startedAtMs: number = Date.UTC(2026, 0, 1);

export interface Subject {
  readonly name: string;
  readonly version?: string;
  readonly instanceId?: string;
  readonly parent?: ParentLink;
}

interface Place {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
}

export class Recording {
  /** Of all generations. */
  readonly facts: Fact[] = [];
  readonly messages: CommandBody[] = [];
  /** How often the program asked for the past: how often it had no live run. */
  pastReads = 0;
  readonly #subject: Subject;
  #state: InstanceState | undefined;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** The fold of all facts. */
  get state(): InstanceState {
    if (this.#state === undefined) throw new Error('it has not started');
    return this.#state;
  }

  started(input: Payload = null): this {
    const { name, version = '', parent = null } = this.#subject;
    return this.record({
      kind: 'InstanceStarted',
      ...this.#next(),
      name,
      version,
      input,
      tags: [],
      commandId: 'c1' as CommandId,
      generation: 1,
      createdAtMs: startedAtMs,
      previousExecutionId: '',
      parent,
      startAtMs: null,
      inboxNext: 1,
      carried: [],
      carriedBytes: 0,
      customStatus: null,
    });
  }

  completed(taskId: number, result: Payload = null): this {
    return this.record({ kind: 'TaskCompleted', ...this.#answer(taskId), result });
  }

  failed(taskId: number, failure: Partial<FailureDetails>): this {
    return this.record({ kind: 'TaskFailed', ...this.#answer(taskId), failure: wholeFailure(failure) });
  }

  childCompleted(taskId: number, result: Payload = null): this {
    return this.record({ kind: 'ChildCompleted', ...this.#answer(taskId), result });
  }

  childFailed(taskId: number, failure: Partial<FailureDetails>): this {
    return this.record({ kind: 'ChildFailed', ...this.#answer(taskId), failure: wholeFailure(failure) });
  }

  fired(taskId: number): this {
    return this.record({ kind: 'TimerFired', ...this.#answer(taskId), fireAtMs: startedAtMs });
  }

  raised(name: string, payload: Payload = null): this {
    return this.record({ kind: 'EventRaised', ...this.#next(), number: this.state.inboxNext, name, payload, eventId: '' });
  }

  cancelRequested(): this {
    return this.record({ kind: 'CancelRequested', ...this.#next(), reason: 'enough' });
  }

  /** A suspension that is over: facts that no program is fed. */
  suspendedAndResumed(): this {
    this.record({ kind: 'InstanceSuspended', ...this.#next(), reason: '' });
    return this.record({ kind: 'InstanceResumed', ...this.#next(), reason: '' });
  }

  request(): TurnRequest {
    const { instanceId, executionId: id, name, version, parent, lastSeq, unfed } = this.state;
    const fresh = [...unfed];
    const own = fresh.filter((input) => input.executionId === id);
    const past = this.#past(id, new Set(fresh));
    const read = (): Promise<readonly Fact[]> => {
      this.pastReads += 1;
      return Promise.resolve(past);
    };
    const { atMs } = this.#next();
    return { instanceId, executionId: id, name, version, parent, atMs, pastLength: lastSeq - own.length, past: read, fresh };
  }

  /** Runs one turn and records it, unless it stalled. */
  async turn(session: ProgramSession): Promise<TurnOutcome> {
    const [outcome] = await session.turns([this.request()]);
    if (outcome === undefined) throw new Error('no outcome');
    this.note(outcome);
    return outcome;
  }

  note(outcome: TurnOutcome): void {
    if (outcome.kind === 'stalled') return;
    const { state } = this;
    const { actions, eventsTaken } = outcome;
    const inputsThrough = state.unfed.reduce((last, input) => (input.executionId === state.executionId ? input.seq : last), 0);
    const { atMs } = this.#next();
    const newExecutionId = (): ExecutionId => (state.generation + 1).toString(16).padStart(32, '0') as ExecutionId;
    const turn = decideTurn(state, { inputsThrough, actions, eventsTaken }, { atMs, clockMs: atMs, newExecutionId });
    for (const fact of turn.facts) this.record(fact);
    this.messages.push(...turn.messages);
  }

  record(fact: Fact): this {
    this.facts.push(fact);
    this.#state = evolve(this.#state, fact);
    return this;
  }

  /** As the owner gives it: events of earlier generations, then the facts of this execution. */
  #past(id: ExecutionId, fresh: ReadonlySet<Fact>): readonly Fact[] {
    const own = this.facts.filter((fact) => fact.executionId === id);
    const start = own.find((fact) => fact.kind === 'InstanceStarted');
    const freshNumbers = [...fresh].flatMap((fact) => (fact.kind === 'EventRaised' ? fact.number : []));
    const carried = start === undefined ? [] : without(start.carried, rangesOf(freshNumbers));
    const isCarried = (fact: Fact): fact is EventRaised =>
      fact.kind === 'EventRaised' && carried.some(({ from, through }) => from <= fact.number && fact.number <= through);
    return [...this.facts.filter(isCarried), ...own.filter((fact) => !fresh.has(fact))];
  }

  #answer(taskId: number): Place & { readonly taskId: number; readonly scheduledSeq: number } {
    return { ...this.#next(), taskId, scheduledSeq: this.state.openIds.get(taskId) ?? 0 };
  }

  /** Where the next fact stands. */
  #next(): Place {
    const seq = (this.#state?.lastSeq ?? 0) + 1;
    return {
      instanceId: (this.#subject.instanceId ?? 'i1') as InstanceId,
      executionId: this.#state?.executionId ?? executionId,
      seq,
      atMs: startedAtMs + seq * 1000,
    };
  }
}

export function wholeFailure(failure: Partial<FailureDetails>): FailureDetails {
  return {
    errorType: 'Error',
    message: '',
    stack: null,
    nonRetriable: false,
    cause: null,
    errors: [],
    properties: null,
    ...failure,
  };
}

/** The actions of a turn that must not have stalled. */
export function actionsOf(outcome: TurnOutcome): readonly Action[] {
  if (outcome.kind === 'stalled') throw new Error(`stalled: ${outcome.code}: ${outcome.reason}`);
  return outcome.actions;
}

/** The external events read in a turn that must not have stalled. */
export function eventsTakenOf(outcome: TurnOutcome): readonly EventTaken[] {
  if (outcome.kind === 'stalled') throw new Error(`stalled: ${outcome.code}: ${outcome.reason}`);
  return outcome.eventsTaken;
}

/** What the instance failed with in this turn. */
export function failureOf(outcome: TurnOutcome): FailureDetails {
  const last = actionsOf(outcome).at(-1);
  if (last?.kind !== 'FailInstance') throw new Error(`the turn did not fail the instance: ${JSON.stringify(outcome)}`);
  return last.failure;
}

/** The output of an instance that completed in this turn. */
export function outputOf(outcome: TurnOutcome): unknown {
  const last = actionsOf(outcome).at(-1);
  if (last?.kind !== 'CompleteInstance') throw new Error(`the turn did not complete the instance: ${JSON.stringify(outcome)}`);
  return last.output === null ? undefined : JSON.parse(last.output);
}
