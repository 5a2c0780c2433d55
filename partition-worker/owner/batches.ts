/** Turns a commit into the batches that carry it (L3): tombstones, then facts, then the Progress, last; none larger than the log takes. */
import {
  commitBytesMax,
  encodeHistory,
  keyOf,
  progressKey,
  type Claimant,
  type Fact,
  type HistoryRecord,
  type PartitionFact,
} from '../../schemas/index.ts';
import { progressOf, type Marks } from '../../engine/core/index.ts';
import type { CommitRecord } from './append.ts';

export interface CommitContent {
  readonly epoch: number;
  readonly claimant: Claimant;
  readonly commit: number;
  readonly atMs: number;
  readonly tombstones: readonly string[];
  readonly bodies: readonly (Fact | PartitionFact)[];
  readonly marks: Marks;
}

/** What Kafka's record format adds to key and value, generously. */
const recordOverheadBytes = 32;

export function batchesOf(content: CommitContent, bytesMax: number = commitBytesMax): CommitRecord[][] {
  const { epoch, claimant, commit } = content;
  const records: CommitRecord[] = content.tombstones.map((key) => ({ key, record: null, bytes: null }));
  for (const body of content.bodies) {
    const record: HistoryRecord = { epoch, claimant, commit, body };
    records.push({ key: keyOf(record), record, bytes: encodeHistory(record) });
  }
  const progress: HistoryRecord = { epoch, claimant, commit, body: progressOf(content.marks, content.atMs) };
  records.push({ key: progressKey(commit, epoch, claimant), record: progress, bytes: encodeHistory(progress) });
  return split(records, bytesMax);
}

function split(records: readonly CommitRecord[], bytesMax: number): CommitRecord[][] {
  const batches: CommitRecord[][] = [];
  let batch: CommitRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.key.length * 3 + (record.bytes?.length ?? 0) + recordOverheadBytes;
    if (batch.length > 0 && bytes + size > bytesMax) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  batches.push(batch);
  return batches;
}
