import { describe, expect, test } from 'vitest';
import { payloadBytesMax, type InstanceId } from '../../../schemas/index.ts';
import { idOn, pollMs, startCommand, type Bench } from './bench.ts';

export function outcomeContract(open: () => Bench): void {
  describe('outcomes', () => {
    test('an orchestrator that throws fails, with its failure', async () => {
      const bench = open();
      const node = await bench.owner();
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, null, { name: 'throws' }));
      expect(await bench.completion(node, id, place)).toMatchObject({
        runtimeStatus: 'Failed',
        output: null,
        failure: { errorType: 'Error', message: 'thrown on purpose' },
      });
    });

    test('an activity that throws is a failed task in history, and its orchestrator has the failure', async () => {
      const bench = open();
      const node = await bench.owner();
      const snapshot = await bench.run(node, idOn(0, 'x'), { tasks: 2, activity: 'fails' });
      expect(snapshot).toMatchObject({ runtimeStatus: 'Failed', failure: { message: 'failed on purpose' } });
      const page = await node.worker.reads.history(snapshot.instanceId);
      expect(page?.events.map(({ kind }) => kind)).toEqual([
        ...['InstanceStarted', 'TurnStarted', 'TaskScheduled', 'TaskFailed', 'TurnStarted', 'InstanceFailed'],
      ]);
    });

    test('[D1] an orchestrator nobody has registered is stalled, visibly, holds nobody up, and nothing spins', async () => {
      const bench = open();
      const node = await bench.owner();
      const id = idOn(0, 'x');
      const place = await bench.order(startCommand(id, null, { name: 'nobody' }));
      expect(await bench.answer(node, place)).toEqual({ outcome: 'accepted' });
      expect(await bench.run(node, idOn(0, 'y'), { tasks: 1 })).toMatchObject({ output: '1' });
      expect(await node.worker.reads.state(id)).toMatchObject({
        runtimeStatus: 'Pending',
        stalledReason: expect.stringContaining('ORCHESTRATOR_NOT_REGISTERED') as string,
      });
      expect(node.count('instance stalled', 0) + node.lines.filter(({ event }) => event === 'instance stalled').length).toBe(1);
      await node.crash();
      const next = await bench.owner('next');
      await next.until(() => next.lines.some(({ event, fields }) => event === 'instance stalled' && fields['instanceId'] === id));
    });

    test('[S7] a refused start has its code, and changes nothing; the same command again is accepted', async () => {
      const bench = open();
      const node = await bench.owner();
      const id = idOn(0, 'x');
      const first = startCommand(id, { tasks: 1 });
      await bench.completion(node, id, await bench.order(first));
      const answers = [
        await bench.order(first),
        await bench.order(startCommand(id, { tasks: 5 }, { commandId: 'another' })),
        await bench.order(startCommand('@x' as InstanceId, null), 0),
        await bench.order(startCommand('' as InstanceId, null), 0),
        await bench.order(startCommand(idOn(0, 'y'), null, { name: '' })),
      ].map((place) => bench.answer(node, place));
      expect(await Promise.all(answers)).toMatchObject([
        { outcome: 'accepted' },
        { outcome: 'refused', code: 'INSTANCE_ALREADY_EXISTS' },
        { outcome: 'refused', code: 'INSTANCE_ID_INVALID' },
        { outcome: 'refused', code: 'INSTANCE_ID_INVALID' },
        { outcome: 'refused', code: 'NAME_INVALID' },
      ]);
      expect(await node.worker.reads.state(id)).toMatchObject({ output: '1', historyLength: 6 });
    });

    test('[S7] of 100 starts of one id at once, one makes the instance and 99 are refused', async () => {
      const bench = open();
      const node = await bench.owner();
      const id = idOn(0, 'x');
      const orders = Array.from({ length: 100 }, (_, at) => bench.order(startCommand(id, { tasks: 1 }, { commandId: `c${String(at)}` })));
      const answers = await Promise.all(orders.map(async (order) => node.worker.reads.answer(await order, pollMs)));
      expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer.outcome === 'refused' && answer.code === 'INSTANCE_ALREADY_EXISTS')).toHaveLength(99);
    });

    test('an input of 1 MiB is accepted and comes back; one byte more is refused', async () => {
      const bench = open();
      const node = await bench.owner();
      const whole = `"${'x'.repeat(payloadBytesMax - 2)}"`;
      const id = idOn(0, 'x');
      await bench.completion(node, id, await bench.order(startCommand(id, whole, { name: 'throws' })));
      expect((await node.worker.reads.state(id))?.input).toBe(whole);
      const place = await bench.order(startCommand(idOn(0, 'y'), `${whole} `, { name: 'throws' }));
      expect(await bench.answer(node, place)).toMatchObject({ outcome: 'refused', code: 'PAYLOAD_TOO_LARGE' });
    });
  });
}
