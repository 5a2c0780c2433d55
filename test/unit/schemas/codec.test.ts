import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AvroReader } from '../../../schemas/avro-reader.ts';
import { AvroWriter } from '../../../schemas/avro-writer.ts';
import { wireSchemas } from '../../../schemas/avro.gen.ts';
import {
  createCodec,
  decodeCommand,
  decodeHistory,
  encodeCommand,
  encodeDeadLetter,
  encodeHistory,
  nestingDepthMax,
  payloadBytesMax,
  type Command,
  type DeadLetter,
  type FailureDetails,
  type HistoryBody,
  type HistoryRecord,
} from '../../../schemas/index.ts';
import { bodies, commands, deadLetters, failure, historyRecords } from './samples.ts';

/** How many bytes stand behind the tags of a start that has the defaults: "error" and two nulls. The tags' own end is one more. */
const tagsAt = -(1 + 6 + 2);

const record = (body: object): HistoryRecord => ({ ...sample('TurnStarted'), body: body as HistoryBody });
const invalid = (message: string): unknown => expect.objectContaining({ code: 'SCHEMA_INVALID_VALUE', retryable: false, message });
const undecodable = (reason: RegExp): unknown =>
  expect.objectContaining({ code: 'RECORD_UNDECODABLE', retryable: false, message: expect.stringMatching(reason) as unknown });

function sample(kind: HistoryBody['kind']): HistoryRecord {
  const found = historyRecords.find(({ body }) => body.kind === kind);
  if (found === undefined) throw new TypeError(kind);
  return found;
}

function body<K extends HistoryBody['kind']>(kind: K): HistoryBody & { kind: K } {
  return sample(kind).body as HistoryBody & { kind: K };
}

describe('a value that breaks the schema is refused with the path of the field', () => {
  const scheduled = body('TaskScheduled');
  const started = body('InstanceStarted');
  test.each([
    [{ ...scheduled, taskId: 'x' }, 'HistoryRecord.body.TaskScheduled.taskId: expected int, got "x"'],
    [{ ...scheduled, taskId: 2 ** 31 }, 'HistoryRecord.body.TaskScheduled.taskId: expected int, got 2147483648'],
    [{ ...scheduled, taskId: 5n }, 'HistoryRecord.body.TaskScheduled.taskId: expected int, got 5n'],
    [{ ...scheduled, seq: 2 ** 53 }, 'HistoryRecord.body.TaskScheduled.seq: expected long (a safe integer), got 9007199254740992'],
    [{ ...scheduled, seq: 1.5 }, 'HistoryRecord.body.TaskScheduled.seq: expected long (a safe integer), got 1.5'],
    [{ ...scheduled, seq: NaN }, 'HistoryRecord.body.TaskScheduled.seq: expected long (a safe integer), got NaN'],
    [{ ...scheduled, name: null }, 'HistoryRecord.body.TaskScheduled.name: expected string, got null'],
    [{ ...scheduled, input: undefined }, 'HistoryRecord.body.TaskScheduled.input: expected string, got undefined'],
    [{ ...scheduled, input: '"\ud800"' }, String.raw`HistoryRecord.body.TaskScheduled.input: a lone surrogate has no UTF-8: "\"\ud800\""`],
    [{ ...scheduled, input: `${'x'.repeat(99)}\udc00` }, expect.stringContaining('input: a lone surrogate has no UTF-8')],
    [{ ...scheduled, retries: 3 }, 'HistoryRecord.body.TaskScheduled.retries: not a field of the schema'],
    [{ ...started, tags: {} }, 'HistoryRecord.body.InstanceStarted.tags: expected array, got a value of type object'],
    [{ ...started, tags: [{ key: 'a', value: 'b' }, null] }, 'HistoryRecord.body.InstanceStarted.tags[1]: expected a record, got null'],
    [{ ...started, tags: [{ key: 'a' }] }, 'HistoryRecord.body.InstanceStarted.tags[0].value: expected string, got undefined'],
    [
      { ...body('TaskFailed'), failure: { ...failure, errors: [{ ...failure, nonRetriable: 1 }] } },
      'HistoryRecord.body.TaskFailed.failure.errors[0].nonRetriable: expected boolean, got 1',
    ],
    [{ ...body('OutboundQueued'), value: 'text' }, 'HistoryRecord.body.OutboundQueued.value: expected bytes, got "text"'],
    [{ ...scheduled, kind: 'TaskRescheduled' }, 'HistoryRecord.body.kind: not a kind of the schema: "TaskRescheduled"'],
    [{}, 'HistoryRecord.body.kind: not a kind of the schema: undefined'],
  ])('%#', (value, message) => {
    expect(() => encodeHistory(record(value))).toThrow(invalid(message as string));
  });

  test('a long text is shown by its beginning', () => {
    const shown = `"${'x'.repeat(60)}…"`;
    const value = { ...sample('Claim'), epoch: 'x'.repeat(10_000) };
    expect(() => encodeHistory(value as object as HistoryRecord)).toThrow(
      invalid(`HistoryRecord.epoch: expected long (a safe integer), got ${shown}`),
    );
  });

  test.each([null, undefined, 5, 'text'])('no record at all: %j', (value) => {
    expect(() => encodeHistory(value as never)).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID_VALUE' }) as Error);
    expect(() => encodeHistory({ ...sample('Claim'), body: value as never })).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INVALID_VALUE' }) as Error,
    );
  });

  test('a refusal leaves nothing behind for the next record', () => {
    const expected = encodeHistory(sample('Progress'));
    expect(() => encodeHistory(record({ ...scheduled, name: 1 }))).toThrow();
    expect(encodeHistory(sample('Progress'))).toEqual(expected);
  });
});

describe('bytes that are not one record are refused with the reason', () => {
  const bytes = encodeHistory(sample('TaskCompleted'));
  test.each([
    ['empty', Buffer.alloc(0), /0 bytes are too few/],
    ['only a prefix', bytes.subarray(0, 5), /ends early/],
    ['another first byte', Buffer.concat([Buffer.from([1]), bytes.subarray(1)]), /first byte is 1/],
    ['JSON text', Buffer.from('{"kind":"StartInstance"}'), /first byte is 123/],
    ['an unknown schema id', Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), bytes.subarray(5)]), /has the id 9$/],
    ['the schema of another record', encodeCommand(commands[0] as Command), /has the id 1346720263$/],
    ['cut short', bytes.subarray(0, -1), /a length of 4 at byte/],
    ['something left over', Buffer.concat([bytes, Buffer.from([0])]), /1 bytes left over/],
    ['a branch that is none', changed(bytes, bytes.indexOf(Buffer.from([6]), 20), 0x7e), /branch 63 of a union of 32/],
  ])('%s', (_, value, reason) => {
    expect(() => decodeHistory(value)).toThrow(undecodable(reason));
  });

  test('a length that points back is refused', () => {
    expect(() => decodeCommand(command(Buffer.from([0x03])))).toThrow(undecodable(/a length of -2/));
  });

  test('text that is not UTF-8 is refused: it would be another text', () => {
    expect(() => decodeCommand(command(Buffer.from([0x04, 0xc3, 0x28])))).toThrow(undecodable(/not UTF-8/));
  });

  test('the replacement character itself is text like any other', () => {
    const value = { ...sample('TaskCompleted'), body: { ...body('TaskCompleted'), result: '"\uFFFD"' } };
    expect(decodeHistory(encodeHistory(value))).toEqual(value);
  });

  test('a count of 2^40 tags in a few bytes is refused at once', () => {
    const head = encodeCommand(commands[0] as Command);
    const bomb = Buffer.concat([head.subarray(0, tagsAt), Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x40])]);
    expect(() => decodeCommand(bomb)).toThrow(undecodable(/a block of \d+ items/));
  });

  function command(commandId: Buffer): Buffer {
    return Buffer.concat([encodeCommand(commands[0] as Command).subarray(0, 5), commandId]);
  }
});

test('nesting beyond the limit is refused when writing and when reading', () => {
  const bare: FailureDetails = { errorType: '', message: '', stack: null, nonRetriable: false, cause: null, errors: [], properties: null };
  const failed = (causes: number): HistoryRecord => {
    let details = bare;
    for (let level = 0; level < causes; level++) details = { ...details, cause: details };
    return record({ ...body('InstanceFailed'), failure: details });
  };
  const head = encodeHistory(failed(0)).subarray(0, -7);
  const bytesOf = (causes: number): Buffer =>
    Buffer.concat([head, ...Array<Buffer>(causes).fill(Buffer.from([0, 0, 0, 0, 2])), Buffer.alloc(7 + 2 * causes)]);

  const causesMax = nestingDepthMax - 3; // Body, branch and the failure itself are three.
  expect(encodeHistory(failed(causesMax))).toEqual(bytesOf(causesMax));
  expect(decodeHistory(bytesOf(causesMax))).toEqual(failed(causesMax));
  expect(() => encodeHistory(failed(causesMax + 1))).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID_VALUE' }) as Error);
  for (const causes of [causesMax + 1, 100_000]) expect(() => decodeHistory(bytesOf(causes))).toThrow(undecodable(/nested more than/));
});

test('a value shares no memory with the bytes it came from, nor bytes with a value', () => {
  const source = Buffer.from([1, 2, 3]);
  const encoded = encodeDeadLetter({ ...(deadLetters[0] as DeadLetter), value: source });
  source.fill(9);
  const again = encodeDeadLetter({ ...(deadLetters[0] as DeadLetter), value: source });
  expect(encoded).not.toEqual(again);

  const outbound = encodeHistory(sample('OutboundQueued'));
  const decoded = decodeHistory(outbound);
  outbound.fill(0);
  expect(decoded).toEqual(sample('OutboundQueued'));
});

test('any Uint8Array is bytes, a view into a larger buffer too', () => {
  const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
  const value = record({ ...body('OutboundQueued'), value: view });
  expect(decodeHistory(encodeHistory(value))).toEqual(record({ ...body('OutboundQueued'), value: Buffer.from([1, 2]) }));
});

test('what is read is made of plain objects, in the order of the schema', () => {
  for (const value of historyRecords.filter(({ body: { kind } }) => kind !== 'OutboundQueued')) {
    const decoded = decodeHistory(encodeHistory(value));
    expect(decoded).toStrictEqual(value);
    expect(Object.getPrototypeOf(decoded.body)).toBe(Object.prototype);
    expect(Object.keys(decoded.body)[0]).toBe('kind');
  }
});

test('records of the size of a payload limit and small ones follow each other', () => {
  const small = sample('TurnStarted');
  for (const character of ['x', 'é', '😀']) {
    const text = character.repeat(payloadBytesMax / Buffer.byteLength(character));
    const large = record({ ...body('TaskCompleted'), result: text });
    const bytes = encodeHistory(large);
    expect(encodeHistory(small).length).toBeLessThan(150);
    expect(bytes.length).toBeGreaterThan(payloadBytesMax);
    expect(decodeHistory(bytes)).toEqual(large);
  }
});

test('longs are exact over all safe integers (checked with BigInt)', () => {
  const edges = [0, 27, 28, 30, 31, 32, 34, 35, 52].flatMap((bits) => [2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1]);
  const longs = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER));
  fc.assert(
    fc.property(longs, (value) => {
      const writer = new AvroWriter();
      writer.begin('Long', 0);
      writer.long(value, 'value');
      const bytes = writer.take();
      expect([...bytes.subarray(5)]).toEqual(zigzag(BigInt(value)));
      expect(new AvroReader(bytes, 5).long()).toBe(value);
    }),
    { numRuns: 2_000 },
  );
});

test.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])('a long of %s is no number of ours and refused', (value) => {
  expect(() => new AvroReader(Buffer.from(zigzag(value)), 0).long()).toThrow('beyond the safe integers');
});

test('a long that does not end is refused', () => {
  expect(() => new AvroReader(Buffer.alloc(12, 0xff), 0).long()).toThrow('more than ten bytes');
});

test('the items of an array may come in several blocks, with or without their size', () => {
  const full = commands[1] as Command;
  const tag = (text: string): number[] => [2, text.charCodeAt(0), 2, text.charCodeAt(1)];
  const { body } = full;
  if (body.kind !== 'StartInstance') throw new TypeError(body.kind);
  const bare = encodeCommand({ ...full, body: { ...body, tags: [], onConflict: 'error', startAtMs: null, parent: null } });
  const blocks = Buffer.from([2, ...tag('ab'), 1, 8, ...tag('cd'), 0]); // One item; one item in 4 bytes; the end.
  const decoded = decodeCommand(Buffer.concat([bare.subarray(0, tagsAt), blocks, bare.subarray(tagsAt + 1)]));
  expect(decoded.body).toMatchObject({
    tags: [
      { key: 'a', value: 'b' },
      { key: 'c', value: 'd' },
    ],
    onConflict: 'error',
  });
});

test("a codec given a registry's ids writes those, and reads those and the manifest's", () => {
  const codec = createCodec([
    { record: 'HistoryRecord', version: 1, id: 40 },
    { record: 'HistoryRecord', version: 2, id: 41 },
    { record: 'TaskItem', version: 1, id: 42 },
    { record: 'TaskItem', version: 1, id: 43 },
  ]);
  const value = sample('Progress');
  expect(codec.encodeHistory(value).readInt32BE(1)).toBe(41);
  expect(codec.decodeHistory(codec.encodeHistory(value))).toEqual(value);
  expect(codec.decodeHistory(encodeHistory(value))).toEqual(value);
  expect(codec.encodeCommand(commands[0] as Command)).toEqual(encodeCommand(commands[0] as Command));
  expect(() => decodeHistory(codec.encodeHistory(value))).toThrow(undecodable(/has the id 41/));
});

test("the manifest's ids are distinct, fixed, and above any that a registry hands out", () => {
  const ids = wireSchemas.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toBeGreaterThan(1_000_000_000);
  expect(Buffer.from(encodeHistory(sample('Claim')).subarray(0, 5)).toString('latin1')).toBe('\0PER\x06');
});

test('every body kind has a sample', () => {
  const avsc = JSON.parse(wireSchemas.findLast((schema) => schema.record === 'HistoryRecord')?.avsc ?? '') as {
    fields: { name: string; type: { name: string }[] }[];
  };
  const kinds = avsc.fields.find(({ name }) => name === 'body')?.type.map(({ name }) => name) ?? [];
  expect(bodies.map(({ kind }) => kind)).toEqual(kinds);
  expect(kinds).toHaveLength(32);
});

function changed(bytes: Buffer, at: number, to: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = to;
  return copy;
}

function zigzag(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
