import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payloadBytesMax } from '../../../schemas/index.ts';
import { fromPayload, payloadDepthMax, SerializationError, toPayload } from '../../../sdk/values/index.ts';

function refused(value: unknown): SerializationError {
  try {
    toPayload(value, 'the input');
  } catch (error) {
    if (error instanceof SerializationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('[A7] values cross as JSON', () => {
  test.each([
    ['undefined', undefined, null],
    ['null', null, 'null'],
    ['0', 0, '0'],
    ['an empty text', '', '""'],
    ['false', false, 'false'],
    ['a list', [1, 'a', null], '[1,"a",null]'],
    ['undefined within', { a: undefined, b: [undefined] }, '{"b":[null]}'],
  ])('[A7] %s stays itself', (_title, value, text) => {
    expect(toPayload(value, 'it')).toBe(text);
  });

  test('[A7] undefined and null come back apart', () => {
    expect(fromPayload(toPayload(undefined, 'it'))).toBe(undefined);
    expect(fromPayload(toPayload(null, 'it'))).toBe(null);
  });

  test('[A7] a date becomes its ISO string, wherever it stands', () => {
    const date = new Date(Date.UTC(2026, 1, 3));
    expect(fromPayload(toPayload({ at: date, all: [date] }, 'it'))).toEqual({
      at: '2026-02-03T00:00:00.000Z',
      all: ['2026-02-03T00:00:00.000Z'],
    });
    expect(toPayload(date, 'it')).toBe('"2026-02-03T00:00:00.000Z"');
  });

  test('[A7] any JSON value survives', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fromPayload(toPayload(value, 'it'))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('[A7] a key __proto__ is data, and touches no prototype', () => {
    const value = fromPayload('{"__proto__":{"admin":true},"when":1}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(toPayload(value, 'it')).toBe('{"__proto__":{"admin":true},"when":1}');
    const copied = fromPayload('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    copied['money'] = { toJSON: () => '5 EUR' };
    expect(toPayload(copied, 'it')).toBe('{"__proto__":{"admin":true},"money":"5 EUR"}');
  });

  test('[A7] a lone surrogate survives', () => {
    const payload = toPayload('a\ud800b', 'it');
    expect(payload?.isWellFormed()).toBe(true);
    expect(fromPayload(payload)).toBe('a\ud800b');
  });

  test('[A7] an instance of a class crosses as its own properties', () => {
    class Order {
      readonly id = 'o1';
      #secret = 2;
      total(): number {
        return this.#secret;
      }
    }
    expect(toPayload(new Order(), 'it')).toBe('{"id":"o1"}');
  });

  test('[A7] a toJSON is called once, and its answer is looked through', () => {
    let calls = 0;
    const money = { toJSON: () => `${String(++calls)} EUR` };
    expect(toPayload({ list: [money] }, 'it')).toBe('{"list":["1 EUR"]}');
    expect(refused({ a: { toJSON: () => ({ b: 1n }) } }).message).toContain('BigInt');
  });

  test('[A7] the same object twice is no cycle', () => {
    const shared = { a: 1 };
    expect(toPayload([shared, shared], 'it')).toBe('[{"a":1},{"a":1}]');
  });
});

describe('[A7] what has no JSON form is refused with its path', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each<[string, unknown]>([
    ['BigInt', 1n],
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a Buffer', Buffer.from('a')],
    ['a typed array', new Float64Array(2)],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['an Error', new TypeError('x')],
    ['a promise', Promise.resolve(1)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a RegExp', /x/],
    ['an invalid date', new Date(NaN)],
    ['a cycle', cycle],
    ['a boxed NaN', Object(NaN)],
    [
      'a throwing toJSON',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    [
      'a throwing getter',
      {
        get x() {
          throw new Error('no');
        },
      },
    ],
  ])('[A7] %s', (_title, value) => {
    const deep = refused({ items: [0, { 'the amount': value }] });
    expect(deep.code).toBe('SERIALIZATION_ERROR');
    expect(deep.path).toMatch(/^\$\.items\[1\]\["the amount"\]/);
    expect(deep.message).toContain('the input');
    expect(refused(value).path).toMatch(/^\$/);
  });

  test('[A7] nesting beyond the limit', () => {
    let value: unknown = 1;
    for (let depth = 0; depth < payloadDepthMax; depth++) value = [value];
    expect(toPayload(value, 'it')).toMatch(/^\[\[/);
    expect(refused([value]).code).toBe('SERIALIZATION_ERROR');
  });

  test('[A7] text that is not JSON', () => {
    expect(() => fromPayload('{oops')).toThrow(SerializationError);
  });
});

describe('[A7] one value has at most 1 MiB', () => {
  test('[A7] counted in bytes of UTF-8, the last byte included', () => {
    const fits = 'x'.repeat(payloadBytesMax - 2);
    expect(toPayload(fits, 'it')).toHaveLength(payloadBytesMax);
    expect(refused(`${fits}x`).code).toBe('PAYLOAD_TOO_LARGE');
    const wide = '€'.repeat((payloadBytesMax - 2) / 3);
    expect(toPayload(wide, 'it')).toHaveLength(wide.length + 2);
    expect(refused(`${wide}xxx`).code).toBe('PAYLOAD_TOO_LARGE');
  });
});
