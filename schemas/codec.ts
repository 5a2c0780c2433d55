/**
 * Records to bytes and back: Avro with the Confluent prefix (a zero byte, the schema's id as int32). Synchronous, on the path of
 * every commit.
 *
 *  1. What breaks the schema is refused before a byte is handed out; the refusal names the field.
 *  2. What was written is read with the schema it was written with, told by the id in the prefix; older versions are brought up
 *     to the newest in code.
 *  3. Bytes that are not exactly one record are refused, whatever they hold.
 */
import { AvroReader, UnreadableBytes } from './avro-reader.ts';
import { AvroWriter } from './avro-writer.ts';
import { wireSchemas, type WireRecord } from './avro.gen.ts';
import { OperationalError } from './errors.ts';
import { readCommand as readCommandV1 } from './generated/command.v1.gen.ts';
import { readCommand, writeCommand } from './generated/command.v2.gen.ts';
import { readDeadLetter, writeDeadLetter } from './generated/dead-letter.v1.gen.ts';
import { readHistoryRecord as readHistoryRecordV1 } from './generated/history-record.v1.gen.ts';
import { readHistoryRecord, writeHistoryRecord } from './generated/history-record.v2.gen.ts';
import { readLifecycleEvent, writeLifecycleEvent } from './generated/lifecycle-event.v1.gen.ts';
import { readTaskItem, writeTaskItem } from './generated/task-item.v1.gen.ts';
import { commandFromV1, historyFromV1 } from './upgrades.ts';
import type { Command, DeadLetter, HistoryRecord, LifecycleEvent, TaskItem } from './records.ts';

/** The number that a registry gave to a schema version. */
export interface SchemaId {
  readonly record: WireRecord;
  readonly version: number;
  readonly id: number;
}

/**
 * Encoders throw OperationalError `SCHEMA_INVALID_VALUE`, decoders `RECORD_UNDECODABLE`; neither is retryable. What is encoded or
 * decoded shares no memory with what came in.
 */
export interface Codec {
  readonly encodeHistory: (record: HistoryRecord) => Buffer;
  readonly decodeHistory: (bytes: Buffer) => HistoryRecord;
  readonly encodeCommand: (command: Command) => Buffer;
  readonly decodeCommand: (bytes: Buffer) => Command;
  readonly encodeTaskItem: (item: TaskItem) => Buffer;
  readonly decodeTaskItem: (bytes: Buffer) => TaskItem;
  readonly encodeLifecycleEvent: (event: LifecycleEvent) => Buffer;
  readonly decodeLifecycleEvent: (bytes: Buffer) => LifecycleEvent;
  readonly encodeDeadLetter: (letter: DeadLetter) => Buffer;
  readonly decodeDeadLetter: (bytes: Buffer) => DeadLetter;
}

/**
 * A codec that writes with the ids of a registry. It reads those and the manifest's own, which are far above what a registry hands
 * out, so that a namespace can take to a registry at any time.
 */
export function createCodec(ids: readonly SchemaId[]): Codec {
  const history = half(ids, historyRecord);
  const command = half(ids, commandRecord);
  const taskItem = half(ids, taskItemRecord);
  const lifecycle = half(ids, lifecycleRecord);
  const deadLetter = half(ids, deadLetterRecord);
  return {
    encodeHistory: history.encode,
    decodeHistory: history.decode,
    encodeCommand: command.encode,
    decodeCommand: command.decode,
    encodeTaskItem: taskItem.encode,
    decodeTaskItem: taskItem.decode,
    encodeLifecycleEvent: lifecycle.encode,
    decodeLifecycleEvent: lifecycle.decode,
    encodeDeadLetter: deadLetter.encode,
    decodeDeadLetter: deadLetter.decode,
  };
}

/** The newest writer of a record, and per version the reader that ends in the newest version. */
interface RecordVersions<T> {
  readonly record: WireRecord;
  readonly write: (writer: AvroWriter, value: T) => void;
  readonly readers: readonly [version: number, read: (reader: AvroReader) => T][];
}

// The generated interfaces and those of records.ts are assigned to each other here, both ways: the compiler proves them equal.
const historyRecord: RecordVersions<HistoryRecord> = {
  record: 'HistoryRecord',
  write: writeHistoryRecord,
  readers: [
    [1, (reader) => historyFromV1(readHistoryRecordV1(reader))],
    [2, readHistoryRecord],
  ],
};
const commandRecord: RecordVersions<Command> = {
  record: 'Command',
  write: writeCommand,
  readers: [
    [1, (reader) => commandFromV1(readCommandV1(reader))],
    [2, readCommand],
  ],
};
const taskItemRecord: RecordVersions<TaskItem> = { record: 'TaskItem', write: writeTaskItem, readers: [[1, readTaskItem]] };
const lifecycleRecord: RecordVersions<LifecycleEvent> = {
  record: 'LifecycleEvent',
  write: writeLifecycleEvent,
  readers: [[1, readLifecycleEvent]],
};
const deadLetterRecord: RecordVersions<DeadLetter> = { record: 'DeadLetter', write: writeDeadLetter, readers: [[1, readDeadLetter]] };

const prefixBytes = 5;

/** One for all: encoding is synchronous, and a record is handed out before the next is begun. */
const writer = new AvroWriter();

function half<T>(ids: readonly SchemaId[], versions: RecordVersions<T>): { encode: (value: T) => Buffer; decode: (bytes: Buffer) => T } {
  const { record, write } = versions;
  const readers = new Map<number, (reader: AvroReader) => T>();
  let newestId = 0;
  for (const [version, read] of versions.readers) {
    for (const entry of [...wireSchemas, ...ids]) {
      if (entry.record !== record || entry.version !== version) continue;
      readers.set(entry.id, read);
      newestId = entry.id;
    }
  }
  return {
    encode: (value) => {
      writer.begin(record, newestId);
      write(writer, value);
      return writer.take();
    },
    decode: (bytes) => {
      if (bytes.length < prefixBytes) throw undecodable(record, `${String(bytes.length)} bytes are too few`);
      if (bytes[0] !== 0) throw undecodable(record, `the first byte is ${String(bytes[0])}, not 0: no Confluent prefix`);
      const id = bytes.readInt32BE(1);
      const read = readers.get(id);
      if (read === undefined) throw undecodable(record, `no schema of this record has the id ${String(id)}`);
      return readWhole(record, bytes, read);
    },
  };
}

function readWhole<T>(record: string, bytes: Buffer, read: (reader: AvroReader) => T): T {
  const reader = new AvroReader(bytes, prefixBytes);
  try {
    const value = read(reader);
    reader.end();
    return value;
  } catch (cause) {
    if (cause instanceof UnreadableBytes) throw undecodable(record, cause.message, cause);
    throw cause;
  }
}

function undecodable(record: string, reason: string, cause?: unknown): OperationalError {
  return new OperationalError('RECORD_UNDECODABLE', `no ${record}: ${reason}`, { retryable: false, cause });
}

const codec: Codec = createCodec([]);

export const encodeHistory: Codec['encodeHistory'] = codec.encodeHistory;
export const decodeHistory: Codec['decodeHistory'] = codec.decodeHistory;
export const encodeCommand: Codec['encodeCommand'] = codec.encodeCommand;
export const decodeCommand: Codec['decodeCommand'] = codec.decodeCommand;
export const encodeTaskItem: Codec['encodeTaskItem'] = codec.encodeTaskItem;
export const decodeTaskItem: Codec['decodeTaskItem'] = codec.decodeTaskItem;
export const encodeLifecycleEvent: Codec['encodeLifecycleEvent'] = codec.encodeLifecycleEvent;
export const decodeLifecycleEvent: Codec['decodeLifecycleEvent'] = codec.decodeLifecycleEvent;
export const encodeDeadLetter: Codec['encodeDeadLetter'] = codec.encodeDeadLetter;
export const decodeDeadLetter: Codec['decodeDeadLetter'] = codec.decodeDeadLetter;
