/** One value of every record, and of every body kind. */
import type {
  Claimant,
  Command,
  CommandId,
  DeadLetter,
  ExecutionId,
  FailureDetails,
  HistoryBody,
  HistoryRecord,
  InstanceId,
  LifecycleEvent,
  ParentLink,
  TaskItem,
} from '../../../schemas/index.ts';

export const instanceId: InstanceId = 'order/17 ☕' as InstanceId;
export const executionId: ExecutionId = '0123456789abcdef0123456789abcdef' as ExecutionId;
export const claimant: Claimant = 'fedcba9876543210' as Claimant;
export const commandId: CommandId = '7c9e6679-7425-40de-944b-e07fc1f90ae7' as CommandId;
export const atMs = 1_795_600_000_000;

const fact = { instanceId, executionId, atMs };

const parent: ParentLink = { instanceId: 'batch/1' as InstanceId, executionId, scheduledSeq: 12, name: 'batch' };
const tags = [{ key: 'team', value: 'a' }];

const cause: FailureDetails = {
  errorType: 'RangeError',
  message: 'naïve 😀',
  stack: null,
  nonRetriable: false,
  cause: null,
  errors: [],
  properties: null,
};

export const failure: FailureDetails = {
  errorType: 'PaymentDeclined',
  message: '',
  stack: 'PaymentDeclined\n    at charge (file:///app.js:1:1)',
  nonRetriable: true,
  cause,
  errors: [cause, { ...cause, cause }],
  properties: '{"limit":100}',
};

export const bodies: readonly HistoryBody[] = [
  {
    kind: 'InstanceStarted',
    ...fact,
    seq: 1,
    name: 'billing',
    version: '1.2.0',
    input: '{"total":17}',
    tags: [
      { key: 'team', value: 'a' },
      { key: '__proto__', value: '' },
    ],
    commandId,
    generation: 3,
    createdAtMs: atMs - 60_000,
    previousExecutionId: 'f'.repeat(32),
    parent,
    startAtMs: atMs + 1,
    inboxNext: 1_204,
    carried: [
      { from: 200, through: 1_199 },
      { from: 1_203, through: 1_203 },
    ],
    carriedBytes: 70_000,
    customStatus: '"half"',
  },
  { kind: 'TurnStarted', ...fact, seq: 2, inputsThrough: 1, eventsTaken: [{ from: 7, through: 7 }], eventBytesTaken: 12 },
  { kind: 'TaskScheduled', ...fact, seq: 3, taskId: -1, name: 'charge', input: null, attempt: 3, firstTaskId: 1, tags, version: '2' },
  { kind: 'TaskCompleted', ...fact, seq: 4, taskId: 0, scheduledSeq: 3, result: 'null' },
  { kind: 'TaskFailed', ...fact, seq: 5, taskId: 2_147_483_647, scheduledSeq: 3, failure },
  { kind: 'InstanceCompleted', ...fact, seq: 6, output: '"done"' },
  { kind: 'InstanceFailed', ...fact, seq: 7, failure: cause },
  { kind: 'OutboundQueued', number: 9, lane: 'c/3', key: instanceId, value: Buffer.from([0, 255, 128]) },
  { kind: 'CommandRefused', offset: 2 ** 51, commandId: '', code: 'ALREADY_EXISTS', message: 'it runs', atMs },
  { kind: 'CommandForwarded', offset: 12, commandId, toPartition: 3, number: 10, atMs },
  { kind: 'Claim', atMs, worker: 'host-1 pid 17' },
  {
    kind: 'Progress',
    atMs,
    commandNext: 13,
    outboundLast: 10,
    sentThrough: [
      { lane: 'c/3', number: 9 },
      { lane: 'dead-letter', number: 10 },
    ],
    received: [{ source: 1, number: 4_294_967_296 }],
    answersFrom: 2,
  },
  { kind: 'Namespace', partitions: 24, hash: 'murmur2', schemaVersion: 1 },
  { kind: 'TimerCreated', ...fact, seq: 8, taskId: 4, fireAtMs: atMs + 5_000 },
  { kind: 'TimerFired', ...fact, seq: 9, taskId: 4, scheduledSeq: 8, fireAtMs: atMs + 5_000 },
  { kind: 'TimerCancelled', ...fact, seq: 10, taskId: 4, scheduledSeq: 8, fireAtMs: -1 },
  { kind: 'TaskCancelled', ...fact, seq: 11, taskId: 0, scheduledSeq: 0 },
  {
    ...{ kind: 'ChildScheduled', ...fact, seq: 12, taskId: 5, name: 'ship', version: '1', input: '{}' },
    ...{ childInstanceId: 'ship/1' as InstanceId, tags, attempt: 2, firstTaskId: 5 },
  },
  { kind: 'ChildCompleted', ...fact, seq: 13, taskId: 5, scheduledSeq: 12, result: null },
  { kind: 'ChildFailed', ...fact, seq: 14, taskId: 5, scheduledSeq: 12, failure },
  {
    ...{ kind: 'StartSent', ...fact, seq: 15, taskId: 6, name: 'audit', version: '', input: null },
    ...{ childInstanceId: 'audit' as InstanceId, tags: [] },
  },
  { kind: 'EventSent', ...fact, seq: 16, taskId: 7, targetInstanceId: 'audit' as InstanceId, name: 'paid', payload: '1' },
  { kind: 'EventRaised', ...fact, seq: 17, number: 1_203, name: '__proto__', payload: null, eventId: 'click-77' },
  { kind: 'InstanceSuspended', ...fact, seq: 18, reason: 'audit' },
  { kind: 'InstanceResumed', ...fact, seq: 19, reason: '' },
  { kind: 'CancelRequested', ...fact, seq: 20, reason: 'enough' },
  { kind: 'StartDue', ...fact, seq: 21 },
  { kind: 'CustomStatusSet', ...fact, seq: 22, value: '{"step":2}' },
  { kind: 'PatchMarked', ...fact, seq: 23, id: 'new-fees' },
  {
    ...{ kind: 'ContinuedAsNew', ...fact, seq: 24, newExecutionId: 'a'.repeat(32) as ExecutionId, version: '2' },
    ...{ input: '[2]', discarded: [{ from: 1, through: 9 }] },
  },
  { kind: 'InstanceTerminated', ...fact, seq: 25, output: null, reason: 'late' },
  { kind: 'InstanceCanceled', ...fact, seq: 26, output: '"half"' },
];

export const historyRecords: readonly HistoryRecord[] = bodies.map((body) => ({ epoch: 300, claimant, commit: 70_000, body }));

const order = { commandId, issuedAtMs: atMs, source: null };

export const commands: readonly Command[] = [
  {
    ...order,
    body: {
      ...{ kind: 'StartInstance', instanceId, name: 'billing', version: '', input: null, tags: [] },
      ...{ onConflict: 'error', startAtMs: null, parent: null },
    },
  },
  {
    ...order,
    source: { partition: 2, number: 41 },
    body: {
      ...{ kind: 'StartInstance', instanceId, name: 'billing', version: '2', input: '[1]', tags },
      ...{ onConflict: 'terminateAndReplace', startAtMs: atMs, parent },
    },
  },
  { ...order, body: { kind: 'RaiseEvent', instanceId, name: 'paid', payload: '{"by":"mia"}', eventId: 'click-77', startIfMissing: null } },
  {
    ...order,
    body: {
      ...{ kind: 'RaiseEvent', instanceId, name: 'paid', payload: null, eventId: '' },
      startIfMissing: { name: 'billing', version: '2', input: '[1]', tags },
    },
  },
  { ...order, body: { kind: 'SuspendInstance', instanceId, reason: 'audit' } },
  { ...order, body: { kind: 'ResumeInstance', instanceId, reason: '' } },
  { ...order, body: { kind: 'TerminateInstance', instanceId, output: '"cut"', reason: 'late', recursive: false, childOf: parent } },
  { ...order, body: { kind: 'CancelInstance', instanceId, reason: 'enough', childOf: null } },
  {
    ...order,
    body: { kind: 'ReportChild', instanceId, executionId, scheduledSeq: 12, childInstanceId: instanceId, result: '5', failure: null },
  },
  {
    ...order,
    body: { kind: 'ReportChild', instanceId, executionId, scheduledSeq: 12, childInstanceId: instanceId, result: null, failure },
  },
];

export const taskItems: readonly TaskItem[] = [
  {
    instanceId,
    executionId,
    scheduledSeq: 3,
    taskId: 0,
    token: 'c0ffee',
    attempt: 2,
    name: 'charge',
    input: '{"total":17}',
    partition: 23,
    dispatchedAtMs: atMs,
  },
];

export const lifecycleEvents: readonly LifecycleEvent[] = [
  { instanceId, executionId, name: 'billing', version: '', status: 'Completed', eventNumber: 6, atMs },
];

export const deadLetters: readonly DeadLetter[] = [
  {
    topic: 'orders.commands',
    partition: 3,
    offset: 12,
    code: 'RECORD_UNDECODABLE',
    reason: 'no Command: 3 bytes are too few',
    atMs,
    key: null,
    value: Buffer.from('abc'),
    valueBytes: 3,
  },
  { topic: 't', partition: 0, offset: 0, code: 'c', reason: '', atMs: 0, key: Buffer.from([255]), value: null, valueBytes: 0 },
];
