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
  TaskItem,
} from '../../../schemas/index.ts';

export const instanceId: InstanceId = 'order/17 ☕' as InstanceId;
export const executionId: ExecutionId = '0123456789abcdef0123456789abcdef' as ExecutionId;
export const claimant: Claimant = 'fedcba9876543210' as Claimant;
export const commandId: CommandId = '7c9e6679-7425-40de-944b-e07fc1f90ae7' as CommandId;
export const atMs = 1_795_600_000_000;

const fact = { instanceId, executionId, atMs };

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
  },
  { kind: 'TurnStarted', ...fact, seq: 2, inputsThrough: 1 },
  { kind: 'TaskScheduled', ...fact, seq: 3, taskId: -1, name: 'charge', input: null },
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
];

export const historyRecords: readonly HistoryRecord[] = bodies.map((body) => ({ epoch: 300, claimant, commit: 70_000, body }));

export const commands: readonly Command[] = [
  {
    commandId,
    issuedAtMs: atMs,
    source: null,
    body: { kind: 'StartInstance', instanceId, name: 'billing', version: '', input: null, tags: [] },
  },
  {
    commandId,
    issuedAtMs: atMs,
    source: { partition: 2, number: 41 },
    body: { kind: 'StartInstance', instanceId, name: 'billing', version: '2', input: '[1]', tags: [{ key: 'team', value: 'a' }] },
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
