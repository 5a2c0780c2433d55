import { describe, expect, test } from 'vitest';
import { elapsedText, errorLine, eventText, progressText, stateText, valueText } from '../../../sdk/cli/format.ts';
import { stateOf } from '../../../sdk/client/state.ts';
import { snapshot } from '../api/fakes.ts';

describe('format', () => {
  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [4_250, '4.2 s'],
    [59_990, '59.9 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i ms is %s', (elapsedMs, text) => {
    expect(elapsedText(elapsedMs)).toBe(text);
  });

  test('an error is one line whatever its message holds', () => {
    expect(errorLine({ code: 'X', message: 'a\nb\u001b[31m', cure: undefined })).toBe('error X: a b [31m.\n');
    expect(errorLine({ code: 'X', message: 'is it?', cure: 'yes' })).toBe('error X: is it? Cure: yes.\n');
  });

  test('progress is one line within the terminal’s width', () => {
    const state = stateOf(snapshot('a', { stalledReason: 'x'.repeat(200) }));
    expect(progressText(state, 1_500, 60)).toHaveLength(59);
    expect(progressText(undefined, 10, 60)).toBe('10 ms · starting');
    expect(progressText(stateOf(snapshot('a', { historyLength: 1 })), 10, 60)).toBe('10 ms · Running · 1 event');
  });

  test('a value is JSON, cut where it would fill the screen', () => {
    expect(valueText(undefined)).toBe('');
    expect(valueText({ a: [1, null] })).toBe('{"a":[1,null]}');
    const long = valueText('🎈'.repeat(400));
    expect(long).toHaveLength(400);
    expect(long.isWellFormed()).toBe(true);
  });

  test('what others wrote cannot steer the terminal', () => {
    const state = stateOf(snapshot('\u001b]0;title\u0007', { tags: [{ key: 'k', value: 'a\nstatus    Completed' }] }));
    expect(stateText(state)).not.toMatch(/[\u001b\u0007]|\nstatus {4}Completed/);
    const failureDetails = { errorType: 'E', message: '\u001b[2J', nonRetriable: false, is: () => false };
    const event = { number: 1, at: new Date(0), type: 'InstanceFailed' as const, failureDetails };
    expect(eventText(event, 0)).not.toContain('\u001b');
  });
});
