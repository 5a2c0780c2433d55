import { describe, expect, test } from 'vitest';
import { emptyPartition, foldRecord, type FoldSink, type PartitionState } from '../../../engine/core/index.ts';
import type { PartitionLog } from '../../../engine/log/index.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../engine/log/memory/index.ts';
import { claimKey, encodeHistory, type HistoryRecord } from '../../../schemas/index.ts';
import { appendCommit, type CommitOutcome } from '../../../partition-worker/owner/append.ts';
import { batchesOf } from '../../../partition-worker/owner/batches.ts';
import { claimant, refused } from './fakes.ts';

const sink: FoldSink = { closed: () => undefined, removed: () => undefined, voided: () => undefined };

interface Tenure {
  readonly broker: MemoryBroker;
  readonly log: PartitionLog;
  readonly state: PartitionState;
}

/** A partition that was just claimed. */
async function claimed(): Promise<Tenure> {
  const broker = createMemoryBroker({ partitions: 1 });
  const log = broker.connect('w').log.open(0);
  const state = emptyPartition();
  const record: HistoryRecord = { epoch: 1, claimant, commit: 0, body: { kind: 'Claim', atMs: 0, worker: 'w' } };
  const key = claimKey(1, claimant);
  const bytes = encodeHistory(record);
  await log.append([{ key, value: bytes }]);
  foldRecord(state, { offset: 0, key, record, bytes }, sink);
  return { broker, log, state };
}

async function commit({ log, state }: Tenure, isTooOld: boolean): Promise<CommitOutcome['kind']> {
  const content = { epoch: 1, claimant, commit: state.commit + 1, atMs: 0, tombstones: [], bodies: [refused(0, 0)], marks: state.marks };
  return (await appendCommit({ log, state, sink, isTooOld: () => isTooOld }, batchesOf(content))).kind;
}

describe('a commit on a state that was last known to be the log’s end long ago', () => {
  test('[L9] counts when nothing came between: then nothing was missed', async () => {
    const tenure = await claimed();
    expect(await commit(tenure, true)).toBe('counted');
    expect(tenure.state).toMatchObject({ commit: 1, position: 3 });
  });

  test('[L9] is unknown when something did: a tombstone may be gone from the gap', async () => {
    const tenure = await claimed();
    tenure.broker.noise(0, { key: 'x', value: null });
    expect(await commit(tenure, true)).toBe('unknown');
  });

  test('[L5] counts over a gap that holds no claim while the state is young', async () => {
    const tenure = await claimed();
    tenure.broker.noise(0, { key: 'x', value: null });
    expect(await commit(tenure, false)).toBe('counted');
    expect(tenure.state).toMatchObject({ commit: 1, position: 4 });
  });
});
