import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMs, durationMsMax, type Duration } from '../../../sdk/values/index.ts';

describe('[A6] durations', () => {
  test.each<[Duration, number]>([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
    ['400d', 34_560_000_000],
    ['0s', 0],
    ['1.5h', 5_400_000],
    ['1.1h', 3_960_000],
    ['0.1d', 8_640_000],
    [0, 0],
    [-0, 0],
    [250, 250],
    [0.2, 1],
    ['0.5ms', 1],
    [durationMsMax, durationMsMax],
    [{ hours: 24 }, 86_400_000],
    [{ minutes: 5 }, 300_000],
    [{ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 90_061_001],
    [{ hours: 1, minutes: -10 }, 3_000_000],
    [{ seconds: 0 }, 0],
  ])('[A6] %j is %d ms', (duration, ms) => {
    const value = durationMs(duration, 'the timer');
    expect(value).toBe(ms);
  });

  test('[A6] bare numbers are milliseconds, never seconds', () => {
    fc.assert(
      fc.property(fc.nat(), (ms) => {
        expect(durationMs(ms, 'it')).toBe(ms);
        expect(durationMs(`${String(ms)}s` as Duration, 'it')).toBe(ms * 1_000);
        expect(durationMs({ milliseconds: ms }, 'it')).toBe(durationMs(`${String(ms)}ms` as Duration, 'it'));
      }),
    );
  });

  test.each<[string, unknown]>([
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    ['a negative number', -1],
    ['a negative text', '-5m'],
    ['a negative sum', { minutes: -5 }],
    ['a part NaN', { minutes: NaN }],
    ['a part Infinity', { hours: Infinity }],
    ['past the year 9999', durationMsMax + 1],
    ['past the year 9999 in days', '9999999d'],
    ['a text of a number without end', `${'9'.repeat(400)}d`],
  ])('[A6] %s is out of range, and the call throws', (_title, duration) => {
    expect(() => durationMs(duration as Duration, 'the timer')).toThrow(RangeError);
    expect(() => durationMs(duration as Duration, 'the timer')).toThrow('the timer is a length of time');
  });

  test.each<[string, unknown]>([
    ['a bare number as text', '5'],
    ['an unknown unit', '5w'],
    ['upper case', '5M'],
    ['a space', '5 m'],
    ['two units', '1h30m'],
    ['an exponent', '1e3s'],
    ['an empty text', ''],
    ['a unit alone', 'ms'],
    ['an unknown part', { hour: 1 }],
    ['an unknown part among known ones', { hours: 1, sec: 5 }],
    ['a name that objects have by nature', { constructor: 5 }],
    ['a part that is no number', { hours: '5' }],
    ['no part', {}],
    ['only undefined parts', { hours: undefined }],
    ['a list', [5]],
    ['a date', new Date(0)],
    ['null', null],
    ['undefined', undefined],
    ['true', true],
    ['a BigInt', 5n],
    ['a symbol', Symbol('5')],
  ])('[A6] %s is no duration, and the call throws', (_title, duration) => {
    expect(() => durationMs(duration as Duration, 'the timer')).toThrow(TypeError);
    expect(() => durationMs(duration as Duration, 'the timer')).toThrow("the timer is a duration such as '30s'");
  });
});
