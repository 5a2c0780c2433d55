/** Whether the code still does what history says it did (SEMANTICS D1): neither more nor less, by kind, task id and name, in order. */
import type { Action } from '../../engine/program/index.ts';
import type { Fact } from '../../schemas/index.ts';
import type { Fault } from './run.ts';

/** Gives the fault, or undefined when the actions taken in a replayed turn are the recorded ones. `recorded` are the facts of that turn's actions. */
export function nondeterminism(turnSeq: number, taken: readonly Action[], recorded: readonly Fact[]): Fault | undefined {
  const steps = Math.max(taken.length, recorded.length);
  for (let at = 0; at < steps; at++) {
    if (isSameStep(recorded[at], taken[at])) continue;
    const expected = recordedStep(recorded[at]);
    const actual = takenStep(taken[at]);
    const step = recorded[at]?.seq ?? turnSeq + at + 1;
    return { code: 'NonDeterminismError', reason: `step ${String(step)}: the history has ${expected}, the code has ${actual}` };
  }
  return undefined;
}

function isSameStep(fact: Fact | undefined, action: Action | undefined): boolean {
  switch (action?.kind) {
    case 'ScheduleTask':
      return fact?.kind === 'TaskScheduled' && fact.taskId === action.taskId && fact.name === action.name;
    case 'CompleteInstance':
      return fact?.kind === 'InstanceCompleted';
    case 'FailInstance':
      return fact?.kind === 'InstanceFailed';
    case undefined:
      return fact === undefined;
    default:
      return action satisfies never;
  }
}

const nothing = 'nothing more in this turn';

function recordedStep(fact: Fact | undefined): string {
  switch (fact?.kind) {
    case 'TaskScheduled':
      return activityStep(fact.taskId, fact.name);
    case 'InstanceCompleted':
      return 'the return';
    case 'InstanceFailed':
      return 'the failure';
    case 'InstanceStarted':
    case 'TurnStarted':
    case 'TaskCompleted':
    case 'TaskFailed':
    case undefined:
      return nothing;
    default:
      return fact satisfies never;
  }
}

function takenStep(action: Action | undefined): string {
  switch (action?.kind) {
    case 'ScheduleTask':
      return activityStep(action.taskId, action.name);
    case 'CompleteInstance':
      return 'the return';
    case 'FailInstance':
      return 'the failure';
    case undefined:
      return nothing;
    default:
      return action satisfies never;
  }
}

function activityStep(taskId: number, name: string): string {
  return `callActivity ${JSON.stringify(name)} (task ${String(taskId)})`;
}
