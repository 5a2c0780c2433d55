// Made by `npm run schemas` from avro/history-record.v1.avsc. Do not edit.

import type { AvroReader } from '../avro-reader.ts';
import type { AvroWriter } from '../avro-writer.ts';
import type { Claimant, CommandId, ExecutionId, InstanceId } from '../ids.ts';

interface Namespace {
  readonly kind: 'Namespace';
  readonly partitions: number;
  readonly hash: string;
  readonly schemaVersion: number;
}

const fieldsOfNamespace: readonly string[] = ['kind', 'partitions', 'hash', 'schemaVersion'];

function writeNamespace(writer: AvroWriter, value: Namespace): void {
  writer.record(value, fieldsOfNamespace);
  writer.int(value.partitions, 'partitions');
  writer.string(value.hash, 'hash');
  writer.int(value.schemaVersion, 'schemaVersion');
}

function readNamespace(reader: AvroReader): Namespace {
  return {
    kind: 'Namespace',
    partitions: reader.int(),
    hash: reader.string(),
    schemaVersion: reader.int(),
  };
}

interface SourceMark {
  readonly source: number;
  readonly number: number;
}

const fieldsOfSourceMark: readonly string[] = ['source', 'number'];

function writeSourceMark(writer: AvroWriter, value: SourceMark): void {
  writer.record(value, fieldsOfSourceMark);
  writer.int(value.source, 'source');
  writer.long(value.number, 'number');
}

function readSourceMark(reader: AvroReader): SourceMark {
  return {
    source: reader.int(),
    number: reader.long(),
  };
}

interface LaneMark {
  readonly lane: string;
  readonly number: number;
}

const fieldsOfLaneMark: readonly string[] = ['lane', 'number'];

function writeLaneMark(writer: AvroWriter, value: LaneMark): void {
  writer.record(value, fieldsOfLaneMark);
  writer.string(value.lane, 'lane');
  writer.long(value.number, 'number');
}

function readLaneMark(reader: AvroReader): LaneMark {
  return {
    lane: reader.string(),
    number: reader.long(),
  };
}

interface Progress {
  readonly kind: 'Progress';
  readonly atMs: number;
  readonly commandNext: number;
  readonly outboundLast: number;
  readonly sentThrough: readonly LaneMark[];
  readonly received: readonly SourceMark[];
  readonly answersFrom: number;
}

const fieldsOfProgress: readonly string[] = ['kind', 'atMs', 'commandNext', 'outboundLast', 'sentThrough', 'received', 'answersFrom'];

function writeProgress(writer: AvroWriter, value: Progress): void {
  writer.record(value, fieldsOfProgress);
  writer.long(value.atMs, 'atMs');
  writer.long(value.commandNext, 'commandNext');
  writer.long(value.outboundLast, 'outboundLast');
  writer.array(value.sentThrough, 'sentThrough', writeLaneMark);
  writer.array(value.received, 'received', writeSourceMark);
  writer.long(value.answersFrom, 'answersFrom');
}

function readProgress(reader: AvroReader): Progress {
  return {
    kind: 'Progress',
    atMs: reader.long(),
    commandNext: reader.long(),
    outboundLast: reader.long(),
    sentThrough: reader.array(readLaneMark),
    received: reader.array(readSourceMark),
    answersFrom: reader.long(),
  };
}

interface Claim {
  readonly kind: 'Claim';
  readonly atMs: number;
  readonly worker: string;
}

const fieldsOfClaim: readonly string[] = ['kind', 'atMs', 'worker'];

function writeClaim(writer: AvroWriter, value: Claim): void {
  writer.record(value, fieldsOfClaim);
  writer.long(value.atMs, 'atMs');
  writer.string(value.worker, 'worker');
}

function readClaim(reader: AvroReader): Claim {
  return {
    kind: 'Claim',
    atMs: reader.long(),
    worker: reader.string(),
  };
}

interface CommandForwarded {
  readonly kind: 'CommandForwarded';
  readonly offset: number;
  readonly commandId: string;
  readonly toPartition: number;
  readonly number: number;
  readonly atMs: number;
}

const fieldsOfCommandForwarded: readonly string[] = ['kind', 'offset', 'commandId', 'toPartition', 'number', 'atMs'];

function writeCommandForwarded(writer: AvroWriter, value: CommandForwarded): void {
  writer.record(value, fieldsOfCommandForwarded);
  writer.long(value.offset, 'offset');
  writer.string(value.commandId, 'commandId');
  writer.int(value.toPartition, 'toPartition');
  writer.long(value.number, 'number');
  writer.long(value.atMs, 'atMs');
}

function readCommandForwarded(reader: AvroReader): CommandForwarded {
  return {
    kind: 'CommandForwarded',
    offset: reader.long(),
    commandId: reader.string(),
    toPartition: reader.int(),
    number: reader.long(),
    atMs: reader.long(),
  };
}

interface CommandRefused {
  readonly kind: 'CommandRefused';
  readonly offset: number;
  readonly commandId: string;
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}

const fieldsOfCommandRefused: readonly string[] = ['kind', 'offset', 'commandId', 'code', 'message', 'atMs'];

function writeCommandRefused(writer: AvroWriter, value: CommandRefused): void {
  writer.record(value, fieldsOfCommandRefused);
  writer.long(value.offset, 'offset');
  writer.string(value.commandId, 'commandId');
  writer.string(value.code, 'code');
  writer.string(value.message, 'message');
  writer.long(value.atMs, 'atMs');
}

function readCommandRefused(reader: AvroReader): CommandRefused {
  return {
    kind: 'CommandRefused',
    offset: reader.long(),
    commandId: reader.string(),
    code: reader.string(),
    message: reader.string(),
    atMs: reader.long(),
  };
}

interface OutboundQueued {
  readonly kind: 'OutboundQueued';
  readonly number: number;
  readonly lane: string;
  readonly key: string;
  readonly value: Uint8Array;
}

const fieldsOfOutboundQueued: readonly string[] = ['kind', 'number', 'lane', 'key', 'value'];

function writeOutboundQueued(writer: AvroWriter, value: OutboundQueued): void {
  writer.record(value, fieldsOfOutboundQueued);
  writer.long(value.number, 'number');
  writer.string(value.lane, 'lane');
  writer.string(value.key, 'key');
  writer.bytes(value.value, 'value');
}

function readOutboundQueued(reader: AvroReader): OutboundQueued {
  return {
    kind: 'OutboundQueued',
    number: reader.long(),
    lane: reader.string(),
    key: reader.string(),
    value: reader.bytes(),
  };
}

interface InstanceFailed {
  readonly kind: 'InstanceFailed';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly failure: FailureDetails;
}

const fieldsOfInstanceFailed: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'failure'];

function writeInstanceFailed(writer: AvroWriter, value: InstanceFailed): void {
  writer.record(value, fieldsOfInstanceFailed);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.open('failure'); writeFailureDetails(writer, value.failure); writer.close();
}

function readInstanceFailed(reader: AvroReader): InstanceFailed {
  return {
    kind: 'InstanceFailed',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    failure: reader.nested(readFailureDetails),
  };
}

interface InstanceCompleted {
  readonly kind: 'InstanceCompleted';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly output: string | null;
}

const fieldsOfInstanceCompleted: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'output'];

function writeInstanceCompleted(writer: AvroWriter, value: InstanceCompleted): void {
  writer.record(value, fieldsOfInstanceCompleted);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  if (value.output === null) writer.branch(0); else { writer.branch(1); writer.string(value.output, 'output'); }
}

function readInstanceCompleted(reader: AvroReader): InstanceCompleted {
  return {
    kind: 'InstanceCompleted',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    output: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface FailureDetails {
  readonly errorType: string;
  readonly message: string;
  readonly stack: string | null;
  readonly nonRetriable: boolean;
  readonly cause: FailureDetails | null;
  readonly errors: readonly FailureDetails[];
  readonly properties: string | null;
}

const fieldsOfFailureDetails: readonly string[] = ['errorType', 'message', 'stack', 'nonRetriable', 'cause', 'errors', 'properties'];

function writeFailureDetails(writer: AvroWriter, value: FailureDetails): void {
  writer.record(value, fieldsOfFailureDetails);
  writer.string(value.errorType, 'errorType');
  writer.string(value.message, 'message');
  if (value.stack === null) writer.branch(0); else { writer.branch(1); writer.string(value.stack, 'stack'); }
  writer.boolean(value.nonRetriable, 'nonRetriable');
  if (value.cause === null) writer.branch(0); else { writer.branch(1); writer.open('cause'); writeFailureDetails(writer, value.cause); writer.close(); }
  writer.array(value.errors, 'errors', writeFailureDetails);
  if (value.properties === null) writer.branch(0); else { writer.branch(1); writer.string(value.properties, 'properties'); }
}

function readFailureDetails(reader: AvroReader): FailureDetails {
  return {
    errorType: reader.string(),
    message: reader.string(),
    stack: reader.branch(2) === 0 ? null : reader.string(),
    nonRetriable: reader.boolean(),
    cause: reader.branch(2) === 0 ? null : reader.nested(readFailureDetails),
    errors: reader.array(readFailureDetails),
    properties: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface TaskFailed {
  readonly kind: 'TaskFailed';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly failure: FailureDetails;
}

const fieldsOfTaskFailed: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'scheduledSeq', 'failure'];

function writeTaskFailed(writer: AvroWriter, value: TaskFailed): void {
  writer.record(value, fieldsOfTaskFailed);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  writer.open('failure'); writeFailureDetails(writer, value.failure); writer.close();
}

function readTaskFailed(reader: AvroReader): TaskFailed {
  return {
    kind: 'TaskFailed',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    scheduledSeq: reader.long(),
    failure: reader.nested(readFailureDetails),
  };
}

interface TaskCompleted {
  readonly kind: 'TaskCompleted';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly result: string | null;
}

const fieldsOfTaskCompleted: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'scheduledSeq', 'result'];

function writeTaskCompleted(writer: AvroWriter, value: TaskCompleted): void {
  writer.record(value, fieldsOfTaskCompleted);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  if (value.result === null) writer.branch(0); else { writer.branch(1); writer.string(value.result, 'result'); }
}

function readTaskCompleted(reader: AvroReader): TaskCompleted {
  return {
    kind: 'TaskCompleted',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    scheduledSeq: reader.long(),
    result: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface TaskScheduled {
  readonly kind: 'TaskScheduled';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly name: string;
  readonly input: string | null;
}

const fieldsOfTaskScheduled: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'name', 'input'];

function writeTaskScheduled(writer: AvroWriter, value: TaskScheduled): void {
  writer.record(value, fieldsOfTaskScheduled);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.string(value.name, 'name');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
}

function readTaskScheduled(reader: AvroReader): TaskScheduled {
  return {
    kind: 'TaskScheduled',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    name: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface TurnStarted {
  readonly kind: 'TurnStarted';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly inputsThrough: number;
}

const fieldsOfTurnStarted: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'inputsThrough'];

function writeTurnStarted(writer: AvroWriter, value: TurnStarted): void {
  writer.record(value, fieldsOfTurnStarted);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.long(value.inputsThrough, 'inputsThrough');
}

function readTurnStarted(reader: AvroReader): TurnStarted {
  return {
    kind: 'TurnStarted',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    inputsThrough: reader.long(),
  };
}

interface Tag {
  readonly key: string;
  readonly value: string;
}

const fieldsOfTag: readonly string[] = ['key', 'value'];

function writeTag(writer: AvroWriter, value: Tag): void {
  writer.record(value, fieldsOfTag);
  writer.string(value.key, 'key');
  writer.string(value.value, 'value');
}

function readTag(reader: AvroReader): Tag {
  return {
    key: reader.string(),
    value: reader.string(),
  };
}

interface InstanceStarted {
  readonly kind: 'InstanceStarted';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly name: string;
  readonly version: string;
  readonly input: string | null;
  readonly tags: readonly Tag[];
  readonly commandId: CommandId;
}

const fieldsOfInstanceStarted: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'name', 'version', 'input', 'tags', 'commandId'];

function writeInstanceStarted(writer: AvroWriter, value: InstanceStarted): void {
  writer.record(value, fieldsOfInstanceStarted);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.string(value.name, 'name');
  writer.string(value.version, 'version');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.array(value.tags, 'tags', writeTag);
  writer.string(value.commandId, 'commandId');
}

function readInstanceStarted(reader: AvroReader): InstanceStarted {
  return {
    kind: 'InstanceStarted',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    name: reader.string(),
    version: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    tags: reader.array(readTag),
    commandId: reader.string() as CommandId,
  };
}

export interface HistoryRecord {
  readonly epoch: number;
  readonly claimant: Claimant;
  readonly commit: number;
  readonly body: HistoryRecordBody;
}

const fieldsOfHistoryRecord: readonly string[] = ['epoch', 'claimant', 'commit', 'body'];

export function writeHistoryRecord(writer: AvroWriter, value: HistoryRecord): void {
  writer.record(value, fieldsOfHistoryRecord);
  writer.long(value.epoch, 'epoch');
  writer.string(value.claimant, 'claimant');
  writer.long(value.commit, 'commit');
  writeHistoryRecordBody(writer, value.body, 'body');
}

export function readHistoryRecord(reader: AvroReader): HistoryRecord {
  return {
    epoch: reader.long(),
    claimant: reader.string() as Claimant,
    commit: reader.long(),
    body: reader.nested(readHistoryRecordBody),
  };
}

type HistoryRecordBody = InstanceStarted | TurnStarted | TaskScheduled | TaskCompleted | TaskFailed | InstanceCompleted | InstanceFailed | OutboundQueued | CommandRefused | CommandForwarded | Claim | Progress | Namespace;

function writeHistoryRecordBody(writer: AvroWriter, value: HistoryRecordBody, step: string): void {
  writer.open(step);
  writer.kinded(value);
  switch (value.kind) {
    case 'InstanceStarted': writer.branch(0); writer.open('InstanceStarted'); writeInstanceStarted(writer, value); writer.close(); break;
    case 'TurnStarted': writer.branch(1); writer.open('TurnStarted'); writeTurnStarted(writer, value); writer.close(); break;
    case 'TaskScheduled': writer.branch(2); writer.open('TaskScheduled'); writeTaskScheduled(writer, value); writer.close(); break;
    case 'TaskCompleted': writer.branch(3); writer.open('TaskCompleted'); writeTaskCompleted(writer, value); writer.close(); break;
    case 'TaskFailed': writer.branch(4); writer.open('TaskFailed'); writeTaskFailed(writer, value); writer.close(); break;
    case 'InstanceCompleted': writer.branch(5); writer.open('InstanceCompleted'); writeInstanceCompleted(writer, value); writer.close(); break;
    case 'InstanceFailed': writer.branch(6); writer.open('InstanceFailed'); writeInstanceFailed(writer, value); writer.close(); break;
    case 'OutboundQueued': writer.branch(7); writer.open('OutboundQueued'); writeOutboundQueued(writer, value); writer.close(); break;
    case 'CommandRefused': writer.branch(8); writer.open('CommandRefused'); writeCommandRefused(writer, value); writer.close(); break;
    case 'CommandForwarded': writer.branch(9); writer.open('CommandForwarded'); writeCommandForwarded(writer, value); writer.close(); break;
    case 'Claim': writer.branch(10); writer.open('Claim'); writeClaim(writer, value); writer.close(); break;
    case 'Progress': writer.branch(11); writer.open('Progress'); writeProgress(writer, value); writer.close(); break;
    case 'Namespace': writer.branch(12); writer.open('Namespace'); writeNamespace(writer, value); writer.close(); break;
    default: return writer.unknownKind(value);
  }
  writer.close();
}

function readHistoryRecordBody(reader: AvroReader): HistoryRecordBody {
  const branch = reader.branch(13);
  switch (branch) {
    case 0: return reader.nested(readInstanceStarted);
    case 1: return reader.nested(readTurnStarted);
    case 2: return reader.nested(readTaskScheduled);
    case 3: return reader.nested(readTaskCompleted);
    case 4: return reader.nested(readTaskFailed);
    case 5: return reader.nested(readInstanceCompleted);
    case 6: return reader.nested(readInstanceFailed);
    case 7: return reader.nested(readOutboundQueued);
    case 8: return reader.nested(readCommandRefused);
    case 9: return reader.nested(readCommandForwarded);
    case 10: return reader.nested(readClaim);
    case 11: return reader.nested(readProgress);
    case 12: return reader.nested(readNamespace);
    default: throw reader.unreadable('branch ' + String(branch));
  }
}
