/** Random logs of owners and zombies: what a reader makes of one does not depend on when it reads, where it stops, or on compaction. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restartPosition, type FoldRecord } from '../../../engine/core/index.ts';
import type { Claimant } from '../../../schemas/index.ts';
import { factKeyOf, Folded, HandWrittenLog, type Writer } from './log-writer.ts';

/**
 * One owner in the making or a zombie. It keeps the protocol: it folds the log up to its claim, reads back, commits one at a time, and after
 * a fencing has at most one commit still on its way (L8).
 */
interface Owner {
  readonly by: Writer;
  commit: number;
  /** Facts it closed and may tombstone, because an acked commit holds them. */
  readonly own: number[];
  fenced: boolean;
}

type Step = { readonly draw: number; readonly size: number; readonly split: boolean };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ draw: fc.integer({ min: 0, max: 99 }), size: fc.integer({ min: 0, max: 3 }), split: fc.boolean() }),
  { minLength: 5, maxLength: 60 },
);

/** A log as owners that keep L1–L8 write it, with lost claims, zombies' late commits, abandoned halves and tombstones. */
class RandomWorld {
  readonly log = new HandWrittenLog();
  private owner: Owner | undefined;
  private readonly late: (() => void)[] = [];
  private number = 0;
  private claims = 0;

  step({ draw, size, split }: Step): void {
    if (draw < 10 || this.owner === undefined) this.takeOver(draw % 3 === 0);
    else if (draw < 25) this.late.shift()?.();
    else if (draw < 35) this.loseHalf(this.owner, size);
    else this.commit(this.owner, size, split, draw % 4 === 0);
  }

  private fresh(epoch: number): Writer {
    return { epoch, claimant: String(++this.claims).padStart(16, '0') as Claimant };
  }

  private takeOver(tied: boolean): void {
    const { state } = new Folded().fold(this.log.records);
    const zombie = this.owner;
    if (zombie !== undefined && !zombie.fenced) {
      zombie.fenced = true;
      const commit = zombie.commit + 1;
      const numbers = [++this.number, ++this.number];
      const mark = this.number;
      this.late.push(() => {
        this.log.facts(zombie.by, commit, ...numbers).progress(zombie.by, commit, { commandNext: mark });
      });
    }
    const by = this.fresh(state.epochMax + 1);
    this.log.claim(by);
    if (tied) this.log.claim(this.fresh(by.epoch));
    this.owner = { by, commit: 0, own: [], fenced: false };
  }

  /** The first batch of a split commit lands, its owner gives up. */
  private loseHalf(owner: Owner, size: number): void {
    const numbers = Array.from({ length: size + 1 }, () => ++this.number);
    this.log.facts(owner.by, owner.commit + 1, ...numbers);
    owner.fenced = true;
    this.owner = undefined;
  }

  private commit(owner: Owner, size: number, split: boolean, sweep: boolean): void {
    const { state } = new Folded().fold(this.log.records);
    const commit = ++owner.commit;
    if (sweep) for (const key of [...state.voidKeys].slice(0, 2)) this.log.tombstone(key);
    const ended = sweep ? owner.own.shift() : undefined;
    if (ended !== undefined) this.log.tombstoneOf(owner.by, ended);
    const numbers = Array.from({ length: size }, () => ++this.number);
    this.log.facts(owner.by, commit, ...numbers);
    if (split) this.late.shift()?.();
    this.log.progress(owner.by, commit, { commandNext: this.number });
    owner.own.push(...numbers);
  }
}

function written(life: readonly Step[]): readonly FoldRecord[] {
  const world = new RandomWorld();
  for (const step of life) world.step(step);
  return world.log.records;
}

/** Kafka's cleaner below `horizon`: the last record of each key stays, tombstones too. */
function compacted(records: readonly FoldRecord[], horizon: number): FoldRecord[] {
  const last = new Map<string, number>();
  for (const record of records) if (record.offset < horizon) last.set(record.key, record.offset);
  return records.filter((record) => record.offset >= horizon || last.get(record.key) === record.offset);
}

const factsOf = (folded: Folded): unknown => [...folded.facts].map(([key, { body }]) => [key, body]).sort();

describe('a random log', () => {
  test('[L3] [L4] [L8] folds the same before and after compaction at any horizon', () => {
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1, noNaN: true }), (life, share) => {
        const records = written(life);
        const horizon = Math.floor(share * (records.length + 1));
        const full = new Folded().fold(records);
        const less = new Folded().fold(compacted(records, horizon));
        expect(factsOf(less)).toEqual(factsOf(full));
        expect(less.state.marks).toEqual(full.state.marks);
        const { epoch, epochMax, claimant, commit, position, voidKeys } = full.state;
        expect(less.state).toMatchObject({ epoch, epochMax, claimant, commit, position, strangers: 0 });
        expect(less.state.voidKeys).toEqual(voidKeys);
        expect(less.state.open.map(({ key }) => key)).toEqual(full.state.open.map(({ key }) => key));
      }),
      { numRuns: 500 },
    );
  });

  test('[L8] [L9] folds the same when compaction runs while a reader is under way, and with a cache of any age', () => {
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (life, cut, share) => {
        const records = written(life);
        const readTo = Math.floor(cut * records.length);
        const horizon = Math.floor(share * (records.length + 1));
        const full = new Folded().fold(records);
        const inTwo = new Folded().fold(records.slice(0, readTo));
        inTwo.fold(compacted(records, horizon).filter(({ offset }) => offset >= readTo));
        expect(factsOf(inTwo)).toEqual(factsOf(full));
        expect(inTwo.state.marks).toEqual(full.state.marks);
      }),
      { numRuns: 500 },
    );
  });

  test('[L9] a reader that starts again at its restart position, without its open facts, ends where one that never stopped does', () => {
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1, noNaN: true }), (life, cut) => {
        const records = written(life);
        const full = new Folded().fold(records);
        const reader = new Folded().fold(records.slice(0, Math.floor(cut * records.length)));
        const from = restartPosition(reader.state);
        reader.state.open = [];
        reader.fold(records.slice(from));
        expect(factsOf(reader)).toEqual(factsOf(full));
        const { voidKeys, ...rest } = full.state;
        expect(reader.state).toMatchObject(rest);
        expect(reader.state.voidKeys).toEqual(voidKeys);
      }),
      { numRuns: 500 },
    );
  });

  test("[L2] holds no fact of a zombie's late commit, and every fact of an acked one until its tombstone", () => {
    fc.assert(
      fc.property(steps, (life) => {
        const records = written(life);
        const full = new Folded().fold(records);
        let effective = '';
        let epoch = 0;
        const expected = new Map<string, boolean>();
        let open: string[] = [];
        for (const { key, record } of records) {
          if (record === null) {
            expected.delete(key);
            open = open.filter((name) => name !== key);
            continue;
          }
          const { body, claimant } = record;
          if (body.kind === 'Claim') {
            if (record.epoch > epoch) [epoch, effective, open] = [record.epoch, claimant, []];
          } else if (claimant !== effective) continue;
          else if (body.kind === 'Progress') {
            for (const name of open) expected.set(name, true);
            open = [];
          } else open.push(key);
        }
        expect([...full.facts.keys()].sort()).toEqual([...expected.keys()].sort());
      }),
      { numRuns: 300 },
    );
  });

  test('the random writer writes what the rules are about', () => {
    const counts = { voided: 0, removed: 0, closed: 0 };
    for (const life of fc.sample(steps, { numRuns: 100, seed: 7 })) {
      const folded = new Folded().fold(written(life));
      for (const line of folded.told) counts[line.slice(0, line.indexOf(' ')) as keyof typeof counts]++;
    }
    expect(Math.min(counts.voided, counts.removed, counts.closed)).toBeGreaterThan(50);
    expect(factKeyOf({ epoch: 1, claimant: 'x' as Claimant }, 1)).toBe('r/1/1/x');
  });
});
