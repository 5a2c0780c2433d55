import { describe, expect, test } from 'vitest';
import type { Lane, Log, OutboundRecord } from '../../../engine/log/index.ts';
import { laneBatchBytesMax, laneBatchRecordsMax, laneRetryMs } from '../../../partition-worker/limits.ts';
import { Lanes } from '../../../partition-worker/dispatch/lanes.ts';
import { FakeRuntime, outbound, settle } from './fakes.ts';

interface Send {
  readonly lane: string;
  readonly numbers: readonly number[];
  ack(base: number): void;
  lose(): void;
}

function made(sentThrough: ReadonlyMap<string, number> = new Map()): {
  lanes: Lanes;
  sends: Send[];
  runtime: FakeRuntime;
  told: string[];
} {
  const sends: Send[] = [];
  const told: string[] = [];
  const runtime = new FakeRuntime();
  const send = (lane: Lane, records: readonly OutboundRecord[]): Promise<number> =>
    new Promise((resolve, reject) => {
      sends.push({
        lane: lane.kind === 'commands' ? `c/${String(lane.partition)}` : lane.kind,
        numbers: records.map(({ headers }) => Number(headers?.['perdure-outbound-number'])),
        ack: resolve,
        lose: () => {
          reject(new Error('lost on purpose'));
        },
      });
    });
  const log: Log = { partitions: 4, send, open: () => expect.unreachable(), close: () => Promise.resolve() };
  const lanes = new Lanes({
    partition: 2,
    log,
    runtime,
    sentThrough,
    onSent: (_lane, messages, base) => told.push(`${messages.map(({ number }) => String(number)).join()} at ${String(base)}`),
  });
  return { lanes, sends, runtime, told };
}

const shown = (sends: readonly Send[]): string[] => sends.map(({ lane, numbers }) => `${lane}: ${numbers.join()}`);

describe('lanes', () => {
  test('[L7] a lane sends in the order of its numbers, the next only after the ack of the last; what came meanwhile goes together', async () => {
    const { lanes, sends, told } = made();
    for (const number of [1, 2, 5]) lanes.add(outbound(number));
    await settle();
    expect(shown(sends)).toEqual(['c/1: 1']);
    sends[0]?.ack(10);
    await settle();
    expect(shown(sends)).toEqual(['c/1: 1', 'c/1: 2,5']);
    expect(lanes.sentThrough).toEqual(new Map([['c/1', 1]]));
    sends[1]?.ack(11);
    await settle();
    expect(told).toEqual(['1 at 10', '2,5 at 11']);
    expect([lanes.sentThrough, lanes.queued]).toEqual([new Map([['c/1', 5]]), 0]);
  });

  test('[L7] lanes do not wait for each other', async () => {
    const { lanes, sends } = made();
    lanes.add(outbound(1, 'c/0'));
    lanes.add(outbound(2, 'dead-letter'));
    lanes.add(outbound(3, 'c/0'));
    await settle();
    expect(shown(sends)).toEqual(['c/0: 1', 'dead-letter: 2']);
    sends[1]?.ack(0);
    await settle();
    expect(lanes.sentThrough).toEqual(new Map([['dead-letter', 2]]));
  });

  test('[L7] a send whose outcome is unknown is made again, after a pause, before anything behind it', async () => {
    const { lanes, sends, runtime } = made();
    lanes.add(outbound(1));
    await settle();
    sends[0]?.lose();
    lanes.add(outbound(2));
    await settle();
    expect(sends).toHaveLength(1);
    runtime.advance(laneRetryMs);
    await settle();
    expect(shown(sends).at(-1)).toMatch(/^c\/1: 1/);
    expect(lanes.sentThrough).toEqual(new Map());
    expect(runtime.lines.map(({ event }) => event)).toEqual(['outbound send failed, sending again']);
  });

  test('[L7] after a takeover what the marks say is through is not sent; what lies past them is', async () => {
    const { lanes, sends } = made(new Map([['c/1', 3]]));
    for (const number of [2, 3, 4]) lanes.add(outbound(number));
    lanes.add(outbound(1, 'c/0'));
    await settle();
    expect(shown(sends)).toEqual(['c/1: 4', 'c/0: 1']);
    expect(lanes.queued).toBe(2);
  });

  test('a batch is bounded in records and bytes, but one message always goes', async () => {
    const { lanes, sends } = made();
    lanes.add(outbound(1));
    for (let number = 2; number <= laneBatchRecordsMax + 2; number++) lanes.add(outbound(number));
    lanes.add(outbound(1_000, 'c/1', laneBatchBytesMax + 1));
    lanes.add(outbound(1_001, 'c/1'));
    const sizes: number[] = [];
    for (let at = 0; at < 5; at++) {
      await settle();
      sizes.push(sends[at]?.numbers.length ?? 0);
      sends[at]?.ack(at);
    }
    expect(sizes).toEqual([1, laneBatchRecordsMax, 1, 1, 1]);
    await settle();
    expect(lanes.queued).toBe(0);
  });

  test('closed, a lane sends nothing more and moves no mark, whatever is still answered', async () => {
    const { lanes, sends, runtime, told } = made();
    lanes.add(outbound(1));
    lanes.add(outbound(2, 'c/0'));
    await settle();
    lanes.close();
    sends[0]?.ack(4);
    sends[1]?.lose();
    await settle();
    runtime.advance(10 * laneRetryMs);
    await settle();
    expect([told, sends.length, lanes.sentThrough]).toEqual([[], 2, new Map()]);
  });

  test('a lane this release does not know is broken', () => {
    expect(() => {
      made().lanes.add(outbound(1, 'q/later'));
    }).toThrow(expect.objectContaining({ code: 'LANE_UNKNOWN' }));
  });
});
