import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerKey,
  claimKey,
  factKey,
  inboxKey,
  keyOf,
  namespaceKey,
  outboundKey,
  parseKey,
  progressKey,
  type HistoryRecord,
} from '../../../schemas/index.ts';
import { claimant, executionId, historyRecords, instanceId } from './samples.ts';

const number = fc.oneof(fc.nat(3), fc.maxSafeInteger().map(Math.abs));
const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: digits, maxLength: digits });
const instance = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('/', ':', '1', '12', 'a', 'é', '☕', '😀', 'e/1:a'), minLength: 1, maxLength: 12 }),
);
const writer = fc.record({ epoch: number, claimant: hex(16) }, { noNullPrototype: true });

describe('[L8] what a key says is exactly what it was made of', () => {
  test('facts', () => {
    const place = fc.record({ instanceId: instance, executionId: hex(32), seq: number }, { noNullPrototype: true });
    fc.assert(
      fc.property(place, writer, (fact, { epoch, claimant: by }) => {
        expect(parseKey(factKey(fact, epoch, by))).toStrictEqual({ kind: 'fact', ...fact, epoch, claimant: by });
      }),
    );
  });

  test('inbox facts', () => {
    const place = fc.record({ instanceId: instance, number, executionId: hex(32), seq: number }, { noNullPrototype: true });
    fc.assert(
      fc.property(place, writer, (event, { epoch, claimant: by }) => {
        expect(parseKey(inboxKey(event, epoch, by))).toStrictEqual({ kind: 'inbox', ...event, epoch, claimant: by });
      }),
    );
  });

  test('claims, progress, outbound messages, answers, the namespace', () => {
    fc.assert(
      fc.property(number, writer, (value, { epoch, claimant: by }) => {
        expect(parseKey(claimKey(epoch, by))).toStrictEqual({ kind: 'claim', epoch, claimant: by });
        expect(parseKey(progressKey(value, epoch, by))).toStrictEqual({ kind: 'progress', slot: value % 2, epoch, claimant: by });
        expect(parseKey(outboundKey(value, epoch, by))).toStrictEqual({ kind: 'outbound', number: value, epoch, claimant: by });
        expect(parseKey(answerKey(value, epoch, by))).toStrictEqual({ kind: 'answer', offset: value, epoch, claimant: by });
      }),
    );
    expect(parseKey(namespaceKey)).toStrictEqual({ kind: 'namespace' });
  });

  test('two different facts never share a key', () => {
    const place = fc.record({ instanceId: instance, executionId: hex(1), seq: fc.nat(20) }, { noNullPrototype: true });
    fc.assert(
      fc.property(place, place, (left, right) => {
        fc.pre(JSON.stringify(left) !== JSON.stringify(right));
        expect(factKey(left, 1, 'c')).not.toBe(factKey(right, 1, 'c'));
      }),
      { numRuns: 1_000 },
    );
  });

  test('a key read and made again is the same, whatever text was read', () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('eicporn'), '/', ':', '0', '1', '2', '9007199254740993', 'a', '☕', 'namespace'),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((rest) => `e/1:a/${rest}`),
          text.map((rest) => `o/${rest}`),
        ),
        (key) => {
          expect(madeAgain(key) ?? key).toBe(key);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

test('[L8] an instance whose id begins another stands under keys that do not begin the other', () => {
  const keyFor = (id: string): string => factKey({ instanceId: id, executionId, seq: 1 }, 1, claimant);
  expect(keyFor('a')).toBe(`e/1:a/${executionId}/1/1/${claimant}`);
  expect(keyFor('a/b')).toBe(`e/3:a/b/${executionId}/1/1/${claimant}`);
  expect(keyFor('☕')).toBe(`e/3:☕/${executionId}/1/1/${claimant}`);
});

test('[L8] every record has the key of its kind, ending in its writer', () => {
  const place = `e/12:${instanceId}/${executionId}`;
  const by = `300/${claimant}`;
  expect(historyRecords.map(keyOf)).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7].map((seq) => `${place}/${String(seq)}/${by}`),
    `o/9/${by}`,
    `r/2251799813685248/${by}`,
    `r/12/${by}`,
    `c/${by}`,
    `p/0/${by}`,
    'n/namespace',
    ...[8, 9, 10, 11, 12, 13, 14, 15, 16].map((seq) => `${place}/${String(seq)}/${by}`),
    `i/12:${instanceId}/1203/${executionId}/17/${by}`,
    ...[18, 19, 20, 21, 22, 23, 24, 25, 26].map((seq) => `${place}/${String(seq)}/${by}`),
  ]);
});

test('[L8] [E2] an event stands under its own number, and under that of the history it came in on', () => {
  const event = { instanceId: 'a/b', number: 7, executionId, seq: 3 };
  expect(inboxKey(event, 1, claimant)).toBe(`i/3:a/b/7/${executionId}/3/1/${claimant}`);
  expect(inboxKey({ ...event, number: 8 }, 1, claimant)).not.toBe(inboxKey(event, 1, claimant));
});

test('[L8] consecutive commits use the two progress slots in turn; two writers never share one', () => {
  const progress = historyRecords.find(({ body }) => body.kind === 'Progress') as HistoryRecord;
  const keys = [1, 2, 3].map((commit) => keyOf({ ...progress, commit }));
  expect(keys[0]).not.toBe(keys[1]);
  expect(keys[0]).toBe(keys[2]);
  expect(progressKey(1, 4, 'a')).not.toBe(progressKey(1, 4, 'b'));
  expect(progressKey(1, 4, 'a')).not.toBe(progressKey(1, 5, 'a'));
});

test.each([
  '',
  'e',
  'e/',
  'n/other',
  'x/1/a',
  'c/1',
  'c/01/a',
  'c/-1/a',
  'c/1/a/b',
  'c/9007199254740992/a',
  'p/2/1/a',
  'o/1.5/1/a',
  'e/1:ab/x/1/1/c',
  'e/01:a/x/1/1/c',
  'e/2:☕/x/1/1/c',
  'e/0:/x/1/1/c',
  'e/9999:a/x/1/1/c',
  'i/1:a/x/1/c',
  'i/1:a/1/x/1/c',
  'i/1:a/x/1/1/1/c',
  'i/1:a/01/x/1/1/c',
  'i/1:a/9007199254740992/x/1/1/c',
  'i/2:a/1/x/1/1/c',
  'i/1:a/1/x/1/1/c/d',
  'e1:a/x/1/1/c',
])('%j is the key of nothing', (key) => {
  expect(parseKey(key)).toStrictEqual({ kind: 'unknown' });
});

function madeAgain(key: string): string | undefined {
  const parsed = parseKey(key);
  switch (parsed.kind) {
    case 'fact':
      return factKey(parsed, parsed.epoch, parsed.claimant);
    case 'inbox':
      return inboxKey(parsed, parsed.epoch, parsed.claimant);
    case 'claim':
      return claimKey(parsed.epoch, parsed.claimant);
    case 'progress':
      return progressKey(parsed.slot, parsed.epoch, parsed.claimant);
    case 'outbound':
      return outboundKey(parsed.number, parsed.epoch, parsed.claimant);
    case 'answer':
      return answerKey(parsed.offset, parsed.epoch, parsed.claimant);
    case 'namespace':
      return namespaceKey;
    case 'unknown':
      return undefined;
    default:
      return parsed satisfies never;
  }
}
