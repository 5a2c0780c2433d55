/** Plays the engine for one instance: records inputs, asks the program for turns, records what it did. */
import type { Action, ProgramSession, TurnOutcome, TurnRequest } from '../../../engine/program/index.ts';
import type { CommandId, ExecutionId, Fact, FailureDetails, InstanceId, Payload } from '../../../schemas/index.ts';

export const executionId: ExecutionId = 'e0e1e2e3e4e5e6e7e8e9eaebecedeeef' as ExecutionId;
/** The turn that follows event n takes place n seconds after this. */
export const startedAtMs: number = Date.UTC(2026, 0, 1);

export interface Subject {
  readonly name: string;
  readonly version?: string;
  readonly instanceId?: string;
}

export class Recording {
  readonly facts: Fact[];
  /** How often the program asked for the past: how often it had no live run. */
  pastReads = 0;
  readonly #subject: Subject;
  #fed = 0;

  constructor(subject: Subject, facts: readonly Fact[] = []) {
    this.#subject = subject;
    this.facts = [...facts];
  }

  started(input: Payload = null): this {
    const { name, version = '' } = this.#subject;
    return this.#record({ kind: 'InstanceStarted', ...this.#next(), name, version, input, tags: [], commandId: 'c1' as CommandId });
  }

  completed(taskId: number, result: Payload = null): this {
    return this.#record({ kind: 'TaskCompleted', ...this.#next(), taskId, scheduledSeq: this.#scheduledSeq(taskId), result });
  }

  failed(taskId: number, failure: Partial<FailureDetails>): this {
    const whole = {
      errorType: 'Error',
      message: '',
      stack: null,
      nonRetriable: false,
      cause: null,
      errors: [],
      properties: null,
      ...failure,
    };
    return this.#record({ kind: 'TaskFailed', ...this.#next(), taskId, scheduledSeq: this.#scheduledSeq(taskId), failure: whole });
  }

  request(): TurnRequest {
    const { name, version = '' } = this.#subject;
    const fresh = this.facts.slice(this.#fed);
    const past = this.facts.slice(0, this.#fed);
    const read = (): Promise<readonly Fact[]> => {
      this.pastReads += 1;
      return Promise.resolve(past);
    };
    return { ...this.#next(), name, version, pastLength: past.length, past: read, fresh };
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
    this.#record({ kind: 'TurnStarted', ...this.#next(), inputsThrough: this.facts.length });
    for (const action of outcome.actions) this.#record(this.#factOf(action));
    this.#fed = this.facts.length;
  }

  #factOf(action: Action): Fact {
    switch (action.kind) {
      case 'ScheduleTask':
        return { ...this.#next(), ...action, kind: 'TaskScheduled' };
      case 'CompleteInstance':
        return { ...this.#next(), ...action, kind: 'InstanceCompleted' };
      case 'FailInstance':
        return { ...this.#next(), ...action, kind: 'InstanceFailed' };
    }
  }

  #scheduledSeq(taskId: number): number {
    return this.facts.find((fact) => fact.kind === 'TaskScheduled' && fact.taskId === taskId)?.seq ?? 0;
  }

  #next(): { readonly instanceId: InstanceId; readonly executionId: ExecutionId; readonly seq: number; readonly atMs: number } {
    const seq = this.facts.length + 1;
    return { instanceId: (this.#subject.instanceId ?? 'i1') as InstanceId, executionId, seq, atMs: startedAtMs + seq * 1000 };
  }

  #record(fact: Fact): this {
    this.facts.push(fact);
    return this;
  }
}

/** The actions of a turn that must not have stalled. */
export function actionsOf(outcome: TurnOutcome): readonly Action[] {
  if (outcome.kind === 'stalled') throw new Error(`stalled: ${outcome.code}: ${outcome.reason}`);
  return outcome.actions;
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
