import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions } from '../../../engine/core/index.ts';

describe('[V1] the order of versions', () => {
  test.each<[string, '<' | '=' | '>', string]>([
    ['1.2.0', '<', '1.10'],
    ['1.2', '=', '1.2.0'],
    ['1', '=', '1.0.0.0.0'],
    ['2', '<', '10'],
    ['1.0.0-rc1', '<', '1.0.0'],
    ['v1.0', '=', '1.0'],
    ['v1.0', '<', 'v2'],
    ['2.0.0', '<', '2.0.1'],
    ['1.2.3.4.5', '<', '1.2.3.4.6'],
    ['1.2.3.4.5', '>', '1.2.3.4'],
    ['01.002', '=', '1.2'],
    ['9007199254740992', '<', '9007199254740993'],
    ['20261231235959123456', '>', '20261231235959123455'],
    ['1.0.0-rc1', '>', '0.9'],
    ['1.0.0-rc1', '=', 'v1.0-rc1'],
  ])('[V1] %s %s %s', expectOrder);

  // The list of SemVer 2, rule 11.
  test.each<[string, '<' | '=' | '>', string]>([
    ['1.0.0-alpha', '<', '1.0.0-alpha.1'],
    ['1.0.0-alpha.1', '<', '1.0.0-alpha.beta'],
    ['1.0.0-alpha.beta', '<', '1.0.0-beta'],
    ['1.0.0-beta', '<', '1.0.0-beta.2'],
    ['1.0.0-beta.2', '<', '1.0.0-beta.11'],
    ['1.0.0-beta.11', '<', '1.0.0-rc.1'],
    ['1.0.0-rc.1', '<', '1.0.0'],
    ['1.0.0-RC', '<', '1.0.0-rc'],
    ['1.0.0+build.5', '=', '1.0.0'],
    ['1.0.0-rc.1+a', '=', '1.0.0-rc.1+b'],
    ['1.0.0--1', '>', '1.0.0-2'],
  ])('[V1] as SemVer has it: %s %s %s', expectOrder);

  test.each<[string, '<' | '=' | '>', string]>([
    ['', '=', ''],
    ['', '<', '0'],
    ['', '<', 'abc'],
    ['', '<', ' '],
    [' ', '<', '0'],
    ['abc', '>', 'ABC'],
    ['abc', '<', 'abd'],
    ['abc', '<', '0.0.0-0'],
    ['zzz', '<', '1'],
    ['1.x', '<', '0.1'],
    ['1.', '<', '1'],
    ['v', '<', '0'],
    ['vv1', '<', '0'],
    ['V1', '<', '0'],
    [' 1', '<', '1'],
    ['1.0-', '<', '0'],
    ['-1', '<', '0'],
    ['١', '<', '0'],
    ['é', '>', 'z'],
  ])('[V1] what does not parse is between the empty one and the rest: %j %s %j', expectOrder);

  test('[V1] sorting gives one order, whatever it starts from', () => {
    const sorted = ['', 'Beta', 'alpha', '0.9', '1.0.0-rc1', 'v1', '1.2.0', '1.10', '2', '10'];
    fc.assert(
      fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
        expect(shuffled.sort(compareVersions)).toEqual(sorted);
      }),
    );
  });
});

describe('[V1] it is a total order', () => {
  const numeric = fc
    .tuple(fc.constantFrom('', 'v'), fc.array(fc.constantFrom('0', '1', '01', '2', '10'), { minLength: 1, maxLength: 4 }))
    .map(([prefix, parts]) => prefix + parts.join('.'));
  const preRelease = fc
    .tuple(numeric, fc.array(fc.constantFrom('0', '1', '11', 'rc', 'RC', 'rc1', '-'), { minLength: 1, maxLength: 3 }))
    .map(([base, parts]) => `${base}-${parts.join('.')}`);
  const version = fc.oneof(numeric, preRelease, fc.string({ maxLength: 4 }), fc.constantFrom('', 'v', '1.', 'abc'));

  test('[V1] antisymmetric, and every version equals itself', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  test('[V1] transitive, equality included', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [low, middle, high] = [a, b, c].sort(compareVersions) as [string, string, string];
        expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareVersions(middle, high)).toBeLessThanOrEqual(0);
        expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
        if (compareVersions(low, high) === 0) expect([compareVersions(low, middle), compareVersions(middle, high)]).toEqual([0, 0]);
      }),
      { numRuns: 2_000 },
    );
  });
});

function expectOrder(a: string, order: '<' | '=' | '>', b: string): void {
  const expected = { '<': -1, '=': 0, '>': 1 }[order];
  expect(Math.sign(compareVersions(a, b))).toBe(expected);
  expect(Math.sign(compareVersions(b, a))).toBe(0 - expected);
}
