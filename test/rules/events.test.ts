/** External events: SEMANTICS E1–E4. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineEvent, defineOrchestrator, TimeoutError } from '../../sdk/index.ts';
import { kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const number = defineEvent<number>()('number');

/** Reads as many events of one name as it is told to. */
const reader = defineOrchestrator('reader', async (ctx, { name, count }: { name: string; count: number }) => {
  const read: unknown[] = [];
  while (read.length < count) read.push(await ctx.waitForExternalEvent(name));
  return read;
});

describe.for(rooms)('events, $name', (room) => {
  describe('[E1] names', () => {
    const pairs = [
      ['letter case', 'Order_Placed', 'oRDER_pLACED'],
      ['composed and decomposed', 'caf\u00e9', 'CAFE\u0301'],
      ['no locale: I is i', 'ID', 'id'],
      ['the name of a property', 'constructor', 'Constructor'],
      ['the name of the prototype', '__proto__', '__PROTO__'],
      ['toString', 'tostring', 'toString'],
      ['punctuation and space', '/ ? #', '/ ? #'],
      ['emoji', '📦 done', '📦 DONE'],
    ] as const;

    test.for(pairs)('[E1] match: %s', async ([, awaited, raised]) => {
      await using env = await openRoom(room, { orchestrators: [reader] });
      const handle = await env.client.scheduleNewOrchestration(reader, { name: awaited, count: 1 });
      expect(await handle.raise(raised, 'it')).toBe('delivered');
      expect(await handle.result()).toEqual(['it']);
    });

    test('[E1] other names do not match', async () => {
      await using env = await openRoom(room, { orchestrators: [reader] });
      const handle = await env.client.scheduleNewOrchestration(reader, { name: 'a', count: 1 });
      // The last is the Cyrillic letter.
      for (const other of ['b', 'a ', 'aa', '\u0430']) await handle.raise(other, other);
      await env.settled();
      expect((await handle.state())?.runtimeStatus).toBe('Running');
      await handle.raise('A', 'it');
      expect(await handle.result()).toEqual(['it']);
    });
  });

  test('[E2] unread events wait in order, from before their wait, through suspension and a restart', async () => {
    const gate: { wait: () => Promise<void> } = { wait: () => Promise.resolve() };
    const hold = defineActivity('hold', async () => await gate.wait());
    const late = defineOrchestrator('late', async (ctx) => {
      await ctx.callActivity(hold);
      const read: number[] = [];
      while (read.length < 6) read.push(await ctx.waitForExternalEvent(number));
      return read;
    });
    await using env = await openRoom(room, { orchestrators: [late], activities: [hold] });
    const door = env.gate();
    gate.wait = () => door.wait();
    const handle = await env.client.scheduleNewOrchestration(late);
    await handle.raise(number, 1);
    await handle.raise(number, 2);
    await handle.suspend();
    await handle.raise(number, 3);
    await env.crash({ cache: 'kept' });
    await handle.raise(number, 4);
    await env.crash();
    await handle.raise(number, 5);
    await handle.resume();
    await env.restart();
    await handle.raise(number, 6);
    door.open();
    expect(await handle.result()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('[E2] each name has an order of its own; the oldest arrival that matches a wait is taken first', async () => {
    const pair = defineOrchestrator('pair', async (ctx) => {
      await ctx.waitForExternalEvent('go');
      const order: string[] = [];
      const note = async (name: string): Promise<unknown> => {
        const value = await ctx.waitForExternalEvent(name);
        order.push(`${name}${String(value)}`);
        return value;
      };
      const values = await Promise.all([note('a'), note('b'), note('a'), note('b')]);
      return { values, order };
    });
    await using env = await openRoom(room, { orchestrators: [pair] });
    const handle = await env.client.scheduleNewOrchestration(pair);
    for (const [name, value] of [
      ['b', 1],
      ['a', 1],
      ['a', 2],
      ['c', 1],
      ['b', 2],
    ] as const)
      await handle.raise(name, value);
    await handle.raise('go');
    expect(await handle.result()).toEqual({ values: [1, 1, 2, 2], order: ['b1', 'a1', 'a2', 'b2'] });
  });

  test('[E2] one event a drain: what a first event leads to is done before the second is taken', async () => {
    const steps = defineOrchestrator('steps', async (ctx) => {
      await ctx.waitForExternalEvent('go');
      const seen: string[] = [];
      const first = async (): Promise<void> => {
        seen.push(`x${String(await ctx.waitForExternalEvent('x'))}`);
        seen.push(`then y${String(await ctx.waitForExternalEvent('y'))}`);
      };
      const second = async (): Promise<void> => {
        seen.push(`y${String(await ctx.waitForExternalEvent('y'))}`);
      };
      await Promise.all([first(), second()]);
      return seen;
    });
    await using env = await openRoom(room, { orchestrators: [steps] });
    const handle = await env.client.scheduleNewOrchestration(steps);
    await handle.raise('x', 1);
    await handle.raise('y', 1);
    await handle.raise('y', 2);
    await handle.raise('go');
    expect(await handle.result()).toEqual(['x1', 'y1', 'then y2']);
  });

  test('[E2] a loop "event or timer" with one timeout, then events 1, 2, 3, gives T, 1, 2, 3', async () => {
    const loop = defineOrchestrator('loop', async (ctx) => {
      const seen: (number | 'T')[] = [];
      while (seen.length < 4) {
        const next = await ctx.whenAny({ event: ctx.waitForExternalEvent(number), late: ctx.createTimer('1h') });
        seen.push(next.winner === 'event' ? next.value : 'T');
      }
      return seen;
    });
    await using env = await openRoom(room, { orchestrators: [loop] });
    const handle = await env.client.scheduleNewOrchestration(loop);
    await env.advance('61m');
    for (const value of [1, 2, 3]) await handle.raise(number, value);
    expect(await handle.result()).toEqual(['T', 1, 2, 3]);
  });

  test('[E2] a wait that lost is not armed, and can be awaited again', async () => {
    const again = defineOrchestrator('again', async (ctx) => {
      const early = ctx.waitForExternalEvent(number);
      const first = await ctx.whenAny({ early, late: ctx.createTimer('1m') });
      const newer = await ctx.waitForExternalEvent(number);
      return [first.winner, newer, await early];
    });
    await using env = await openRoom(room, { orchestrators: [again] });
    const handle = await env.client.scheduleNewOrchestration(again);
    await env.advance('2m');
    await handle.raise(number, 1);
    await handle.raise(number, 2);
    expect(await handle.result()).toEqual(['late', 1, 2]);
  });

  test('[E2] losers are disarmed in the same drain: two events that are both there go to two whenAny', async () => {
    const both = defineOrchestrator('both', async (ctx) => {
      await ctx.waitForExternalEvent('go');
      const seen: unknown[] = [];
      for (let round = 0; round < 2; round++) {
        const won = await ctx.whenAny({ a: ctx.waitForExternalEvent('a'), b: ctx.waitForExternalEvent('b') });
        seen.push([won.winner, won.value]);
      }
      return seen;
    });
    await using env = await openRoom(room, { orchestrators: [both] });
    const handle = await env.client.scheduleNewOrchestration(both);
    await handle.raise('b', 1);
    await handle.raise('a', 1);
    await handle.raise('go');
    expect(await handle.result()).toEqual([
      ['b', 1],
      ['a', 1],
    ]);
  });

  test('[E2, A5] a wait inside a native race stays armed and takes its event', async () => {
    const native = defineOrchestrator('native', async (ctx) => {
      const first = await Promise.race([ctx.waitForExternalEvent(number), ctx.createTimer('1m')]);
      return [first ?? 'T', await ctx.waitForExternalEvent(number)];
    });
    await using env = await openRoom(room, { orchestrators: [native], guards: 'off' });
    const handle = await env.client.scheduleNewOrchestration(native);
    await env.advance('2m');
    await handle.raise(number, 1);
    await env.settled();
    expect((await handle.state())?.runtimeStatus).toBe('Running');
    await handle.raise(number, 2);
    expect(await handle.result()).toEqual(['T', 2]);
  });

  test('[E2] events that come in while an activity runs between two waits are read in order, none lost', async () => {
    const door: { wait: () => Promise<void> } = { wait: () => Promise.resolve() };
    const work = defineActivity('work', async (_ctx, value: number) => {
      await door.wait();
      return value * 10;
    });
    const worker = defineOrchestrator('worker', async (ctx) => {
      const done: number[] = [];
      for (let at = 0; at < 3; at++) done.push(await ctx.callActivity(work, await ctx.waitForExternalEvent(number)));
      return done;
    });
    await using env = await openRoom(room, { orchestrators: [worker], activities: [work] });
    const gate = env.gate();
    door.wait = () => gate.wait();
    const handle = await env.client.scheduleNewOrchestration(worker);
    await handle.raise(number, 1);
    await env.settled();
    expect(gate.waiting).toBe(1);
    await handle.raise(number, 2);
    await handle.raise(number, 3);
    await env.settled();
    gate.open();
    expect(await handle.result()).toEqual([10, 20, 30]);
  });

  describe('[E3] the timeout of a wait', () => {
    const patient = defineOrchestrator('patient', async (ctx) => {
      const seen: unknown[] = [];
      try {
        seen.push(await ctx.waitForExternalEvent(number, { timeout: '10m' }));
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        seen.push(error.name);
      }
      seen.push(await ctx.waitForExternalEvent(number));
      return seen;
    });

    test('[E3] rejects TimeoutError and leaves no waiter behind', async () => {
      await using env = await openRoom(room, { orchestrators: [patient] });
      const handle = await env.client.scheduleNewOrchestration(patient);
      await env.advance('10m');
      await handle.raise(number, 1);
      expect(await handle.result()).toEqual(['TimeoutError', 1]);
    });

    test('[E3] is not early', async () => {
      await using env = await openRoom(room, { orchestrators: [patient] });
      const handle = await env.client.scheduleNewOrchestration(patient);
      await env.advance(10 * 60_000 - 1);
      await handle.raise(number, 1);
      await env.advance('1d');
      await handle.raise(number, 2);
      expect(await handle.result()).toEqual([1, 2]);
    });

    test('[E3] an event in time leaves no timer behind', async () => {
      await using env = await openRoom(room, { orchestrators: [patient] });
      const handle = await env.client.scheduleNewOrchestration(patient);
      await handle.raise(number, 1);
      await env.advance('30d');
      const kinds = kindsOf(env.history(handle.instanceId));
      expect(kinds.filter((kind) => kind.startsWith('Timer'))).toEqual(['TimerCreated', 'TimerCancelled']);
      await handle.raise(number, 2);
      expect(await handle.result()).toEqual([1, 2]);
    });

    test('[E3] runs from the call, not from the await', async () => {
      const slow = defineOrchestrator('slow', async (ctx) => {
        const wait = ctx.waitForExternalEvent(number, { timeout: '1h' });
        await ctx.createTimer('50m');
        try {
          return await wait;
        } catch (error) {
          return [error instanceof TimeoutError, ctx.currentUtcDateTime];
        }
      });
      await using env = await openRoom(room, { orchestrators: [slow], startTime: new Date('2030-01-01T00:00:00Z') });
      const handle = await env.client.scheduleNewOrchestration(slow);
      await env.advance('2h');
      expect(await handle.result()).toEqual([true, '2030-01-01T01:00:00.000Z']);
    });
  });

  describe('[E4] raising', () => {
    test('[E4] to an unknown instance is refused', async () => {
      await using env = await openRoom(room, { orchestrators: [reader] });
      await expect(env.client.raiseOrchestrationEvent('nobody', 'x', 1)).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
    });

    test('[E4] to an instance that has ended is ignored, and changes nothing', async () => {
      await using env = await openRoom(room, { orchestrators: [reader] });
      const handle = await env.client.scheduleNewOrchestration(reader, { name: 'x', count: 0 });
      expect(await handle.result()).toEqual([]);
      const before = env.history(handle.instanceId);
      expect(await handle.raise('x', 1)).toBe('ignored');
      expect(env.history(handle.instanceId)).toEqual(before);
    });

    test('[E4] with startIfMissing starts the instance and gives it the event in one commit, or only gives it', async () => {
      await using env = await openRoom(room, { orchestrators: [reader] });
      const startIfMissing = { orchestrator: reader, input: { name: 'x', count: 2 } };
      const before = env.commits;
      expect(await env.client.raiseOrchestrationEvent('x1', 'x', 1, { startIfMissing })).toBe('delivered');
      await env.settled();
      expect(kindsOf(env.history('x1')).slice(0, 2)).toEqual(['InstanceStarted', 'EventRaised']);
      expect(env.commits - before).toBe(1);
      await env.client.raiseOrchestrationEvent('x1', 'x', 2, { startIfMissing });
      expect(await env.client.getOrchestration(reader, 'x1').result()).toEqual([1, 2]);
      expect(env.histories('x1')).toHaveLength(1);
    });

    test('[E4] an eventId makes it idempotent, through continue-as-new, while it is among the last 1,000', async () => {
      const counter = defineOrchestrator('counter', async (ctx, count: number): Promise<number> => {
        const next = await ctx.whenAny({ tick: ctx.waitForExternalEvent('tick'), stop: ctx.waitForExternalEvent('stop') });
        return next.winner === 'stop' ? count : ctx.continueAsNew(count + 1);
      });
      await using env = await openRoom(room, { orchestrators: [counter] });
      const handle = await env.client.scheduleNewOrchestration(counter, 0);
      for (let time = 0; time < 3; time++) expect(await handle.raise('tick', null, { eventId: 'first' })).toBe('delivered');
      await handle.raise('tick', null, { eventId: 'second' });
      await env.crash();
      await handle.raise('tick', null, { eventId: 'first' });
      await Promise.all(Array.from({ length: 998 }, (_, at) => handle.raise('tick', null, { eventId: `more ${String(at)}` })));
      await handle.raise('tick', null, { eventId: 'first' });
      await handle.raise('stop');
      expect(await handle.result()).toBe(1_000);
    });

    test('[E4] the same command twice is one event', async () => {
      await using env = await openRoom(room, { orchestrators: [reader] });
      const handle = await env.client.scheduleNewOrchestration(reader, { name: 'x', count: 2 });
      await handle.raise('x', 1, { commandId: '11111111-1111-4111-8111-111111111111' });
      await handle.raise('x', 'again', { commandId: '11111111-1111-4111-8111-111111111111' });
      env.duplicateNextDelivery();
      await handle.raise('x', 2);
      expect(await handle.result()).toEqual([1, 2]);
    });

    test('[E4] between orchestrations it is one-way and exactly once, also when every message comes twice and its sender dies', async () => {
      const sender = defineOrchestrator('sender', async (ctx, to: string) => {
        for (let value = 1; value <= 5; value++) ctx.sendEvent(to, number, value);
        await ctx.createTimer('1m');
        ctx.sendEvent(to, 'stop');
      });
      const collector = defineOrchestrator('collector', async (ctx) => {
        const seen: number[] = [];
        for (;;) {
          const next = await ctx.whenAny({ event: ctx.waitForExternalEvent(number), stop: ctx.waitForExternalEvent('stop') });
          if (next.winner === 'stop') return seen;
          seen.push(next.value);
        }
      });
      await using env = await openRoom(room, { orchestrators: [sender, collector], deliverTwice: true });
      const handle = await env.client.scheduleNewOrchestration(collector, undefined, { instanceId: 'collector' });
      const crashed = env.crash({ at: env.commits + 2, ack: 'lost' });
      const sent = await env.client.scheduleNewOrchestration(sender, 'collector');
      expect(await crashed).toBe(true);
      await env.advance('2m');
      expect(await handle.result()).toEqual([1, 2, 3, 4, 5]);
      await sent.result();
    });

    test('[E4] between orchestrations it vanishes when its target is missing or has ended', async () => {
      const sender = defineOrchestrator('sender', async (ctx, to: readonly string[]) => {
        for (const target of to) ctx.sendEvent(target, 'x', 1);
        await ctx.createTimer('1m');
        return 'sent';
      });
      await using env = await openRoom(room, { orchestrators: [sender, reader] });
      const ended = await env.client.scheduleNewOrchestration(reader, { name: 'x', count: 0 });
      await ended.result();
      const handle = await env.client.scheduleNewOrchestration(sender, ['nobody', ended.instanceId]);
      await env.advance('1m');
      expect(await handle.result()).toBe('sent');
      expect(await env.client.getOrchestrationState('nobody')).toBeUndefined();
      expect(kindsOf(env.history(ended.instanceId))).not.toContain('EventRaised');
    });
  });
});
