import { expect, test } from 'vitest';
import { crc32c } from '../../../schemas/index.ts';
import { encodeRecordBatch } from '../../../engine/log/kafka/record-batch.ts';

const origin = { producerId: 0x0102030405n, producerEpoch: 7, sequence: 0x7ffffffe };

test('the checksum is the one of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.from('xx123456789'), 2)).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

test('a batch of two records, byte for byte', () => {
  const batch = encodeRecordBatch(
    [
      { key: 'k', value: Buffer.from('v') },
      { key: 'é', value: null },
    ],
    origin,
    0x0a0b0c,
  );
  const head = batch.subarray(0, 61).toString('hex');
  const crc = batch.readUInt32BE(17).toString(16).padStart(8, '0');
  expect(head).toBe(
    `0000000000000000${(batch.length - 12).toString(16).padStart(8, '0')}ffffffff02${crc}000000000001` +
      '00000000000a0b0c00000000000a0b0c000000010203040500077ffffffe00000002',
  );
  expect(crc32c(batch, 21)).toBe(batch.readUInt32BE(17));
  // Length, attributes, time, offset, key, value, headers: lengths count double, and -1 is 1.
  expect(batch.subarray(61).toString('hex')).toBe('10000000026b0276001000000204c3a90100');
});

test('lengths of more than one byte, and a value as large as a commit may be', () => {
  const values = [Buffer.alloc(63, 1), Buffer.alloc(64, 2), Buffer.alloc(3 << 20, 3)];
  const batch = encodeRecordBatch(
    values.map((value) => ({ key: 'x'.repeat(200), value })),
    origin,
    0,
  );
  let at = 61;
  for (const [delta, value] of values.entries()) {
    const [size, sizeEnd] = varint(batch, at);
    const [offset, offsetEnd] = varint(batch, sizeEnd + 2);
    const [keyBytes, keyAt] = varint(batch, offsetEnd);
    const [valueBytes, valueAt] = varint(batch, keyAt + keyBytes);
    expect([offset, keyBytes, valueBytes]).toEqual([delta, 200, value.length]);
    expect(batch.subarray(valueAt, valueAt + valueBytes).equals(value)).toBe(true);
    expect(batch[valueAt + valueBytes]).toBe(0);
    at = sizeEnd + size;
    expect(at).toBe(valueAt + valueBytes + 1);
  }
  expect(at).toBe(batch.length);
});

/** A number and where it ends. */
function varint(bytes: Buffer, start: number): [number, number] {
  let [value, shift, at] = [0, 0, start];
  for (; ; shift += 7) {
    const byte = bytes.readUInt8(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [(value >>> 1) ^ -(value & 1), at];
  }
}
