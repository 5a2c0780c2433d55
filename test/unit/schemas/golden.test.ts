/**
 * The bytes of every record version, kept for ever: they are read as what they were, and written as they were while theirs is
 * the newest version. To add one, put its value into the file with an empty `hex`; the failing test prints the bytes.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { wireSchemas, type WireRecord } from '../../../schemas/avro.gen.ts';
import {
  createCodec,
  type Command,
  type DeadLetter,
  type HistoryRecord,
  type LifecycleEvent,
  type TaskItem,
} from '../../../schemas/index.ts';
import { oracleOf } from './avro-oracle.ts';

interface Golden {
  readonly about: string;
  readonly value: object;
  readonly hex: string;
}

const codec = createCodec([]);
const codecs: Record<WireRecord, { encode: (value: object) => Buffer; decode: (bytes: Buffer) => object }> = {
  HistoryRecord: { encode: (value) => codec.encodeHistory(value as HistoryRecord), decode: codec.decodeHistory },
  Command: { encode: (value) => codec.encodeCommand(value as Command), decode: codec.decodeCommand },
  TaskItem: { encode: (value) => codec.encodeTaskItem(value as TaskItem), decode: codec.decodeTaskItem },
  LifecycleEvent: { encode: (value) => codec.encodeLifecycleEvent(value as LifecycleEvent), decode: codec.decodeLifecycleEvent },
  DeadLetter: { encode: (value) => codec.encodeDeadLetter(value as DeadLetter), decode: codec.decodeDeadLetter },
};

describe.each(wireSchemas)('$record version $version', ({ record, version, avsc }) => {
  const goldens = goldensOf(record, version);
  const newest = Math.max(...wireSchemas.filter((schema) => schema.record === record).map((schema) => schema.version));

  test.each(goldens)('$about', ({ value, hex }) => {
    const bytes = Buffer.from(hex, 'hex');
    if (version === newest) expect(codecs[record].encode(value).toString('hex')).toBe(hex);
    expect(codecs[record].decode(bytes)).toEqual(broughtUp(record, version, value));
    expect(oracleOf(avsc).decode(bytes.subarray(5))).toEqual(value);
  });

  test('every branch of every union has a golden, null and a value, an empty array and a full one too', () => {
    const seen = new Set<string>();
    for (const { value } of goldens) note(seen, record, value);
    expect([...wanted(JSON.parse(avsc) as Schema)].filter((sight) => !seen.has(sight))).toEqual([]);
  });
});

/** What a record of an older version is today, said without the code that brings it up. */
function broughtUp(record: WireRecord, version: number, value: object): object {
  if (version > 1 || !('body' in value)) return value;
  const { body } = value as { body: { kind: string; atMs: number } };
  const added = addedSinceV1[`${record} ${body.kind}`];
  return { ...value, body: { ...body, ...added, ...(body.kind === 'InstanceStarted' ? { createdAtMs: body.atMs } : {}) } };
}

const addedSinceV1: Readonly<Record<string, object>> = {
  'Command StartInstance': { onConflict: 'error', startAtMs: null, parent: null },
  'HistoryRecord InstanceStarted': {
    ...{ generation: 1, previousExecutionId: '', parent: null, startAtMs: null },
    ...{ inboxNext: 1, carried: [], carriedBytes: 0, customStatus: null },
  },
  'HistoryRecord TurnStarted': { eventsTaken: [], eventBytesTaken: 0 },
  'HistoryRecord TaskScheduled': { attempt: 1, firstTaskId: 0, tags: [], version: '' },
};

function goldensOf(record: WireRecord, version: number): readonly Golden[] {
  const name = record.replaceAll(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  const file = new URL(`../../golden/${name}.v${String(version)}.golden.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'), (_, value: unknown) => bytesFrom(value)) as Golden[];
}

/** JSON has no bytes: `{"bytes": "<hex>"}` stands for them. */
function bytesFrom(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('bytes' in value) || typeof value.bytes !== 'string') return value;
  return Buffer.from(value.bytes, 'hex');
}

interface RecordSchema {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: Schema }[];
}
type Schema = string | RecordSchema | { readonly items: Schema } | readonly Schema[];

/** The sights a full set of goldens offers, such as `TaskScheduled.input null`. */
function wanted(schema: Schema, at = '', sights = new Set<string>()): Set<string> {
  if (typeof schema === 'string') return sights;
  if (Array.isArray(schema)) {
    for (const branch of schema as readonly Schema[]) {
      if (branch === 'null') sights.add(`${at} null`).add(`${at} value`);
      wanted(branch, at, sights);
    }
  } else if ('items' in schema) {
    sights.add(`${at} empty`).add(`${at} full`);
    wanted(schema.items, at, sights);
  } else if ('fields' in schema)
    for (const { name, type } of schema.fields) wanted(type, `${schema.name}.${name}`, sights.add(schema.name));
  return sights;
}

const recordsByField: Readonly<Record<string, string>> = {
  failure: 'FailureDetails',
  cause: 'FailureDetails',
  errors: 'FailureDetails',
  tags: 'Tag',
  sentThrough: 'LaneMark',
  received: 'SourceMark',
  source: 'MessageSource',
  parent: 'ParentLink',
  childOf: 'ParentLink',
  startIfMissing: 'StartIfMissing',
  carried: 'EventRange',
  eventsTaken: 'EventRange',
  discarded: 'EventRange',
};

function note(seen: Set<string>, name: string, value: object): void {
  seen.add(name);
  for (const [field, inner] of Object.entries(value) as [string, unknown][]) {
    const at = `${name}.${field}`;
    if (inner === null) seen.add(`${at} null`);
    else if (Array.isArray(inner)) {
      seen.add(`${at} ${inner.length === 0 ? 'empty' : 'full'}`);
      for (const item of inner as object[]) note(seen, recordsByField[field] ?? field, item);
    } else {
      seen.add(`${at} value`);
      if (typeof inner !== 'object' || inner instanceof Uint8Array) continue;
      note(seen, 'kind' in inner ? (inner.kind as string) : (recordsByField[field] ?? field), inner);
    }
  }
}
