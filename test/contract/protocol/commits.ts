import { describe, expect, test } from 'vitest';
import {
  encodeHistory,
  keyOf,
  type Claimant,
  type HistoryBody,
  type HistoryRecord,
  type InstanceSnapshot,
} from '../../../schemas/index.ts';
import type { AppendOutcome, AppendRecord } from '../../../engine/log/index.ts';
import { gate, idOn, startCommand, type Bench } from './bench.ts';
import { never, unknownOutcome, type AppendOnItsWay } from './faults.ts';
import type { Node } from './node.ts';
import type { TinyInput } from './tiny-program.ts';

const fanOut = { tasks: 12, atOnce: true, fillBytes: 900_000 };

const record = (epoch: number, claimant: string, commit: number, body: HistoryBody): AppendRecord => {
  const whole = { epoch, claimant: claimant as Claimant, commit, body };
  return { key: keyOf(whole), value: encodeHistory(whole) };
};
const noise = (n: number): AppendRecord =>
  record(0, 'noise', 1, { kind: 'CommandRefused', offset: n, commandId: '', code: 'NOISE', message: '', atMs: 0 });
const claim = (epoch: number): AppendRecord => record(epoch, 'fedcba9876543210', 0, { kind: 'Claim', atMs: 0, worker: 'rival' });

/** Lets the first append that `wanted` names meet its fate; all others go through. */
function once(node: Node, wanted: (append: AppendOnItsWay) => boolean, fate: (append: AppendOnItsWay) => Promise<AppendOutcome>): void {
  let met = false;
  node.log.onAppend = (append) => {
    if (met || !wanted(append)) return append.land();
    met = true;
    return fate(append);
  };
}

const isProgress = ({ body }: HistoryRecord): boolean => body.kind === 'Progress';

const starts = (append: AppendOnItsWay): boolean => append.has('InstanceStarted');

/** The batches of the commit that schedules the fan-out. */
function batchesOfFanOut(node: Node, partition: number): AppendOnItsWay[] {
  const scheduling = node.log.acked.find((append) => append.partition === partition && append.has('TaskScheduled'))?.records[0];
  return node.log.acked.filter(({ records }) =>
    records.some(({ commit, epoch }) => commit === scheduling?.commit && epoch === scheduling.epoch),
  );
}

export function commitContract(open: () => Bench): void {
  splitCommits(open);
  offsetChecks(open);
  unknownAppends(open);
}

function splitCommits(open: () => Bench): void {
  describe('split commits', () => {
    test('[L3] a commit too large for one batch goes in several; its Progress is the last record of the last', async () => {
      const bench = open();
      const node = await bench.owner();
      expect(await bench.run(node, idOn(0, 'x'), fanOut)).toMatchObject({ output: '12' });
      const batches = batchesOfFanOut(node, 0);
      expect(batches.length).toBeGreaterThan(2);
      expect(batches.map((batch) => batch.has('Progress'))).toEqual(batches.map((_, at) => at === batches.length - 1));
      expect(batches.at(-1)?.records.at(-1)?.body.kind).toBe('Progress');
    });

    test('[L3] a turn of 10,000 tasks is one commit', async () => {
      const bench = open();
      const node = await bench.owner();
      node.host.gate = never();
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, { tasks: 10_000, atOnce: true, fillBytes: 300 }));
      expect(await node.worker.reads.wait(id, 'start', 20_000, place)).toMatchObject({ runtimeStatus: 'Running', historyLength: 10_002 });
      expect(batchesOfFanOut(node, 0).length).toBeGreaterThan(1);
      const { instances } = await bench.read(0);
      expect(instances.get(id)?.openTasks.size).toBe(10_000);
    });

    test('[L3] an owner that dies between two batches leaves nothing that counts', async () => {
      const bench = open();
      const first = await bench.owner('first');
      let batches = 0;
      const cut = gate();
      first.log.onAppend = (append) => {
        if (!append.has('TaskScheduled') || ++batches < 3) return append.land();
        cut.open();
        return never();
      };
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, fanOut));
      await cut.opened;
      expect((await bench.read(0)).state.open.length).toBeGreaterThan(2);
      await first.crash();
      expect(first.host.ran).toEqual([]);
      const second = await bench.owner('second');
      expect(await bench.completion(second, id, place)).toMatchObject({ output: '12' });
      await second.until(() => second.log.acked.some(({ tombstones }) => tombstones.length > 0));
      const { history, state } = await bench.read(0);
      expect(history.get(id)?.filter(({ kind }) => kind === 'TaskScheduled')).toHaveLength(12);
      expect(state.voidKeys.size).toBe(0);
    });

    test('[L3] a batch that fails ends the epoch: nothing more of that commit is written, and a new claim starts over', async () => {
      const bench = open();
      const node = await bench.owner();
      let batches = 0;
      once(
        node,
        (append) => append.has('TaskScheduled') && ++batches === 2,
        () => Promise.resolve(unknownOutcome()),
      );
      expect(await run(bench, node, fanOut)).toMatchObject({ output: '12' });
      expect(node.count('partition taken', 0)).toBe(2);
      const { state, history } = await bench.read(0);
      expect(state.epoch).toBe(2);
      expect(history.get(idOn(0, 'x'))?.filter(({ kind }) => kind === 'TaskScheduled')).toHaveLength(12);
      const ofFirst = node.log.acked.filter(({ partition, records }) => partition === 0 && records.some(({ epoch }) => epoch === 1));
      expect(ofFirst.at(-1)?.has('Progress')).toBe(false);
    });

    test('[L3] [L5] every batch has its offset checked: after a higher claim between two of them no third is written, and nothing was said', async () => {
      const bench = open();
      const node = await bench.owner();
      node.group.muted = true;
      let batches = 0;
      once(
        node,
        (append) => append.has('TaskScheduled') && ++batches === 2,
        async (append) => {
          await bench.intrude(0, [claim(9)]);
          return append.land();
        },
      );
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, fanOut));
      const early = node.worker.reads.answer(place, 20_000);
      await expect(early).rejects.toMatchObject({ code: 'NOT_OWNER', retryable: true });
      await node.until(() => node.count('fenced by another worker', 0) === 1);
      expect(node.log.acked.filter((append) => append.has('TaskScheduled'))).toHaveLength(2);
      expect(node.host.ran).toEqual([]);
      expect((await bench.read(0)).instances.size).toBe(0);
      node.group.muted = false;
      node.group.beat();
      await node.taken(0, 2);
      expect(await bench.completion(node, id, place)).toMatchObject({ output: '12' });
      expect((await bench.read(0)).history.get(id)?.filter(({ kind }) => kind === 'TaskScheduled')).toHaveLength(12);
    });
  });
}

function offsetChecks(open: () => Bench): void {
  describe('the offset check', () => {
    test('[L5] an ack above the expected offset counts while the own claim is effective; the noise between is swept', async () => {
      const bench = open();
      const node = await bench.owner();
      once(node, starts, async (append) => {
        await bench.intrude(0, [noise(1), noise(2)]);
        return append.land();
      });
      expect(await bench.run(node, idOn(0, 'x'), { tasks: 1 })).toMatchObject({ output: '1' });
      expect(node.count('partition taken', 0)).toBe(1);
      await node.until(() =>
        node.log.acked.some(({ tombstones }) => [noise(1).key, noise(2).key].every((key) => tombstones.includes(key))),
      );
      expect((await bench.read(0)).state.voidKeys.size).toBe(0);
    });

    test('[L5] an ack above the expected offset with a higher claim between is void: the owner is fenced and has said nothing', async () => {
      const bench = open();
      const node = await bench.owner();
      node.group.muted = true;
      once(node, starts, async (append) => {
        await bench.intrude(0, [claim(9)]);
        return append.land();
      });
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, { tasks: 1 }));
      const early = node.worker.reads.answer(place, 20_000);
      await expect(early).rejects.toMatchObject({ code: 'NOT_OWNER', retryable: true });
      await node.until(() => node.count('fenced by another worker', 0) === 1);
      expect(node.host.ran).toEqual([]);
      expect((await bench.read(0)).instances.size).toBe(0);
      node.group.muted = false;
      node.group.beat();
      await node.taken(0, 2);
      expect(await bench.completion(node, id, place)).toMatchObject({ output: '1' });
      expect((await bench.read(0)).state.epoch).toBe(10);
    });

    test('[L8] a void commit shares no key with what counts, nor with the last Progress that does: compaction cannot keep the one for the other', async () => {
      const bench = open();
      const node = await bench.owner();
      node.group.muted = true;
      const id = idOn(0, 'x');
      const late: AppendOnItsWay[] = [];
      once(
        node,
        (append) => append.has('TaskCompleted'),
        async (append) => {
          late.push(append);
          await bench.intrude(0, [claim(9)]);
          return append.land();
        },
      );
      const place = await bench.order(startCommand(id, { tasks: 3 }));
      await node.until(() => node.count('fenced by another worker', 0) === 1);
      const keys = late.flatMap(({ records }) => records.map(keyOf));
      const progress = node.log.acked.flatMap(({ partition, records }) => (partition === 0 ? records : [])).filter(isProgress);
      const [lastThatCounts, ofVoid] = progress.slice(-2).map(keyOf);
      expect(keys).toContain(ofVoid);
      expect(keys).not.toContain(lastThatCounts);
      node.group.muted = false;
      node.group.beat();
      await node.taken(0, 2);
      // The next epoch says the same of the same events, in its own name, and sweeps what is void.
      expect(await bench.completion(node, id, place)).toMatchObject({ output: '3' });
      const { facts } = await bench.read(0);
      expect(facts.size).toBeGreaterThan(keys.length);
      expect(keys.filter((key) => facts.has(key))).toEqual([]);
    });

    test('[L5] an ack below the expected offset means not written: the partition is taken again', async () => {
      const bench = open();
      const node = await bench.owner();
      once(node, starts, () => Promise.resolve({ kind: 'acked', base: 0 }));
      expect(await run(bench, node)).toMatchObject({ output: '1' });
      expect(node.count('partition taken', 0)).toBe(2);
    });
  });
}

function unknownAppends(open: () => Bench): void {
  describe('unknown appends', () => {
    test('[L5] of a commit that was lost: the partition is taken again and the command carried out once', async () => {
      const bench = open();
      const node = await bench.owner();
      once(node, starts, () => Promise.resolve(unknownOutcome()));
      expect(await run(bench, node)).toMatchObject({ output: '1' });
      expect((await bench.read(0)).state.epoch).toBe(2);
      expect(node.count('partition taken', 0)).toBe(2);
    });

    test('[L5] of a commit that landed: the log says so, and it is not made again', async () => {
      const bench = open();
      const node = await bench.owner();
      once(node, starts, async (append) => {
        await append.land();
        return unknownOutcome();
      });
      expect(await run(bench, node)).toMatchObject({ output: '1' });
      const { state, history } = await bench.read(0);
      expect(state.epoch).toBe(2);
      expect(history.get(idOn(0, 'x'))?.filter(({ kind }) => kind === 'InstanceStarted')).toHaveLength(1);
      expect([...(await bench.read(0)).facts.values()].find(({ body }) => body.kind === 'InstanceStarted')?.epoch).toBe(1);
    });

    test('[L5] of a commit that lands after the next claim: it is void, and the command carried out once', async () => {
      const bench = open();
      const node = await bench.owner();
      let late: AppendOnItsWay | undefined;
      node.log.onAppend = async (append) => {
        if (late === undefined && starts(append)) {
          late = append;
          return unknownOutcome();
        }
        const outcome = await append.land();
        if (late !== undefined && append.has('Claim') && append.partition === 0) await bench.intrude(0, late.raw);
        return outcome;
      };
      expect(await run(bench, node)).toMatchObject({ output: '1' });
      expect((await bench.read(0)).history.get(idOn(0, 'x'))?.filter(({ kind }) => kind === 'InstanceStarted')).toHaveLength(1);
    });

    test.each([
      ['lost', false],
      ['that landed', true],
    ])('[L1] [L5] of a claim %s: it is abandoned for a new one by a new claimant, above it', async (_what, lands) => {
      const bench = open();
      const node = await bench.node('a');
      const claimants: string[] = [];
      node.log.onAppend = async (append) => {
        const [first] = append.records;
        if (append.partition !== 0 || first === undefined || !append.has('Claim')) return append.land();
        if (claimants.push(first.claimant) > 1) return append.land();
        if (lands) await append.land();
        return unknownOutcome();
      };
      await node.start();
      await Promise.all([node.taken(0), node.taken(1)]);
      expect(await run(bench, node)).toMatchObject({ output: '1' });
      expect((await bench.read(0)).state.epoch).toBe(lands ? 2 : 1);
      // Nobody may take the one for the other, should the first still land.
      expect([claimants.length, new Set(claimants).size]).toEqual([2, 2]);
    });

    test('[L5] broken stops the partition, visibly and without a loop; the others go on', async () => {
      const bench = open();
      const node = await bench.owner();
      let tried = 0;
      node.log.onAppend = (append) => {
        if (append.partition !== 0) return append.land();
        tried++;
        return Promise.resolve({ kind: 'broken', cause: new Error('the topic is gone') });
      };
      const place = await bench.order(startCommand(idOn(0, 'x'), { tasks: 1 }));
      await expect(node.worker.reads.answer(place, 20_000)).rejects.toMatchObject({ code: 'NOT_OWNER' });
      await node.until(() => node.count('partition stopped', 0) === 1);
      expect(await bench.run(node, idOn(1, 'x'), { tasks: 1 })).toMatchObject({ output: '1' });
      expect(node.worker.report()[0]).toMatchObject({ partition: 0, phase: 'broken', fault: 'the topic is gone' });
      expect(node.worker.ready()).toBe(false);
      node.group.beat();
      expect(tried).toBe(1);
      node.log.onAppend = (append) => append.land();
    });
  });
}

/** Runs an instance across the takeover that the fault causes: readers are told NOT_OWNER and ask again. */
async function run(bench: Bench, node: Node, input: TinyInput = { tasks: 1 }): Promise<InstanceSnapshot> {
  const id = idOn(0, 'x');
  const place = await bench.order(startCommand(id, input));
  for (;;) {
    const taken = node.count('partition taken', 0);
    try {
      return await bench.completion(node, id, place);
    } catch (error) {
      expect(error).toMatchObject({ code: 'NOT_OWNER' });
      await node.taken(0, taken + 1);
    }
  }
}
