import { expect, test } from 'vitest';
import { connectKafkaLog, createTopics } from '../../engine/log/kafka/index.ts';
import type { Log, LogRecord, PartitionLog } from '../../engine/log/index.ts';
import { append, endOf, readFrom, record } from '../contract/log/world.ts';
import { brokers, freshNamespace } from './broker.ts';

/** Rolls a segment with every late append, and compacts as soon as it may: what takes days in production takes seconds. */
const compactAtOnce = {
  'segment.ms': '100',
  'segment.bytes': String(1 << 20),
  'min.cleanable.dirty.ratio': '0.0001',
  'min.compaction.lag.ms': '0',
  'delete.retention.ms': '0',
  'file.delete.delay.ms': '100',
};

/** Two processes on the same partition, so two producers. */
async function withTwo(use: (one: PartitionLog, other: PartitionLog) => Promise<void>): Promise<void> {
  const settings = { brokers: brokers(), namespace: freshNamespace(), self: { apiUrl: null, programs: [] } };
  await createTopics(settings, { partitions: 1, settings: { history: compactAtOnce } });
  const logs: Log[] = [];
  for (let n = 0; n < 2; n++) logs.push((await connectKafkaLog(settings)).log);
  const [one, other] = logs.map((log) => log.open(0));
  try {
    if (one !== undefined && other !== undefined) await use(one, other);
  } finally {
    for (const log of logs) await log.close();
  }
}

/** Appends until no key in the log is one of the `gone`: a segment becomes compactable only when an append begins the next. */
async function untilGone(log: PartitionLog, gone: ReadonlySet<string>): Promise<void> {
  await expect
    .poll(
      async () => {
        await append(log, record('roll', 'roll'));
        return (await readFrom(log, 0)).records.filter(({ key }) => gone.has(key)).length;
      },
      { timeout: 50_000, interval: 250 },
    )
    .toBe(0);
}

const offsets = (records: readonly LogRecord[]): number[] => records.map(({ offset }) => offset);

test('[P5] a compacted log reads to the same end from any offset, holes included', async () => {
  await withTwo(async (one) => {
    const gone = new Set<string>();
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 10; n++)
        await append(one, record(`k${String(n)}`, String(round)), record(`gone${String(round)}/${String(n)}`, 'x'));
      const names = Array.from({ length: 10 }, (_, n) => `gone${String(round)}/${String(n)}`);
      for (const name of names) gone.add(name);
      await append(one, ...names.map((name) => record(name, null)));
    }
    await untilGone(one, gone);
    const end = await endOf(one);
    const { records } = await readFrom(one, 0);
    const kept = records.filter(({ key }) => key.startsWith('k')).map(({ key, value }) => [key, String(value)]);
    expect(kept).toEqual(Array.from({ length: 10 }, (_, n) => [`k${String(n)}`, '4']));
    for (let from = 1; from <= end; from++) {
      const reading = await readFrom(one, from);
      expect(reading.end).toBe(end);
      // Compaction goes on, so a later reading may have less: never a record that was not there, never one below `from`.
      expect(offsets(records)).toEqual(expect.arrayContaining(offsets(reading.records)));
      expect(reading.records.every(({ offset }) => offset >= from)).toBe(true);
      expect(offsets(reading.records)).toEqual(
        expect.arrayContaining(offsets(records.filter(({ offset, key }) => offset >= from && key !== 'roll'))),
      );
    }
  });
});

test('[P5] an emptied batch at the end of a segment does not stop a read (it stops a KafkaJS consumer for ever)', async () => {
  await withTwo(async (one, other) => {
    // Kept records fill a segment so far that compaction cannot join it with the next.
    const large = Buffer.alloc(180_000, 7);
    for (let n = 0; n < 5; n++) await one.append([{ key: `large${String(n)}`, value: large }]);
    await append(one, record('gone', 'x'));
    // The last batch of its producer: the broker keeps it, for the producer's sequence, when its records are gone.
    const emptied = await append(one, record('gone', null));
    const gone = new Set(['gone']);
    await other.append([{ key: 'next', value: large }, ...[0, 1].map((n) => ({ key: `next${String(n)}`, value: large }))]);
    await untilGone(other, gone);
    const { records, end } = await readFrom(other, 0);
    expect(records.map(({ key }) => key).filter((key) => key !== 'roll')).toEqual([
      'n/namespace',
      'large0',
      'large1',
      'large2',
      'large3',
      'large4',
      'next',
      'next0',
      'next1',
    ]);
    for (const from of [emptied - 1, emptied, emptied + 1]) {
      const reading = await readFrom(other, from);
      expect([reading.end, reading.records[0]?.key]).toEqual([end, 'next']);
    }
  });
});
