/**
 * Where things stand in the database. Offsets are padded, so that LevelDB's order is the log's order.
 *
 *   h/<partition>/<offset>        a record of history
 *   c/<partition>/<offset>        a command
 *   d/00000/<offset>              a dead letter
 *   k/<partition>/<record key>    compaction: the offset of the key's last record below the cleaned offset
 *   t/<partition>/<atMs>/<offset> compaction: when a tombstone may go
 *   m/cleaned/h/<partition>/      compaction has been over every record below this offset
 *   m/start/<topic>               everything below this offset was trimmed
 */
export type TopicName = `${'h' | 'c' | 'd'}/${string}`;

export function historyTopic(partition: number): TopicName {
  return `h/${padded(partition, 5)}/`;
}

export function commandTopic(partition: number): TopicName {
  return `c/${padded(partition, 5)}/`;
}

export const deadLetterTopic: TopicName = 'd/00000/';

export function recordKey(topic: TopicName, offset: number): string {
  return topic + padded(offset, 16);
}

/** The offset in a record's key. */
export function offsetOf(key: string): number {
  return Number(key.slice(-16));
}

/** The first key after all that begin with `prefix`, which ends in a slash. */
export function after(prefix: string): string {
  return `${prefix.slice(0, -1)}0`;
}

export function lastOfKey(partition: number, key: string): string {
  return `k/${padded(partition, 5)}/${key}`;
}

export function tombstonePrefix(partition: number): string {
  return `t/${padded(partition, 5)}/`;
}

export function tombstoneKey(partition: number, diesAtMs: number, offset: number): string {
  return `${tombstonePrefix(partition)}${padded(diesAtMs, 16)}/${padded(offset, 16)}`;
}

export function cleanedKey(topic: TopicName): string {
  return `m/cleaned/${topic}`;
}

export function startKey(topic: TopicName): string {
  return `m/start/${topic}`;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
