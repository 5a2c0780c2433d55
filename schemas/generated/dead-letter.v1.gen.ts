// Made by `npm run schemas` from avro/dead-letter.v1.avsc. Do not edit.

import type { AvroReader } from '../avro-reader.ts';
import type { AvroWriter } from '../avro-writer.ts';

export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
  readonly atMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly valueBytes: number;
}

const fieldsOfDeadLetter: readonly string[] = ['topic', 'partition', 'offset', 'code', 'reason', 'atMs', 'key', 'value', 'valueBytes'];

export function writeDeadLetter(writer: AvroWriter, value: DeadLetter): void {
  writer.record(value, fieldsOfDeadLetter);
  writer.string(value.topic, 'topic');
  writer.int(value.partition, 'partition');
  writer.long(value.offset, 'offset');
  writer.string(value.code, 'code');
  writer.string(value.reason, 'reason');
  writer.long(value.atMs, 'atMs');
  if (value.key === null) writer.branch(0); else { writer.branch(1); writer.bytes(value.key, 'key'); }
  if (value.value === null) writer.branch(0); else { writer.branch(1); writer.bytes(value.value, 'value'); }
  writer.long(value.valueBytes, 'valueBytes');
}

export function readDeadLetter(reader: AvroReader): DeadLetter {
  return {
    topic: reader.string(),
    partition: reader.int(),
    offset: reader.long(),
    code: reader.string(),
    reason: reader.string(),
    atMs: reader.long(),
    key: reader.branch(2) === 0 ? null : reader.bytes(),
    value: reader.branch(2) === 0 ? null : reader.bytes(),
    valueBytes: reader.long(),
  };
}
