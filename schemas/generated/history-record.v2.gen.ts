// Made by `npm run schemas` from avro/history-record.v2.avsc. Do not edit.

import type { AvroReader } from '../avro-reader.ts';
import type { AvroWriter } from '../avro-writer.ts';
import type { Claimant, CommandId, ExecutionId, InstanceId } from '../ids.ts';

interface InstanceCanceled {
  readonly kind: 'InstanceCanceled';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly output: string | null;
}

const fieldsOfInstanceCanceled: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'output'];

function writeInstanceCanceled(writer: AvroWriter, value: InstanceCanceled): void {
  writer.record(value, fieldsOfInstanceCanceled);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  if (value.output === null) writer.branch(0); else { writer.branch(1); writer.string(value.output, 'output'); }
}

function readInstanceCanceled(reader: AvroReader): InstanceCanceled {
  return {
    kind: 'InstanceCanceled',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    output: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface InstanceTerminated {
  readonly kind: 'InstanceTerminated';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly output: string | null;
  readonly reason: string;
}

const fieldsOfInstanceTerminated: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'output', 'reason'];

function writeInstanceTerminated(writer: AvroWriter, value: InstanceTerminated): void {
  writer.record(value, fieldsOfInstanceTerminated);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  if (value.output === null) writer.branch(0); else { writer.branch(1); writer.string(value.output, 'output'); }
  writer.string(value.reason, 'reason');
}

function readInstanceTerminated(reader: AvroReader): InstanceTerminated {
  return {
    kind: 'InstanceTerminated',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    output: reader.branch(2) === 0 ? null : reader.string(),
    reason: reader.string(),
  };
}

interface ContinuedAsNew {
  readonly kind: 'ContinuedAsNew';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly newExecutionId: ExecutionId;
  readonly version: string;
  readonly input: string | null;
  readonly discarded: readonly EventRange[];
}

const fieldsOfContinuedAsNew: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'newExecutionId', 'version', 'input', 'discarded'];

function writeContinuedAsNew(writer: AvroWriter, value: ContinuedAsNew): void {
  writer.record(value, fieldsOfContinuedAsNew);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.string(value.newExecutionId, 'newExecutionId');
  writer.string(value.version, 'version');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.array(value.discarded, 'discarded', writeEventRange);
}

function readContinuedAsNew(reader: AvroReader): ContinuedAsNew {
  return {
    kind: 'ContinuedAsNew',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    newExecutionId: reader.string() as ExecutionId,
    version: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    discarded: reader.array(readEventRange),
  };
}

interface PatchMarked {
  readonly kind: 'PatchMarked';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly id: string;
}

const fieldsOfPatchMarked: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'id'];

function writePatchMarked(writer: AvroWriter, value: PatchMarked): void {
  writer.record(value, fieldsOfPatchMarked);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.string(value.id, 'id');
}

function readPatchMarked(reader: AvroReader): PatchMarked {
  return {
    kind: 'PatchMarked',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    id: reader.string(),
  };
}

interface CustomStatusSet {
  readonly kind: 'CustomStatusSet';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly value: string | null;
}

const fieldsOfCustomStatusSet: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'value'];

function writeCustomStatusSet(writer: AvroWriter, value: CustomStatusSet): void {
  writer.record(value, fieldsOfCustomStatusSet);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  if (value.value === null) writer.branch(0); else { writer.branch(1); writer.string(value.value, 'value'); }
}

function readCustomStatusSet(reader: AvroReader): CustomStatusSet {
  return {
    kind: 'CustomStatusSet',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    value: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface StartDue {
  readonly kind: 'StartDue';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
}

const fieldsOfStartDue: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs'];

function writeStartDue(writer: AvroWriter, value: StartDue): void {
  writer.record(value, fieldsOfStartDue);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
}

function readStartDue(reader: AvroReader): StartDue {
  return {
    kind: 'StartDue',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
  };
}

interface CancelRequested {
  readonly kind: 'CancelRequested';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly reason: string;
}

const fieldsOfCancelRequested: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'reason'];

function writeCancelRequested(writer: AvroWriter, value: CancelRequested): void {
  writer.record(value, fieldsOfCancelRequested);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.string(value.reason, 'reason');
}

function readCancelRequested(reader: AvroReader): CancelRequested {
  return {
    kind: 'CancelRequested',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    reason: reader.string(),
  };
}

interface InstanceResumed {
  readonly kind: 'InstanceResumed';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly reason: string;
}

const fieldsOfInstanceResumed: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'reason'];

function writeInstanceResumed(writer: AvroWriter, value: InstanceResumed): void {
  writer.record(value, fieldsOfInstanceResumed);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.string(value.reason, 'reason');
}

function readInstanceResumed(reader: AvroReader): InstanceResumed {
  return {
    kind: 'InstanceResumed',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    reason: reader.string(),
  };
}

interface InstanceSuspended {
  readonly kind: 'InstanceSuspended';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly reason: string;
}

const fieldsOfInstanceSuspended: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'reason'];

function writeInstanceSuspended(writer: AvroWriter, value: InstanceSuspended): void {
  writer.record(value, fieldsOfInstanceSuspended);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.string(value.reason, 'reason');
}

function readInstanceSuspended(reader: AvroReader): InstanceSuspended {
  return {
    kind: 'InstanceSuspended',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    reason: reader.string(),
  };
}

interface EventRaised {
  readonly kind: 'EventRaised';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly number: number;
  readonly name: string;
  readonly payload: string | null;
  readonly eventId: string;
}

const fieldsOfEventRaised: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'number', 'name', 'payload', 'eventId'];

function writeEventRaised(writer: AvroWriter, value: EventRaised): void {
  writer.record(value, fieldsOfEventRaised);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.long(value.number, 'number');
  writer.string(value.name, 'name');
  if (value.payload === null) writer.branch(0); else { writer.branch(1); writer.string(value.payload, 'payload'); }
  writer.string(value.eventId, 'eventId');
}

function readEventRaised(reader: AvroReader): EventRaised {
  return {
    kind: 'EventRaised',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    number: reader.long(),
    name: reader.string(),
    payload: reader.branch(2) === 0 ? null : reader.string(),
    eventId: reader.string(),
  };
}

interface EventSent {
  readonly kind: 'EventSent';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly targetInstanceId: InstanceId;
  readonly name: string;
  readonly payload: string | null;
}

const fieldsOfEventSent: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'targetInstanceId', 'name', 'payload'];

function writeEventSent(writer: AvroWriter, value: EventSent): void {
  writer.record(value, fieldsOfEventSent);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.string(value.targetInstanceId, 'targetInstanceId');
  writer.string(value.name, 'name');
  if (value.payload === null) writer.branch(0); else { writer.branch(1); writer.string(value.payload, 'payload'); }
}

function readEventSent(reader: AvroReader): EventSent {
  return {
    kind: 'EventSent',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    targetInstanceId: reader.string() as InstanceId,
    name: reader.string(),
    payload: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface StartSent {
  readonly kind: 'StartSent';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly name: string;
  readonly version: string;
  readonly input: string | null;
  readonly childInstanceId: InstanceId;
  readonly tags: readonly Tag[];
}

const fieldsOfStartSent: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'name', 'version', 'input', 'childInstanceId', 'tags'];

function writeStartSent(writer: AvroWriter, value: StartSent): void {
  writer.record(value, fieldsOfStartSent);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.string(value.name, 'name');
  writer.string(value.version, 'version');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.string(value.childInstanceId, 'childInstanceId');
  writer.array(value.tags, 'tags', writeTag);
}

function readStartSent(reader: AvroReader): StartSent {
  return {
    kind: 'StartSent',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    name: reader.string(),
    version: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    childInstanceId: reader.string() as InstanceId,
    tags: reader.array(readTag),
  };
}

interface ChildFailed {
  readonly kind: 'ChildFailed';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly failure: FailureDetails;
}

const fieldsOfChildFailed: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'scheduledSeq', 'failure'];

function writeChildFailed(writer: AvroWriter, value: ChildFailed): void {
  writer.record(value, fieldsOfChildFailed);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  writer.open('failure'); writeFailureDetails(writer, value.failure); writer.close();
}

function readChildFailed(reader: AvroReader): ChildFailed {
  return {
    kind: 'ChildFailed',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    scheduledSeq: reader.long(),
    failure: reader.nested(readFailureDetails),
  };
}

interface ChildCompleted {
  readonly kind: 'ChildCompleted';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly result: string | null;
}

const fieldsOfChildCompleted: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'scheduledSeq', 'result'];

function writeChildCompleted(writer: AvroWriter, value: ChildCompleted): void {
  writer.record(value, fieldsOfChildCompleted);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  if (value.result === null) writer.branch(0); else { writer.branch(1); writer.string(value.result, 'result'); }
}

function readChildCompleted(reader: AvroReader): ChildCompleted {
  return {
    kind: 'ChildCompleted',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    scheduledSeq: reader.long(),
    result: reader.branch(2) === 0 ? null : reader.string(),
  };
}

interface ChildScheduled {
  readonly kind: 'ChildScheduled';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly name: string;
  readonly version: string;
  readonly input: string | null;
  readonly childInstanceId: InstanceId;
  readonly tags: readonly Tag[];
  readonly attempt: number;
  readonly firstTaskId: number;
}

const fieldsOfChildScheduled: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'name', 'version', 'input', 'childInstanceId', 'tags', 'attempt', 'firstTaskId'];

function writeChildScheduled(writer: AvroWriter, value: ChildScheduled): void {
  writer.record(value, fieldsOfChildScheduled);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.string(value.name, 'name');
  writer.string(value.version, 'version');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.string(value.childInstanceId, 'childInstanceId');
  writer.array(value.tags, 'tags', writeTag);
  writer.int(value.attempt, 'attempt');
  writer.int(value.firstTaskId, 'firstTaskId');
}

function readChildScheduled(reader: AvroReader): ChildScheduled {
  return {
    kind: 'ChildScheduled',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    name: reader.string(),
    version: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    childInstanceId: reader.string() as InstanceId,
    tags: reader.array(readTag),
    attempt: reader.int(),
    firstTaskId: reader.int(),
  };
}

interface TaskCancelled {
  readonly kind: 'TaskCancelled';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly scheduledSeq: number;
}

const fieldsOfTaskCancelled: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'scheduledSeq'];

function writeTaskCancelled(writer: AvroWriter, value: TaskCancelled): void {
  writer.record(value, fieldsOfTaskCancelled);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
}

function readTaskCancelled(reader: AvroReader): TaskCancelled {
  return {
    kind: 'TaskCancelled',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    scheduledSeq: reader.long(),
  };
}

interface TimerCancelled {
  readonly kind: 'TimerCancelled';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly fireAtMs: number;
}

const fieldsOfTimerCancelled: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'scheduledSeq', 'fireAtMs'];

function writeTimerCancelled(writer: AvroWriter, value: TimerCancelled): void {
  writer.record(value, fieldsOfTimerCancelled);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  writer.long(value.fireAtMs, 'fireAtMs');
}

function readTimerCancelled(reader: AvroReader): TimerCancelled {
  return {
    kind: 'TimerCancelled',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    scheduledSeq: reader.long(),
    fireAtMs: reader.long(),
  };
}

interface TimerFired {
  readonly kind: 'TimerFired';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly scheduledSeq: number;
  readonly fireAtMs: number;
}

const fieldsOfTimerFired: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'scheduledSeq', 'fireAtMs'];

function writeTimerFired(writer: AvroWriter, value: TimerFired): void {
  writer.record(value, fieldsOfTimerFired);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  writer.long(value.fireAtMs, 'fireAtMs');
}

function readTimerFired(reader: AvroReader): TimerFired {
  return {
    kind: 'TimerFired',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    scheduledSeq: reader.long(),
    fireAtMs: reader.long(),
  };
}

interface TimerCreated {
  readonly kind: 'TimerCreated';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly taskId: number;
  readonly fireAtMs: number;
}

const fieldsOfTimerCreated: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'fireAtMs'];

function writeTimerCreated(writer: AvroWriter, value: TimerCreated): void {
  writer.record(value, fieldsOfTimerCreated);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.long(value.fireAtMs, 'fireAtMs');
}

function readTimerCreated(reader: AvroReader): TimerCreated {
  return {
    kind: 'TimerCreated',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    taskId: reader.int(),
    fireAtMs: reader.long(),
  };
}

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
  readonly attempt: number;
  readonly firstTaskId: number;
  readonly tags: readonly Tag[];
  readonly version: string;
}

const fieldsOfTaskScheduled: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'taskId', 'name', 'input', 'attempt', 'firstTaskId', 'tags', 'version'];

function writeTaskScheduled(writer: AvroWriter, value: TaskScheduled): void {
  writer.record(value, fieldsOfTaskScheduled);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.int(value.taskId, 'taskId');
  writer.string(value.name, 'name');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.int(value.attempt, 'attempt');
  writer.int(value.firstTaskId, 'firstTaskId');
  writer.array(value.tags, 'tags', writeTag);
  writer.string(value.version, 'version');
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
    attempt: reader.int(),
    firstTaskId: reader.int(),
    tags: reader.array(readTag),
    version: reader.string(),
  };
}

interface TurnStarted {
  readonly kind: 'TurnStarted';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
  readonly atMs: number;
  readonly inputsThrough: number;
  readonly eventsTaken: readonly EventRange[];
  readonly eventBytesTaken: number;
}

const fieldsOfTurnStarted: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'inputsThrough', 'eventsTaken', 'eventBytesTaken'];

function writeTurnStarted(writer: AvroWriter, value: TurnStarted): void {
  writer.record(value, fieldsOfTurnStarted);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.seq, 'seq');
  writer.long(value.atMs, 'atMs');
  writer.long(value.inputsThrough, 'inputsThrough');
  writer.array(value.eventsTaken, 'eventsTaken', writeEventRange);
  writer.long(value.eventBytesTaken, 'eventBytesTaken');
}

function readTurnStarted(reader: AvroReader): TurnStarted {
  return {
    kind: 'TurnStarted',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    seq: reader.long(),
    atMs: reader.long(),
    inputsThrough: reader.long(),
    eventsTaken: reader.array(readEventRange),
    eventBytesTaken: reader.long(),
  };
}

interface EventRange {
  readonly from: number;
  readonly through: number;
}

const fieldsOfEventRange: readonly string[] = ['from', 'through'];

function writeEventRange(writer: AvroWriter, value: EventRange): void {
  writer.record(value, fieldsOfEventRange);
  writer.long(value.from, 'from');
  writer.long(value.through, 'through');
}

function readEventRange(reader: AvroReader): EventRange {
  return {
    from: reader.long(),
    through: reader.long(),
  };
}

interface ParentLink {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly name: string;
}

const fieldsOfParentLink: readonly string[] = ['instanceId', 'executionId', 'scheduledSeq', 'name'];

function writeParentLink(writer: AvroWriter, value: ParentLink): void {
  writer.record(value, fieldsOfParentLink);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  writer.string(value.name, 'name');
}

function readParentLink(reader: AvroReader): ParentLink {
  return {
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    scheduledSeq: reader.long(),
    name: reader.string(),
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
  readonly generation: number;
  readonly createdAtMs: number;
  readonly previousExecutionId: string;
  readonly parent: ParentLink | null;
  readonly startAtMs: number | null;
  readonly inboxNext: number;
  readonly carried: readonly EventRange[];
  readonly carriedBytes: number;
  readonly customStatus: string | null;
}

const fieldsOfInstanceStarted: readonly string[] = ['kind', 'instanceId', 'executionId', 'seq', 'atMs', 'name', 'version', 'input', 'tags', 'commandId', 'generation', 'createdAtMs', 'previousExecutionId', 'parent', 'startAtMs', 'inboxNext', 'carried', 'carriedBytes', 'customStatus'];

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
  writer.long(value.generation, 'generation');
  writer.long(value.createdAtMs, 'createdAtMs');
  writer.string(value.previousExecutionId, 'previousExecutionId');
  if (value.parent === null) writer.branch(0); else { writer.branch(1); writer.open('parent'); writeParentLink(writer, value.parent); writer.close(); }
  if (value.startAtMs === null) writer.branch(0); else { writer.branch(1); writer.long(value.startAtMs, 'startAtMs'); }
  writer.long(value.inboxNext, 'inboxNext');
  writer.array(value.carried, 'carried', writeEventRange);
  writer.long(value.carriedBytes, 'carriedBytes');
  if (value.customStatus === null) writer.branch(0); else { writer.branch(1); writer.string(value.customStatus, 'customStatus'); }
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
    generation: reader.long(),
    createdAtMs: reader.long(),
    previousExecutionId: reader.string(),
    parent: reader.branch(2) === 0 ? null : reader.nested(readParentLink),
    startAtMs: reader.branch(2) === 0 ? null : reader.long(),
    inboxNext: reader.long(),
    carried: reader.array(readEventRange),
    carriedBytes: reader.long(),
    customStatus: reader.branch(2) === 0 ? null : reader.string(),
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

type HistoryRecordBody = InstanceStarted | TurnStarted | TaskScheduled | TaskCompleted | TaskFailed | InstanceCompleted | InstanceFailed | OutboundQueued | CommandRefused | CommandForwarded | Claim | Progress | Namespace | TimerCreated | TimerFired | TimerCancelled | TaskCancelled | ChildScheduled | ChildCompleted | ChildFailed | StartSent | EventSent | EventRaised | InstanceSuspended | InstanceResumed | CancelRequested | StartDue | CustomStatusSet | PatchMarked | ContinuedAsNew | InstanceTerminated | InstanceCanceled;

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
    case 'TimerCreated': writer.branch(13); writer.open('TimerCreated'); writeTimerCreated(writer, value); writer.close(); break;
    case 'TimerFired': writer.branch(14); writer.open('TimerFired'); writeTimerFired(writer, value); writer.close(); break;
    case 'TimerCancelled': writer.branch(15); writer.open('TimerCancelled'); writeTimerCancelled(writer, value); writer.close(); break;
    case 'TaskCancelled': writer.branch(16); writer.open('TaskCancelled'); writeTaskCancelled(writer, value); writer.close(); break;
    case 'ChildScheduled': writer.branch(17); writer.open('ChildScheduled'); writeChildScheduled(writer, value); writer.close(); break;
    case 'ChildCompleted': writer.branch(18); writer.open('ChildCompleted'); writeChildCompleted(writer, value); writer.close(); break;
    case 'ChildFailed': writer.branch(19); writer.open('ChildFailed'); writeChildFailed(writer, value); writer.close(); break;
    case 'StartSent': writer.branch(20); writer.open('StartSent'); writeStartSent(writer, value); writer.close(); break;
    case 'EventSent': writer.branch(21); writer.open('EventSent'); writeEventSent(writer, value); writer.close(); break;
    case 'EventRaised': writer.branch(22); writer.open('EventRaised'); writeEventRaised(writer, value); writer.close(); break;
    case 'InstanceSuspended': writer.branch(23); writer.open('InstanceSuspended'); writeInstanceSuspended(writer, value); writer.close(); break;
    case 'InstanceResumed': writer.branch(24); writer.open('InstanceResumed'); writeInstanceResumed(writer, value); writer.close(); break;
    case 'CancelRequested': writer.branch(25); writer.open('CancelRequested'); writeCancelRequested(writer, value); writer.close(); break;
    case 'StartDue': writer.branch(26); writer.open('StartDue'); writeStartDue(writer, value); writer.close(); break;
    case 'CustomStatusSet': writer.branch(27); writer.open('CustomStatusSet'); writeCustomStatusSet(writer, value); writer.close(); break;
    case 'PatchMarked': writer.branch(28); writer.open('PatchMarked'); writePatchMarked(writer, value); writer.close(); break;
    case 'ContinuedAsNew': writer.branch(29); writer.open('ContinuedAsNew'); writeContinuedAsNew(writer, value); writer.close(); break;
    case 'InstanceTerminated': writer.branch(30); writer.open('InstanceTerminated'); writeInstanceTerminated(writer, value); writer.close(); break;
    case 'InstanceCanceled': writer.branch(31); writer.open('InstanceCanceled'); writeInstanceCanceled(writer, value); writer.close(); break;
    default: return writer.unknownKind(value);
  }
  writer.close();
}

function readHistoryRecordBody(reader: AvroReader): HistoryRecordBody {
  const branch = reader.branch(32);
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
    case 13: return reader.nested(readTimerCreated);
    case 14: return reader.nested(readTimerFired);
    case 15: return reader.nested(readTimerCancelled);
    case 16: return reader.nested(readTaskCancelled);
    case 17: return reader.nested(readChildScheduled);
    case 18: return reader.nested(readChildCompleted);
    case 19: return reader.nested(readChildFailed);
    case 20: return reader.nested(readStartSent);
    case 21: return reader.nested(readEventSent);
    case 22: return reader.nested(readEventRaised);
    case 23: return reader.nested(readInstanceSuspended);
    case 24: return reader.nested(readInstanceResumed);
    case 25: return reader.nested(readCancelRequested);
    case 26: return reader.nested(readStartDue);
    case 27: return reader.nested(readCustomStatusSet);
    case 28: return reader.nested(readPatchMarked);
    case 29: return reader.nested(readContinuedAsNew);
    case 30: return reader.nested(readInstanceTerminated);
    case 31: return reader.nested(readInstanceCanceled);
    default: throw reader.unreadable('branch ' + String(branch));
  }
}
