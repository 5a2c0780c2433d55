import { describe, expect, test } from 'vitest';
import { jsonConverter } from '../../../sdk/values/index.ts';
import { eventsOf } from '../../../sdk/client/history.ts';
import { historyEventOf, type HistoryEvent } from '../../../sdk/client/history-events.ts';
import type { ExecutionId, Fact, HistoryPage } from '../../../schemas/index.ts';
import { samples } from './sample-facts.ts';

describe('[R2] an event of history', () => {
  test.each(samples.map((sample) => [sample.fact.kind, sample] as const))('%s', (type, { fact, event }) => {
    const seen = historyEventOf(fact, jsonConverter);
    expect(seen).toMatchObject({ number: fact.seq, at: new Date(1_000), type, ...event });
    expect(Object.keys(seen).sort()).toEqual(['at', 'number', 'type', ...Object.keys(event)].sort());
  });

  test('every kind of fact of an instance has its sample here', () => {
    expect(new Set(samples.map((sample) => sample.fact.kind)).size).toBe(26);
  });

  test('a tag __proto__ is a tag like any other', () => {
    const [first] = samples;
    if (first?.fact.kind !== 'InstanceStarted') throw new Error('the first sample is a start');
    const event = historyEventOf({ ...first.fact, tags: [{ key: '__proto__', value: 'x' }] }, jsonConverter);
    expect('tags' in event && Object.entries(event.tags)).toEqual([['__proto__', 'x']]);
  });
});

describe('reading a history page by page', () => {
  const fact = (seq: number, execution = '0'): Fact => ({
    kind: 'StartDue',
    instanceId: 'a' as never,
    executionId: execution.repeat(32) as ExecutionId,
    seq,
    atMs: 0,
  });

  async function read(pages: readonly (HistoryPage | undefined)[]): Promise<{ events: HistoryEvent[]; asked: number[] }> {
    const events: HistoryEvent[] = [];
    const asked: number[] = [];
    const page = (from: number): Promise<HistoryPage | undefined> => Promise.resolve(pages[asked.push(from) - 1]);
    for await (const event of eventsOf('a', page, jsonConverter)) events.push(event);
    return { events, asked };
  }

  test('[R2] the pages of one execution are one history', async () => {
    const { events, asked } = await read([
      { events: [fact(1), fact(2)], next: 3 },
      { events: [fact(3)], next: null },
    ]);
    expect(events.map((event) => event.number)).toEqual([1, 2, 3]);
    expect(asked).toEqual([1, 3]);
  });

  test('an unknown instance has none', async () => {
    expect((await read([undefined])).events).toEqual([]);
  });

  test.each([
    ['goes on with another execution', { events: [fact(3, '1')], next: null }],
    ['ends because the new execution is shorter', { events: [], next: null }],
    ['ends because the instance is gone', undefined],
  ])('[R2] a history that %s between two pages is never taken for whole', async (_what, second) => {
    const pages = [{ events: [fact(1), fact(2)], next: 3 }, second];
    await expect(read(pages)).rejects.toMatchObject({ code: 'HISTORY_SUPERSEDED', retryable: true });
  });
});
