/** CRC-32C (Castagnoli), the checksum of Kafka's record batches and of LevelDB's files. Node has only the other; eight tables make it fast enough. */

const tableSize = 256;
const tables: Int32Array = buildTables();

/** The checksum of `bytes` from `start` to `end` (default: all of them), as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc ^= byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    crc =
      entry(7, crc & 255) ^
      entry(6, (crc >>> 8) & 255) ^
      entry(5, (crc >>> 16) & 255) ^
      entry(4, crc >>> 24) ^
      entry(3, byteAt(bytes, at + 4)) ^
      entry(2, byteAt(bytes, at + 5)) ^
      entry(1, byteAt(bytes, at + 6)) ^
      entry(0, byteAt(bytes, at + 7));
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ entry(0, (crc ^ byteAt(bytes, at)) & 255);
  return ~crc >>> 0;
}

// No index here is ever out of bounds: `?? 0` satisfies the compiler and costs nothing once compiled.
const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
const entry = (table: number, byte: number): number => tables[table * tableSize + byte] ?? 0;

/** Table n holds, for each byte, the checksum of that byte followed by n zero bytes. */
function buildTables(): Int32Array {
  const reversedPolynomial = 0x82f63b78;
  const built = new Int32Array(8 * tableSize);
  for (let byte = 0; byte < tableSize; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reversedPolynomial : crc >>> 1;
    built[byte] = crc;
  }
  for (let at = tableSize; at < built.length; at++) {
    const previous = built[at - tableSize] ?? 0;
    built[at] = (previous >>> 8) ^ (built[previous & 255] ?? 0);
  }
  return built;
}
