/** Which of the messages in a fetch are records that count. */
import type { Offset } from '../index.ts';

export interface RawRecord {
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** A message as KafkaJS decodes it, as far as it is used. */
export interface RawMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

/** A control record's key is two numbers of 16 bits, version and type; type 0 ends an aborted transaction. */
const abortMarker = 0;

/**
 * Leaves out markers, and what aborted transactions wrote. Nothing of ours is written in transactions, but other people's
 * producers may send their commands in them. (KafkaJS's own filter is wrong for overlapping transactions.)
 */
export function visible(messages: readonly RawMessage[], aborted: readonly { producerId: string; firstOffset: string }[]): RawRecord[] {
  const coming = aborted.map(({ producerId, firstOffset }) => ({ producerId, from: Number(firstOffset) })).sort((a, b) => a.from - b.from);
  const open = new Set<string>();
  const records: RawRecord[] = [];
  let reached = 0;
  for (const message of messages) {
    const offset = Number(message.offset);
    const { producerId, inTransaction } = message.batchContext;
    for (let next = coming[reached]; next !== undefined && next.from <= offset; next = coming[++reached]) open.add(next.producerId);
    if (message.isControlRecord) {
      if (message.key !== null && message.key.length >= 4 && message.key.readInt16BE(2) === abortMarker) open.delete(producerId);
    } else if (!(inTransaction && open.has(producerId))) records.push({ offset, key: message.key, value: message.value });
  }
  return records;
}
