import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wireSchemas, type WireRecord } from '../../../schemas/avro.gen.ts';
import {
  decodeCommand,
  decodeDeadLetter,
  decodeHistory,
  decodeLifecycleEvent,
  decodeTaskItem,
  encodeCommand,
  encodeDeadLetter,
  encodeHistory,
  encodeLifecycleEvent,
  encodeTaskItem,
  type Command,
  type DeadLetter,
  type HistoryRecord,
  type LifecycleEvent,
  type TaskItem,
} from '../../../schemas/index.ts';
import { oracleOf } from './avro-oracle.ts';

type Encode = (value: Record<string, unknown>) => Buffer;

// The values are made from the schema itself, which the compiler proves equal to these types.
const codecs: Record<WireRecord, { encode: Encode; decode: (bytes: Buffer) => unknown }> = {
  HistoryRecord: { encode: (value) => encodeHistory(value as object as HistoryRecord), decode: decodeHistory },
  Command: { encode: (value) => encodeCommand(value as object as Command), decode: decodeCommand },
  TaskItem: { encode: (value) => encodeTaskItem(value as object as TaskItem), decode: decodeTaskItem },
  LifecycleEvent: { encode: (value) => encodeLifecycleEvent(value as object as LifecycleEvent), decode: decodeLifecycleEvent },
  DeadLetter: { encode: (value) => encodeDeadLetter(value as object as DeadLetter), decode: decodeDeadLetter },
};

describe.each(wireSchemas)('$record version $version', ({ record, version, id, avsc }) => {
  const { encode, decode } = codecs[record];
  const oracle = oracleOf(avsc);
  const isNewest = wireSchemas.every((schema) => schema.record !== record || schema.version <= version);

  /** As whoever wrote this version wrote it. */
  function bytesOf(value: Record<string, unknown>): Buffer {
    const prefix = Buffer.alloc(5);
    prefix.writeInt32BE(id, 1);
    return isNewest ? encode(value) : Buffer.concat([prefix, oracle.encode(value)]);
  }

  test('any value: the bytes are those of avsc, and it comes back as it was, brought up when the version is an older one', () => {
    fc.assert(
      fc.property(oracle.values, (value) => {
        const bytes = bytesOf(value);
        expect(bytes[0]).toBe(0);
        expect(bytes.readInt32BE(1)).toBe(id);
        expect(bytes.subarray(5).toString('hex')).toBe(oracle.encode(value).toString('hex'));
        const read = decode(bytes) as Record<string, unknown>;
        if (isNewest) expect(comparable(read)).toStrictEqual(comparable(value));
        else {
          expect(comparable(read)).toMatchObject(comparable(value) as object);
          expect(comparable(decode(encode(read)))).toStrictEqual(comparable(read));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a value cut short anywhere is refused', () => {
    fc.assert(
      fc.property(oracle.values, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value, part) => {
        const bytes = bytesOf(value);
        expect(() => decode(bytes.subarray(0, Math.floor(bytes.length * part)))).toThrow(
          expect.objectContaining({ code: 'RECORD_UNDECODABLE', retryable: false }),
        );
      }),
    );
  });

  test('bytes changed at random are a record or refused, and nothing else happens', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(oracle.values, fc.array(change, { minLength: 1, maxLength: 4 }), (value, changes) => {
        const bytes = bytesOf(value);
        for (const { at, to } of changes) bytes[5 + (at % (bytes.length - 5))] = to;
        const read = readOrCode(() => decode(bytes));
        if (read === 'RECORD_UNDECODABLE') return;
        expect(comparable(decode(encode(read as Record<string, unknown>)))).toStrictEqual(comparable(read));
      }),
      { numRuns: 500 },
    );
  });
});

function readOrCode(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** Bytes as hex text, so that Buffer and Uint8Array compare by content. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, comparable(inner)]));
}
