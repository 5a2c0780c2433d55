/**
 * Answers to what the program waits for: recorded when the task is open, dropped when it is unknown, answered already, or of an execution
 * that is over (SEMANTICS T1).
 */
import {
  payloadJsonFault,
  type ExecutionId,
  type Fact,
  type FailureDetails,
  type InstanceId,
  type Payload,
  type ReportChild,
} from '../../schemas/index.ts';
import { decided, nothing, numbering, plainFailure, type Decision } from './decision.ts';
import { isTerminal, type InstanceState, type OpenTask } from './instance.ts';
import { payloadFault, recordable } from './turn-faults.ts';

export type TaskOutcome =
  { readonly kind: 'completed'; readonly result: Payload } | { readonly kind: 'failed'; readonly failure: FailureDetails };

export interface TaskResult {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly outcome: TaskOutcome;
}

/** A timer whose time the clock has reached; `seq` 0 is the scheduled start itself. */
export interface DueTimer {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
}

export function decideTaskResult(state: InstanceState | undefined, result: TaskResult, atMs: number): Decision {
  const { scheduledSeq } = result;
  const { live, task } = openTask(state, result, scheduledSeq);
  if (live === undefined || task?.kind !== 'activity') return nothing;
  const base = { ...numbering(live, atMs)(), taskId: task.taskId, scheduledSeq };
  const outcome = bounded(result.outcome);
  const fact: Fact =
    outcome.kind === 'completed'
      ? { kind: 'TaskCompleted', ...base, result: outcome.result }
      : { kind: 'TaskFailed', ...base, failure: outcome.failure };
  return decided([fact]);
}

export function decideChildReport(state: InstanceState | undefined, reported: ReportChild, atMs: number): Decision {
  const { scheduledSeq, childInstanceId } = reported;
  const { live, task } = openTask(state, reported, scheduledSeq);
  if (live === undefined || task?.kind !== 'child' || task.childInstanceId !== childInstanceId) return nothing;
  const base = { ...numbering(live, atMs)(), taskId: task.taskId, scheduledSeq };
  const failure = reported.failure ?? childFault(reported);
  const fact: Fact =
    failure === null
      ? { kind: 'ChildCompleted', ...base, result: reported.result }
      : { kind: 'ChildFailed', ...base, failure: recordable(failure) };
  return decided([fact]);
}

/** Never early: `clockMs` is the owner's clock. */
export function decideDueTimer(state: InstanceState | undefined, due: DueTimer, clockMs: number): Decision {
  const { live, task } = openTask(state, due, due.seq);
  if (live === undefined) return nothing;
  const next = numbering(live, clockMs);
  if (due.seq === 0) return live.startAtMs !== null && live.startAtMs <= clockMs ? decided([{ kind: 'StartDue', ...next() }]) : nothing;
  if (task?.kind !== 'timer' || task.fireAtMs > clockMs) return nothing;
  const { taskId, fireAtMs } = task;
  return decided([{ kind: 'TimerFired', ...next(), taskId, scheduledSeq: due.seq, fireAtMs }]);
}

function openTask(
  state: InstanceState | undefined,
  of: { readonly executionId: ExecutionId },
  seq: number,
): { readonly live?: InstanceState; readonly task?: OpenTask | undefined } {
  if (state?.executionId !== of.executionId || isTerminal(state)) return {};
  return { live: state, task: state.openTasks.get(seq) };
}

/** A result that the log could not carry is a failure of the task, not of the partition. */
function bounded(outcome: TaskOutcome): TaskOutcome {
  if (outcome.kind === 'failed') return { kind: 'failed', failure: recordable(outcome.failure) };
  const fault = payloadFault('the result', outcome.result);
  return fault === undefined ? outcome : { kind: 'failed', failure: fault };
}

/** A child of another program may have returned what is no JSON: its parent could not read it. */
function childFault(reported: ReportChild): FailureDetails | null {
  const fault = payloadFault('the result', reported.result);
  if (fault !== undefined) return fault;
  return payloadJsonFault(reported) === undefined
    ? null
    : plainFailure('SerializationError', 'the result of the orchestration is not JSON text');
}
