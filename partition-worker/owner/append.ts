/**
 * One commit onto the log (L3, L5).
 *
 *  1. The batches go one after the other, each only after the ack of the one before.
 *  2. An ack at the expected offset: nothing came between. Above it: the gap is read, and the batch counts iff the own claim is still
 *     effective. Below it: the batch is not in the log.
 *  3. State is changed by the fold alone; it is the caller's committed state and holds open facts until the Progress is acked.
 *  4. After anything but `counted` nothing more may be appended in this epoch.
 */
import { BrokenError } from '../../schemas/index.ts';
import { foldRecord, type FoldRecord, type FoldSink, type PartitionState } from '../../engine/core/index.ts';
import type { AppendOutcome, PartitionLog } from '../../engine/log/index.ts';
import { decoded } from './restore.ts';

/** A record about to be appended: what the fold needs of it once it has an offset. */
export type CommitRecord = Omit<FoldRecord, 'offset' | 'bytes'> & { readonly bytes: Buffer | null };

export type CommitOutcome =
  | { readonly kind: 'counted' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'unknown'; readonly cause: unknown }
  | { readonly kind: 'broken'; readonly cause: unknown };

export interface CommitTarget {
  readonly log: PartitionLog;
  readonly state: PartitionState;
  readonly sink: FoldSink;
  /** Whether the state was last known to be the log's end so long ago that a tombstone in a gap may be gone (L9). */
  readonly isTooOld: () => boolean;
}

export async function appendCommit(target: CommitTarget, batches: readonly (readonly CommitRecord[])[]): Promise<CommitOutcome> {
  for (const batch of batches) {
    const outcome = await target.log.append(batch.map((record) => ({ key: record.key, value: record.bytes })));
    if (outcome.kind !== 'acked') return outcome;
    const judged = await judge(target, batch, outcome);
    if (judged.kind !== 'counted') return judged;
  }
  return { kind: 'counted' };
}

async function judge(
  target: CommitTarget,
  batch: readonly CommitRecord[],
  ack: Extract<AppendOutcome, { kind: 'acked' }>,
): Promise<CommitOutcome> {
  const { state, sink } = target;
  const expected = state.position;
  if (ack.base < expected)
    return {
      kind: 'unknown',
      cause: new Error(`acked at offset ${String(ack.base)}, below the expected ${String(expected)}: not written`),
    };
  if (ack.base === expected) {
    for (const [at, record] of batch.entries()) foldRecord(state, { ...record, offset: expected + at }, sink);
    return { kind: 'counted' };
  }
  if (await isFenced(target)) return { kind: 'fenced' };
  if (target.isTooOld()) return { kind: 'unknown', cause: new Error('the state was too old for the gap it had to read') };
  return { kind: 'counted' };
}

/** Folds what the log has past the state; answers whether a claim in it ends the own one. */
export async function isFenced({ log, state, sink }: Omit<CommitTarget, 'isTooOld'>): Promise<boolean> {
  const { epoch, claimant } = state;
  const end = await log.read(state.position, (records) => {
    for (const record of records) if (record.offset >= state.position) foldRecord(state, decoded(record), sink);
  });
  if (state.strangers > 0) throw new BrokenError('HISTORY_DIVERGED', 'the log has records by a writer without a claim');
  state.position = Math.max(state.position, end);
  return state.epoch !== epoch || state.claimant !== claimant;
}
