/**
 * A record batch in Kafka's format (magic 2), written once and sent as it is, however often.
 *
 * KafkaJS writes a batch anew for every attempt, through a buffer for each record and one for each number in it: 15 % of a loaded
 * worker's CPU, when it was measured.
 */
import { crc32c } from '../../../schemas/index.ts';
import { batchBytes, type AppendRecord } from '../index.ts';

/** Who writes, and the place of the batch's first record in what it writes to this partition: what lets a broker drop repeats. */
export interface BatchOrigin {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly sequence: number;
}

const lengthAt = 8;
const crcAt = 17;
const attributesAt = 21;
const recordsAt = 61;
const magic = 2;

/** @param atMs the records' time, for topics that keep the writer's */
export function encodeRecordBatch(records: readonly AppendRecord[], origin: BatchOrigin, atMs: number): Buffer {
  const buffer = Buffer.allocUnsafe(batchBytes(records));
  let at = recordsAt;
  for (const [delta, record] of records.entries()) at = writeRecord(buffer, at, record, delta);
  const batch = buffer.subarray(0, at);
  batch.writeBigInt64BE(0n, 0); // the broker gives the offset
  batch.writeInt32BE(at - lengthAt - 4, lengthAt);
  batch.writeInt32BE(-1, 12); // the leader's epoch, which is the broker's to fill in
  batch.writeInt8(magic, 16);
  batch.writeInt16BE(0, attributesAt);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(atMs), 27);
  batch.writeBigInt64BE(BigInt(atMs), 35);
  batch.writeBigInt64BE(origin.producerId, 43);
  batch.writeInt16BE(origin.producerEpoch, 51);
  batch.writeInt32BE(origin.sequence, 53);
  batch.writeInt32BE(records.length, 57);
  batch.writeUInt32BE(crc32c(batch, attributesAt), crcAt);
  return batch;
}

function writeRecord(buffer: Buffer, start: number, { key, value }: AppendRecord, delta: number): number {
  const keyBytes = Buffer.byteLength(key);
  const valueBytes = value === null ? -1 : value.length;
  // Attributes, the time's difference and the number of headers are a zero each.
  const size = 3 + varintBytes(delta) + varintBytes(keyBytes) + keyBytes + varintBytes(valueBytes) + Math.max(valueBytes, 0);
  let at = writeVarint(buffer, start, size);
  buffer[at++] = 0;
  buffer[at++] = 0;
  at = writeVarint(buffer, at, delta);
  at = writeVarint(buffer, at, keyBytes);
  at += buffer.write(key, at);
  at = writeVarint(buffer, at, valueBytes);
  if (value !== null) at += value.copy(buffer, at);
  buffer[at++] = 0;
  return at;
}

const zigzag = (value: number): number => (value << 1) ^ (value >> 31);

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = zigzag(value) >>> 7; rest !== 0; rest >>>= 7) bytes++;
  return bytes;
}

function writeVarint(buffer: Buffer, start: number, value: number): number {
  let at = start;
  let rest = zigzag(value) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
  buffer[at++] = rest;
  return at;
}
