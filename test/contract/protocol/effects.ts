import { describe, expect, test } from 'vitest';
import { gate, idOn, startCommand, type Bench } from './bench.ts';
import { unknownOutcome, type AppendOnItsWay } from './faults.ts';
import type { Node } from './node.ts';

/** Holds every commit of partition 0 at the log's door. */
function hold(node: Node): { readonly arrived: Promise<AppendOnItsWay>; ack(): void; lose(): void } {
  const decided = gate();
  let lost = false;
  let arrive: (append: AppendOnItsWay) => void = () => undefined;
  const arrived = new Promise<AppendOnItsWay>((resolve) => (arrive = resolve));
  node.log.onAppend = async (append) => {
    if (append.partition !== 0 || !append.has('Progress')) return append.land();
    const outcome = await append.land();
    arrive(append);
    await decided.opened;
    return lost ? unknownOutcome() : outcome;
  };
  const end = (): void => {
    node.log.onAppend = (append) => append.land();
    decided.open();
  };
  return {
    arrived,
    ack: end,
    lose: () => {
      lost = true;
      end();
    },
  };
}

function rowsOf(node: Node): string[] {
  return [...node.stores.snapshot().partitions].flatMap(([, rows]) => rows.map(([key]) => key));
}

export function effectContract(open: () => Bench): void {
  describe('commit, then speak', () => {
    test('[L6] until the ack no activity runs, no message goes out, no answer is given, no wait resolves and no cache row is written', async () => {
      const bench = open();
      const node = await bench.owner();
      const held = hold(node);
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, { tasks: 1 }));
      const forwarded = await bench.order(startCommand(idOn(1, 'y'), null), 0);
      await held.arrived;
      const told: string[] = [];
      const reads = node.worker.reads;
      const asked = [
        reads.answer(place, 20_000).then(() => told.push('answer')),
        reads.wait(id, 'start', 20_000).then(() => told.push('wait')),
        reads.state(id).then(() => told.push('state')),
      ];
      expect(await reads.answer(place, 0)).toEqual({ outcome: 'pending' });
      expect(await reads.answer(forwarded, 10)).toEqual({ outcome: 'pending' });
      expect(told).toEqual([]);
      expect(node.host.ran).toEqual([]);
      expect(node.log.sent).toEqual([]);
      expect(rowsOf(node).filter((key) => /^[fstu]\//.test(key))).toEqual([]);
      held.ack();
      await Promise.all(asked);
      expect(await bench.completion(node, id, place)).toMatchObject({ output: '1' });
      expect(await bench.answer(node, forwarded)).toMatchObject({ outcome: 'forwarded', partition: 1 });
      expect(rowsOf(node)).toContain(`s/${id}`);
    });

    test('[L6] what a commit without an ack would have said is never said: its readers are sent away, and the log decides', async () => {
      const bench = open();
      const node = await bench.owner();
      const held = hold(node);
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, { tasks: 1 }));
      await held.arrived;
      const reads = node.worker.reads;
      const asked = [reads.answer(place, 20_000), reads.state(id), reads.wait(id, 'start', 20_000)];
      const refused = asked.map((asking) => expect(asking).rejects.toMatchObject({ code: 'NOT_OWNER', retryable: true }));
      held.lose();
      await Promise.all(refused);
      await node.taken(0, 2);
      expect(await bench.completion(node, id, place)).toMatchObject({ output: '1' });
      expect(node.host.ran).toHaveLength(1);
    });

    test('[L6] one commit is in flight a partition; what comes meanwhile goes into the next', async () => {
      const bench = open();
      const node = await bench.owner();
      const held = hold(node);
      const places = [await bench.order(startCommand(idOn(0, 'n0'), { tasks: 0 }))];
      await held.arrived;
      for (let at = 1; at < 10; at++) places.push(await bench.order(startCommand(idOn(0, `n${String(at)}`), { tasks: 0 })));
      await expect(node.worker.reads.answer({ partition: 0, offset: 0 }, 0)).resolves.toEqual({ outcome: 'pending' });
      held.ack();
      for (const place of places) expect(await bench.answer(node, place)).toEqual({ outcome: 'accepted' });
      const commits = node.log.acked.filter((append) => append.partition === 0 && append.has('InstanceStarted'));
      expect(commits.length).toBeLessThanOrEqual(3);
    });

    test('a reader that names its command sees it, and history ends with the newest event of the state', async () => {
      const bench = open();
      const node = await bench.owner();
      for (let at = 0; at < 20; at++) {
        const id = idOn(0, `n${String(at)}`);
        const place = await bench.order(startCommand(id, { tasks: 1 }));
        expect(await node.worker.reads.state(id, place)).toBeDefined();
        const { historyLength } = await bench.completion(node, id, place);
        const page = await node.worker.reads.history(id);
        expect(page?.events.map(({ seq }) => seq)).toEqual(Array.from({ length: historyLength }, (_, index) => index + 1));
      }
    });

    test('a reader that names a command of another partition is refused', async () => {
      const bench = open();
      const node = await bench.owner();
      await bench.run(node, idOn(0, 'x'), { tasks: 0 });
      await expect(node.worker.reads.state(idOn(0, 'x'), { partition: 1, offset: 0 })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    });
  });
}
