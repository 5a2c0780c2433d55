/**
 * A log whose finished executions were swept, and of which compaction took some records and left others, folds to what was live.
 * Tombstones are written in the order the owner keeps: an execution's facts from its first to its last, what an instance left before the
 * first execution of the one that took its place.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { progressOf } from '../../../engine/core/index.ts';
import type { LogRecord } from '../../../engine/log/index.ts';
import type { EndedExecution, PartitionCache } from '../../../engine/state/index.ts';
import { keyOf, type Fact, type HistoryBody } from '../../../schemas/index.ts';
import { Restore } from '../../../partition-worker/owner/restore.ts';
import { marksOf } from '../core/log-writer.ts';
import { claimant, FakePartitionLog, FakeRuntime } from '../owner/fakes.ts';
import { asRead, commitsOf, folded, ids, moves } from './lives.ts';
import { eventRowsOf, openRowsOf, Owning } from './owning.ts';

const cacheAgeMaxMs = 3_600_000;
/** How many tombstones the sweep before each commit may write; 0 for none. */
const sweeps = fc.array(fc.constantFrom(0, 1, 2, 5, 50), { minLength: 1, maxLength: 20 });
/** Which of the records that a later one took the place of are gone. */
const losses = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
/** Where restores end, in parts of the log. */
const stops = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

/** What an owner does: commits, each with the tombstones of what earlier commits ended. */
class SweptLog {
  readonly log = new FakePartitionLog();
  readonly facts: Fact[] = [];
  readonly removed = new Set<string>();
  readonly outOfOrder: string[] = [];
  private readonly owning: Owning;
  private commit = 0;

  constructor(owning: Owning) {
    this.owning = owning;
    this.log.write(1, claimant, 0, { kind: 'Claim', atMs: 0, worker: 'w' });
  }

  async add(facts: readonly Fact[], limit: number): Promise<void> {
    const keys = await this.sweep(limit);
    this.judge(new Set(keys));
    for (const key of keys) {
      this.log.records.push({ offset: this.log.end++, key, value: null });
      this.removed.add(key);
    }
    this.commit++;
    for (const fact of facts) this.log.write(1, claimant, this.commit, fact);
    const progress: HistoryBody = progressOf(marksOf({ commandNext: this.commit }), 0);
    this.log.write(1, claimant, this.commit, progress);
    this.facts.push(...facts);
    await this.owning.write(facts, keys);
  }

  /** An execution that began a new instance may go only when everything of the one before it went in earlier commits. */
  private judge(keys: ReadonlySet<string>): void {
    for (const start of this.facts) {
      if (start.kind !== 'InstanceStarted' || start.generation > 1 || !keys.has(logKeyOf(start))) continue;
      const { previousExecutionId } = start;
      for (const fact of this.facts)
        if (fact.executionId === previousExecutionId && !this.removed.has(logKeyOf(fact))) this.outOfOrder.push(logKeyOf(fact));
    }
  }

  private async sweep(limit: number): Promise<string[]> {
    const keys: string[] = [];
    if (limit === 0) return keys;
    for await (const execution of this.owning.cache.endedExecutions(10)) {
      const found = await this.leavingsOf(execution, limit - keys.length);
      if (found.length === 0) await this.owning.forget(execution);
      keys.push(...found);
      if (keys.length >= limit) break;
    }
    return keys;
  }

  private async leavingsOf({ instanceId, executionId, discardBelow }: EndedExecution, limit: number): Promise<string[]> {
    const { cache } = this.owning;
    const facts = await cache.executionFacts(instanceId, executionId, 1, 1_000);
    const keys = facts.filter(({ fact }) => fact.kind !== 'EventRaised').map(({ logKey }) => logKey);
    if (keys.length > 0 || discardBelow === null) return keys.slice(0, limit);
    return await cache.eventKeys(instanceId, [{ from: 1, through: discardBelow - 1 }], limit);
  }
}

function compacted(records: readonly LogRecord[], lost: readonly boolean[]): LogRecord[] {
  const last = new Map(records.map(({ key, offset }) => [key, offset]));
  const isGone = (offset: number): boolean => lost[(offset * 7) % lost.length] === true;
  return records.filter(({ key, offset }) => last.get(key) === offset || !isGone(offset));
}

async function restore(cache: PartitionCache, log: FakePartitionLog): Promise<void> {
  const restoring = new Restore({ partition: 0, log, cache, runtime: new FakeRuntime(), cacheAgeMaxMs });
  await restoring.begin();
  await restoring.toEnd();
}

describe('a compacted log', () => {
  test('[L8] [L9] folds to what was live, whatever of the swept is still there', async () => {
    let swept = 0;
    const property = fc.asyncProperty(moves, sweeps, losses, stops, async (life, limits, lost, ends) => {
      const owning = await Owning.begin();
      const owner = new SweptLog(owning);
      for (const [at, facts] of commitsOf(life, { partly: false }).entries()) await owner.add(facts, limits[at % limits.length] ?? 0);
      swept += owner.removed.size;

      const log = new FakePartitionLog();
      const records = compacted(owner.log.records, lost);
      const restored = await Owning.begin();
      for (const part of [...ends.sort((a, b) => a - b), 1]) {
        log.end = Math.floor(owner.log.end * part);
        log.records = records.filter(({ offset }) => offset < log.end);
        await restored.reopen();
        await restore(restored.cache, log);
      }

      const expected = folded(owner.facts);
      const read = new Map([...expected].map(([id, state]) => [id, asRead(state)]));
      expect(await owning.cache.instances(ids)).toEqual(read);
      expect(await restored.cache.instances(ids)).toEqual(read);
      const there = owner.facts.filter((body) => !owner.removed.has(logKeyOf(body)));
      for (const one of [owning, restored]) {
        expect(await one.rows('tTu')).toEqual(openRowsOf(expected.values()));
        expect(await one.rows('xd')).toEqual(eventRowsOf(there));
        expect(await one.rows('f')).toHaveLength(there.length);
      }
    });
    await fc.assert(property, { numRuns: 250 });
    expect(swept).toBeGreaterThan(100);
  });

  test('[L8] what an instance left is swept before the first execution of the one that took its place', async () => {
    const property = fc.asyncProperty(moves, sweeps, async (life, limits) => {
      const owner = new SweptLog(await Owning.begin());
      for (const [at, facts] of commitsOf(life, { partly: false }).entries()) await owner.add(facts, limits[at % limits.length] ?? 0);
      expect(owner.outOfOrder).toEqual([]);
    });
    await fc.assert(property, { numRuns: 150 });
  });
});

const logKeyOf = (body: Fact): string => keyOf({ epoch: 1, claimant, commit: 1, body });
