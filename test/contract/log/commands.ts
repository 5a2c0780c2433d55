import { describe, expect, test } from 'vitest';
import type { CommandRecord, OutboundRecord } from '../../../engine/log/index.ts';
import { type Bench, CommandProbe, feedFailure, partitionOf, take } from './world.ts';

export function commandContract(open: () => Bench): void {
  describe('commands', () => {
    consuming(open);
    trimming(open);
  });
  describe('sending', () => {
    sending(open);
  });
}

const message = (key: string | null, text: string, headers?: Record<string, string>): OutboundRecord => ({
  key,
  value: Buffer.from(text),
  ...(headers === undefined ? {} : { headers }),
});
const numbered = (count: number, prefix = ''): OutboundRecord[] =>
  Array.from({ length: count }, (_, at) => message(`k${String(at)}`, prefix + String(at)));
const texts = (records: readonly CommandRecord[]): string[] => records.map(({ value }) => value?.toString() ?? 'null');

function consuming(open: () => Bench): void {
  test('[P6] a feed delivers every command from its start on, in order, without a gap or a repeat', async () => {
    const { process } = open();
    const log = partitionOf(open(), 0);
    const base = await process.sink.send(0, numbered(50));
    await process.sink.send(0, numbered(50, 'b'));
    const got = await take(log, base, 100);
    expect(got.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, at) => base + at));
    expect(texts(got)).toEqual([...numbered(50), ...numbered(50, 'b')].map(({ value }) => value.toString()));
    expect(got[3]?.key?.toString()).toBe('k3');
  });

  test('[P6] a feed may start in the middle', async () => {
    const { process } = open();
    const base = await process.sink.send(0, numbered(20));
    const got = await take(partitionOf(open(), 0), base + 13, 7);
    expect(got.map(({ offset }) => offset)).toEqual([13, 14, 15, 16, 17, 18, 19].map((at) => base + at));
  });

  test('[P6] a feed at the end waits, and delivers what comes', async () => {
    const { process } = open();
    const base = await process.sink.send(0, numbered(1));
    const probe = new CommandProbe();
    const feed = partitionOf(open(), 0).consume(base + 1, probe);
    for (let round = 0; round < 10; round++) {
      await process.sink.send(0, numbered(2, `${String(round)}.`));
      await probe.until(() => probe.received.length === 2 * (round + 1));
    }
    feed.stop();
    expect(probe.offsets).toEqual(Array.from({ length: 20 }, (_, at) => base + 1 + at));
    expect(probe.failures).toEqual([]);
  });

  test('[P6] pausing and resuming while commands come leaves no gap and repeats nothing', async () => {
    const { process } = open();
    const base = await process.sink.send(0, numbered(1));
    const probe = new CommandProbe();
    const feed = partitionOf(open(), 0).consume(base, probe);
    for (let round = 0; round < 6; round++) {
      const sent = process.sink.send(0, numbered(20, `${String(round)}.`));
      feed.pause();
      await sent;
      feed.resume();
      feed.pause();
      feed.resume();
    }
    await probe.until(() => probe.received.length >= 121);
    feed.stop();
    expect(probe.offsets).toEqual(Array.from({ length: 121 }, (_, at) => base + at));
  });

  test('[P6] a paused feed delivers nothing new, however much comes, until it is resumed', async () => {
    const { process } = open();
    const log = partitionOf(open(), 0);
    const base = await process.sink.send(0, numbered(1));
    const [paused, running] = [new CommandProbe(), new CommandProbe()];
    const feed = log.consume(base, paused);
    await paused.until(() => paused.received.length === 1);
    feed.pause();
    // What was on its way at the pause may come; another partition's feed and a second round of commands show that it had its time.
    await process.sink.send(0, numbered(5, 'first'));
    const other = await process.sink.send(1, numbered(5));
    const witness = partitionOf(open(), 1).consume(other, running);
    await running.until(() => running.received.length === 5);
    witness.stop();
    const onItsWay = paused.received.length;
    await process.sink.send(0, numbered(5, 'second'));
    const later = new CommandProbe();
    const secondWitness = partitionOf(open(), 1).consume(await process.sink.send(1, numbered(5)), later);
    await later.until(() => later.received.length === 5);
    secondWitness.stop();
    expect(paused.received.length).toBe(onItsWay);
    feed.resume();
    await paused.until(() => paused.received.length >= 11);
    feed.stop();
    expect(paused.offsets).toEqual(Array.from({ length: 11 }, (_, at) => base + at));
  });

  test('[P6] a listener may pause its feed while commands are handed to it', async () => {
    const { process } = open();
    const log = partitionOf(open(), 0);
    const base = await process.sink.send(0, numbered(300));
    const probe = new CommandProbe();
    let pauses = 0;
    const feed = log.consume(base, {
      records: (batch) => {
        probe.records(batch);
        feed.pause();
        pauses++;
        setImmediate(() => feed.resume());
      },
      failed: (error) => probe.failed(error),
    });
    await probe.until(() => probe.received.length >= 300);
    feed.stop();
    expect(probe.offsets).toEqual(Array.from({ length: 300 }, (_, at) => base + at));
    expect(pauses).toBeGreaterThan(0);
  });

  test('[P6] a stopped feed is silent, and another may start where it was', async () => {
    const { process } = open();
    const log = partitionOf(open(), 0);
    const base = await process.sink.send(0, numbered(3));
    const stopped = new CommandProbe();
    const feed = log.consume(base, stopped);
    await stopped.until(() => stopped.received.length === 3);
    feed.stop();
    await process.sink.send(0, numbered(3, 'later'));
    expect(texts(await take(log, base + 3, 3))).toEqual(['later0', 'later1', 'later2']);
    expect(stopped.received.length).toBe(3);
  });

  test('[P6] a feed from past the end is COMMAND_LOG_MISMATCH', async () => {
    const base = await open().process.sink.send(0, numbered(1));
    expect(await feedFailure(partitionOf(open(), 0), base + 2)).toMatchObject({ code: 'COMMAND_LOG_MISMATCH', retryable: false });
  });
}

function trimming(open: () => Bench): void {
  test('[P6] [L7] after a trim, a feed from above it works and one from below it is COMMAND_LOG_MISMATCH', async () => {
    const { process } = open();
    const log = partitionOf(open(), 1);
    const base = await process.sink.send(1, numbered(10));
    await log.trim(base + 4);
    expect(texts(await take(log, base + 4, 6))).toEqual(['4', '5', '6', '7', '8', '9']);
    expect(await feedFailure(log, base + 3)).toMatchObject({ code: 'COMMAND_LOG_MISMATCH', retryable: false });
  });

  test('[P6] a trim to the end or past it keeps the numbering, and an older trim changes nothing', async () => {
    const { process } = open();
    const log = partitionOf(open(), 1);
    const base = await process.sink.send(1, numbered(5));
    await log.trim(base + 5);
    await log.trim(base + 1);
    expect(await process.sink.send(1, numbered(2, 'next'))).toBe(base + 5);
    expect(texts(await take(log, base + 5, 2))).toEqual(['next0', 'next1']);
    expect(await feedFailure(log, base + 4)).toMatchObject({ code: 'COMMAND_LOG_MISMATCH' });
  });
}

function sending(open: () => Bench): void {
  test('[L7] messages sent one after the other’s ack to any partition arrive in order, with key and value', async () => {
    const { process, partitions } = open();
    for (const log of partitions) {
      const lane = { kind: 'commands', partition: log.partition } as const;
      const offsets: number[] = [];
      for (let number = 0; number < 5; number++)
        offsets.push(await process.log.send(lane, [message(`id ${String(number)}/ü`, String(number))]));
      const base = offsets[0] ?? -1;
      expect(offsets).toEqual([0, 1, 2, 3, 4].map((at) => base + at));
      const got = await take(log, base, 5);
      expect(texts(got)).toEqual(['0', '1', '2', '3', '4']);
      expect(got.map(({ key }) => key?.toString())).toEqual([0, 1, 2, 3, 4].map((number) => `id ${String(number)}/ü`));
    }
  });

  test('[L7] a message sent again stands twice: it is the receiver that drops it', async () => {
    const { process } = open();
    const lane = { kind: 'commands', partition: 0 } as const;
    const base = await process.log.send(lane, [message('again', 'm')]);
    await process.log.send(lane, [message('again', 'm')]);
    expect(texts(await take(partitionOf(open(), 0), base, 2))).toEqual(['m', 'm']);
  });

  test('[L7] lanes and client commands share one log, each in its own order', async () => {
    const { process } = open();
    const log = partitionOf(open(), 0);
    const base = await process.sink.send(0, [message('start', 'start')]);
    const lane = (async () => {
      for (let at = 0; at < 10; at++) await process.log.send({ kind: 'commands', partition: 0 }, [message('l', `l${String(at)}`)]);
    })();
    const client = (async () => {
      for (let at = 0; at < 10; at++) await process.sink.send(0, [message('c', `c${String(at)}`)]);
    })();
    await Promise.all([lane, client]);
    const got = texts(await take(log, base + 1, 20));
    const order = Array.from({ length: 10 }, (_, at) => String(at));
    expect(got.filter((text) => text.startsWith('l'))).toEqual(order.map((at) => `l${at}`));
    expect(got.filter((text) => text.startsWith('c'))).toEqual(order.map((at) => `c${at}`));
  });

  test('[L7] a command without a key and one of 1 MiB arrive as they were', async () => {
    const { process } = open();
    const value = Buffer.alloc(1024 * 1024, 7);
    const base = await process.sink.send(0, [message(null, 'keyless'), { key: 'big', value }]);
    const [keyless, big] = await take(partitionOf(open(), 0), base, 2);
    expect([keyless?.key, keyless?.value?.toString()]).toEqual([null, 'keyless']);
    expect(big?.value?.equals(value)).toBe(true);
  });

  test('[L7] dead letters keep order, key, value and headers', async () => {
    const { process, world } = open();
    const before = (await world.deadLetters()).length;
    const headers = { 'x-code': 'COMMAND_UNDECODABLE', 'x-reason': 'zweite Zeile: ü 🎉' };
    const first = await process.log.send({ kind: 'dead-letter' }, [message('odd/ü', 'first', headers)]);
    const second = await process.log.send({ kind: 'dead-letter' }, [message(null, 'second')]);
    expect(second).toBe(first + 1);
    expect((await world.deadLetters()).slice(before)).toEqual([
      { key: 'odd/ü', value: Buffer.from('first'), headers },
      { key: null, value: Buffer.from('second'), headers: {} },
    ]);
  });

  test('a message over the limit is refused for good, and the lane goes on', async () => {
    const { process } = open();
    const lane = { kind: 'commands', partition: 0 } as const;
    const value = Buffer.alloc(4 * 1024 * 1024 + 1);
    await expect(process.log.send(lane, [{ key: 'over', value }])).rejects.toMatchObject({ retryable: false });
    await expect(process.sink.send(0, [{ key: 'over', value }])).rejects.toMatchObject({ retryable: false });
    const base = await process.log.send(lane, [message('after', 'over')]);
    expect(texts(await take(partitionOf(open(), 0), base, 1))).toEqual(['over']);
  });
}
