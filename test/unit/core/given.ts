/** Words for the tests of the core: instances given by their facts, what a command or result makes of them. */
import {
  decideStart,
  decideTaskResult,
  decideTurn,
  evolve,
  type Decision,
  type InstanceState,
  type TaskOutcome,
  type TurnAction,
} from '../../../engine/core/index.ts';
import type { CommandId, ExecutionId, Fact, FailureDetails, InstanceId, StartInstance } from '../../../schemas/index.ts';

export const execution: ExecutionId = 'e'.repeat(32) as ExecutionId;
export const otherExecution: ExecutionId = 'f'.repeat(32) as ExecutionId;
export const startCommand: CommandId = 'command-1' as CommandId;

export function startOf(changes: Partial<StartInstance> = {}): StartInstance {
  return { kind: 'StartInstance', instanceId: 'order-1' as InstanceId, name: 'order', version: '', input: '1', tags: [], ...changes };
}

export function failureOf(message: string): FailureDetails {
  return { errorType: 'Error', message, stack: null, nonRetriable: false, cause: null, errors: [], properties: null };
}

export function stateOf(facts: readonly Fact[]): InstanceState | undefined {
  let state: InstanceState | undefined;
  for (const fact of facts) state = evolve(state, fact);
  return state;
}

/** An instance told step by step. Every step is decided on the state of the facts so far. */
export class Story {
  readonly facts: Fact[] = [];
  atMs = 1_000;

  get state(): InstanceState {
    const state = stateOf(this.facts);
    if (state === undefined) throw new Error('the story has not started');
    return state;
  }

  start(changes: Partial<StartInstance> = {}): this {
    const given = { commandId: startCommand, executionId: execution, atMs: this.atMs };
    return this.take(decideStart(stateOf(this.facts), startOf(changes), given));
  }

  turn(...actions: readonly TurnAction[]): this {
    this.facts.push(...decideTurn(this.state, { inputsThrough: this.state.lastSeq, atMs: ++this.atMs, actions }));
    return this;
  }

  result(scheduledSeq: number, outcome: TaskOutcome = completed('"done"')): this {
    return this.take(this.resultDecision(scheduledSeq, outcome));
  }

  resultDecision(scheduledSeq: number, outcome: TaskOutcome, executionId: ExecutionId = execution): Decision {
    const { instanceId } = this.state;
    return decideTaskResult(this.state, { instanceId, executionId, scheduledSeq, outcome }, ++this.atMs);
  }

  private take(decision: Decision): this {
    if (decision.kind === 'refused') throw new Error(`refused: ${decision.refusal.code}`);
    this.facts.push(...decision.facts);
    return this;
  }
}

export const completed = (result: string | null): TaskOutcome => ({ kind: 'completed', result });
export const failed = (message: string): TaskOutcome => ({ kind: 'failed', failure: failureOf(message) });
export const task = (taskId: number, input: string | null = null): TurnAction => ({ kind: 'ScheduleTask', taskId, name: 'pack', input });
export const complete = (output: string | null = null): TurnAction => ({ kind: 'CompleteInstance', output });
export const fail = (message: string): TurnAction => ({ kind: 'FailInstance', failure: failureOf(message) });
