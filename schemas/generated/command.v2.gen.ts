// Made by `npm run schemas` from avro/command.v2.avsc. Do not edit.

import type { AvroReader } from '../avro-reader.ts';
import type { AvroWriter } from '../avro-writer.ts';
import type { CommandId, ExecutionId, InstanceId } from '../ids.ts';

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

interface ReportChild {
  readonly kind: 'ReportChild';
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly scheduledSeq: number;
  readonly childInstanceId: InstanceId;
  readonly result: string | null;
  readonly failure: FailureDetails | null;
}

const fieldsOfReportChild: readonly string[] = ['kind', 'instanceId', 'executionId', 'scheduledSeq', 'childInstanceId', 'result', 'failure'];

function writeReportChild(writer: AvroWriter, value: ReportChild): void {
  writer.record(value, fieldsOfReportChild);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.executionId, 'executionId');
  writer.long(value.scheduledSeq, 'scheduledSeq');
  writer.string(value.childInstanceId, 'childInstanceId');
  if (value.result === null) writer.branch(0); else { writer.branch(1); writer.string(value.result, 'result'); }
  if (value.failure === null) writer.branch(0); else { writer.branch(1); writer.open('failure'); writeFailureDetails(writer, value.failure); writer.close(); }
}

function readReportChild(reader: AvroReader): ReportChild {
  return {
    kind: 'ReportChild',
    instanceId: reader.string() as InstanceId,
    executionId: reader.string() as ExecutionId,
    scheduledSeq: reader.long(),
    childInstanceId: reader.string() as InstanceId,
    result: reader.branch(2) === 0 ? null : reader.string(),
    failure: reader.branch(2) === 0 ? null : reader.nested(readFailureDetails),
  };
}

interface CancelInstance {
  readonly kind: 'CancelInstance';
  readonly instanceId: InstanceId;
  readonly reason: string;
  readonly childOf: ParentLink | null;
}

const fieldsOfCancelInstance: readonly string[] = ['kind', 'instanceId', 'reason', 'childOf'];

function writeCancelInstance(writer: AvroWriter, value: CancelInstance): void {
  writer.record(value, fieldsOfCancelInstance);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.reason, 'reason');
  if (value.childOf === null) writer.branch(0); else { writer.branch(1); writer.open('childOf'); writeParentLink(writer, value.childOf); writer.close(); }
}

function readCancelInstance(reader: AvroReader): CancelInstance {
  return {
    kind: 'CancelInstance',
    instanceId: reader.string() as InstanceId,
    reason: reader.string(),
    childOf: reader.branch(2) === 0 ? null : reader.nested(readParentLink),
  };
}

interface TerminateInstance {
  readonly kind: 'TerminateInstance';
  readonly instanceId: InstanceId;
  readonly output: string | null;
  readonly reason: string;
  readonly recursive: boolean;
  readonly childOf: ParentLink | null;
}

const fieldsOfTerminateInstance: readonly string[] = ['kind', 'instanceId', 'output', 'reason', 'recursive', 'childOf'];

function writeTerminateInstance(writer: AvroWriter, value: TerminateInstance): void {
  writer.record(value, fieldsOfTerminateInstance);
  writer.string(value.instanceId, 'instanceId');
  if (value.output === null) writer.branch(0); else { writer.branch(1); writer.string(value.output, 'output'); }
  writer.string(value.reason, 'reason');
  writer.boolean(value.recursive, 'recursive');
  if (value.childOf === null) writer.branch(0); else { writer.branch(1); writer.open('childOf'); writeParentLink(writer, value.childOf); writer.close(); }
}

function readTerminateInstance(reader: AvroReader): TerminateInstance {
  return {
    kind: 'TerminateInstance',
    instanceId: reader.string() as InstanceId,
    output: reader.branch(2) === 0 ? null : reader.string(),
    reason: reader.string(),
    recursive: reader.boolean(),
    childOf: reader.branch(2) === 0 ? null : reader.nested(readParentLink),
  };
}

interface ResumeInstance {
  readonly kind: 'ResumeInstance';
  readonly instanceId: InstanceId;
  readonly reason: string;
}

const fieldsOfResumeInstance: readonly string[] = ['kind', 'instanceId', 'reason'];

function writeResumeInstance(writer: AvroWriter, value: ResumeInstance): void {
  writer.record(value, fieldsOfResumeInstance);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.reason, 'reason');
}

function readResumeInstance(reader: AvroReader): ResumeInstance {
  return {
    kind: 'ResumeInstance',
    instanceId: reader.string() as InstanceId,
    reason: reader.string(),
  };
}

interface SuspendInstance {
  readonly kind: 'SuspendInstance';
  readonly instanceId: InstanceId;
  readonly reason: string;
}

const fieldsOfSuspendInstance: readonly string[] = ['kind', 'instanceId', 'reason'];

function writeSuspendInstance(writer: AvroWriter, value: SuspendInstance): void {
  writer.record(value, fieldsOfSuspendInstance);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.reason, 'reason');
}

function readSuspendInstance(reader: AvroReader): SuspendInstance {
  return {
    kind: 'SuspendInstance',
    instanceId: reader.string() as InstanceId,
    reason: reader.string(),
  };
}

interface StartIfMissing {
  readonly name: string;
  readonly version: string;
  readonly input: string | null;
  readonly tags: readonly Tag[];
}

const fieldsOfStartIfMissing: readonly string[] = ['name', 'version', 'input', 'tags'];

function writeStartIfMissing(writer: AvroWriter, value: StartIfMissing): void {
  writer.record(value, fieldsOfStartIfMissing);
  writer.string(value.name, 'name');
  writer.string(value.version, 'version');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.array(value.tags, 'tags', writeTag);
}

function readStartIfMissing(reader: AvroReader): StartIfMissing {
  return {
    name: reader.string(),
    version: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    tags: reader.array(readTag),
  };
}

interface RaiseEvent {
  readonly kind: 'RaiseEvent';
  readonly instanceId: InstanceId;
  readonly name: string;
  readonly payload: string | null;
  readonly eventId: string;
  readonly startIfMissing: StartIfMissing | null;
}

const fieldsOfRaiseEvent: readonly string[] = ['kind', 'instanceId', 'name', 'payload', 'eventId', 'startIfMissing'];

function writeRaiseEvent(writer: AvroWriter, value: RaiseEvent): void {
  writer.record(value, fieldsOfRaiseEvent);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.name, 'name');
  if (value.payload === null) writer.branch(0); else { writer.branch(1); writer.string(value.payload, 'payload'); }
  writer.string(value.eventId, 'eventId');
  if (value.startIfMissing === null) writer.branch(0); else { writer.branch(1); writer.open('startIfMissing'); writeStartIfMissing(writer, value.startIfMissing); writer.close(); }
}

function readRaiseEvent(reader: AvroReader): RaiseEvent {
  return {
    kind: 'RaiseEvent',
    instanceId: reader.string() as InstanceId,
    name: reader.string(),
    payload: reader.branch(2) === 0 ? null : reader.string(),
    eventId: reader.string(),
    startIfMissing: reader.branch(2) === 0 ? null : reader.nested(readStartIfMissing),
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

interface StartInstance {
  readonly kind: 'StartInstance';
  readonly instanceId: InstanceId;
  readonly name: string;
  readonly version: string;
  readonly input: string | null;
  readonly tags: readonly Tag[];
  readonly onConflict: string;
  readonly startAtMs: number | null;
  readonly parent: ParentLink | null;
}

const fieldsOfStartInstance: readonly string[] = ['kind', 'instanceId', 'name', 'version', 'input', 'tags', 'onConflict', 'startAtMs', 'parent'];

function writeStartInstance(writer: AvroWriter, value: StartInstance): void {
  writer.record(value, fieldsOfStartInstance);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.name, 'name');
  writer.string(value.version, 'version');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.array(value.tags, 'tags', writeTag);
  writer.string(value.onConflict, 'onConflict');
  if (value.startAtMs === null) writer.branch(0); else { writer.branch(1); writer.long(value.startAtMs, 'startAtMs'); }
  if (value.parent === null) writer.branch(0); else { writer.branch(1); writer.open('parent'); writeParentLink(writer, value.parent); writer.close(); }
}

function readStartInstance(reader: AvroReader): StartInstance {
  return {
    kind: 'StartInstance',
    instanceId: reader.string() as InstanceId,
    name: reader.string(),
    version: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    tags: reader.array(readTag),
    onConflict: reader.string(),
    startAtMs: reader.branch(2) === 0 ? null : reader.long(),
    parent: reader.branch(2) === 0 ? null : reader.nested(readParentLink),
  };
}

interface MessageSource {
  readonly partition: number;
  readonly number: number;
}

const fieldsOfMessageSource: readonly string[] = ['partition', 'number'];

function writeMessageSource(writer: AvroWriter, value: MessageSource): void {
  writer.record(value, fieldsOfMessageSource);
  writer.int(value.partition, 'partition');
  writer.long(value.number, 'number');
}

function readMessageSource(reader: AvroReader): MessageSource {
  return {
    partition: reader.int(),
    number: reader.long(),
  };
}

export interface Command {
  readonly commandId: CommandId;
  readonly issuedAtMs: number;
  readonly source: MessageSource | null;
  readonly body: CommandBody;
}

const fieldsOfCommand: readonly string[] = ['commandId', 'issuedAtMs', 'source', 'body'];

export function writeCommand(writer: AvroWriter, value: Command): void {
  writer.record(value, fieldsOfCommand);
  writer.string(value.commandId, 'commandId');
  writer.long(value.issuedAtMs, 'issuedAtMs');
  if (value.source === null) writer.branch(0); else { writer.branch(1); writer.open('source'); writeMessageSource(writer, value.source); writer.close(); }
  writeCommandBody(writer, value.body, 'body');
}

export function readCommand(reader: AvroReader): Command {
  return {
    commandId: reader.string() as CommandId,
    issuedAtMs: reader.long(),
    source: reader.branch(2) === 0 ? null : reader.nested(readMessageSource),
    body: reader.nested(readCommandBody),
  };
}

type CommandBody = StartInstance | RaiseEvent | SuspendInstance | ResumeInstance | TerminateInstance | CancelInstance | ReportChild;

function writeCommandBody(writer: AvroWriter, value: CommandBody, step: string): void {
  writer.open(step);
  writer.kinded(value);
  switch (value.kind) {
    case 'StartInstance': writer.branch(0); writer.open('StartInstance'); writeStartInstance(writer, value); writer.close(); break;
    case 'RaiseEvent': writer.branch(1); writer.open('RaiseEvent'); writeRaiseEvent(writer, value); writer.close(); break;
    case 'SuspendInstance': writer.branch(2); writer.open('SuspendInstance'); writeSuspendInstance(writer, value); writer.close(); break;
    case 'ResumeInstance': writer.branch(3); writer.open('ResumeInstance'); writeResumeInstance(writer, value); writer.close(); break;
    case 'TerminateInstance': writer.branch(4); writer.open('TerminateInstance'); writeTerminateInstance(writer, value); writer.close(); break;
    case 'CancelInstance': writer.branch(5); writer.open('CancelInstance'); writeCancelInstance(writer, value); writer.close(); break;
    case 'ReportChild': writer.branch(6); writer.open('ReportChild'); writeReportChild(writer, value); writer.close(); break;
    default: return writer.unknownKind(value);
  }
  writer.close();
}

function readCommandBody(reader: AvroReader): CommandBody {
  const branch = reader.branch(7);
  switch (branch) {
    case 0: return reader.nested(readStartInstance);
    case 1: return reader.nested(readRaiseEvent);
    case 2: return reader.nested(readSuspendInstance);
    case 3: return reader.nested(readResumeInstance);
    case 4: return reader.nested(readTerminateInstance);
    case 5: return reader.nested(readCancelInstance);
    case 6: return reader.nested(readReportChild);
    default: throw reader.unreadable('branch ' + String(branch));
  }
}
