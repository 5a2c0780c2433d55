import { describe, expect, test } from 'vitest';
import { decodeHistory, keyOf, type HistoryRecord } from '../../../schemas/index.ts';
import { idOn, pollMs, startCommand, gate, type Bench } from './bench.ts';
import { never, type AppendOnItsWay } from './faults.ts';
import type { Node } from './node.ts';

/** A second node, and the partition that moved to it. The first one does not hear of it. */
async function rivalOf(bench: Bench, first: Node): Promise<{ readonly rival: Node; readonly moved: number }> {
  first.group.deaf = true;
  first.group.muted = true;
  const rival = await (await bench.node('rival')).start();
  await rival.until(() => rival.group.owned.size === 1);
  const [moved] = rival.group.owned;
  if (moved === undefined) throw new Error('no partition moved');
  return { rival, moved };
}

async function recordsOf(bench: Bench, partition: number): Promise<HistoryRecord[]> {
  return (await bench.world.history(partition)).flatMap(({ value }) => (value === null ? [] : [decodeHistory(value)]));
}

/** Fenced, or told that its outcome is unknown: the first owner knows that it is none. */
const doubts = (node: Node, partition: number): number =>
  node.count('fenced by another worker', partition) + node.count('outcome unknown, taking the partition again', partition);

export function takeoverContract(open: () => Bench): void {
  describe('takeover', () => {
    test('[L1] the next owner claims with a higher epoch and goes on from what the last one left', async () => {
      const bench = open();
      const first = await bench.owner('first');
      await bench.run(first, idOn(0, 'before'), { tasks: 2 });
      const held = gate();
      first.host.gate = held.opened;
      const half = idOn(0, 'half');
      await bench.order(startCommand(half, { tasks: 3 }));
      await first.until(() => first.host.ran.length === 3);
      await first.crash();
      const second = await bench.owner('second');
      expect(await bench.completion(second, half)).toMatchObject({ runtimeStatus: 'Completed', output: '3' });
      expect(await second.worker.reads.state(idOn(0, 'before'))).toMatchObject({ output: '2' });
      const claims = (await recordsOf(bench, 0)).filter(({ body }) => body.kind === 'Claim');
      expect(claims.map(({ epoch }) => epoch)).toEqual([1, 2]);
      expect(new Set(claims.map(({ claimant }) => claimant)).size).toBe(2);
      held.open();
    });

    test('[L1] [L8] of two claims made at once the later one in the log is lost: its owner reads back, goes on as fenced and writes nothing', async () => {
      const bench = open();
      const first = await bench.node('first');
      const held = gate();
      const onTheirWay: AppendOnItsWay[] = [];
      first.log.onAppend = async (append) => {
        if (append.has('Claim')) {
          onTheirWay.push(append);
          await held.opened;
        }
        return append.land();
      };
      const claiming = first.start();
      await first.until(() => first.group.owned.size === 2);
      const { rival, moved } = await rivalOf(bench, first);
      await rival.taken(moved);
      held.open();
      await claiming;
      await first.until(() => first.count('fenced by another worker', moved) === 1);
      expect(await bench.run(rival, idOn(moved, 'x'), { tasks: 2 })).toMatchObject({ output: '2' });
      const lost = onTheirWay.find(({ partition }) => partition === moved)?.records[0];
      const records = await recordsOf(bench, moved);
      expect(records.filter(({ claimant }) => claimant === lost?.claimant)).toEqual([lost]);
      const claims = records.filter(({ body }) => body.kind === 'Claim');
      expect(claims.map(({ epoch }) => epoch)).toEqual([1, 1]);
      // Under one key, compaction would keep the lost one.
      expect(new Set(claims.map(keyOf)).size).toBe(2);
      expect(first.count('partition taken', moved)).toBe(0);
    });

    test('[L1] a fenced owner claims again only after a later sign of membership', async () => {
      const bench = open();
      const first = await bench.owner('first');
      const held = gate();
      first.host.gate = held.opened;
      const ids = [idOn(0, 'x'), idOn(1, 'x')];
      for (const id of ids) await bench.order(startCommand(id, { tasks: 1 }));
      await first.until(() => first.host.ran.length === 2);
      const { rival, moved } = await rivalOf(bench, first);
      rival.group.muted = true;
      await rival.taken(moved);
      await bench.completion(rival, ids[moved] ?? idOn(0, 'none'));
      held.open();
      await first.until(() => doubts(first, moved) > 0);
      expect((await bench.read(moved)).state.epoch).toBe(2);
      if (first.count('fenced by another worker', moved) > 0) {
        // An answer that waited while it slept tells nothing of the time since.
        first.group.beat(60_000);
        await bench.run(rival, idOn(moved, 'after'), { tasks: 1 });
        expect(first.count('partition taken', moved)).toBe(1);
        first.group.beat();
        await first.taken(moved, 2);
        expect((await bench.read(moved)).state.epoch).toBe(3);
      }
    });

    test("[L2] a zombie's late commit has no effect on state, facts or readers, and the owner sweeps it away", async () => {
      const bench = open();
      const first = await bench.owner('first');
      const held = gate();
      const late: AppendOnItsWay[] = [];
      first.log.onAppend = async (append) => {
        if (append.has('InstanceStarted')) {
          late.push(append);
          first.host.gate = held.opened;
          await held.opened;
        }
        return append.land();
      };
      const ids = [idOn(0, 'x'), idOn(1, 'x')];
      const places = [
        await bench.order(startCommand(idOn(0, 'x'), { tasks: 1 })),
        await bench.order(startCommand(idOn(1, 'x'), { tasks: 1 })),
      ];
      const { rival, moved } = await rivalOf(bench, first);
      await rival.taken(moved);
      const id = ids[moved] ?? idOn(0, 'none');
      const place = places[moved] ?? { partition: 0, offset: -1 };
      const before = await bench.completion(rival, id, place);
      const told: unknown[] = [];
      void first.worker.reads.answer(place, pollMs).then(
        (answer) => told.push(answer),
        (error: unknown) => told.push(error),
      );
      held.open();
      await first.until(() => doubts(first, moved) > 0);
      expect(await rival.worker.reads.state(id)).toEqual(before);
      const voidKeys = late.filter(({ partition }) => partition === moved).flatMap(({ raw }) => raw.map(({ key }) => key));
      const facts = voidKeys.filter((key) => key.startsWith('e/'));
      expect(facts.length).toBeGreaterThan(1);
      await bench.run(rival, idOn(moved, 'y'), { tasks: 1 });
      const swept = (): string[] => rival.log.acked.flatMap(({ tombstones }) => tombstones);
      await rival.until(() => facts.every((key) => swept().includes(key)));
      expect(voidKeys.filter((key) => key.startsWith('p/')).some((key) => swept().includes(key))).toBe(false);
      const { history, state } = await bench.read(moved);
      expect(history.get(id)?.length).toBe(before.historyLength);
      expect(state.voidKeys.size).toBe(0);
      expect(told).not.toContainEqual({ outcome: 'accepted' });
    });

    test('[L4] positions and marks survive a takeover: no command is consumed again, none is left out', async () => {
      const bench = open();
      const first = await bench.owner('first');
      const ids = Array.from({ length: 20 }, (_, at) => idOn(at % 2, `n${String(at)}`));
      for (const id of ids) await bench.order(startCommand(id, { tasks: 1 }));
      const refused = await bench.order(startCommand(idOn(0, 'n0'), null, { commandId: 'other' }));
      for (const id of ids) await bench.completion(first, id, { partition: ids.indexOf(id) % 2, offset: Math.floor(ids.indexOf(id) / 2) });
      expect(await bench.answer(first, refused)).toMatchObject({ outcome: 'refused', code: 'INSTANCE_ALREADY_EXISTS' });
      const before = [await bench.read(0), await bench.read(1)];
      await first.crash();
      const second = await bench.owner('second');
      for (const partition of [0, 1]) {
        const { state } = await bench.read(partition);
        expect(state.marks).toEqual(before[partition]?.state.marks);
        expect(state.marks.commandNext).toBe(partition === 0 ? 11 : 10);
      }
      expect(await bench.answer(second, refused)).toMatchObject({ outcome: 'refused', code: 'INSTANCE_ALREADY_EXISTS' });
      expect(await bench.run(second, idOn(0, 'new'), { tasks: 1 })).toMatchObject({ output: '1' });
      expect(second.host.ran).toHaveLength(1);
    });

    test('after a takeover every open activity runs again, once, and none of those the new owner schedules runs twice', async () => {
      const bench = open();
      const first = await bench.owner('first');
      first.host.gate = never();
      await bench.order(startCommand(idOn(0, 'old'), { tasks: 500, atOnce: true }));
      await first.until(() => first.host.ran.length === 100);
      await first.crash();
      const ids = Array.from({ length: 100 }, (_, at) => idOn(0, `n${String(at)}`));
      const places = [];
      for (const id of ids) places.push(await bench.order(startCommand(id, { tasks: 2, atOnce: true })));
      const second = await bench.owner('second');
      expect(await bench.completion(second, idOn(0, 'old'))).toMatchObject({ output: '500' });
      for (const [at, id] of ids.entries()) await bench.completion(second, id, places[at]);
      expect(second.host.ran).toHaveLength(700);
    });

    test('a graceful stop hands over: every command is answered by one owner or the other', async () => {
      const bench = open();
      const first = await bench.owner('first');
      const ids = Array.from({ length: 30 }, (_, at) => idOn(at % 2, `n${String(at)}`));
      const orders = ids.map((id) => bench.order(startCommand(id, { tasks: 2 })));
      await first.until(() => first.host.ran.length > 3);
      await first.worker.stop(5_000);
      await Promise.all(orders);
      const second = await bench.owner('second');
      for (const [at, id] of ids.entries())
        expect(await bench.completion(second, id, await orders[at])).toMatchObject({ runtimeStatus: 'Completed', output: '2' });
    });
  });
}
