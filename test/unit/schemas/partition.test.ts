import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { expect, test } from 'vitest';
import { murmur2, partitionOf, partitionOfKey } from '../../../schemas/index.ts';

// The values of `testMurmur2` in Apache Kafka's clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java.
test.each([
  ['', 275_646_681],
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
])('murmur2 of %j is that of the Java client', (text, expected) => {
  expect(murmur2(Buffer.from(text))).toBe(expected);
});

test('murmur2 of the bytes a, b, c is that of the Java client', () => {
  expect(murmur2(new Uint8Array([0x61, 0x62, 0x63]))).toBe(479_470_107);
});

test("every key goes to the partition that KafkaJS's default partitioner sends it to", () => {
  const partitioner = Partitioners.DefaultPartitioner();
  const theirs = (key: string, partitions: number): number =>
    partitioner({
      topic: 'orders.commands',
      partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [],
        isr: [],
      })),
      message: { key, value: null },
    });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (id, partitions) => {
      expect(partitionOf(id, partitions)).toBe(theirs(id, partitions));
      expect(partitionOfKey(Buffer.from(id), partitions)).toBe(partitionOf(id, partitions));
    }),
    { numRuns: 500 },
  );
});

test('ids that only count up spread over all partitions', () => {
  const counts = new Array<number>(24).fill(0);
  for (let number = 0; number < 24_000; number++) {
    const partition = partitionOf(`order-${String(number)}`, 24);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1_200);
});
