// Made by `npm run schemas` from avro/command.v1.avsc. Do not edit.

import type { AvroReader } from '../avro-reader.ts';
import type { AvroWriter } from '../avro-writer.ts';
import type { CommandId, InstanceId } from '../ids.ts';

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
}

const fieldsOfStartInstance: readonly string[] = ['kind', 'instanceId', 'name', 'version', 'input', 'tags'];

function writeStartInstance(writer: AvroWriter, value: StartInstance): void {
  writer.record(value, fieldsOfStartInstance);
  writer.string(value.instanceId, 'instanceId');
  writer.string(value.name, 'name');
  writer.string(value.version, 'version');
  if (value.input === null) writer.branch(0); else { writer.branch(1); writer.string(value.input, 'input'); }
  writer.array(value.tags, 'tags', writeTag);
}

function readStartInstance(reader: AvroReader): StartInstance {
  return {
    kind: 'StartInstance',
    instanceId: reader.string() as InstanceId,
    name: reader.string(),
    version: reader.string(),
    input: reader.branch(2) === 0 ? null : reader.string(),
    tags: reader.array(readTag),
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

type CommandBody = StartInstance;

function writeCommandBody(writer: AvroWriter, value: CommandBody, step: string): void {
  writer.open(step);
  writer.kinded(value);
  switch (value.kind) {
    case 'StartInstance': writer.branch(0); writer.open('StartInstance'); writeStartInstance(writer, value); writer.close(); break;
    default: return writer.unknownKind(value);
  }
  writer.close();
}

function readCommandBody(reader: AvroReader): CommandBody {
  const branch = reader.branch(1);
  switch (branch) {
    case 0: return reader.nested(readStartInstance);
    default: throw reader.unreadable('branch ' + String(branch));
  }
}
