import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../engine/log/index.ts';
import { append, type Bench, type Capabilities, endOf, entries, partitionOf, readFrom, record } from './world.ts';

const oddKeys = ['e/5:a b/c/1', 'e/日本語/🎉', 'e/a\u0000b', 'e/..//', 'e/%2F"\'\\', 'e/ ', 'é', 'e\u0301'];

export function historyContract(open: () => Bench, { rival, compact }: Capabilities): void {
  describe('history', () => {
    appends(open);
    reads(open);
    if (rival) rivals(open);
    if (compact) compaction(open);
  });
}

function appends(open: () => Bench): void {
  test('[P1] [L3] a batch stands at consecutive offsets, in order', async () => {
    const log = partitionOf(open(), 0);
    const base = await append(log, record('a', '1'), record('b', '2'), record('c', '3'));
    expect(entries((await readFrom(log, base)).records)).toEqual([
      [base, 'a', '1'],
      [base + 1, 'b', '2'],
      [base + 2, 'c', '3'],
    ]);
  });

  test('[P2] [L5] with one writer, each batch is acked where the one before it ended', async () => {
    const log = partitionOf(open(), 0);
    let expected = await endOf(log);
    for (let size = 1; size <= 10; size++) {
      const batch = Array.from({ length: size }, (_, at) => record(`n/${String(at)}`, String(size)));
      expect(await append(log, ...batch)).toBe(expected);
      expected += size;
    }
    expect(await endOf(log)).toBe(expected);
  });

  test('[P2] partitions are apart: appending to one moves no other', async () => {
    const [one, other] = [partitionOf(open(), 0), partitionOf(open(), 1)];
    const before = await endOf(other);
    const base = await append(one, record('apart', '1'));
    expect(await endOf(other)).toBe(before);
    expect(await append(other, record('apart', '2'))).toBe(before);
    expect(entries((await readFrom(one, base)).records)).toEqual([[base, 'apart', '1']]);
  });

  test('[P3] appends to several partitions at once are each acked at their own offset', async () => {
    const bench = open();
    const ends = await Promise.all(bench.partitions.map(endOf));
    const bases = await Promise.all(bench.partitions.map((log) => append(log, record('at-once', String(log.partition)), record('x', ''))));
    expect(bases).toEqual(ends);
    for (const log of bench.partitions) {
      const { records } = await readFrom(log, bases[log.partition] ?? -1);
      expect(entries(records).map(([, key, text]) => [key, text])).toEqual([
        ['at-once', String(log.partition)],
        ['x', ''],
      ]);
    }
  });

  test('[P3] keys of any characters and values of any bytes come back as they were, empty values and tombstones apart', async () => {
    const log = partitionOf(open(), 0);
    const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const base = await append(log, ...oddKeys.map((key) => ({ key, value: allBytes })), record('empty', ''), record('gone', null));
    const { records } = await readFrom(log, base);
    expect(records.map(({ key }) => key)).toEqual([...oddKeys, 'empty', 'gone']);
    for (const { value } of records.slice(0, oddKeys.length)) expect(value).toEqual(allBytes);
    expect(records.slice(-2).map(({ value }) => value)).toEqual([Buffer.alloc(0), null]);
  });

  test('[P3] [L3] a commit of 3.5 MiB with values of 1 MiB fits one batch', async () => {
    const log = partitionOf(open(), 0);
    const mebibyte = Buffer.alloc(1024 * 1024, 'v');
    const batch = [mebibyte, mebibyte, mebibyte, mebibyte.subarray(0, 500 * 1024)].map((value, at) => ({
      key: `big/${String(at)}`,
      value,
    }));
    const base = await append(log, ...batch);
    const { records, end } = await readFrom(log, base);
    expect(end).toBe(base + 4);
    expect(records.map(({ value }) => value?.length)).toEqual(batch.map(({ value }) => value.length));
  });

  test('[P1] [L5] a batch over the limit is broken: nothing of it lands, and the next append does', async () => {
    const log = partitionOf(open(), 0);
    const end = await endOf(log);
    const value = Buffer.alloc(1024 * 1024 - 100, 'v');
    const outcome = await log.append(Array.from({ length: 5 }, (_, at) => ({ key: `over/${String(at)}`, value })));
    expect(outcome.kind).toBe('broken');
    expect(await append(log, record('after', 'over'))).toBe(end);
  });

  test('[P1] an empty batch is broken', async () => {
    expect((await partitionOf(open(), 0).append([])).kind).toBe('broken');
  });
}

function reads(open: () => Bench): void {
  test('[P5] a read from any offset delivers exactly what stands at or above it', async () => {
    const log = partitionOf(open(), 0);
    const base = await append(log, ...Array.from({ length: 20 }, (_, at) => record(`r/${String(at)}`, String(at))));
    for (const skip of [0, 1, 7, 19, 20]) {
      const { records, end } = await readFrom(log, base + skip);
      expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 20 - skip }, (_, at) => base + skip + at));
      expect(end).toBe(base + 20);
    }
  });

  test('[P5] [L1] a read begun after an ack delivers what was acked', async () => {
    const log = partitionOf(open(), 0);
    for (let round = 0; round < 20; round++) {
      const base = await append(log, record('claim', String(round)));
      const { records, end } = await readFrom(log, base);
      expect(entries(records)).toEqual([[base, 'claim', String(round)]]);
      expect(end).toBe(base + 1);
    }
  });

  test('[P5] tombstones are delivered', async () => {
    const log = partitionOf(open(), 0);
    const base = await append(log, record('t', 'lives'), record('t', null));
    expect(entries((await readFrom(log, base)).records).at(-1)).toEqual([base + 1, 't', null]);
  });

  test('[P5] the sink is awaited: one piece at a time, no two calls at once', async () => {
    const log = partitionOf(open(), 0);
    const base = await append(log, ...Array.from({ length: 1_500 }, (_, at) => record(`w/${String(at)}`, String(at))));
    let inside = 0;
    let most = 0;
    let read = 0;
    await log.read(base, async (piece) => {
      most = Math.max(most, ++inside);
      read += piece.length;
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    });
    expect({ most, read }).toEqual({ most: 1, read: 1_500 });
  });

  test('[P5] a sink that throws ends the read with its error, and the next read works', async () => {
    const log = partitionOf(open(), 0);
    const base = await append(log, record('s', '1'));
    const error = new Error('the fold refused a record');
    await expect(log.read(base, () => Promise.reject(error))).rejects.toBe(error);
    expect((await readFrom(log, base)).end).toBe(base + 1);
  });

  test('[P1] [P5] [L3] a read while batches are appended sees each of them whole or not at all, in order, once', async () => {
    const log = partitionOf(open(), 0);
    const from = await endOf(log);
    const batch = (round: number) => Array.from({ length: 5 }, (_, at) => record(`${String(round)}/${String(at)}`, String(round)));
    const seen: LogRecord[][] = [];
    const writing = (async () => {
      for (let round = 0; round < 40; round++) await append(log, ...batch(round));
    })();
    let end = from;
    while (end < from + 200) {
      const reading = await readFrom(log, from);
      end = reading.end;
      seen.push([...reading.records]);
    }
    await writing;
    for (const records of seen) {
      expect(records.length % 5).toBe(0);
      expect(records.map(({ offset }) => offset)).toEqual(records.map((_, at) => from + at));
      expect(records.map(({ key }) => key)).toEqual(records.map((_, at) => `${String(Math.floor(at / 5))}/${String(at % 5)}`));
    }
  });

  test('[L9] a read from the end delivers nothing; one from past the end is LOG_TRUNCATED, to be retried from nothing', async () => {
    const log = partitionOf(open(), 0);
    const end = await append(log, record('last', '1')).then((base) => base + 1);
    expect(await readFrom(log, end)).toEqual({ records: [], end });
    await expect(log.read(end + 1, () => undefined)).rejects.toMatchObject({ code: 'LOG_TRUNCATED', retryable: true });
    await expect(log.read(end + 1_000, () => undefined)).rejects.toMatchObject({ code: 'LOG_TRUNCATED', retryable: true });
  });
}

function rivals(open: () => Bench): void {
  test('[P2] [L5] what another process appends in between moves the ack up, and the gap reads as what it wrote', async () => {
    const { world } = open();
    const log = partitionOf(open(), 0);
    const rival = await world.rival?.();
    if (rival === undefined) throw new Error('the world has no rival');
    const other = rival.log.open(0);
    const expected = (await append(log, record('mine', '1'))) + 1;
    expect(await append(other, record('theirs', '2'), record('theirs', '3'))).toBe(expected);
    const base = await append(log, record('mine', '4'));
    expect(base).toBe(expected + 2);
    const [here, there] = [await readFrom(log, expected), await readFrom(other, expected)];
    expect(entries(here.records)).toEqual([
      [expected, 'theirs', '2'],
      [expected + 1, 'theirs', '3'],
      [base, 'mine', '4'],
    ]);
    expect(there).toEqual(here);
    other.close();
    await rival.close();
  });

  test('[P1] [P2] two processes appending at once never tear a batch, and both read one order', async () => {
    const { world } = open();
    const log = partitionOf(open(), 0);
    const rival = await world.rival?.();
    if (rival === undefined) throw new Error('the world has no rival');
    const other = rival.log.open(0);
    const from = await endOf(log);
    const write = async (to: typeof log, who: string): Promise<void> => {
      for (let round = 0; round < 20; round++) {
        const batch = [0, 1, 2].map((at) => record(`${who}/${String(round)}/${String(at)}`, who));
        const base = await append(to, ...batch);
        const { records } = await readFrom(to, base);
        expect(records.slice(0, 3).map(({ key }) => key)).toEqual(batch.map(({ key }) => key));
      }
    };
    await Promise.all([write(log, 'one'), write(other, 'two')]);
    const [here, there] = [await readFrom(log, from), await readFrom(other, from)];
    expect(here.records.length).toBe(120);
    expect(there).toEqual(here);
    other.close();
    await rival.close();
  });
}

function compaction(open: () => Bench): void {
  test('[P5] [L8] compaction keeps the last record of every key, at its offset, and tombstones; the end stays', async () => {
    const { world } = open();
    const log = partitionOf(open(), 1);
    const base = await append(
      log,
      record('k/1/writer-a', 'old'),
      record('k/1/writer-b', 'other key'),
      record('dead', 'lived'),
      record('k/1/writer-a', 'new'),
      record('dead', null),
    );
    const end = (await append(log, record('newest', '1'))) + 1;
    await world.compact?.(1);
    const after = await readFrom(log, base);
    expect(entries(after.records)).toEqual([
      [base + 1, 'k/1/writer-b', 'other key'],
      [base + 3, 'k/1/writer-a', 'new'],
      [base + 4, 'dead', null],
      [base + 5, 'newest', '1'],
    ]);
    expect(after.end).toBe(end);
    expect(await append(log, record('next', '1'))).toBe(end);
  });

  test('[L9] a position in a hole that compaction left reads on with the next record there is', async () => {
    const { world } = open();
    const log = partitionOf(open(), 1);
    const base = await append(
      log,
      ...Array.from({ length: 10 }, () => record('same', 'older')),
      record('same', 'kept'),
      record('tail', '1'),
    );
    await world.compact?.(1);
    expect(entries((await readFrom(log, base + 3)).records)).toEqual([
      [base + 10, 'same', 'kept'],
      [base + 11, 'tail', '1'],
    ]);
  });

  test('[P5] [L1] compaction in the middle of a read loses none of the records it keeps, and repeats none', async () => {
    const { world } = open();
    const log = partitionOf(open(), 1);
    const count = 3_000;
    const batch = Array.from({ length: count }, (_, at) => record(`m/${String(at % 100)}`, String(at)));
    const base = await append(log, ...batch, record('tail', '1'));
    const offsets: number[] = [];
    let compacted = false;
    await log.read(base, async (piece) => {
      offsets.push(...piece.map(({ offset }) => offset));
      if (!compacted) await world.compact?.(1);
      compacted = true;
    });
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    const kept = Array.from({ length: 101 }, (_, at) => base + count - 100 + at);
    expect(offsets.filter((offset) => offset >= base + count - 100)).toEqual(kept);
    expect((await readFrom(log, base)).records.map(({ offset }) => offset)).toEqual(kept);
  });
}
