/**
 * LevelDB's file formats, read only as far as is needed to know that a file is whole. Pure; every fault is thrown as DamagedFile.
 *
 * Formats: `doc/log_format.md`, `doc/table_format.md` and `doc/impl.md` of LevelDB 1.20. They have not changed since 2011. Should
 * they ever, every directory looks damaged and is rebuilt: slow, never wrong, and the contract suite says so at once.
 */

import { crc32c } from '../../schemas/index.ts';

export class DamagedFile extends Error {}

const logBlockBytes = 32_768;
const logHeaderBytes = 7;
const tableFooterBytes = 48;
const blockTrailerBytes = 5;
const tableMagic = 0xdb4775248b80fb57n;

/** The records of a log file (a write-ahead log or a MANIFEST). `torn` when the last one was not written to its end. */
export function readLogRecords(file: Buffer): { readonly records: readonly Buffer[]; readonly torn: boolean } {
  const records: Buffer[] = [];
  let fragments: Buffer[] = [];
  let at = 0;
  while (at < file.length) {
    const blockEnd = at - (at % logBlockBytes) + logBlockBytes;
    if (blockEnd - at < logHeaderBytes) {
      at = blockEnd;
      continue;
    }
    if (at + logHeaderBytes > file.length) return { records, torn: true };
    const end = at + logHeaderBytes + file.readUInt16LE(at + 4);
    if (end > Math.min(blockEnd, file.length)) {
      // In the last block this is a write that was cut off; in any other the length itself is damaged.
      if (blockEnd >= file.length) return { records, torn: true };
      throw new DamagedFile('a record is longer than its block');
    }
    checkSum(file, at + 6, end, file.readUInt32LE(at));
    const fragment = file.subarray(at + logHeaderBytes, end);
    fragments = joinFragment(file[at + 6] ?? 0, fragment, fragments, records);
    at = end;
  }
  return { records, torn: fragments.length > 0 };
}

/** Types of a fragment: 1 whole record, 2 first, 3 middle, 4 last. Answers the fragments of the record that is still open. */
function joinFragment(type: number, fragment: Buffer, open: Buffer[], records: Buffer[]): Buffer[] {
  const begins = type === 1 || type === 2;
  if (type < 1 || type > 4) throw new DamagedFile('a record of an unknown type');
  if (begins !== (open.length === 0)) throw new DamagedFile('a record without its beginning or end');
  if (type === 1) {
    records.push(fragment);
    return [];
  }
  open.push(fragment);
  if (type !== 4) return open;
  records.push(Buffer.concat(open));
  return [];
}

/** The sequence numbers that one batch of a write-ahead log takes: LevelDB numbers every put and delete, without a gap. */
export function readBatchSequence(record: Buffer): { readonly first: number; readonly next: number } {
  const reader = new Reader(record);
  const first = Number(reader.fixed(8).readBigUInt64LE());
  const count = reader.fixed(4).readUInt32LE();
  let found = 0;
  for (; !reader.atEnd; found++) {
    const tag = reader.varint();
    if (tag > 1) throw new DamagedFile('a batch with an unknown operation');
    reader.sized();
    if (tag === 1) reader.sized();
  }
  if (found !== count) throw new DamagedFile('a batch with missing operations');
  return { first, next: first + count };
}

/** What the directory should hold, according to its MANIFEST. */
export interface Inventory {
  /** Logs below this number are done with. */
  readonly logNumber: number;
  readonly lastSequence: number;
  /** Bytes of each live table, by number. */
  readonly tables: ReadonlyMap<number, number>;
}

export function readInventory(records: readonly Buffer[]): Inventory {
  const levels = new Map<string, { readonly number: number; readonly bytes: number }>();
  const numbers = { logNumber: 0, lastSequence: 0 };
  for (const record of records) {
    const reader = new Reader(record);
    while (!reader.atEnd) readEdit(reader, numbers, levels);
  }
  return { ...numbers, tables: new Map([...levels.values()].map(({ number, bytes }) => [number, bytes])) };
}

function readEdit(
  reader: Reader,
  numbers: { logNumber: number; lastSequence: number },
  levels: Map<string, { readonly number: number; readonly bytes: number }>,
): void {
  const tag = reader.varint();
  switch (tag) {
    case 1: // the comparator's name
      reader.sized();
      return;
    case 2:
      numbers.logNumber = reader.varint();
      return;
    case 3: // the next file number
    case 9: // the log before the last, no longer used
      reader.varint();
      return;
    case 4:
      numbers.lastSequence = reader.varint();
      return;
    case 5: // where to compact next
      reader.varint();
      reader.sized();
      return;
    case 6: {
      const level = reader.varint();
      levels.delete(`${String(level)}/${String(reader.varint())}`);
      return;
    }
    case 7: {
      const level = reader.varint();
      const number = reader.varint();
      levels.set(`${String(level)}/${String(number)}`, { number, bytes: reader.varint() });
      reader.sized();
      reader.sized();
      return;
    }
    default:
      throw new DamagedFile('an entry of an unknown kind');
  }
}

/** Checks every byte of a table: the blocks lie one after the other without a gap, each with its checksum, up to the footer. */
export function checkTable(file: Buffer): void {
  if (file.length < tableFooterBytes) throw new DamagedFile('it is too short');
  const footerAt = file.length - tableFooterBytes;
  if (file.readBigUInt64LE(file.length - 8) !== tableMagic) throw new DamagedFile('it does not end as a table does');
  const footer = new Reader(file.subarray(footerAt, file.length - 8));
  const metaIndex = footer.handle();
  const index = footer.handle();
  if (!footer.restIsZero()) throw new DamagedFile('its footer is damaged');

  const inOrder = [...blockHandles(file, index), ...blockHandles(file, metaIndex), metaIndex, index];
  let at = 0;
  for (const { offset, bytes } of inOrder) {
    if (offset !== at) throw new DamagedFile('its blocks do not follow each other');
    at = checkBlock(file, { offset, bytes });
  }
  if (at !== footerAt) throw new DamagedFile('its blocks do not reach its footer');
}

interface BlockHandle {
  readonly offset: number;
  readonly bytes: number;
}

/** Checks one block; answers where the next begins. */
function checkBlock(file: Buffer, { offset, bytes }: BlockHandle): number {
  const typeAt = offset + bytes;
  if (typeAt + blockTrailerBytes > file.length - tableFooterBytes) throw new DamagedFile('a block reaches past its end');
  // Written with compression off (leveldb.ts), so that an index can be read here.
  if (file[typeAt] !== 0) throw new DamagedFile('a block of an unknown type');
  checkSum(file, offset, typeAt + 1, file.readUInt32LE(typeAt + 1));
  return typeAt + blockTrailerBytes;
}

/** The handles that an index block lists. Its entries: (shared, own, value) lengths, the key's own part, the value; then restart points. */
function blockHandles(file: Buffer, block: BlockHandle): readonly BlockHandle[] {
  checkBlock(file, block);
  const content = file.subarray(block.offset, block.offset + block.bytes);
  const restarts = content.length < 4 ? 0 : content.readUInt32LE(content.length - 4);
  const entriesEnd = content.length - 4 - 4 * restarts;
  if (entriesEnd < 0) throw new DamagedFile('an index is damaged');
  const reader = new Reader(content.subarray(0, entriesEnd));
  const handles: BlockHandle[] = [];
  while (!reader.atEnd) {
    reader.varint();
    const ownBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.fixed(ownBytes);
    handles.push(new Reader(reader.fixed(valueBytes)).handle());
  }
  return handles;
}

/** LevelDB stores its checksums rotated and shifted, so that a checksum of checksums is still one. */
function checkSum(file: Buffer, start: number, end: number, stored: number): void {
  const crc = crc32c(file, start, end);
  if ((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0 !== stored) throw new DamagedFile('a checksum does not fit');
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  fixed(bytes: number): Buffer {
    if (this.#at + bytes > this.#bytes.length) throw new DamagedFile('a field is cut off');
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  sized(): Buffer {
    return this.fixed(this.varint());
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.fixed(1)[0] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new DamagedFile('a number is too long');
  }

  handle(): BlockHandle {
    return { offset: this.varint(), bytes: this.varint() };
  }

  restIsZero(): boolean {
    return this.#bytes.subarray(this.#at).every((byte) => byte === 0);
  }
}
