/** Continue-as-new: SEMANTICS C1, and its table: × a throw, a second call, open tasks, a return value, a terminate that races it. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineEvent, defineOrchestrator } from '../../sdk/index.ts';
import { factsOf, kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const tick = defineEvent<number>()('tick');
const stop = defineEvent<string>()('stop');

/** One event a generation. */
const counter = defineOrchestrator('counter', async (ctx, seen: readonly number[]): Promise<readonly number[]> => {
  const next = await ctx.whenAny({ tick: ctx.waitForExternalEvent(tick), stop: ctx.waitForExternalEvent(stop) });
  return next.winner === 'stop' ? seen : ctx.continueAsNew([...seen, next.value]);
});

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe.for(rooms)('continue-as-new, $name', (room) => {
  test('[C1] 1,000 events raised at full speed are read once each, in order, one a generation', async () => {
    const counting = defineOrchestrator('counting', async (ctx, count: number): Promise<number> => {
      const value = await ctx.waitForExternalEvent(tick);
      if (value !== count + 1) throw new Error(`read ${String(value)} after ${String(count)}`);
      return value === 1_000 ? value : ctx.continueAsNew(value);
    });
    await using env = await openRoom(room, { orchestrators: [counting] });
    const handle = await env.client.scheduleNewOrchestration(counting, 0);
    await Promise.all(upTo(1_000).map((value) => handle.raise(tick, value)));
    expect(await handle.result()).toBe(1_000);
    const histories = env.histories(handle.instanceId);
    expect(histories).toHaveLength(1_000);
    const taken = factsOf(histories, 'TurnStarted').flatMap(({ eventsTaken }) => eventsTaken);
    expect(taken).toEqual(upTo(1_000).map((value) => ({ from: value, through: value })));
  });

  test('[C1] what a generation writes does not grow with the number of events that wait', async () => {
    const held: { open: () => Promise<void> } = { open: () => Promise.resolve() };
    const hold = defineActivity('hold', () => held.open());
    const drainer = defineOrchestrator('drainer', async (ctx, seen: number): Promise<number> => {
      if (seen === 0) await ctx.callActivity(hold);
      await ctx.waitForExternalEvent(tick);
      return seen === 199 ? 200 : ctx.continueAsNew(seen + 1);
    });
    await using env = await openRoom(room, { orchestrators: [drainer], activities: [hold] });
    const gate = env.gate();
    held.open = () => gate.wait();
    const handle = await env.client.scheduleNewOrchestration(drainer, 0);
    await Promise.all(upTo(200).map((value) => handle.raise(tick, value)));
    gate.open();
    expect(await handle.result()).toBe(200);
    const [, ...later] = env.histories(handle.instanceId);
    expect(later).toHaveLength(199);
    for (const { facts } of later) expect(facts.map(({ kind }) => kind).filter((kind) => kind !== 'EventRaised')).toHaveLength(3);
    for (const { carried } of factsOf(later, 'InstanceStarted')) expect(carried.length).toBeLessThanOrEqual(1);
  });

  test('[C1] 25 generations without a pause', async () => {
    const racing = defineOrchestrator('racing', (ctx, generation: number): Promise<number> => {
      if (generation < 25) return ctx.continueAsNew(generation + 1);
      return Promise.resolve(generation);
    });
    await using env = await openRoom(room, { orchestrators: [racing] });
    const handle = await env.client.scheduleNewOrchestration(racing, 1);
    expect(await handle.result()).toBe(25);
    expect((await handle.state())?.generation).toBe(25);
    expect(env.histories(handle.instanceId)).toHaveLength(25);
  });

  test('[C1] unread, late and still queued events are read once each, in order', async () => {
    const held: { open: () => Promise<void> } = { open: () => Promise.resolve() };
    const hold = defineActivity('hold', () => held.open());
    const batcher = defineOrchestrator('batcher', async (ctx, seen: readonly number[]): Promise<readonly number[]> => {
      const read = [...seen, await ctx.waitForExternalEvent(tick), await ctx.waitForExternalEvent(tick)];
      await ctx.callActivity(hold);
      return read.length === 8 ? read : ctx.continueAsNew(read);
    });
    await using env = await openRoom(room, { orchestrators: [batcher], activities: [hold] });
    const gate = env.gate();
    held.open = () => gate.wait();
    const handle = await env.client.scheduleNewOrchestration(batcher, []);
    for (const value of [1, 2, 3]) await handle.raise(tick, value);
    await env.settled();
    await handle.raise(tick, 4);
    gate.pass();
    await handle.raise(tick, 5);
    await env.settled();
    await env.crash();
    await env.settled();
    gate.pass();
    for (const value of [6, 7, 8]) await handle.raise(tick, value);
    gate.open();
    expect(await handle.result()).toEqual(upTo(8));
  });

  test('[C1] preserveEvents: false drops what is unread, and nothing that comes later', async () => {
    const forgetful = defineOrchestrator('forgetful', async (ctx, first: boolean): Promise<number> => {
      const value = await ctx.waitForExternalEvent(tick);
      return first ? ctx.continueAsNew(false, { preserveEvents: false }) : value;
    });
    await using env = await openRoom(room, { orchestrators: [forgetful] });
    const handle = await env.client.scheduleNewOrchestration(forgetful, true);
    await handle.suspend();
    for (const value of [1, 2, 3]) await handle.raise(tick, value);
    await handle.resume();
    await env.settled();
    expect((await handle.state())?.generation).toBe(2);
    await handle.raise(tick, 4);
    expect(await handle.result()).toBe(4);
  });

  test('[C1] without an argument the input stays; undefined is no argument, null is a value', async () => {
    const keeper = defineOrchestrator('keeper', async (ctx, input: { kept: number } | null): Promise<unknown> => {
      const how = await ctx.waitForExternalEvent<string>('how');
      if (how === 'none') ctx.continueAsNew();
      if (how === 'undefined') ctx.continueAsNew(undefined);
      if (how === 'null') ctx.continueAsNew(null);
      return { input };
    });
    await using env = await openRoom(room, { orchestrators: [keeper] });
    const handle = await env.client.scheduleNewOrchestration(keeper, { kept: 1 });
    const inputAfter = async (how: string): Promise<unknown> => {
      await handle.raise('how', how);
      await env.settled();
      return (await handle.state())?.input;
    };
    expect(await inputAfter('none')).toEqual({ kept: 1 });
    expect(await inputAfter('null')).toBeNull();
    expect(await inputAfter('none')).toBeNull();
    await handle.raise('how', 'end');
    expect(await handle.result()).toEqual({ input: null });
  });

  test('[C1] newVersion is the version from then on; else it stays', async () => {
    const versioned = (version: string) =>
      defineOrchestrator({ name: 'versioned', version }, async (ctx, seen: readonly string[]): Promise<readonly string[]> => {
        const read = [...seen, ctx.version];
        await ctx.createTimer(0);
        if (read.length === 2) ctx.continueAsNew(read, { newVersion: '2.0' });
        return read.length < 4 ? ctx.continueAsNew(read) : read;
      });
    const one = versioned('1.0');
    await using env = await openRoom(room, { orchestrators: [one, versioned('2.0')] });
    const handle = await env.client.scheduleNewOrchestration(one, []);
    expect(await handle.result()).toEqual(['1.0', '1.0', '2.0', '2.0']);
    expect((await handle.state())?.version).toBe('2.0');
  });

  test('[C1] execution id, sequence, guids and history begin anew; parent, created time, tags and custom status stay', async () => {
    const note = defineActivity('note', (ctx) => ctx.taskId);
    interface Seen {
      readonly executionId: string;
      readonly guid: string;
      readonly task: number;
      readonly history: number;
      readonly parent: string | undefined;
    }
    const child = defineOrchestrator('child', async (ctx, seen: readonly Seen[]): Promise<readonly Seen[]> => {
      const history = ctx.historyLength;
      const own = {
        executionId: ctx.executionId,
        guid: ctx.newGuid(),
        task: await ctx.callActivity(note),
        history,
        parent: ctx.parent?.instanceId,
      };
      if (seen.length === 0) ctx.setCustomStatus({ set: 'once' });
      return seen.length < 2 ? ctx.continueAsNew([...seen, own]) : [...seen, own];
    });
    const parent = defineOrchestrator('parent', (ctx) =>
      ctx.callSubOrchestrator(child, [], { instanceId: 'the child', tags: { colour: 'red' } }),
    );
    await using env = await openRoom(room, { orchestrators: [parent, child], activities: [note] });
    const handle = await env.client.scheduleNewOrchestration(parent, undefined, { instanceId: 'the parent' });
    const seen = await handle.result();
    expect(new Set(seen.map(({ executionId }) => executionId)).size).toBe(3);
    expect(new Set(seen.map(({ guid }) => guid)).size).toBe(3);
    for (const generation of seen) expect(generation).toMatchObject({ task: 1, history: 1, parent: 'the parent' });
    for (const { facts } of env.histories('the child')) expect(facts.map(({ seq }) => seq)).toEqual(upTo(facts.length));
    const state = await env.client.getOrchestrationState('the child');
    expect(state).toMatchObject({
      generation: 3,
      tags: { colour: 'red' },
      customStatus: { set: 'once' },
      parent: { instanceId: 'the parent' },
    });
    expect(state?.createdAt).toEqual(new Date(factsOf(env.histories('the child'), 'InstanceStarted')[0]?.atMs ?? 0));
  });

  test('[C1] it is never visible: between two generations the instance runs, and its time goes on', async () => {
    await using env = await openRoom(room, { orchestrators: [counter] });
    const handle = await env.client.scheduleNewOrchestration(counter, []);
    for (const value of [1, 2, 3]) {
      await handle.raise(tick, value);
      expect((await handle.state())?.runtimeStatus).toBe('Running');
    }
    await handle.raise(stop, '');
    expect(await handle.result()).toEqual([1, 2, 3]);
  });

  describe('[C1] × a throw', () => {
    test('[C1] finally runs, durable calls in it work, and it then continues', async () => {
      const done: number[] = [];
      const clean = defineActivity('clean', (_ctx, generation: number) => void done.push(generation));
      const tidy = defineOrchestrator('tidy', async (ctx, generation: number): Promise<string> => {
        try {
          return generation === 2 ? 'end' : ctx.continueAsNew(generation + 1);
        } finally {
          await ctx.callActivity(clean, generation);
          await ctx.createTimer('1h');
        }
      });
      await using env = await openRoom(room, { orchestrators: [tidy], activities: [clean] });
      const handle = await env.client.scheduleNewOrchestration(tidy, 1);
      await env.settled();
      expect((await handle.state())?.generation).toBe(1);
      await env.advance('2h');
      expect(await handle.result()).toBe('end');
      expect(done).toEqual([1, 2]);
    });

    test('[C1] a swallowed sentinel still continues', async () => {
      const swallowing = defineOrchestrator('swallowing', async (ctx, generation: number): Promise<number> => {
        await ctx.createTimer(0);
        if (generation === 3) return generation;
        try {
          return ctx.continueAsNew(generation + 1);
        } catch {
          return -1;
        }
      });
      await using env = await openRoom(room, { orchestrators: [swallowing] });
      expect(await (await env.client.scheduleNewOrchestration(swallowing, 1)).result()).toBe(3);
    });

    test('[C1] another error thrown afterwards fails the instance', async () => {
      const failing = defineOrchestrator('failing', async (ctx): Promise<void> => {
        await ctx.createTimer(0);
        try {
          ctx.continueAsNew();
        } catch {
          throw new RangeError('changed my mind');
        }
      });
      await using env = await openRoom(room, { orchestrators: [failing] });
      const handle = await env.client.scheduleNewOrchestration(failing);
      await env.settled();
      expect(await handle.state()).toMatchObject({
        runtimeStatus: 'Failed',
        generation: 1,
        failureDetails: { errorType: 'RangeError', message: 'changed my mind' },
      });
    });
  });

  test('[C1] × a second call: the last one counts, once', async () => {
    const twice = defineOrchestrator('twice', async (ctx, input: string): Promise<string> => {
      await ctx.createTimer(0);
      if (input !== 'start') return input;
      try {
        return ctx.continueAsNew('first');
      } catch {
        return ctx.continueAsNew('second');
      }
    });
    await using env = await openRoom(room, { orchestrators: [twice] });
    const handle = await env.client.scheduleNewOrchestration(twice, 'start');
    expect(await handle.result()).toBe('second');
    expect(env.histories(handle.instanceId)).toHaveLength(2);
  });

  test('[C1] × a return value: it is not the output', async () => {
    const returning = defineOrchestrator('returning', async (ctx, generation: number): Promise<string> => {
      await ctx.createTimer(0);
      if (generation === 2) return 'the output';
      try {
        return ctx.continueAsNew(2);
      } catch {
        return 'no output';
      }
    });
    await using env = await openRoom(room, { orchestrators: [returning] });
    expect(await (await env.client.scheduleNewOrchestration(returning, 1)).result()).toBe('the output');
  });

  describe('[C1] × open tasks', () => {
    test('[C1] activities, events and starts called before it are sent; their results and its timers are fenced', async () => {
      const ran: string[] = [];
      const held: { open: () => Promise<void> } = { open: () => Promise.resolve() };
      const work = defineActivity('work', async (_ctx, name: string) => {
        ran.push(name);
        await held.open();
        return name;
      });
      const reader = defineOrchestrator('reader', (ctx) => ctx.waitForExternalEvent(tick));
      const leaving = defineOrchestrator('leaving', async (ctx, generation: number): Promise<unknown> => {
        if (generation === 1) {
          void ctx.callActivity(work, 'old');
          void ctx.createTimer('1m');
          ctx.sendEvent('the reader', tick, 7);
          ctx.startOrchestration(reader, undefined, { instanceId: 'started' });
          ctx.continueAsNew(2);
        }
        const first = ctx.callActivity(work, 'new');
        return [await first, await ctx.waitForExternalEvent(stop)];
      });
      await using env = await openRoom(room, { orchestrators: [leaving, reader], activities: [work] });
      const gate = env.gate();
      held.open = () => gate.wait();
      const read = await env.client.scheduleNewOrchestration(reader, undefined, { instanceId: 'the reader' });
      const handle = await env.client.scheduleNewOrchestration(leaving, 1);
      await env.settled();
      expect(ran.toSorted()).toEqual(['new', 'old']);
      expect(await read.result()).toBe(7);
      expect((await env.client.getOrchestrationState('started'))?.runtimeStatus).toBe('Running');
      gate.open();
      await env.advance('1h');
      const [old, current] = env.histories(handle.instanceId);
      expect(kindsOf(old ?? fail())).not.toContain('TaskCompleted');
      expect(factsOf(env.histories(handle.instanceId), 'TimerFired')).toEqual([]);
      expect(factsOf([current ?? fail()], 'TaskCompleted').map(({ result }) => result)).toEqual(['"new"']);
      await handle.raise(stop, 'over');
      expect(await handle.result()).toEqual(['new', 'over']);
    });

    test('[C1] open children keep running, and their results are dropped', async () => {
      const child = defineOrchestrator('child', (ctx) => ctx.waitForExternalEvent(tick));
      const parent = defineOrchestrator('parent', async (ctx, generation: number): Promise<unknown> => {
        const own = ctx.callSubOrchestrator(child, undefined, { instanceId: `child ${String(generation)}` });
        if (generation === 1) ctx.continueAsNew(2);
        return await own;
      });
      await using env = await openRoom(room, { orchestrators: [parent, child] });
      const handle = await env.client.scheduleNewOrchestration(parent, 1);
      await env.settled();
      expect((await env.client.getOrchestrationState('child 1'))?.runtimeStatus).toBe('Running');
      await env.client.raiseOrchestrationEvent('child 1', tick, 1);
      await env.settled();
      expect((await env.client.getOrchestrationState('child 1'))?.runtimeStatus).toBe('Completed');
      expect((await handle.state())?.runtimeStatus).toBe('Running');
      await env.client.raiseOrchestrationEvent('child 2', tick, 2);
      expect(await handle.result()).toBe(2);
      expect(factsOf(env.histories(handle.instanceId), 'ChildCompleted')).toHaveLength(1);
    });
  });

  test('[C1] × terminate: it beats a continue-as-new that has not taken effect', async () => {
    const held: { open: () => Promise<void> } = { open: () => Promise.resolve() };
    const hold = defineActivity('hold', () => held.open());
    const slow = defineOrchestrator('slow', async (ctx): Promise<void> => {
      try {
        await ctx.createTimer(0);
        ctx.continueAsNew();
      } finally {
        await ctx.callActivity(hold);
      }
    });
    await using env = await openRoom(room, { orchestrators: [slow], activities: [hold] });
    const gate = env.gate();
    held.open = () => gate.wait();
    const handle = await env.client.scheduleNewOrchestration(slow);
    await env.settled();
    expect(gate.waiting).toBe(1);
    await handle.terminate({ output: 'enough' });
    gate.open();
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough', generation: 1 });
    expect(env.histories(handle.instanceId)).toHaveLength(1);
  });

  test('[C1] × terminate: in whatever order the two come, it ends the generation that runs', async () => {
    await using env = await openRoom(room, { orchestrators: [counter] });
    const handle = await env.client.scheduleNewOrchestration(counter, []);
    await env.settled();
    await Promise.all([...upTo(20).map((value) => handle.raise(tick, value)), handle.terminate(), handle.raise(tick, 21)]);
    await env.settled();
    expect((await handle.state())?.runtimeStatus).toBe('Terminated');
    expect(env.histories(handle.instanceId).at(-1)?.facts.at(-1)?.kind).toBe('InstanceTerminated');
  });
});

function fail(): never {
  throw new Error('there is no such generation');
}
