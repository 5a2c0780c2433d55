/**
 * Taking a partition (L1): read to the end, claim with an epoch above every one seen, read past the own claim to the end again.
 *
 *  1. The claimant id is fresh for every claim append.
 *  2. A claim whose append is unknown is abandoned: whoever goes on reads again and claims anew.
 *  3. The offset expected next is the end as *read* after the claim, never one that was asked for.
 */
import { claimKey, encodeHistory, hash, OperationalError, schemaVersion, type Claimant } from '../../schemas/index.ts';
import type { PartitionState } from '../../engine/core/index.ts';
import type { PartitionLog } from '../../engine/log/index.ts';
import type { PartitionCache } from '../../engine/state/index.ts';
import type { Runtime } from '../runtime.ts';
import { Restore } from './restore.ts';

export interface TakeoverOptions {
  readonly partition: number;
  /** How many partitions the namespace is thought to have. */
  readonly partitions: number;
  readonly log: PartitionLog;
  readonly cache: PartitionCache;
  readonly runtime: Runtime;
  readonly cacheAgeMaxMs: number;
  /** For people, in the claim record. */
  readonly workerName: string;
  /** False as soon as the group takes the partition away: no claim is made then. */
  readonly wanted: () => boolean;
}

export type Takeover =
  | {
      readonly kind: 'active';
      readonly state: PartitionState;
      readonly epoch: number;
      readonly claimant: Claimant;
      readonly recordsRead: number;
      /** When the state was last known to be the log's end. */
      readonly stampMs: number;
    }
  /** Another's claim is effective. */
  | { readonly kind: 'fenced' }
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'unknown'; readonly cause: unknown }
  | { readonly kind: 'broken'; readonly cause: unknown };

export async function takeOver(options: TakeoverOptions): Promise<Takeover> {
  const { log, runtime } = options;
  const restore = new Restore(options);
  await restore.begin();
  await restore.toEnd();
  checkNamespace(restore.state, options.partitions);
  if (!options.wanted()) return { kind: 'unwanted' };
  const epoch = restore.state.epochMax + 1;
  const claimant = runtime.hex(16) as Claimant;
  const outcome = await log.append([
    {
      key: claimKey(epoch, claimant),
      value: encodeHistory({ epoch, claimant, commit: 0, body: { kind: 'Claim', atMs: runtime.nowMs(), worker: options.workerName } }),
    },
  ]);
  if (outcome.kind !== 'acked') return outcome;
  await restore.toEnd();
  const { state } = restore;
  if (state.epoch !== epoch || state.claimant !== claimant) return { kind: 'fenced' };
  const { recordsRead, stampMs } = restore;
  return { kind: 'active', state, epoch, claimant, recordsRead, stampMs };
}

/** An instance's partition depends on their number and the hash: under another number its history would be looked for elsewhere. */
function checkNamespace({ namespace }: PartitionState, partitions: number): void {
  if (namespace === null) return;
  if (namespace.partitions === partitions && namespace.hash === hash && namespace.schemaVersion <= schemaVersion) return;
  const made = `${String(namespace.partitions)} partitions, hash ${namespace.hash}, schema version ${String(namespace.schemaVersion)}`;
  const mine = `${String(partitions)}, ${hash}, ${String(schemaVersion)}`;
  throw new OperationalError('NAMESPACE_MISMATCH', `the namespace was made with ${made}; this worker has ${mine}`, {
    retryable: false,
    cure: 'use the number of partitions it was made with, and a release no older than its topics',
  });
}
