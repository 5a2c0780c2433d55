import { describe, expect, test } from 'vitest';
import { coverageOf, faultsOf, rules } from './coverage.ts';
import { titlesIn, type Title } from './titles.ts';

/** Each of the ways in which a source names a test, and what only looks like one. */
const planted = [
  ['a test', "test('[E2] waits', () => {});", [['[E2] waits', ['E2']]]],
  ['two rules', "it('[E2, C1] waits [S3]', () => {});", [['[E2, C1] waits [S3]', ['E2', 'C1', 'S3']]]],
  ['a group', "describe('[M1] timers', () => { test('fire', () => {}); });", [['[M1] timers > fire', ['M1']]]],
  ['a table', "test.for([1])('[A6] %s', () => {});", [['[A6] %s', ['A6']]]],
  ['a template', 'test(`[V1] ${a} < ${b}`, () => {});', [['[V1] … < …', ['V1']]]],
  ['a loop', "for (const x of [1]) test('[T1] x', { timeout: 1 }, () => {});", [['[T1] x', ['T1']]]],
  ['no rule', "test('[sic] waits', () => {});", [['[sic] waits', []]]],
  ['something else', "expect(test).toBe('[E2] waits'); // test('[E2]')", []],
] as const;

describe('titles', () => {
  test.for(planted)('%s', ([, source, found]) => {
    expect(titlesIn('x.ts', source).map(({ text, rules: carried }) => [text, carried])).toEqual(found);
  });
});

describe('coverage', () => {
  const title = (file: string, rule: string): Title => ({ file, text: `[${rule}] works`, rules: [rule] });
  const embedded = rules.map((rule) => title('test/rules/x.test.ts', rule));
  const kafka = ['A', 'T', 'M', 'E', 'C', 'O', 'S', 'V', 'D'].map((family) => title('test/kafka/x.test.ts', `${family}1`));

  test('is complete with every rule embedded and every family on Kafka', () => {
    expect(faultsOf([...embedded, ...kafka])).toEqual([]);
    expect(coverageOf([...embedded, ...kafka]).find(({ rule }) => rule === 'A1')).toMatchObject({ embedded: [{}], kafka: [{}] });
  });

  test('a rule shown on Kafka alone, a family shown only embedded, and an unknown id are faults', () => {
    const without = [...embedded, ...kafka].filter(
      ({ rules: [rule], file }) => rule !== 'S9' && !(rule === 'D1' && file.includes('kafka')),
    );
    expect(faultsOf([...without, title('test/kafka/x.test.ts', 'S9'), title('test/rules/x.test.ts', 'E7')])).toEqual([
      'S9 has no embedded test',
      'family D has no Kafka test',
      'E7 is no rule: test/rules/x.test.ts: [E7] works',
    ]);
  });
});
