/**
 * A record as it stands in the database: CRC-32 of the rest, flags, time of the append, key, headers, value.
 * LevelDB does not check its blocks on every read and skips damaged parts of its write-ahead log; a log may do neither, hence the own sum.
 */
import { crc32 } from 'node:zlib';
import type { OperationalError } from '../../../schemas/index.ts';
import { dataDirCorrupt } from './errors.ts';

export interface StoredRecord {
  readonly atMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface NewRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

const hasKey = 1;
const hasValue = 2;
const headerBytes = 4 + 1 + 8 + 4 + 4;

export function encodeStored({ key, value, headers }: NewRecord, atMs: number): Buffer {
  const headersText = headers === undefined || Object.keys(headers).length === 0 ? '' : JSON.stringify(headers);
  const keyBytes = key === null ? 0 : Buffer.byteLength(key);
  const headersBytes = Buffer.byteLength(headersText);
  const bytes = Buffer.allocUnsafe(headerBytes + keyBytes + headersBytes + (value?.length ?? 0));
  bytes.writeUInt8((key === null ? 0 : hasKey) | (value === null ? 0 : hasValue), 4);
  bytes.writeDoubleBE(atMs, 5);
  bytes.writeUInt32BE(keyBytes, 13);
  bytes.writeUInt32BE(headersBytes, 17);
  if (key !== null) bytes.write(key, headerBytes);
  bytes.write(headersText, headerBytes + keyBytes);
  value?.copy(bytes, headerBytes + keyBytes + headersBytes);
  bytes.writeUInt32BE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** @throws OperationalError `DATA_DIR_CORRUPT` when the bytes are not what was written */
export function decodeStored(bytes: Buffer, place: string): StoredRecord {
  if (bytes.length < headerBytes || crc32(bytes.subarray(4)) !== bytes.readUInt32BE(0)) throw damaged(place);
  const flags = bytes.readUInt8(4);
  const keyEnd = headerBytes + bytes.readUInt32BE(13);
  const headersEnd = keyEnd + bytes.readUInt32BE(17);
  return {
    atMs: bytes.readDoubleBE(5),
    key: (flags & hasKey) === 0 ? null : bytes.subarray(headerBytes, keyEnd),
    value: (flags & hasValue) === 0 ? null : bytes.subarray(headersEnd),
    headers: headersEnd === keyEnd ? {} : parseHeaders(bytes.toString('utf8', keyEnd, headersEnd), place),
  };
}

function parseHeaders(text: string, place: string): Record<string, string> {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw damaged(place);
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}

function damaged(place: string): OperationalError {
  return dataDirCorrupt(`record ${place} of the embedded log is damaged`);
}
