import { describe, expect, test } from 'vitest';
import { decodeCommand, decodeDeadLetter, encodeCommand, outboundKey, type Progress } from '../../../schemas/index.ts';
import { gate, idOn, pollMs, startCommand, type Bench } from './bench.ts';
import { never, type SendOnItsWay } from './faults.ts';
import type { Node } from './node.ts';

const toPartition1 = ({ lane }: SendOnItsWay): boolean => lane.kind === 'commands' && lane.partition === 1;

/** The instances that started on partition 1, by how often. */
async function startsOn1(bench: Bench): Promise<string[]> {
  const { history } = await bench.read(1);
  return [...history.values()].flatMap((events) => events.flatMap((event) => (event.kind === 'InstanceStarted' ? [event.instanceId] : [])));
}

/** Waits for a command that arrives by itself, with no place to name. */
async function arrival(bench: Bench, node: Node, name: string): Promise<void> {
  const id = idOn(1, name);
  await node.until(() =>
    node.log.acked.some(
      (append) => append.partition === 1 && append.records.some(({ body }) => body.kind === 'InstanceStarted' && body.instanceId === id),
    ),
  );
  await bench.completion(node, id);
}

const progressOf = (append: { readonly records: readonly { readonly body: { readonly kind: string } }[] }): Progress | undefined =>
  append.records.map(({ body }) => body).find((body): body is Progress => body.kind === 'Progress');

export function outboundContract(open: () => Bench): void {
  wrongPartition(open);
  deadLetters(open);
  sweeping(open);
}

function wrongPartition(open: () => Bench): void {
  describe('a command on the wrong partition', () => {
    test('[L7] is forwarded once, and its sender is told where it went', async () => {
      const bench = open();
      const node = await bench.owner();
      const id = idOn(1, 'x');
      const place = await bench.order(startCommand(id, { tasks: 1 }), 0);
      await arrival(bench, node, 'x');
      const answer = await bench.answer(node, place);
      if (answer.outcome !== 'forwarded' || answer.offset === null) throw new Error(`the answer was ${JSON.stringify(answer)}`);
      expect(await bench.answer(node, { partition: answer.partition, offset: answer.offset })).toEqual({ outcome: 'accepted' });
      expect(await startsOn1(bench)).toEqual([id]);
      expect((await bench.read(0)).instances.size).toBe(0);
      expect((await bench.read(1)).state.marks.received).toEqual(new Map([[0, 1]]));
    });

    test('[L7] is forwarded by the next owner when the last one died between commit and send', async () => {
      const bench = open();
      const first = await bench.owner('first');
      first.log.onSend = () => never();
      await bench.order(startCommand(idOn(1, 'x'), { tasks: 1 }), 0);
      await first.until(() => first.log.sent.length === 1);
      await first.crash();
      const second = await bench.owner('second');
      await arrival(bench, second, 'x');
      expect(await startsOn1(bench)).toEqual([idOn(1, 'x')]);
    });

    test('[L7] is sent again when the ack of its send was lost, and the receiver drops the repeat', async () => {
      const bench = open();
      const node = await bench.owner();
      let lost = false;
      node.log.onSend = async (send) => {
        const base = await send.land();
        if (lost) return base;
        lost = true;
        throw new Error('the ack was lost on purpose');
      };
      await bench.order(startCommand(idOn(1, 'x'), { tasks: 1 }), 0);
      await node.until(() => node.log.sent.length === 2);
      await node.until(() => node.lines.some(({ event, fields }) => event === 'input dropped' && fields['what'] === 'repeat'));
      await arrival(bench, node, 'x');
      expect(await startsOn1(bench)).toEqual([idOn(1, 'x')]);
    });

    test('[L7] arrives once when the last owner sent it and died before its mark was durable', async () => {
      const bench = open();
      const first = await bench.owner('first');
      first.log.onSend = async (send) => {
        await send.land();
        return never();
      };
      await bench.order(startCommand(idOn(1, 'x'), { tasks: 1 }), 0);
      await arrival(bench, first, 'x');
      await first.crash();
      const second = await bench.owner('second');
      await second.until(() => second.lines.some(({ event, fields }) => event === 'input dropped' && fields['what'] === 'repeat'));
      await second.until(() => second.log.acked.some((append) => append.partition === 1 && progressOf(append)?.commandNext === 2));
      expect(await startsOn1(bench)).toEqual([idOn(1, 'x')]);
      expect((await bench.read(1)).state.marks.received).toEqual(new Map([[0, 1]]));
    });

    test('[L7] keeps its place in the lane: numbers rise by one, and nothing is sent before the ack of what went before', async () => {
      const bench = open();
      const node = await bench.owner();
      const held = gate();
      const underWay = { now: 0, most: 0 };
      node.log.onSend = async (send) => {
        underWay.most = Math.max(underWay.most, ++underWay.now);
        await held.opened;
        const base = await send.land();
        underWay.now--;
        return base;
      };
      const places = [];
      for (let at = 0; at < 10; at++) places.push(await bench.order(startCommand(idOn(1, `n${String(at)}`), { tasks: 0 }), 0));
      for (const place of places) expect(await bench.answer(node, place)).toMatchObject({ outcome: 'forwarded', offset: null });
      expect(node.log.sent).toHaveLength(1);
      held.open();
      await arrival(bench, node, 'n9');
      const sent = node.log.sent.filter(toPartition1).flatMap(({ records }) => records.map(({ value }) => decodeCommand(value).source));
      expect(sent).toEqual(Array.from({ length: 10 }, (_, at) => ({ partition: 0, number: at + 1 })));
      expect(underWay.most).toBe(1);
      expect((await bench.read(1)).state.marks.received).toEqual(new Map([[0, 10]]));
    });

    test('[L7] is not overtaken by those behind it when its send fails', async () => {
      const bench = open();
      const node = await bench.owner();
      const held = gate();
      let failed = false;
      node.log.onSend = async (send) => {
        await held.opened;
        if (failed) return send.land();
        failed = true;
        throw new Error('nothing was sent, on purpose');
      };
      const places = [];
      for (let at = 0; at < 10; at++) places.push(await bench.order(startCommand(idOn(1, `n${String(at)}`), { tasks: 0 }), 0));
      for (const place of places) expect(await bench.answer(node, place)).toMatchObject({ outcome: 'forwarded', offset: null });
      held.open();
      for (const at of places.keys()) await arrival(bench, node, `n${String(at)}`);
      expect(await startsOn1(bench)).toEqual(places.map((_, at) => idOn(1, `n${String(at)}`)));
      expect((await bench.read(1)).state.marks.received).toEqual(new Map([[0, 10]]));
    });

    test('[L7] that the log could not carry on is refused where it came in, and the partition goes on', async () => {
      const bench = open();
      const node = await bench.owner();
      const large = 'x'.repeat(3.9 * 1024 * 1024);
      const answers = [
        await bench.order(startCommand(idOn(1, 'x'), `"${large}"`), 0),
        await bench.order(startCommand(idOn(0, 'x'), null, { commandId: large }), 0),
        await bench.order(startCommand(idOn(1, 'x'), null, { name: large }), 0),
      ].map((place) => bench.answer(node, place));
      expect(await Promise.all(answers)).toMatchObject([
        { outcome: 'refused', code: 'PAYLOAD_TOO_LARGE' },
        { outcome: 'refused', code: 'COMMAND_ID_INVALID' },
        { outcome: 'refused', code: 'NAME_INVALID' },
      ]);
      expect(await bench.run(node, idOn(0, 'y'), { tasks: 1 })).toMatchObject({ output: '1' });
    });
  });
}

function deadLetters(open: () => Bench): void {
  describe('a command that cannot be decoded', () => {
    const whole = encodeCommand(startCommand(idOn(0, 'x'), null));
    test.each([
      ['of no bytes', Buffer.alloc(0)],
      ['of other bytes', Buffer.from('{"start":"me"}')],
      ['of an unknown schema', Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1])],
      ['of a source that does not exist', encodeCommand({ ...startCommand(idOn(0, 'x'), null), source: { partition: 2, number: 1 } })],
      ['cut short', whole.subarray(0, whole.length - 1)],
      ['with something behind it', Buffer.concat([whole, Buffer.from([0])])],
      ['as large as the topic takes', Buffer.alloc(4 * 1024 * 1024 - 200, 1)],
    ])('[L7] %s goes to the dead letters with its reason, is refused to its sender, and the partition goes on', async (_what, value) => {
      const bench = open();
      const node = await bench.owner();
      const place = await bench.write(0, 'who', value);
      const answer = await bench.answer(node, place);
      expect(answer).toMatchObject({ outcome: 'refused', code: 'COMMAND_UNDECODABLE' });
      expect(await bench.run(node, idOn(0, 'y'), { tasks: 1 })).toMatchObject({ output: '1' });
      await node.until(() =>
        node.log.acked.some((append) => progressOf(append)?.sentThrough.some(({ lane }) => lane === 'dead-letter') === true),
      );
      const [letter, ...others] = await bench.world.deadLetters();
      expect(others).toEqual([]);
      const said = decodeDeadLetter(letter?.value ?? Buffer.alloc(0));
      expect(said).toMatchObject({ topic: 'test.commands', partition: 0, offset: place.offset, valueBytes: value.length });
      expect(said.reason).toBe(answer.outcome === 'refused' ? answer.message : '');
      expect(Buffer.from(said.key ?? []).toString()).toBe('who');
      expect(Buffer.compare(value.subarray(0, said.value?.length), Buffer.from(said.value ?? []))).toBe(0);
      expect(letter?.headers).toMatchObject({ 'perdure-source-partition': '0', 'perdure-outbound-number': '1' });
    });
  });
}

function sweeping(open: () => Bench): void {
  describe('sweeping and trimming', () => {
    test('[L7] [L8] a message is tombstoned only after it was sent through, and one commit after the mark that says so', async () => {
      const bench = open();
      const node = await bench.owner();
      const held = gate();
      node.log.onSend = async (send) => {
        await held.opened;
        return send.land();
      };
      const place = await bench.order(startCommand(idOn(1, 'x'), { tasks: 0 }), 0);
      expect(await bench.answer(node, place)).toMatchObject({ outcome: 'forwarded', offset: null });
      for (let at = 0; at < 5; at++) await bench.run(node, idOn(0, `n${String(at)}`), { tasks: 1 });
      const of0 = (): Node['log']['acked'] => node.log.acked.filter(({ partition }) => partition === 0);
      expect(of0().flatMap(({ tombstones }) => tombstones)).toEqual([]);
      const { epoch, claimant } = (await bench.read(0)).state;
      held.open();
      const key = outboundKey(1, epoch, claimant);
      const sweeps = (): number => of0().findIndex(({ tombstones }) => tombstones.includes(key));
      await node.until(() => sweeps() !== -1);
      const marked = of0().findIndex(
        (append) => progressOf(append)?.sentThrough.some(({ lane, number }) => lane === 'c/1' && number >= 1) === true,
      );
      expect(marked).toBeGreaterThan(0);
      expect(sweeps()).toBeGreaterThan(marked);
      await arrival(bench, node, 'x');
    });

    test('[L7] commands are trimmed only behind an acked Progress', async () => {
      const bench = open();
      const node = await bench.owner();
      const value = encodeCommand(startCommand(idOn(0, 'x'), null, { name: 'throws' }));
      let offset = 0;
      for (let batch = 0; batch < 6; batch++)
        offset = await bench.sink.send(
          0,
          Array.from({ length: 1_000 }, () => ({ key: idOn(0, 'x'), value })),
        );
      expect(await node.worker.reads.answer({ partition: 0, offset: offset + 999 }, pollMs)).toEqual({ outcome: 'accepted' });
      await node.until(() => node.log.trims.length > 0);
      for (const { partition, before, ackedBefore } of node.log.trims) {
        const progress = node.log.acked
          .slice(0, ackedBefore)
          .filter((append) => append.partition === partition)
          .flatMap((append) => progressOf(append) ?? []);
        expect(progress.at(-1)?.commandNext).toBeGreaterThanOrEqual(before);
      }
      await node.crash();
      const next = await bench.owner('next');
      expect(await bench.run(next, idOn(0, 'y'), { tasks: 1 })).toMatchObject({ output: '1' });
    });
  });
}
