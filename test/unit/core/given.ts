/** Words for the tests of the core: instances given by their facts, what a command, result, timer or turn makes of them. */
import {
  decideCommand,
  decideDueTimer,
  decideTaskResult,
  decideTurn,
  evolve,
  type Decision,
  type EventTaken,
  type InstanceState,
  type TaskOutcome,
  type TurnAction,
  type Outcome,
} from '../../../engine/core/index.ts';
import {
  encodeCommand,
  encodeHistory,
  type CancelInstance,
  type Claimant,
  type CommandBody,
  type CommandId,
  type ExecutionId,
  type Fact,
  type FailureDetails,
  type InstanceId,
  type ParentLink,
  type RaiseEvent,
  type StartInstance,
  type TerminateInstance,
} from '../../../schemas/index.ts';

export const idOf = (id: string): InstanceId => id as InstanceId;
export const execution: ExecutionId = executionOf(1);
export const otherExecution: ExecutionId = 'f'.repeat(32) as ExecutionId;
export const startCommand: CommandId = 'command-1' as CommandId;
const instanceId = idOf('order-1');

/** The executions of a story are numbered, so that its facts are known beforehand. */
export function executionOf(number: number): ExecutionId {
  return number.toString(16).padStart(32, '0') as ExecutionId;
}

export function startOf(changes: Partial<StartInstance> = {}): StartInstance {
  const { name, version, tags } = { name: 'order', version: '', tags: [] };
  return {
    kind: 'StartInstance',
    instanceId,
    name,
    version,
    input: '1',
    tags,
    onConflict: 'error',
    startAtMs: null,
    parent: null,
    ...changes,
  };
}

export function raiseOf(changes: Partial<RaiseEvent> = {}): RaiseEvent {
  return { kind: 'RaiseEvent', instanceId, name: 'paid', payload: '1', eventId: '', startIfMissing: null, ...changes };
}

export const suspendOf = (): CommandBody => ({ kind: 'SuspendInstance', instanceId, reason: 'audit' });
export const resumeOf = (): CommandBody => ({ kind: 'ResumeInstance', instanceId, reason: 'done' });

export function terminateOf(changes: Partial<TerminateInstance> = {}): TerminateInstance {
  return { kind: 'TerminateInstance', instanceId, output: '"cut"', reason: 'late', recursive: true, childOf: null, ...changes };
}

export function cancelOf(changes: Partial<CancelInstance> = {}): CancelInstance {
  return { kind: 'CancelInstance', instanceId, reason: 'enough', childOf: null, ...changes };
}

export function parentOf(changes: Partial<ParentLink> = {}): ParentLink {
  return { instanceId: idOf('parent-1'), executionId: otherExecution, scheduledSeq: 3, name: 'batch', ...changes };
}

export function failureOf(message: string): FailureDetails {
  return { errorType: 'Error', message, stack: null, nonRetriable: false, cause: null, errors: [], properties: null };
}

export function stateOf(facts: readonly Fact[]): InstanceState | undefined {
  let state: InstanceState | undefined;
  for (const fact of facts) state = evolve(state, fact);
  return state;
}

export interface TurnChanges {
  readonly inputsThrough?: number;
  readonly taken?: readonly EventTaken[];
  readonly clockMs?: number;
  readonly historyEventsMax?: number;
}

/** An instance told step by step. Every step is decided on the state of the facts so far, and a second later. */
export class Story {
  readonly facts: Fact[] = [];
  readonly messages: CommandBody[] = [];
  atMs = 1_000;
  private executions = 0;
  private commands = 0;

  get state(): InstanceState {
    const state = stateOf(this.facts);
    if (state === undefined) throw new Error('the story has not started');
    return state;
  }

  start(changes: Partial<StartInstance> = {}): this {
    return this.command(startOf(changes), startCommand);
  }

  /** A command is given an id of its own unless one is said. */
  command(body: CommandBody, commandId?: string): this {
    return this.take(this.commandDecision(body, commandId));
  }

  commandDecision(body: CommandBody, commandId = `other-${String(++this.commands)}`, isMessage = false): Decision {
    const given = { commandId: commandId as CommandId, atMs: (this.atMs += 1_000), newExecutionId: this.newExecutionId, isMessage };
    return decideCommand(stateOf(this.facts), body, given);
  }

  turn(...actions: readonly TurnAction[]): this {
    return this.turnWith({}, ...actions);
  }

  turnWith(changes: TurnChanges, ...actions: readonly TurnAction[]): this {
    const { facts, messages } = this.turnDecision(changes, ...actions);
    this.facts.push(...facts);
    this.messages.push(...messages);
    return this;
  }

  turnDecision(changes: TurnChanges, ...actions: readonly TurnAction[]): Outcome {
    const { inputsThrough = this.state.lastSeq, taken: eventsTaken = [], clockMs = (this.atMs += 1_000), historyEventsMax } = changes;
    const given = { atMs: this.atMs, clockMs, newExecutionId: this.newExecutionId };
    const limit = historyEventsMax === undefined ? {} : { historyEventsMax };
    return decideTurn(this.state, { inputsThrough, actions, eventsTaken }, { ...given, ...limit });
  }

  result(scheduledSeq: number, outcome: TaskOutcome = completed('"done"')): this {
    return this.take(this.resultDecision(scheduledSeq, outcome));
  }

  resultDecision(scheduledSeq: number, outcome: TaskOutcome, executionId: ExecutionId = this.state.executionId): Decision {
    return decideTaskResult(this.state, { instanceId, executionId, scheduledSeq, outcome }, (this.atMs += 1_000));
  }

  due(seq: number, clockMs: number): this {
    return this.take(this.dueDecision(seq, clockMs));
  }

  dueDecision(seq: number, clockMs: number, executionId: ExecutionId = this.state.executionId): Decision {
    return decideDueTimer(this.state, { instanceId, executionId, seq }, clockMs);
  }

  private readonly newExecutionId = (): ExecutionId => executionOf(++this.executions);

  private take(decision: Decision): this {
    if (decision.kind === 'refused') throw new Error(`refused: ${decision.refusal.code}`);
    this.facts.push(...decision.facts);
    this.messages.push(...decision.messages);
    return this;
  }
}

export const nothing: Decision = { kind: 'facts', facts: [], messages: [] };
export const codeOf = (decision: Decision): string => (decision.kind === 'refused' ? decision.refusal.code : 'not refused');
export const kindsOf = (facts: readonly Fact[]): string[] => facts.map((fact) => fact.kind);
export const factsOf = (decision: Decision): readonly Fact[] => (decision.kind === 'facts' ? decision.facts : []);
export const messagesOf = (decision: Decision): readonly CommandBody[] => (decision.kind === 'facts' ? decision.messages : []);

/** That the log takes what was decided is what every bound is for. */
export function isEncodable({ facts, messages }: Outcome): boolean {
  for (const body of facts) encodeHistory({ epoch: 1, claimant: '0123456789abcdef' as Claimant, commit: 1, body });
  for (const body of messages) encodeCommand({ commandId: startCommand, issuedAtMs: 1, source: null, body });
  return facts.length > 0;
}

export const completed = (result: string | null): TaskOutcome => ({ kind: 'completed', result });
export const failed = (message: string): TaskOutcome => ({ kind: 'failed', failure: failureOf(message) });

const called = { version: '', tags: [], attempt: 1, firstTaskId: 0 };
export const task = (taskId: number, input: string | null = null): TurnAction => ({
  kind: 'ScheduleTask',
  taskId,
  name: 'pack',
  input,
  ...called,
});
export const child = (taskId: number, id = `child-${String(taskId)}`): TurnAction => ({
  ...{ kind: 'ScheduleChild', taskId, name: 'ship', input: '2', childInstanceId: idOf(id) },
  ...called,
});
export const sent = (taskId: number, id = 'free-1'): TurnAction => ({
  ...{ kind: 'StartInstance', taskId, name: 'ship', version: '', input: null, tags: [], childInstanceId: idOf(id) },
});
export const after = (taskId: number, delayMs: number): TurnAction => ({ kind: 'CreateTimer', taskId, when: { kind: 'after', delayMs } });
export const at = (taskId: number, atMs: number): TurnAction => ({ kind: 'CreateTimer', taskId, when: { kind: 'at', atMs } });
export const cancelTimer = (taskId: number): TurnAction => ({ kind: 'CancelTimer', taskId });
export const cancelTask = (taskId: number): TurnAction => ({ kind: 'CancelTask', taskId });
export const event = (taskId: number, target: string, payload: string | null = '1'): TurnAction => ({
  ...{ kind: 'SendEvent', taskId, targetInstanceId: idOf(target), name: 'paid', payload },
});
export const status = (value: string | null): TurnAction => ({ kind: 'SetCustomStatus', value });
export const again = (input: string | null = '2', preserveEvents = true, version = ''): TurnAction => ({
  ...{ kind: 'ContinueAsNew', input, version, preserveEvents },
});
export const complete = (output: string | null = null): TurnAction => ({ kind: 'CompleteInstance', output });
export const fail = (message: string): TurnAction => ({ kind: 'FailInstance', failure: failureOf(message) });
export const canceled = (output: string | null = null): TurnAction => ({ kind: 'CancelInstance', output });
