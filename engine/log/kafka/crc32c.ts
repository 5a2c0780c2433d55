/** The checksum of Kafka's record batches (Castagnoli; Node has only the other one). */
const polynomial = 0x82f63b78;

const table = new Int32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  return crc;
});

/** Of the bytes of `data` from `from` on, as an unsigned number. */
export function crc32c(data: Uint8Array, from = 0): number {
  let crc = -1;
  for (let at = from; at < data.length; at++) crc = (crc >>> 8) ^ (table[(crc ^ (data[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
