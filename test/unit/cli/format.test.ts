import { describe, expect, test } from 'vitest';
import { elapsedText, errorLine, progressText, stateText, valueText } from '../../../sdk/cli/format.ts';
import { eventText } from '../../../sdk/cli/event-text.ts';
import { historyEventOf } from '../../../sdk/client/history-events.ts';
import { jsonConverter } from '../../../sdk/values/index.ts';
import { stateOf } from '../../../sdk/client/state.ts';
import type { ExecutionId, InstanceId } from '../../../schemas/index.ts';
import { snapshot } from '../api/fakes.ts';
import { samples } from '../client/sample-facts.ts';

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

  test.each(samples.map((sample) => [sample.fact.kind, sample] as const))('%s is one readable line of history', (type, { fact, text }) => {
    const line = eventText(historyEventOf(fact, jsonConverter), 0);
    const head = `${String(fact.seq).padStart(5)}  +1.0 s        ${type.padEnd(17)}`;
    expect(line).toBe(`${`${head}  ${text}`.trimEnd()}\n`);
  });

  test('a turn that read many events names the first ranges', () => {
    const eventsTaken = Array.from({ length: 9 }, (_, at) => ({ from: 2 * at + 1, through: 2 * at + 1 }));
    const event = { number: 1, at: new Date(0), type: 'TurnStarted' as const, inputsThrough: 40, eventsTaken };
    expect(eventText(event, 0)).toMatch(/on events up to 40, read events 1, 3, 5, 7, 9, …\n$/);
  });

  test('[R1] a state shows everything there is, a line each', () => {
    const parent = { instanceId: 'mum' as InstanceId, executionId: '1'.repeat(32) as ExecutionId, scheduledSeq: 3, name: 'mother' };
    const state = stateOf(
      snapshot('a', {
        version: '2',
        runtimeStatus: 'Pending',
        stalledReason: 'nobody has it',
        customStatus: '{"at":1}',
        parent,
        generation: 4,
        startAtMs: 1_700_000_060_000,
        tags: [{ key: 'team', value: 'blue' }],
      }),
    );
    expect(stateText(state).split('\n')).toEqual([
      'instance   a',
      'name       hello (version 2)',
      'status     Pending',
      'stalled    nobody has it',
      'custom     {"at":1}',
      'created    2023-11-14T22:13:20.000Z',
      'starts     2023-11-14T22:14:20.000Z',
      'updated    2023-11-14T22:13:20.500Z',
      'parent     mum (mother)',
      'generation 4',
      'events     3',
      'tag        team=blue',
      'input      "Tokyo"',
      '',
    ]);
  });
});
