/**
 * What an input means, given the state: facts, a refusal, or nothing. Every function here is pure, leaves its state as it was, and
 * numbers the facts it returns from the state's own last event, so that event numbers have no gap.
 */
import {
  commandRequestFault,
  inputJsonFault,
  nameBytesMax,
  payloadBytesMax,
  utf8Length,
  type CommandId,
  type ExecutionId,
  type Fact,
  type FailureDetails,
  type InstanceId,
  type Payload,
  type Refusal,
  type StartInstance,
} from '../../schemas/index.ts';
import { isTerminal, type InstanceState } from './instance.ts';
import { tasksPerTurnMax, turnPayloadBytesMax } from './limits.ts';

export type Decision =
  { readonly kind: 'facts'; readonly facts: readonly Fact[] } | { readonly kind: 'refused'; readonly refusal: Refusal };

const nothing: Decision = { kind: 'facts', facts: [] };

/** A start (SEMANTICS S7, conflict policy `error`): one instance a id; the same command again is accepted and changes nothing. */
export function decideStart(
  state: InstanceState | undefined,
  start: StartInstance,
  given: { readonly commandId: CommandId; readonly executionId: ExecutionId; readonly atMs: number },
): Decision {
  const refusal = commandRequestFault({ commandId: given.commandId, start });
  if (refusal !== undefined) return { kind: 'refused', refusal };
  if (state !== undefined) {
    if (state.commandId === given.commandId) return nothing;
    const message = `instance ${JSON.stringify(start.instanceId)} exists and is ${state.life.status}`;
    return { kind: 'refused', refusal: { code: 'INSTANCE_ALREADY_EXISTS', message } };
  }
  const { instanceId, name, version, input, tags } = start;
  // Anybody may write commands. Last, because a megabyte takes milliseconds to parse.
  const notJson = inputJsonFault(input);
  if (notJson !== undefined) return { kind: 'refused', refusal: notJson };
  const { commandId, executionId, atMs } = given;
  return {
    kind: 'facts',
    facts: [{ kind: 'InstanceStarted', instanceId, executionId, seq: 1, atMs, name, version, input, tags, commandId }],
  };
}

export type TaskOutcome =
  { readonly kind: 'completed'; readonly result: Payload } | { readonly kind: 'failed'; readonly failure: FailureDetails };

export interface TaskResult {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly outcome: TaskOutcome;
}

/** A task's result: recorded when the task is open, dropped when it is unknown, answered already, or of an execution that is over (SEMANTICS T1). */
export function decideTaskResult(state: InstanceState | undefined, result: TaskResult, atMs: number): Decision {
  if (state?.executionId !== result.executionId || isTerminal(state)) return nothing;
  const task = state.openTasks.get(result.scheduledSeq);
  if (task === undefined) return nothing;
  const { instanceId, executionId, scheduledSeq } = result;
  const base = { instanceId, executionId, seq: state.lastSeq + 1, atMs, taskId: task.taskId, scheduledSeq };
  const outcome = bounded(result.outcome);
  const fact: Fact =
    outcome.kind === 'completed'
      ? { kind: 'TaskCompleted', ...base, result: outcome.result }
      : { kind: 'TaskFailed', ...base, failure: outcome.failure };
  return { kind: 'facts', facts: [fact] };
}

/** A result that the log could not carry is a failure of the task, not of the partition. */
function bounded(outcome: TaskOutcome): TaskOutcome {
  const fault = outcome.kind === 'failed' ? undefined : payloadFault('the result', outcome.result);
  return fault === undefined ? outcome : { kind: 'failed', failure: fault };
}

/** What a program did in a turn. The same union as the program port's, so that the core needs nothing of it. */
export type TurnAction =
  | { readonly kind: 'ScheduleTask'; readonly taskId: number; readonly name: string; readonly input: Payload }
  | { readonly kind: 'CompleteInstance'; readonly output: Payload }
  | { readonly kind: 'FailInstance'; readonly failure: FailureDetails };

/** A turn that fed all inputs up to `inputsThrough`: the marker, then one fact an action. Actions after the end of the function do not count. */
export function decideTurn(
  state: InstanceState,
  turn: { readonly inputsThrough: number; readonly atMs: number; readonly actions: readonly TurnAction[] },
): readonly Fact[] {
  if (isTerminal(state)) return [];
  const { instanceId, executionId } = state;
  let seq = state.lastSeq;
  const base = (): { instanceId: InstanceId; executionId: ExecutionId; seq: number; atMs: number } => ({
    instanceId,
    executionId,
    seq: ++seq,
    atMs: turn.atMs,
  });
  const facts: Fact[] = [{ kind: 'TurnStarted', ...base(), inputsThrough: turn.inputsThrough }];
  const fault = actionsFault(turn.actions);
  if (fault !== undefined) return [...facts, { kind: 'InstanceFailed', ...base(), failure: fault }];
  for (const action of turn.actions) {
    switch (action.kind) {
      case 'ScheduleTask':
        facts.push({ kind: 'TaskScheduled', ...base(), taskId: action.taskId, name: action.name, input: action.input });
        break;
      case 'CompleteInstance':
        return [...facts, { kind: 'InstanceCompleted', ...base(), output: action.output }];
      case 'FailInstance':
        return [...facts, { kind: 'InstanceFailed', ...base(), failure: action.failure }];
      default:
        return action satisfies never;
    }
  }
  return facts;
}

/** Why the log could not carry what a turn did, or undefined. Actions after the end of the function are not looked at: they do not count. */
function actionsFault(actions: readonly TurnAction[]): FailureDetails | undefined {
  let tasks = 0;
  let bytes = 0;
  for (const action of actions) {
    if (action.kind === 'FailInstance') return undefined;
    if (action.kind === 'CompleteInstance') return payloadFault('the output', action.output);
    if (++tasks > tasksPerTurnMax) return plainFailure('TooManyTasks', `one turn schedules at most ${String(tasksPerTurnMax)} tasks`);
    const fault = nameFault(action.name) ?? payloadFault("a task's input", action.input);
    if (fault !== undefined) return fault;
    bytes += action.input === null ? 0 : utf8Length(action.input);
    if (bytes > turnPayloadBytesMax)
      return plainFailure('PayloadTooLarge', `the inputs of one turn's tasks have at most ${String(turnPayloadBytesMax)} bytes together`);
  }
  return undefined;
}

function nameFault(name: string): FailureDetails | undefined {
  if (name.length > 0 && name.isWellFormed() && utf8Length(name) <= nameBytesMax) return undefined;
  return plainFailure('InvalidName', `an activity's name is well-formed Unicode of 1 to ${String(nameBytesMax)} bytes`);
}

function payloadFault(what: string, payload: Payload): FailureDetails | undefined {
  if (payload === null) return undefined;
  if (!payload.isWellFormed()) return plainFailure('SerializationError', `${what} holds a lone surrogate, which has no UTF-8`);
  const bytes = utf8Length(payload);
  if (bytes <= payloadBytesMax) return undefined;
  return plainFailure('PayloadTooLarge', `${what} has ${String(bytes)} bytes, the limit is ${String(payloadBytesMax)}`);
}

function plainFailure(errorType: string, message: string): FailureDetails {
  return { errorType, message, stack: null, nonRetriable: true, cause: null, errors: [], properties: null };
}
