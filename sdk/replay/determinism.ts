/**
 * Whether the code still does what history says it did (SEMANTICS D1): neither more nor less, by kind, task id, name and the instance
 * meant, in order; and whether it read the same external events. Patch markers and the custom status are exempt: adding a `patched` or
 * changing what is shown changes nothing that is done.
 */
import { rangesOf } from '../../engine/core/index.ts';
import type { Action, Difference, EventTaken } from '../../engine/program/index.ts';
import type { EventRange, Fact } from '../../schemas/index.ts';
import type { RecordedTurn } from './recorded-turns.ts';
import type { Fault } from './run.ts';

/** A fault that is a difference between code and history. */
export interface NonDeterminism extends Fault {
  readonly difference: Difference;
}

/** Gives the fault, or undefined when the actions and events taken in a replayed turn are the recorded ones. */
export function nondeterminism(
  recorded: RecordedTurn,
  taken: readonly Action[],
  eventsTaken: readonly EventTaken[],
): NonDeterminism | undefined {
  const facts = recorded.actions.filter(({ kind }) => !exempt.has(kind));
  const actions = taken.filter(({ kind }) => !exempt.has(kind));
  const steps = Math.max(actions.length, facts.length);
  for (let at = 0; at < steps; at++) {
    const [fact, action] = [facts[at], actions[at]];
    const [expected, actual] = [fact && stepOf(fact), action && stepOf(action)];
    if (isSame(expected, actual)) continue;
    return fault(fact?.seq ?? recorded.seq + recorded.actions.length + 1, textOf(expected), textOf(actual));
  }
  if (recorded.eventsTaken.length === 0 && eventsTaken.length === 0) return undefined;
  const expected = eventsText(recorded.eventsTaken);
  const actual = eventsText(rangesOf(eventsTaken.map(({ number }) => number)));
  return expected === actual ? undefined : fault(recorded.seq, expected, actual);
}

const exempt: ReadonlySet<string> = new Set(['CustomStatusSet', 'SetCustomStatus', 'PatchMarked', 'MarkPatch']);

/** What is compared of an action. 0 and '' stand for what its kind does not have. */
interface Step {
  readonly kind: string;
  readonly taskId: number;
  readonly name: string;
  readonly instanceId: string;
}

function stepOf(step: Action | Fact): Step {
  return {
    kind: words.get(step.kind) ?? step.kind,
    taskId: 'taskId' in step ? step.taskId : 0,
    name: 'name' in step ? step.name : '',
    instanceId: 'childInstanceId' in step ? step.childInstanceId : 'targetInstanceId' in step ? step.targetInstanceId : '',
  };
}

/** Actions and their facts in the same words. */
const words: ReadonlyMap<string, string> = new Map<Action['kind'] | Fact['kind'], string>([
  ['ScheduleTask', 'callActivity'],
  ['TaskScheduled', 'callActivity'],
  ['ScheduleChild', 'callSubOrchestrator'],
  ['ChildScheduled', 'callSubOrchestrator'],
  ['StartInstance', 'startOrchestration'],
  ['StartSent', 'startOrchestration'],
  ['SendEvent', 'sendEvent'],
  ['EventSent', 'sendEvent'],
  ['CreateTimer', 'createTimer'],
  ['TimerCreated', 'createTimer'],
  ['CancelTimer', 'the end of a timer'],
  ['TimerCancelled', 'the end of a timer'],
  ['CancelTask', 'the cancellation of a task'],
  ['TaskCancelled', 'the cancellation of a task'],
  ['ContinueAsNew', 'continueAsNew'],
  ['ContinuedAsNew', 'continueAsNew'],
  ['CompleteInstance', 'the return'],
  ['InstanceCompleted', 'the return'],
  ['FailInstance', 'the failure'],
  ['InstanceFailed', 'the failure'],
  ['CancelInstance', 'the end after its cancellation'],
  ['InstanceCanceled', 'the end after its cancellation'],
]);

function isSame(a: Step | undefined, b: Step | undefined): boolean {
  return a?.kind === b?.kind && a?.taskId === b?.taskId && a?.name === b?.name && a?.instanceId === b?.instanceId;
}

function textOf(step: Step | undefined): string {
  if (step === undefined) return 'nothing more in this turn';
  const { kind, taskId, name, instanceId } = step;
  const of = name === '' ? '' : ` ${JSON.stringify(name)}`;
  const to = instanceId === '' ? '' : ` for instance ${JSON.stringify(instanceId)}`;
  return `${kind}${of}${to}${taskId === 0 ? '' : ` (task ${String(taskId)})`}`;
}

function eventsText(ranges: readonly EventRange[]): string {
  if (ranges.length === 0) return 'no external event read in this turn';
  const numbers = ranges.map(({ from, through }) => (from === through ? String(from) : `${String(from)} to ${String(through)}`));
  return `external events ${numbers.join(', ')} read in this turn`;
}

function fault(step: number, expected: string, actual: string): NonDeterminism {
  const reason = `step ${String(step)}: the history has ${expected}, the code has ${actual}`;
  return { code: 'NonDeterminismError', reason, difference: { step, expected, actual } };
}
