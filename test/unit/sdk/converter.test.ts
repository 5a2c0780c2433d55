import { describe, expect, test } from 'vitest';
import { payloadBytesMax, type Payload } from '../../../schemas/index.ts';
import {
  checkedConverter,
  fromPayload,
  jsonConverter,
  SerializationError,
  toPayload,
  type DataConverter,
} from '../../../sdk/values/index.ts';
import { payloadMatrix } from './payload-matrix.ts';

function errorOf(run: () => unknown): SerializationError {
  try {
    run();
  } catch (error) {
    if (error instanceof SerializationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('[A7] the payload matrix', () => {
  test.each(payloadMatrix.map((row) => [row.title, row] as const))('[A7] %s', (_title, { value, outcome }) => {
    if (outcome.kind === 'refused') {
      const error = errorOf(() => toPayload(value(), 'the input'));
      expect({ code: error.code, path: error.path }).toEqual({ code: outcome.code, path: outcome.path });
      expect(error.message).toContain('the input');
      return;
    }
    const payload = toPayload(value(), 'the input');
    expect(payload === null).toBe(value() === undefined);
    expect(payload?.isWellFormed()).not.toBe(false);
    // Written again and compared as text: a comparison of values overlooks __proto__ and cannot go 1,000 levels deep.
    const back = fromPayload(payload);
    expect(typeof back).toBe(typeof outcome.as);
    expect(JSON.stringify(back)).toBe(JSON.stringify(outcome.as));
    if (typeof back === 'number') expect(back).toBe(outcome.as);
  });

  test('[A7] what crosses once crosses again unchanged', () => {
    for (const { value, outcome } of payloadMatrix) {
      if (outcome.kind === 'refused') continue;
      const payload = toPayload(value(), 'it');
      expect(toPayload(fromPayload(payload), 'it')).toBe(payload);
    }
  });
});

/** Writes what JSON has no form for, and hides the text. */
const tagging: DataConverter = {
  serialize(value) {
    const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? { bigint: String(item) } : item));
    return JSON.stringify(Buffer.from(text).toString('base64'));
  },
  deserialize: (payload): unknown =>
    JSON.parse(Buffer.from(String(fromPayload(payload)), 'base64').toString(), (_key, item: unknown) =>
      typeof item === 'object' && item !== null && 'bigint' in item ? BigInt(String(item.bigint)) : item,
    ),
};

function giving(serialized: unknown): DataConverter {
  return { serialize: () => serialized as Payload, deserialize: () => 1 };
}

describe('[A7] the converter is pluggable', () => {
  test('[A7] the default is JSON', () => {
    expect(checkedConverter()).toBe(jsonConverter);
    expect(checkedConverter(jsonConverter).serialize({ a: 1 }, 'it')).toBe('{"a":1}');
    expect(jsonConverter.deserialize('{"a":1}')).toEqual({ a: 1 });
  });

  test('[A7] another one may write what JSON cannot, and hide it', () => {
    const converter = checkedConverter(tagging);
    const payload = converter.serialize({ secret: 12n }, 'it');
    expect(payload).not.toContain('secret');
    expect(converter.deserialize(payload)).toEqual({ secret: 12n });
  });

  test('[A7] no value is no payload, and no converter is asked', () => {
    const converter = checkedConverter(giving('"asked"'));
    expect(converter.serialize(undefined, 'it')).toBe(null);
    expect(converter.deserialize(null)).toBe(undefined);
    expect(checkedConverter(tagging).deserialize(checkedConverter(tagging).serialize(null, 'it'))).toBe(null);
  });

  test.each([
    ['no JSON', 'oops'],
    ['nothing', undefined],
    ['null for a value', null],
    ['bytes', Buffer.from('{}')],
    ['a lone surrogate', '"\ud800"'],
  ])('[A7] a converter that gives %s is refused at the call', (_title, serialized) => {
    const error = errorOf(() => checkedConverter(giving(serialized)).serialize(1, 'the input'));
    expect(error).toMatchObject({ code: 'SERIALIZATION_ERROR', path: '$' });
    expect(error.message).toContain('the input');
  });

  test('[A7] the limit counts what the converter wrote, the last byte included', () => {
    const longest = `"${'x'.repeat(payloadBytesMax - 2)}"`;
    expect(checkedConverter(giving(longest)).serialize(1, 'it')).toBe(longest);
    expect(errorOf(() => checkedConverter(giving(`${longest} `)).serialize(1, 'it')).code).toBe('PAYLOAD_TOO_LARGE');
  });

  test('[A7] what a converter throws is a SerializationError with its cause', () => {
    const broken: DataConverter = {
      serialize() {
        throw new Error('no key');
      },
      deserialize() {
        throw new Error('wrong key');
      },
    };
    const refused = errorOf(() => checkedConverter(broken).serialize(1, 'the input'));
    expect([refused.message, refused.cause]).toEqual(['the input was refused by the data converter: no key', new Error('no key')]);
    expect(errorOf(() => checkedConverter(broken).deserialize('1')).cause).toEqual(new Error('wrong key'));
    const own = new SerializationError('SERIALIZATION_ERROR', 'mine', { path: '$.a' });
    const speaking = checkedConverter({
      ...broken,
      serialize() {
        throw own;
      },
    });
    expect(errorOf(() => speaking.serialize(1, 'it'))).toBe(own);
  });
});
