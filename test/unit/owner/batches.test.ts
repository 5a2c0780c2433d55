import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchBytes, batchBytesMax } from '../../../engine/log/index.ts';
import { commitBytesMax, payloadBytesMax, type ExecutionId, type Fact, type InstanceId } from '../../../schemas/index.ts';
import { batchesOf, type CommitContent } from '../../../partition-worker/owner/batches.ts';
import { claimant, outbound } from './fakes.ts';

const content = (changes: Partial<CommitContent>): CommitContent => ({
  ...{ epoch: 3, claimant, commit: 7, atMs: 5, tombstones: [], bodies: [] },
  marks: { commandNext: 1, outboundLast: 0, answersFrom: 0, sentThrough: new Map(), received: new Map() },
  ...changes,
});

const task = (seq: number, bytes: number): Fact => ({
  kind: 'TaskScheduled',
  instanceId: 'é/日本' as InstanceId,
  executionId: 'e'.repeat(32) as ExecutionId,
  ...{ seq, atMs: 1, taskId: seq, name: 'n' },
  input: 'x'.repeat(bytes),
  ...{ attempt: 1, firstTaskId: 0, tags: [], version: '' },
});

describe('batches of a commit', () => {
  test('[L3] a small one is one batch: tombstones, facts in their order, the Progress last', () => {
    const [batch, ...others] = batchesOf(content({ tombstones: ['a', 'b'], bodies: [task(1, 1), task(2, 1), outbound(1)] }));
    expect(others).toEqual([]);
    expect(batch?.map(({ record }) => record?.body.kind)).toEqual([
      ...[undefined, undefined, 'TaskScheduled', 'TaskScheduled', 'OutboundQueued', 'Progress'],
    ]);
    expect(batch?.slice(0, 2)).toEqual([
      { key: 'a', record: null, bytes: null },
      { key: 'b', record: null, bytes: null },
    ]);
    for (const { record } of batch?.slice(2) ?? []) expect(record).toMatchObject({ epoch: 3, claimant, commit: 7 });
  });

  test('[L3] an empty one is its Progress', () => {
    expect(batchesOf(content({})).map((batch) => batch.map(({ record }) => record?.body.kind))).toEqual([['Progress']]);
  });

  test('[L3] is split so that each batch fits, nothing is lost or reordered, and only the last has the Progress, last', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: payloadBytesMax }), { maxLength: 20 });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const bodies = bytes.map((size, at) => task(at + 1, size));
        const batches = batchesOf(content({ bodies }));
        for (const batch of batches) {
          const sized = batch.map(({ key, bytes: value }) => ({ key, value }));
          expect(batchBytes(sized)).toBeLessThanOrEqual(commitBytesMax + 61);
        }
        const kinds = batches.flat().map(({ record }) => record?.body.kind);
        expect(kinds.indexOf('Progress')).toBe(kinds.length - 1);
        expect(batches.flat().map(({ record }) => record?.body)).toMatchObject([...bodies, { kind: 'Progress' }]);
      }),
      { numRuns: 25 },
    );
  });

  test('the largest facts there are fit a batch of their own', () => {
    // What two bytes a character and every escape cost is counted in bytes, so a payload of the limit is the worst.
    const [first] = batchesOf(content({ bodies: [task(1, payloadBytesMax)] }));
    expect(batchBytes((first ?? []).map(({ key, bytes }) => ({ key, value: bytes })))).toBeLessThan(batchBytesMax);
  });
});
