/** What part each kind of fact plays, and which records of the history log are facts of instances. */
import type { Fact, HistoryBody } from './records.ts';

/**
 * `start` and `input`: recorded on arrival, fed to the program in a later turn (the start first of all). `turn`: the marker of a turn.
 * `action`: what the program did in it, right behind the marker. `change`: what the engine alone does, never fed.
 */
export type FactRole = 'start' | 'input' | 'turn' | 'action' | 'change';

const roles: Readonly<Record<Fact['kind'], FactRole>> = {
  InstanceStarted: 'start',
  TaskCompleted: 'input',
  TaskFailed: 'input',
  TimerFired: 'input',
  ChildCompleted: 'input',
  ChildFailed: 'input',
  EventRaised: 'input',
  CancelRequested: 'input',
  TurnStarted: 'turn',
  TaskScheduled: 'action',
  TimerCreated: 'action',
  TimerCancelled: 'action',
  TaskCancelled: 'action',
  ChildScheduled: 'action',
  StartSent: 'action',
  EventSent: 'action',
  CustomStatusSet: 'action',
  PatchMarked: 'action',
  ContinuedAsNew: 'action',
  InstanceCompleted: 'action',
  InstanceFailed: 'action',
  InstanceCanceled: 'action',
  InstanceSuspended: 'change',
  InstanceResumed: 'change',
  StartDue: 'change',
  InstanceTerminated: 'change',
};

export function factRole(kind: Fact['kind']): FactRole {
  return roles[kind];
}

export type InputFact = Extract<
  Fact,
  {
    kind:
      | 'InstanceStarted'
      | 'TaskCompleted'
      | 'TaskFailed'
      | 'TimerFired'
      | 'ChildCompleted'
      | 'ChildFailed'
      | 'EventRaised'
      | 'CancelRequested';
  }
>;

/** True for what is fed to the program. */
export function isInput(fact: Fact): fact is InputFact {
  const role = roles[fact.kind];
  return role === 'input' || role === 'start';
}

/** True for the facts of instances, as opposed to those of the partition itself. */
export function isInstanceFact(body: HistoryBody): body is Fact {
  return Object.hasOwn(roles, body.kind);
}

export type EndFact = Extract<
  Fact,
  { kind: 'InstanceCompleted' | 'InstanceFailed' | 'InstanceTerminated' | 'InstanceCanceled' | 'ContinuedAsNew' }
>;

const ends: ReadonlySet<string> = new Set<EndFact['kind']>([
  'InstanceCompleted',
  'InstanceFailed',
  'InstanceTerminated',
  'InstanceCanceled',
  'ContinuedAsNew',
]);

/** True for the last fact of an execution. */
export function isEnd(fact: Fact): fact is EndFact {
  return ends.has(fact.kind);
}
