/**
 * Kafka's compaction, in small steps.
 *  1. Keeps the last record of every key among those older than the lag. Works through the history once, in order, remembering for each key
 *     where its last record stands: what a later record of the key overtakes is removed. Work is in proportion to what was appended.
 *  2. A tombstone stays for the retention, counted from when compaction came over it: by then every reader that may still hold what it
 *     removes has started anew (L9).
 *  3. Removals, marks and the position are one LevelDB batch a step; a crash between steps loses nothing and repeats nothing.
 *  4. The newest record of a partition is left alone: it holds the log's end.
 */
import type { Database, Operation } from './database.ts';
import { after, cleanedKey, lastOfKey, recordKey, tombstoneKey, tombstonePrefix } from './keys.ts';
import { type LocalTopic, numberBytes, numberIn, type PlacedRecord } from './topic.ts';

/** One step holds up the event loop for a millisecond or two. */
const stepRecords = 250;

export interface CompactionPolicy {
  /** Records younger than this are left alone. */
  readonly lagMs: number;
  /** How long a tombstone stays after compaction came over it. */
  readonly tombstoneRetentionMs: number;
}

/** Compacts `history` as far as the policy allows at `nowMs`; `goOn` is asked before every step. */
export async function compactHistory(
  database: Database,
  partition: number,
  history: LocalTopic,
  policy: CompactionPolicy,
  nowMs: number,
  goOn: () => boolean,
): Promise<void> {
  while (goOn() && (await overtake(database, partition, history, policy, nowMs)));
  while (goOn() && (await expire(database, partition, history, nowMs)));
}

/** One step of rule 1; answers whether there may be more to do. */
async function overtake(
  database: Database,
  partition: number,
  history: LocalTopic,
  policy: CompactionPolicy,
  nowMs: number,
): Promise<boolean> {
  if (history.cleanedTo >= history.next - 1) return false;
  const last = history.next - 1;
  const piece = await history.piece(history.cleanedTo, stepRecords);
  const young = piece.findIndex(({ offset, atMs }) => offset >= last || atMs > nowMs - policy.lagMs);
  const records = young === -1 ? piece : piece.slice(0, young);
  const newest = records.at(-1);
  if (newest === undefined) return false;
  const operations = await overtaking(database, partition, history, records, Math.ceil(nowMs + policy.tombstoneRetentionMs));
  const cleanedTo = newest.offset + 1;
  // Raised before the write: a reader must never take a hole made by compaction for damage.
  history.cleanedTo = cleanedTo;
  operations.push({ type: 'put', key: cleanedKey(history.name), value: numberBytes(cleanedTo) });
  await database.write(operations, { sync: false });
  return young === -1;
}

async function overtaking(
  database: Database,
  partition: number,
  history: LocalTopic,
  records: readonly PlacedRecord[],
  diesAtMs: number,
): Promise<Operation[]> {
  const keys = records.map(({ key }) => lastOfKey(partition, key?.toString() ?? ''));
  const known = await database.getMany(keys);
  const lastOf = new Map<string, number>();
  keys.forEach((key, at) => {
    const bytes = known[at];
    if (bytes !== undefined) lastOf.set(key, numberIn(bytes));
  });
  const operations: Operation[] = [];
  records.forEach(({ offset, value }, at) => {
    const key = keys[at] ?? '';
    const overtaken = lastOf.get(key);
    if (overtaken !== undefined) operations.push({ type: 'del', key: recordKey(history.name, overtaken) });
    lastOf.set(key, offset);
    if (value === null) operations.push({ type: 'put', key: tombstoneKey(partition, diesAtMs, offset), value: Buffer.from(key) });
  });
  for (const key of new Set(keys)) operations.push({ type: 'put', key, value: numberBytes(lastOf.get(key) ?? 0) });
  return operations;
}

/** One step of rule 2; answers whether there may be more to do. */
async function expire(database: Database, partition: number, history: LocalTopic, nowMs: number): Promise<boolean> {
  const prefix = tombstonePrefix(partition);
  const due = tombstoneKey(partition, Math.floor(nowMs) + 1, 0);
  const tombstones = await database.piece(prefix, due < after(prefix) ? due : after(prefix), stepRecords);
  if (tombstones.length === 0) return false;
  const lasts = await database.getMany(tombstones.map(([, key]) => key.toString()));
  const operations: Operation[] = [];
  tombstones.forEach(([mark, key], at) => {
    const offset = Number(mark.slice(-16));
    operations.push({ type: 'del', key: mark }, { type: 'del', key: recordKey(history.name, offset) });
    // Unless the key was written again since.
    if (numberIn(lasts[at]) === offset) operations.push({ type: 'del', key: key.toString() });
  });
  await database.write(operations, { sync: false });
  return true;
}
