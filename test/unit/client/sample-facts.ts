/** One fact of every kind, as a worker serves them; what a client makes of each; and its line on a terminal, behind the type. */
import type { CommandId, ExecutionId, Fact, InstanceId, ParentLink } from '../../../schemas/index.ts';

export interface Sample {
  readonly fact: Fact;
  /** The event, beside its number, time and type. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export const executionId: ExecutionId = '0'.repeat(32) as ExecutionId;
const newExecutionId = '1'.repeat(32) as ExecutionId;
const at = { instanceId: 'a' as InstanceId, executionId, atMs: 1_000 };
const childInstanceId = 'kid/1' as InstanceId;
const parent: ParentLink = { instanceId: 'mum' as InstanceId, executionId: newExecutionId, scheduledSeq: 3, name: 'mother' };
const failure = { errorType: 'Declined', message: 'no\nmoney', stack: null, nonRetriable: true, cause: null, errors: [], properties: null };
const failureDetails = { errorType: 'Declined', message: 'no\nmoney', nonRetriable: true };
const called = { taskId: 2, name: 'charge', version: '2', input: '{"n":1}', tags: [{ key: 'k', value: 'v' }] };
const calledEvent = { taskId: 2, name: 'charge', version: '2', input: { n: 1 }, tags: { k: 'v' } };
const answered = { taskId: 2, scheduledSeq: 3 };
const answeredEvent = { taskId: 2, scheduledNumber: 3 };
const fireAt = new Date(86_400_000);

export const samples: readonly Sample[] = [
  {
    fact: {
      kind: 'InstanceStarted',
      ...at,
      seq: 1,
      name: 'order',
      version: '2',
      input: '"x"',
      tags: [{ key: 'team', value: 'a' }],
      commandId: 'c' as CommandId,
      generation: 3,
      createdAtMs: 500,
      previousExecutionId: newExecutionId,
      parent,
      startAtMs: 86_400_000,
      inboxNext: 9,
      carried: [{ from: 4, through: 8 }],
      carriedBytes: 10,
      customStatus: '{"at":1}',
    },
    event: {
      name: 'order',
      version: '2',
      input: 'x',
      tags: { team: 'a' },
      generation: 3,
      createdAt: new Date(500),
      previousExecutionId: newExecutionId,
      parent: { instanceId: 'mum', executionId: newExecutionId, name: 'mother' },
      startAt: fireAt,
      customStatus: { at: 1 },
      eventsCarried: [{ from: 4, through: 8 }],
    },
    text: 'order@2("x"), generation 3, for mum, not before 1970-01-02T00:00:00.000Z, with unread events 4-8',
  },
  { fact: { kind: 'StartDue', ...at, seq: 2 }, event: {}, text: 'its time has come' },
  {
    fact: { kind: 'TurnStarted', ...at, seq: 3, inputsThrough: 2, eventsTaken: [{ from: 4, through: 4 }], eventBytesTaken: 3 },
    event: { inputsThrough: 2, eventsTaken: [{ from: 4, through: 4 }] },
    text: 'on events up to 2, read event 4',
  },
  {
    fact: { kind: 'TaskScheduled', ...at, seq: 4, ...called, attempt: 1, firstTaskId: 0 },
    event: { ...calledEvent, attempt: 1 },
    text: '#2 charge@2({"n":1})',
  },
  {
    fact: { kind: 'TaskScheduled', ...at, seq: 5, ...called, version: '', taskId: 4, attempt: 2, firstTaskId: 2 },
    event: { ...calledEvent, version: '', taskId: 4, attempt: 2, firstTaskId: 2 },
    text: '#4 charge({"n":1}), attempt 2 of #2',
  },
  {
    fact: { kind: 'TaskCompleted', ...at, seq: 6, ...answered, result: '[1]' },
    event: { ...answeredEvent, result: [1] },
    text: '#2 = [1]',
  },
  {
    fact: { kind: 'TaskFailed', ...at, seq: 7, ...answered, failure },
    event: { ...answeredEvent, failureDetails },
    text: '#2 Declined: no money',
  },
  { fact: { kind: 'TaskCancelled', ...at, seq: 8, ...answered }, event: answeredEvent, text: '#2' },
  {
    fact: { kind: 'TimerCreated', ...at, seq: 9, taskId: 2, fireAtMs: 86_400_000 },
    event: { taskId: 2, fireAt },
    text: '#2 for 1970-01-02T00:00:00.000Z',
  },
  {
    fact: { kind: 'TimerFired', ...at, seq: 10, ...answered, fireAtMs: 86_400_000 },
    event: { ...answeredEvent, fireAt },
    text: '#2 due at 1970-01-02T00:00:00.000Z',
  },
  {
    fact: { kind: 'TimerCancelled', ...at, seq: 11, ...answered, fireAtMs: 86_400_000 },
    event: { ...answeredEvent, fireAt },
    text: '#2 for 1970-01-02T00:00:00.000Z',
  },
  {
    fact: { kind: 'ChildScheduled', ...at, seq: 12, ...called, childInstanceId, attempt: 1, firstTaskId: 0 },
    event: { ...calledEvent, childInstanceId, attempt: 1 },
    text: '#2 charge@2({"n":1}) as kid/1',
  },
  {
    fact: { kind: 'ChildCompleted', ...at, seq: 13, ...answered, result: null },
    event: { ...answeredEvent, result: undefined },
    text: '#2 =',
  },
  {
    fact: { kind: 'ChildFailed', ...at, seq: 14, ...answered, failure },
    event: { ...answeredEvent, failureDetails },
    text: '#2 Declined: no money',
  },
  {
    fact: { kind: 'StartSent', ...at, seq: 15, ...called, childInstanceId },
    event: { ...calledEvent, childInstanceId },
    text: '#2 charge@2({"n":1}) as kid/1',
  },
  {
    fact: { kind: 'EventSent', ...at, seq: 16, taskId: 2, targetInstanceId: 'b' as InstanceId, name: 'go', payload: 'null' },
    event: { taskId: 2, targetInstanceId: 'b', name: 'go', data: null },
    text: '#2 go(null) to b',
  },
  {
    fact: { kind: 'EventRaised', ...at, seq: 17, number: 5, name: 'Approval', payload: '{"ok":true}', eventId: 'click-7' },
    event: { eventNumber: 5, name: 'Approval', data: { ok: true }, eventId: 'click-7' },
    text: 'event 5: Approval({"ok":true}) id click-7',
  },
  {
    fact: { kind: 'EventRaised', ...at, seq: 18, number: 6, name: 'stop', payload: null, eventId: '' },
    event: { eventNumber: 6, name: 'stop', data: undefined },
    text: 'event 6: stop()',
  },
  { fact: { kind: 'InstanceSuspended', ...at, seq: 19, reason: 'lunch' }, event: { reason: 'lunch' }, text: '(lunch)' },
  { fact: { kind: 'InstanceResumed', ...at, seq: 20, reason: '' }, event: { reason: '' }, text: '' },
  { fact: { kind: 'CancelRequested', ...at, seq: 21, reason: 'too late' }, event: { reason: 'too late' }, text: '(too late)' },
  { fact: { kind: 'CustomStatusSet', ...at, seq: 22, value: '{"at":2}' }, event: { customStatus: { at: 2 } }, text: '{"at":2}' },
  { fact: { kind: 'PatchMarked', ...at, seq: 23, id: 'new-tax' }, event: { id: 'new-tax' }, text: 'new-tax' },
  {
    fact: { kind: 'ContinuedAsNew', ...at, seq: 24, newExecutionId, version: '3', input: '7', discarded: [{ from: 6, through: 6 }] },
    event: { newExecutionId, version: '3', input: 7, eventsDiscarded: [{ from: 6, through: 6 }] },
    text: `as ${newExecutionId} (version 3) with 7, without event 6`,
  },
  { fact: { kind: 'InstanceCompleted', ...at, seq: 25, output: '""' }, event: { output: '' }, text: '= ""' },
  { fact: { kind: 'InstanceCanceled', ...at, seq: 26, output: '0' }, event: { output: 0 }, text: '= 0' },
  { fact: { kind: 'InstanceFailed', ...at, seq: 27, failure }, event: { failureDetails }, text: 'Declined: no money' },
  {
    fact: { kind: 'InstanceTerminated', ...at, seq: 28, output: 'false', reason: 'enough' },
    event: { output: false, reason: 'enough' },
    text: '= false (enough)',
  },
];
