/**
 * Which partition an instance lives on. The hash is the Java client's default partitioner (murmur2), so that any producer
 * with Kafka's own defaults sends a command to the right place.
 */

const seed = 0x9747b28c;
const mix = 0x5bd1e995;

/** The partition, from 0 to `partitions` - 1, that owns `instanceId`. */
export function partitionOf(instanceId: string, partitions: number): number {
  return partitionOfKey(Buffer.from(instanceId, 'utf8'), partitions);
}

/** The partition that a record with this key belongs to. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** Kafka's 32-bit murmur2, signed: equal to `org.apache.kafka.common.utils.Utils.murmur2`. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const wordsEnd = length & ~3;
  let hash = seed ^ length;
  for (let at = 0; at < wordsEnd; at += 4) {
    let word = byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, mix);
    word = Math.imul(word ^ (word >>> 24), mix);
    hash = Math.imul(hash, mix) ^ word;
  }
  const rest = length - wordsEnd;
  if (rest === 3) hash ^= byteAt(bytes, wordsEnd + 2) << 16;
  if (rest >= 2) hash ^= byteAt(bytes, wordsEnd + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byteAt(bytes, wordsEnd), mix);
  hash = Math.imul(hash ^ (hash >>> 13), mix);
  return hash ^ (hash >>> 15);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
