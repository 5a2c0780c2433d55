import { describe, expect, test } from 'vitest';
import { encodeCommand, type CommandAnswer, type CommandPlace, type InstanceId, type InstanceSnapshot } from '../../../schemas/index.ts';
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

/** Readers are told NOT_OWNER while the partition is taken again, and ask again. */
async function completionAcross(bench: Bench, node: Node, id: InstanceId, place: CommandPlace | undefined): Promise<void> {
  for (;;) {
    const taken = node.count('partition taken', 0);
    try {
      await bench.completion(node, id, place);
      return;
    } catch (error) {
      notOwned(error);
      await node.taken(0, taken + 1);
    }
  }
}

function notOwned(error: unknown): undefined {
  expect(error).toMatchObject({ code: 'NOT_OWNER' });
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

    test('[L6] an answer is never given before it is known, and no wait misses the commit it waits for', async () => {
      const bench = open();
      const node = await bench.owner();
      const id = idOn(0, 'x');
      const refused = { partition: 0, offset: 1 };
      const answers: Promise<CommandAnswer>[] = [];
      const waits: Promise<InstanceSnapshot | undefined>[] = [];
      const ask = async (microtasks: number): Promise<void> => {
        for (let at = 0; at < microtasks; at++) await Promise.resolve();
        answers.push(node.worker.reads.answer(refused, 0));
        waits.push(node.worker.reads.wait(id, 'completion', 20_000));
      };
      const asked: Promise<void>[] = [];
      node.log.onAppend = async (append) => {
        const outcome = await append.land();
        for (let microtasks = 0; microtasks < 40; microtasks++) asked.push(ask(microtasks));
        return outcome;
      };
      await bench.sink.send(
        0,
        ['first', 'second'].map((commandId) => ({ key: id, value: encodeCommand(startCommand(id, { tasks: 3 }, { commandId })) })),
      );
      await bench.completion(node, id, refused);
      await Promise.all(asked);
      const outcomes = new Set((await Promise.all(answers)).map(({ outcome }) => outcome));
      expect(outcomes.has('refused')).toBe(true);
      expect(outcomes.has('accepted')).toBe(false);
      for (const snapshot of await Promise.all(waits)) if (snapshot !== undefined) expect(snapshot.runtimeStatus).toBe('Completed');
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

    test('[L6] a reader never sees what did not become true, however it comes between the commits', async () => {
      const bench = open();
      const node = await bench.owner();
      const ids = Array.from({ length: 6 }, (_, at) => idOn(0, `n${String(at)}`));
      const seen = new Map<string, InstanceSnapshot>();
      const look = async (id: InstanceId, microtasks: number): Promise<void> => {
        for (let at = 0; at < microtasks; at++) await Promise.resolve();
        const snapshot = await node.worker.reads.state(id).catch(notOwned);
        if (snapshot === undefined) return;
        seen.set(`${id} ${snapshot.executionId} ${String(snapshot.historyLength)} ${String(snapshot.lastUpdatedAtMs)}`, snapshot);
      };
      // Readers start in the same breath as the commit loop goes on, and come in at each of its steps.
      const looks: Promise<void>[] = [];
      const lookAround = (): void => {
        for (const id of ids) for (let microtasks = 0; microtasks < 40; microtasks++) looks.push(look(id, microtasks));
      };
      let commits = 0;
      node.log.onAppend = async (append) => {
        if (append.partition !== 0 || !append.has('Progress')) return append.land();
        const outcome = ++commits % 5 === 0 ? unknownOutcome() : await append.land();
        lookAround();
        return outcome;
      };
      const places = await Promise.all(ids.map((id) => bench.order(startCommand(id, { tasks: 8 }))));
      for (const [at, id] of ids.entries()) await completionAcross(bench, node, id, places[at]);
      await Promise.all(looks);
      expect(commits).toBeGreaterThan(10);
      node.log.onAppend = (append) => append.land();
      const { history } = await bench.read(0);
      for (const snapshot of seen.values()) {
        const newest = history.get(snapshot.instanceId)?.[snapshot.historyLength - 1];
        expect(newest).toMatchObject({ executionId: snapshot.executionId, atMs: snapshot.lastUpdatedAtMs });
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
