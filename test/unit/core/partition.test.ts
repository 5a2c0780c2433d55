import { describe, expect, test } from 'vitest';
import { progressOf, restartPosition } from '../../../engine/core/index.ts';
import { factKeyOf, Folded, HandWrittenLog, marksOf, writer } from './log-writer.ts';

const a = writer(1, 'a');
const b = writer(2, 'b');
const log = (): HandWrittenLog => new HandWrittenLog();
const fold = ({ records }: HandWrittenLog): Folded => new Folded().fold(records);

describe('claims', () => {
  test('[L1] the first claim is effective, and each that exceeds every effective one before it', () => {
    const { state } = fold(log().claim(writer(3, 'a')).claim(writer(5, 'b')));
    expect(state).toMatchObject({ epoch: 5, epochMax: 5, claimant: 'b'.padEnd(16, '0'), commit: 0 });
    expect(state.tip).toEqual({ offset: 1, kind: 'Claim', epoch: 5, claimant: state.claimant, commit: 0 });
  });

  test('[L1] of two claims with one epoch the first in the log wins; the other changes nothing', () => {
    const tied = writer(2, 'c');
    const folded = fold(log().claim(b).claim(tied).facts(b, 1, 7).progress(b, 1));
    expect(folded.state.claimant).toBe(b.claimant);
    expect(folded.numbers).toEqual([7]);
  });

  test('[L1] a lost claim, lower than the effective one, does not void its open facts', () => {
    const folded = fold(log().claim(b).facts(b, 1, 7).claim(a).progress(b, 1));
    expect(folded.numbers).toEqual([7]);
    expect(folded.state).toMatchObject({ epoch: 2, commit: 1, strangers: 0 });
  });

  test('[L1] the epoch of a lost claim and of a void record counts for the next claim', () => {
    expect(fold(log().claim(b).claim(a)).state.epochMax).toBe(2);
    expect(fold(log().claim(a).facts(writer(9, 'x'), 1, 1)).state).toMatchObject({ epoch: 1, epochMax: 9 });
  });

  test('a record above every claim, or in its epoch by another claimant, is told as a stranger; a zombie is not', () => {
    expect(fold(log().claim(a).facts(writer(9, 'x'), 1, 1)).state.strangers).toBe(1);
    expect(fold(log().claim(b).facts(writer(2, 'x'), 1, 1)).state.strangers).toBe(1);
    expect(fold(log().claim(a).claim(b).facts(a, 1, 1).progress(a, 1)).state.strangers).toBe(0);
  });
});

describe('effective records', () => {
  test("[L2] a zombie's facts are void, its Progress moves no mark, and neither closes what is open", () => {
    const folded = fold(
      log()
        .claim(a)
        .facts(a, 1, 1)
        .progress(a, 1, { commandNext: 1 })
        .claim(b)
        .facts(b, 1, 2)
        .facts(a, 2, 3)
        .progress(a, 2, { commandNext: 9 }),
    );
    expect(folded.numbers).toEqual([1]);
    expect(folded.state.marks.commandNext).toBe(1);
    expect(folded.state.open).toHaveLength(1);
    expect([...folded.state.voidKeys]).toEqual([factKeyOf(a, 3)]);
    expect(folded.told).toEqual(['closed 1', `voided ${factKeyOf(a, 3)}`]);
  });

  test('[L2] records before any claim count for nothing', () => {
    const folded = fold(log().facts(a, 1, 1).progress(a, 1, { commandNext: 4 }));
    expect(folded.numbers).toEqual([]);
    expect(folded.state).toMatchObject({ commit: 0, marks: { commandNext: 0 }, tip: null });
    expect(folded.state.voidKeys).toEqual(new Set([factKeyOf(a, 1)]));
  });

  test('[L2] one claimant that claims again in a later epoch does not revive what it wrote in the earlier one', () => {
    const again = { epoch: 3, claimant: a.claimant };
    const folded = fold(log().claim(a).claim(b).claim(again).facts(a, 1, 1).progress(a, 1).facts(again, 1, 2).progress(again, 1));
    expect(folded.numbers).toEqual([2]);
  });
});

describe('commits', () => {
  test('[L3] facts are open until their Progress, and closed in log order', () => {
    const open = log().claim(a).facts(a, 1, 5, 4);
    expect(fold(open).numbers).toEqual([]);
    expect(restartPosition(fold(open).state)).toBe(1);
    const closed = fold(open.progress(a, 1));
    expect(closed.told).toEqual(['closed 5', 'closed 4']);
    expect(closed.state).toMatchObject({ commit: 1, open: [], tip: { kind: 'Progress', commit: 1, offset: 3 } });
    expect(restartPosition(closed.state)).toBe(4);
  });

  test('[L3] a fact of commit n+1 closes n, whose Progress compaction took', () => {
    const folded = fold(log().claim(a).facts(a, 1, 1, 2).facts(a, 2, 3));
    expect(folded.numbers).toEqual([1, 2]);
    expect(folded.state).toMatchObject({ commit: 1, open: [{ commit: 2 }] });
  });

  test('[L3] a later Progress closes what is open, whatever was compacted between', () => {
    expect(fold(log().claim(a).facts(a, 1, 1).progress(a, 4)).numbers).toEqual([1]);
  });

  test('[L3] facts still open at an effective claim are void; their Progress, coming later, closes nothing', () => {
    const folded = fold(log().claim(a).facts(a, 1, 1).claim(b).progress(a, 1, { commandNext: 8 }).facts(b, 1, 2).progress(b, 1));
    expect(folded.numbers).toEqual([2]);
    expect(folded.state.voidKeys).toEqual(new Set([factKeyOf(a, 1)]));
    expect(folded.state.marks.commandNext).toBe(0);
  });

  test('[L3] a split commit is one commit: a claim between its batches voids all of it', () => {
    const whole = fold(log().claim(a).facts(a, 1, 1, 2).facts(a, 1, 3, 4).progress(a, 1));
    expect(whole.numbers).toEqual([1, 2, 3, 4]);
    const cut = fold(log().claim(a).facts(a, 1, 1, 2).claim(b).facts(a, 1, 3, 4).progress(a, 1));
    expect(cut.numbers).toEqual([]);
    expect(cut.state.voidKeys.size).toBe(4);
  });

  test('[L3] a commit that was closed already is closed once: what repeats it changes nothing', () => {
    const folded = fold(
      log().claim(a).facts(a, 1, 1).progress(a, 1, { commandNext: 1 }).progress(a, 2, { commandNext: 2 }).facts(a, 1, 9).progress(a, 1),
    );
    expect(folded.numbers).toEqual([1]);
    expect(folded.state).toMatchObject({ commit: 2, marks: { commandNext: 2 } });
  });
});

describe('marks', () => {
  test('[L4] are those of the last effective Progress, whole: nothing is merged', () => {
    const marks = marksOf({
      commandNext: 7,
      outboundLast: 3,
      answersFrom: 2,
      sentThrough: new Map([['c/1', 3]]),
      received: new Map([[2, 9]]),
    });
    const first = { received: new Map([[1, 1]]), sentThrough: new Map([['c/0', 1]]) };
    expect(fold(log().claim(a).progress(a, 1, first).progress(a, 2, marks)).state.marks).toEqual(marks);
  });

  test('[L4] survive a claim, which starts the commits anew', () => {
    const { state } = fold(log().claim(a).progress(a, 6, { commandNext: 3 }).claim(b));
    expect(state).toMatchObject({ commit: 0, marks: { commandNext: 3 }, tip: { kind: 'Claim', epoch: 2 } });
  });

  test('[L4] come back from the Progress they were put in', () => {
    const marks = marksOf({
      commandNext: 1,
      outboundLast: 2,
      answersFrom: 1,
      received: new Map([[0, 4]]),
      sentThrough: new Map([['x', 1]]),
    });
    expect(fold(log().claim(a).body(a, 1, progressOf(marks, 5))).state.marks).toEqual(marks);
  });
});

describe('tombstones', () => {
  test('[L8] remove closed facts, whoever wrote them and in whatever batch', () => {
    const folded = fold(log().claim(a).facts(a, 1, 1, 2).progress(a, 1).claim(b).tombstoneOf(a, 1));
    expect(folded.numbers).toEqual([2]);
    expect(folded.told.at(-1)).toBe(`removed ${factKeyOf(a, 1)}`);
  });

  test('[L8] remove open facts: what closes later closes without them', () => {
    const folded = fold(log().claim(a).facts(a, 1, 1, 2).tombstoneOf(a, 1).progress(a, 1));
    expect(folded.numbers).toEqual([2]);
    expect(folded.told).toEqual([`removed ${factKeyOf(a, 1)}`, 'closed 2']);
  });

  test('[L8] the keys of void facts are remembered until their tombstone is seen', () => {
    const written = log().claim(b).facts(a, 1, 1, 2).facts(a, 2, 3);
    expect(fold(written).state.voidKeys).toEqual(new Set([factKeyOf(a, 1), factKeyOf(a, 2), factKeyOf(a, 3)]));
    const folded = fold(written.tombstoneOf(a, 2).tombstoneOf(a, 3));
    expect(folded.state.voidKeys).toEqual(new Set([factKeyOf(a, 1)]));
  });

  test('[L8] a void fact that shares all but its writer with a live one does not touch it', () => {
    const folded = fold(log().claim(a).claim(b).facts(b, 1, 1).progress(b, 1).facts(a, 1, 1).tombstoneOf(a, 1));
    expect(folded.numbers).toEqual([1]);
  });
});

test('the namespace record is no writer’s: it counts before any claim and under none', () => {
  const namespace = { kind: 'Namespace', partitions: 4, hash: 'murmur2', schemaVersion: 1 } as const;
  const folded = fold(log().body(writer(0, '0'), 0, namespace).claim(a));
  expect(folded.state).toMatchObject({ namespace, epoch: 1, epochMax: 1, strangers: 0, position: 2 });
});
