/** Values that other systems lose or mangle, with what must become of each wherever a value crosses (SEMANTICS A7). */
import { payloadBytesMax } from '../../../schemas/index.ts';

export interface PayloadCase {
  readonly title: string;
  /** Makes it anew: some are large, and some must not be shared between tests. */
  readonly value: () => unknown;
  readonly outcome:
    | { readonly kind: 'crosses'; /** What comes out at the other end. */ readonly as: unknown }
    | { readonly kind: 'refused'; readonly code: 'SERIALIZATION_ERROR' | 'PAYLOAD_TOO_LARGE'; readonly path: string };
}

export const payloadMatrix: readonly PayloadCase[] = [
  crosses('undefined', undefined),
  crosses('null', null),
  crosses('0', 0),
  crosses('an empty text', ''),
  crosses('false', false),
  crosses('-0, which JSON has no sign for', -0, 0),
  crosses('the largest safe integer', Number.MAX_SAFE_INTEGER),
  crosses('the smallest number', Number.MIN_VALUE),
  crosses('an empty list', []),
  crosses('an empty record', {}),
  crosses('a date', new Date(Date.UTC(2026, 1, 3)), '2026-02-03T00:00:00.000Z'),
  crosses('a lone surrogate', 'a\ud800b'),
  crosses('a lone surrogate as a key', { '\udfff': 1 }),
  crosses('NUL, line separators and emoji', '\u0000\u2028\u2029👩‍🚀'),
  crosses('a key __proto__', JSON.parse('{"__proto__":{"admin":true}}')),
  crosses('keys that objects have by nature', { constructor: 1, toString: 2, hasOwnProperty: 3 }),
  crosses('undefined within', { a: undefined, b: [undefined, 1] }, { b: [null, 1] }),
  crosses('a URL', new URL('https://example.org/a?b'), 'https://example.org/a?b'),
  refused('NaN', NaN),
  refused('Infinity', Infinity),
  refused('-Infinity', -Infinity),
  refused('a BigInt', 1n),
  refused('a Map', new Map([['a', 1]])),
  refused('a Set', new Set([1])),
  refused('an iterator', [1, 2].values()),
  refused('search parameters', new URLSearchParams('a=1')),
  refused('a Buffer', Buffer.from('a')),
  refused('a typed array', new Uint8Array(2)),
  refused('an Error', new TypeError('x')),
  refused('a promise', Promise.resolve(1)),
  refused('a function', () => 1),
  refused('a symbol', Symbol('x')),
  refused('an invalid date', new Date(NaN)),
  refused('a BigInt deep inside', { list: [0, { 'the amount': 1n }] }, '$.list[1]["the amount"]'),
  refused('a cycle', cycle(), '$.next.next'),
  refused('a throwing toJSON', {
    toJSON() {
      throw new Error('no');
    },
  }),
  refused('a throwing getter', {
    get x(): never {
      throw new Error('no');
    },
  }),
  { title: '1 MiB', value: () => 'x'.repeat(payloadBytesMax - 2), outcome: { kind: 'crosses', as: 'x'.repeat(payloadBytesMax - 2) } },
  {
    title: '1 MiB and 1 byte',
    value: () => 'x'.repeat(payloadBytesMax - 1),
    outcome: { kind: 'refused', code: 'PAYLOAD_TOO_LARGE', path: '$' },
  },
  {
    title: '1 MiB and 1 byte in letters of three bytes',
    // 3 × 349,524 letters, 2 quotes and 3 more bytes.
    value: () => `${'€'.repeat(Math.floor(payloadBytesMax / 3) - 1)}xxx`,
    outcome: { kind: 'refused', code: 'PAYLOAD_TOO_LARGE', path: '$' },
  },
  { title: '1,000 levels', value: () => nested(1_000), outcome: { kind: 'crosses', as: nested(1_000) } },
  {
    title: '100,000 levels',
    value: () => nested(100_000),
    outcome: { kind: 'refused', code: 'SERIALIZATION_ERROR', path: `$${'[0]'.repeat(1_000)}` },
  },
];

function crosses(title: string, value: unknown, as: unknown = value): PayloadCase {
  return { title, value: () => value, outcome: { kind: 'crosses', as } };
}

function refused(title: string, value: unknown, path = '$'): PayloadCase {
  return { title, value: () => value, outcome: { kind: 'refused', code: 'SERIALIZATION_ERROR', path } };
}

function cycle(): unknown {
  const first: Record<string, unknown> = {};
  first['next'] = { next: first };
  return first;
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
