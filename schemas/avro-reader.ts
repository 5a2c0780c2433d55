/**
 * Reads Avro's binary encoding, trusting nothing: anybody can write to `ns.commands`. Written for this project because avsc
 * believes a block's count: five bytes that announce 2^26 array items keep it busy for 20 seconds.
 *
 *  1. Nothing is read past the end, and a length or count is checked against the bytes that are left before it is believed.
 *  2. Nesting is bounded as in the writer.
 *  3. What is read is copied out: no value keeps the buffer it came from alive.
 */
import { isUtf8 } from 'node:buffer';
import { nestingDepthMax } from './limits.ts';

/** Why bytes are not a record; the codec turns it into `RECORD_UNDECODABLE`. */
export class UnreadableBytes extends Error {
  override readonly name: string = 'UnreadableBytes';
}

export class AvroReader {
  readonly #buffer: Buffer;
  #at: number;
  #depth = 0;

  constructor(buffer: Buffer, from: number) {
    this.#buffer = buffer;
    this.#at = from;
  }

  /** @throws UnreadableBytes when not everything was read. */
  end(): void {
    const left = this.#left();
    if (left > 0) throw this.unreadable(`${String(left)} bytes left over`);
  }

  unreadable(reason: string): UnreadableBytes {
    return new UnreadableBytes(`${reason} at byte ${String(this.#at)} of ${String(this.#buffer.length)}`);
  }

  /** Reads one level deeper, where the writer has an `open` and a `close`. */
  nested<T>(read: (reader: AvroReader) => T): T {
    if (++this.#depth > nestingDepthMax) throw this.unreadable(`nested more than ${String(nestingDepthMax)} deep`);
    const value = read(this);
    this.#depth--;
    return value;
  }

  /** The index of a union's branch, from 0 to `branches` - 1. */
  branch(branches: number): number {
    const index = this.long();
    if (index < 0 || index >= branches) throw this.unreadable(`branch ${String(index)} of a union of ${String(branches)}`);
    return index;
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) throw this.unreadable(`${String(byte)} for a boolean`);
    return byte === 1;
  }

  int(): number {
    const value = this.long();
    if ((value | 0) !== value) throw this.unreadable(`${String(value)} for an int`);
    return value;
  }

  long(): number {
    let low = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f && shift < 28);
    const high = byte > 0x7f ? this.#highBits() : 0;
    const magnitude = high * 0x8000000 + (low >>> 1);
    const value = (low & 1) === 0 ? magnitude : -magnitude - 1;
    if (!Number.isSafeInteger(value)) throw this.unreadable('a long beyond the safe integers');
    return value;
  }

  string(): string {
    const bytes = this.#length();
    const from = this.#at;
    this.#at += bytes;
    const text = this.#buffer.toString('utf8', from, this.#at);
    // Bytes that are no UTF-8 become U+FFFD, and another name could be meant than the one that was written.
    if (text.includes('\uFFFD') && !isUtf8(this.#buffer.subarray(from, this.#at))) {
      throw this.unreadable('a string that is not UTF-8');
    }
    return text;
  }

  bytes(): Buffer {
    const bytes = this.#length();
    const copy = Buffer.allocUnsafeSlow(bytes);
    this.#buffer.copy(copy, 0, this.#at, this.#at + bytes);
    this.#at += bytes;
    return copy;
  }

  array<T>(read: (reader: AvroReader) => T): T[] {
    const items: T[] = [];
    for (let count = this.long(); count !== 0; count = this.long()) {
      if (count < 0) {
        count = -count;
        this.long(); // The block's size in bytes, for those who skip it.
      }
      // Every item of our schemas takes a byte or more.
      if (count > this.#left()) throw this.unreadable(`a block of ${String(count)} items`);
      this.#depth++;
      for (let index = 0; index < count; index++) items.push(this.nested(read));
      this.#depth--;
    }
    return items;
  }

  /** The bits from 28 up, as a multiple of 2^28. */
  #highBits(): number {
    let high = 0;
    let weight = 1;
    for (let taken = 4; taken < 10; taken++) {
      const byte = this.#byte();
      high += (byte & 0x7f) * weight;
      if (byte < 0x80) return high;
      weight *= 0x80;
    }
    throw this.unreadable('a long of more than ten bytes');
  }

  #length(): number {
    const bytes = this.long();
    if (bytes < 0 || bytes > this.#left()) throw this.unreadable(`a length of ${String(bytes)}`);
    return bytes;
  }

  #left(): number {
    return this.#buffer.length - this.#at;
  }

  #byte(): number {
    const byte = this.#buffer[this.#at];
    if (byte === undefined) throw this.unreadable('the record ends early');
    this.#at++;
    return byte;
  }
}
