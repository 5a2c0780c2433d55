import { messageBytesMax, OperationalError } from '../../schemas/index.ts';

/** The largest batch a log takes, in bytes as `batchBytes` counts them: Kafka's `max.message.bytes` in this system, 4 MiB. */
export const batchBytesMax: number = messageBytesMax;

/** The header of a Kafka record batch. */
const batchOverheadBytes = 61;
/** The most that Kafka adds to one record's key, value and headers. */
const recordOverheadBytes = 32;

interface Sized {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An upper bound of what `records` take as one uncompressed Kafka record batch. */
export function batchBytes(records: readonly Sized[]): number {
  let bytes = batchOverheadBytes;
  for (const record of records) {
    bytes += recordOverheadBytes + (record.key === null ? 0 : Buffer.byteLength(record.key)) + (record.value?.length ?? 0);
    for (const [name, text] of Object.entries(record.headers ?? {})) bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return bytes;
}

/** Why no log ever takes `records` as one batch, or undefined when it may. */
export function batchFault(records: readonly Sized[]): OperationalError | undefined {
  if (records.length === 0) return new OperationalError('BATCH_EMPTY', 'a batch holds at least one record', { retryable: false });
  const bytes = batchBytes(records);
  if (bytes <= batchBytesMax) return undefined;
  return new OperationalError('BATCH_TOO_LARGE', `a batch takes at most ${String(batchBytesMax)} bytes, this one has ${String(bytes)}`, {
    retryable: false,
    cure: 'split it',
  });
}
