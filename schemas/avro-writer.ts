/**
 * Writes Avro's binary encoding, refusing every value that would not come back as it is: the generated `*.gen.ts` call it field
 * by field. Written for this project because avsc, asked to encode, drops undeclared fields and corrupts lone surrogates
 * in silence.
 *
 *  1. `begin` starts a record, `take` hands it out; a refusal in between leaves nothing behind, the next `begin` starts afresh.
 *  2. `#at` never exceeds the buffer: every write reserves its room first.
 *  3. `#path` names the field being written, so that a refusal can say where it is.
 */
import { OperationalError } from './errors.ts';
import { nestingDepthMax } from './limits.ts';

/** Room for nearly every record without growing. */
const bufferBytesStart = 64 * 1024;
/** What the writer keeps between records: a commit full of large payloads should not pay for growing each time. */
const bufferBytesKept = 4 * 1024 * 1024;
/** Up to here, writing an ASCII string character by character beats a call into native code (measured on Node 20). */
const shortStringChars = 40;
const longBytesMax = 10;
const shownCharsMax = 60;

export class AvroWriter {
  #buffer: Buffer = Buffer.allocUnsafe(bufferBytesStart);
  #at = 0;
  #root = '';
  #path: (string | number)[] = [];

  /** Starts a record of type `root` with the Confluent prefix: a zero byte, then the schema's id. */
  begin(root: string, schemaId: number): void {
    if (this.#buffer.length > bufferBytesKept) this.#buffer = Buffer.allocUnsafe(bufferBytesStart);
    this.#root = root;
    this.#path.length = 0;
    this.#buffer[0] = 0;
    this.#at = this.#buffer.writeInt32BE(schemaId, 1);
  }

  /** The finished record, in memory of its own. */
  take(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#at);
    this.#buffer.copy(bytes, 0, 0, this.#at);
    return bytes;
  }

  /** Goes into a field, an item or a branch. Every `open` is followed by a `close`. */
  open(step: string | number): void {
    this.#path.push(step);
    if (this.#path.length > nestingDepthMax) throw this.#refusal(`nested more than ${String(nestingDepthMax)} deep`);
  }

  close(): void {
    this.#path.pop();
  }

  /** Refuses what is no object, or has a field the schema does not know: it would silently vanish. */
  record(value: object, fields: readonly string[]): void {
    if (!isObject(value)) throw this.#refusal(`expected a record, got ${shown(value)}`);
    const names = Object.keys(value);
    if (names.length === fields.length) return; // One too many here is one too few there, and a missing field is refused in its turn.
    const undeclared = names.find((name) => !fields.includes(name));
    if (undeclared !== undefined) throw this.#refusal('not a field of the schema', undeclared);
  }

  /** Refuses what has no `kind` that a union could be told by. */
  kinded(value: object): void {
    if (!isObject(value)) throw this.#refusal(`expected a record with a kind, got ${shown(value)}`);
  }

  unknownKind(value: { readonly kind?: unknown }): never {
    throw this.#refusal(`not a kind of the schema: ${shown(value.kind)}`, 'kind');
  }

  branch(index: number): void {
    this.#reserve(longBytesMax);
    this.#putLong(index);
  }

  boolean(value: boolean, field: string): void {
    if (typeof value !== 'boolean') throw this.#refusal(`expected boolean, got ${shown(value)}`, field);
    this.#reserve(1);
    this.#buffer[this.#at++] = value ? 1 : 0;
  }

  int(value: number, field: string): void {
    if (!Number.isInteger(value) || (value | 0) !== value) throw this.#refusal(`expected int, got ${shown(value)}`, field);
    this.#reserve(longBytesMax);
    this.#putLong(value);
  }

  long(value: number, field: string): void {
    if (!Number.isSafeInteger(value)) throw this.#refusal(`expected long (a safe integer), got ${shown(value)}`, field);
    this.#reserve(longBytesMax);
    this.#putLong(value);
  }

  string(value: string, field: string): void {
    if (typeof value !== 'string') throw this.#refusal(`expected string, got ${shown(value)}`, field);
    if (value.length <= shortStringChars && this.#putShortAscii(value)) return;
    if (!value.isWellFormed()) throw this.#refusal(`a lone surrogate has no UTF-8: ${shown(value)}`, field);
    const bytes = Buffer.byteLength(value, 'utf8');
    this.#reserve(longBytesMax + bytes);
    this.#putLong(bytes);
    this.#at += bytes === value.length ? this.#buffer.write(value, this.#at, 'latin1') : this.#buffer.write(value, this.#at, 'utf8');
  }

  bytes(value: Uint8Array, field: string): void {
    if (!(value instanceof Uint8Array)) throw this.#refusal(`expected bytes, got ${shown(value)}`, field);
    this.#reserve(longBytesMax + value.length);
    this.#putLong(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** All items in one block, then the empty block. */
  array<T>(items: readonly T[], field: string, write: (writer: AvroWriter, item: T) => void): void {
    if (!isArray(items)) throw this.#refusal(`expected array, got ${shown(items)}`, field);
    this.#reserve(longBytesMax);
    if (items.length > 0) {
      this.#putLong(items.length);
      this.open(field);
      let index = 0;
      for (const item of items) {
        this.open(index++);
        write(this, item);
        this.close();
      }
      this.close();
      this.#reserve(1);
    }
    this.#buffer[this.#at++] = 0;
  }

  /** False, with nothing written, when there is a character outside ASCII. */
  #putShortAscii(value: string): boolean {
    const { length } = value;
    this.#reserve(1 + length);
    const buffer = this.#buffer;
    let at = this.#at;
    buffer[at++] = length << 1;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      buffer[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  /** Zigzag, then seven bits a byte. Beyond 32 bits the low 28 bits are taken off first: a zigzagged 2^53 is no exact double. */
  #putLong(value: number): void {
    const buffer = this.#buffer;
    let at = this.#at;
    let rest: number;
    if (value >= -0x40000000 && value < 0x40000000) rest = ((value << 1) ^ (value >> 31)) >>> 0;
    else {
      const magnitude = value < 0 ? -value - 1 : value;
      const low = (magnitude % 0x8000000) * 2 + (value < 0 ? 1 : 0);
      buffer[at++] = (low & 0x7f) | 0x80;
      buffer[at++] = ((low >>> 7) & 0x7f) | 0x80;
      buffer[at++] = ((low >>> 14) & 0x7f) | 0x80;
      buffer[at++] = (low >>> 21) | 0x80;
      rest = Math.floor(magnitude / 0x8000000); // Below 2^26.
    }
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#at = at;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }

  #refusal(reason: string, field?: string): OperationalError {
    const steps = field === undefined ? this.#path : [...this.#path, field];
    const path = steps.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${String(step)}]` : `.${step}`), this.#root);
    return new OperationalError('SCHEMA_INVALID_VALUE', `${path}: ${reason}`, { retryable: false });
  }
}

/** The types promise it; what comes from JavaScript, from JSON or from a database may break the promise. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isArray(value: unknown): boolean {
  return Array.isArray(value);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > shownCharsMax ? `${value.slice(0, shownCharsMax)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (typeof value === 'bigint') return `${String(value)}n`;
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
