/** Terminate: SEMANTICS S3, and its table: × pending, scheduled start, suspended, between generations, three levels of children. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineEvent, defineOrchestrator } from '../../sdk/index.ts';
import type { TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf, kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const go = defineEvent<string>()('go');
const startMs = Date.UTC(2026, 0, 1);

let held: { wait: () => Promise<string> } = { wait: () => Promise.resolve('') };
let began = 0;
let tidied = 0;
const work = defineActivity('work', async () => {
  began++;
  return await held.wait();
});
const tidy = defineActivity('tidy', () => {
  tidied++;
});

/** Reads one event in each generation; tidies up behind itself. */
const listener = defineOrchestrator('listener', async (ctx, rounds: number): Promise<string> => {
  try {
    const data = await ctx.waitForExternalEvent(go);
    return rounds > 1 ? ctx.continueAsNew(rounds - 1) : data;
  } finally {
    await ctx.callActivity(tidy);
  }
});

/** Has an activity, a timer and a wait open. */
const busy = defineOrchestrator('busy', async (ctx): Promise<string> => {
  try {
    await ctx.whenAll([ctx.callActivity(work), ctx.createTimer('1h'), ctx.waitForExternalEvent(go)]);
    return 'done';
  } finally {
    await ctx.callActivity(tidy);
  }
});

/** A tree: each level calls two of the next; `a/1/2` is a child of `a/1`. */
const tree = defineOrchestrator('tree', async (ctx, levels: number): Promise<void> => {
  if (levels === 1) await ctx.waitForExternalEvent(go);
  else
    await ctx.whenAll([1, 2].map((at) => ctx.callSubOrchestrator('tree', levels - 1, { instanceId: `${ctx.instanceId}/${String(at)}` })));
});

const programs = { orchestrators: [listener, busy, tree], activities: [work, tidy] };

const statusOf = async (env: TestEnvironment, instanceId: string): Promise<string | undefined> =>
  (await env.client.getOrchestrationState(instanceId))?.runtimeStatus;

const below = (root: string): readonly string[] =>
  [1, 2].flatMap((at) => [`${root}/${String(at)}`, ...[1, 2].map((to) => `${root}/${String(at)}/${String(to)}`)]);

describe.for(rooms)('terminate, $name', (room) => {
  test.for(['never-sent', 'lost', 'none'] as const)('[S3] it is committed before it is acknowledged (death: %s)', async (ack) => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener, 1);
    await env.settled();
    const crashed = ack === 'none' ? Promise.resolve(true) : env.crash({ at: env.commits + 1, ack });
    await handle.terminate({ output: { why: 'enough' }, reason: 'because' });
    expect(factsOf([env.history(handle.instanceId)], 'InstanceTerminated')).toMatchObject([{ reason: 'because' }]);
    expect(await crashed).toBe(true);
    await env.crash();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated', output: { why: 'enough' }, completedAt: new Date(startMs) });
  });

  test.for([['a text'], [0], [''], [false], [null], [{ a: [1] }], [undefined]])('[S3] the output %j is kept', async ([output]) => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener, 1);
    await handle.terminate({ output });
    const state = await handle.state();
    expect(state).toMatchObject({ runtimeStatus: 'Terminated' });
    expect(state).toEqual(output === undefined ? expect.not.objectContaining({ output }) : expect.objectContaining({ output }));
    await expect(handle.result()).rejects.toMatchObject({ name: 'OrchestrationTerminatedError' });
  });

  test('[S3] × pending: a function that has not begun never does', async () => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(busy, undefined, { startAt: new Date(startMs + 60_000) });
    began = 0;
    await handle.terminate();
    await env.crash();
    await env.advance('1h');
    expect(began).toBe(0);
    expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'InstanceTerminated']);
    expect(await statusOf(env, handle.instanceId)).toBe('Terminated');
  });

  test('[S3] × running: no finally, no late result, no timer', async () => {
    began = tidied = 0;
    await using env = await openRoom(room, programs);
    const gate = env.gate<string>();
    held = { wait: () => gate.wait() };
    const handle = await env.client.scheduleNewOrchestration(busy);
    await env.settled();
    expect(began).toBe(1);
    await handle.terminate();
    gate.open('late');
    expect(await handle.raise(go, 'late')).toBe('ignored');
    await env.advance('2h');
    await env.crash();
    await env.settled();
    expect(tidied).toBe(0);
    expect(kindsOf(env.history(handle.instanceId)).at(-1)).toBe('InstanceTerminated');
    expect(await statusOf(env, handle.instanceId)).toBe('Terminated');
  });

  test('[S2, S3] × suspended: it ends at once, and resuming it changes nothing', async () => {
    tidied = 0;
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener, 1);
    await handle.suspend();
    await handle.raise(go, 'unread');
    await handle.terminate({ output: 'out' });
    expect(await statusOf(env, handle.instanceId)).toBe('Terminated');
    await handle.resume();
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated', output: 'out' });
    expect(tidied).toBe(0);
  });

  test('[S3] buffered events are discarded: whoever takes the id finds none', async () => {
    await using env = await openRoom(room, programs);
    const options = { instanceId: 'reused', onConflict: 'replaceTerminal' } as const;
    const handle = await env.client.scheduleNewOrchestration(busy, undefined, options);
    for (const name of ['go', 'other', 'go']) await handle.raise(name, 'old');
    await handle.terminate();
    await env.client.scheduleNewOrchestration(listener, 1, options);
    await env.settled();
    expect(await statusOf(env, 'reused')).toBe('Running');
    await env.crash();
    await env.client.raiseOrchestrationEvent('reused', go, 'new');
    expect(await env.client.getOrchestration(listener, 'reused').result()).toBe('new');
  });

  test('[S3] a result that was under way is not taken for one of whoever takes the id, though the task has the same number', async () => {
    const asking = defineOrchestrator('asking', (ctx) => ctx.callActivity(work));
    await using env = await openRoom(room, { orchestrators: [asking], activities: [work] });
    const gate = env.gate<string>();
    held = { wait: () => gate.wait() };
    const options = { instanceId: 'reused', onConflict: 'replaceTerminal' } as const;
    const handle = await env.client.scheduleNewOrchestration(asking, undefined, options);
    await env.settled();
    await handle.terminate();
    const next = await env.client.scheduleNewOrchestration(asking, undefined, options);
    await env.settled();
    expect(gate.waiting).toBe(2);
    gate.pass('of the first');
    await env.settled();
    expect(await statusOf(env, 'reused')).toBe('Running');
    gate.pass('of the second');
    expect(await next.result()).toBe('of the second');
  });

  test.for(['terminate', 'cancel'] as const)('[S3, S4] %s does not reach who took the id of a child meanwhile', async (order) => {
    const parent = defineOrchestrator('parent', (ctx) => ctx.callSubOrchestrator(listener, 1, { instanceId: 'child' }));
    for (const instanceId of ['p1', 'p2', 'p3', 'p4']) {
      await using env = await openRoom(room, { ...programs, orchestrators: [...programs.orchestrators, parent], partitions: 4 });
      const handle = await env.client.scheduleNewOrchestration(parent, undefined, { instanceId });
      await env.settled();
      const replacing = { instanceId: 'child', onConflict: 'terminateAndReplace' } as const;
      await Promise.all([env.client.scheduleNewOrchestration(listener, 1, replacing), handle[order]()]);
      await env.settled();
      expect(await statusOf(env, 'child')).toBe('Running');
      expect(kindsOf(env.history('child'))).toEqual(['InstanceStarted', 'TurnStarted']);
    }
  });

  test('[S3] already terminal: nothing happens, and the output stays', async () => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener, 1);
    await handle.terminate({ output: 'first', reason: 'one' });
    await handle.terminate({ output: 'second', reason: 'two' });
    const done = await env.client.scheduleNewOrchestration(listener, 1);
    await done.raise(go, 'by itself');
    expect(await done.result()).toBe('by itself');
    await done.terminate({ output: 'late' });
    expect(await done.state()).toMatchObject({ runtimeStatus: 'Completed', output: 'by itself' });
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated', output: 'first' });
    expect(factsOf([env.history(handle.instanceId)], 'InstanceTerminated')).toMatchObject([{ reason: 'one' }]);
    await expect(env.client.terminateOrchestration('nobody')).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
  });

  test('[S3] × between generations: raced by what makes it go on, it ends one of them, and no other follows', async () => {
    await using env = await openRoom(room, programs);
    const handles = await Promise.all([1, 2, 3, 4].map(() => env.client.scheduleNewOrchestration(listener, 50)));
    await Promise.all(
      handles.map((handle, at) =>
        Promise.all([...Array.from({ length: at * 5 }, () => handle.raise(go, '')), handle.terminate(), handle.raise(go, '')]),
      ),
    );
    await env.crash();
    await env.advance('1h');
    for (const handle of handles) {
      expect(await statusOf(env, handle.instanceId)).toBe('Terminated');
      const ends = env.histories(handle.instanceId).map((history) => kindsOf(history).at(-1));
      expect(ends.pop()).toBe('InstanceTerminated');
      expect(new Set(ends)).toEqual(new Set(ends.length === 0 ? [] : ['ContinuedAsNew']));
    }
  });

  test('[S3] × three levels of children: all of them, over 4 partitions, also when every message comes twice', async () => {
    await using env = await openRoom(room, { ...programs, partitions: 4, deliverTwice: true });
    const handle = await env.client.scheduleNewOrchestration(tree, 3, { instanceId: 'a' });
    await env.settled();
    for (const id of below('a')) expect(await statusOf(env, id)).toBe('Running');
    await env.client.raiseOrchestrationEvent('a/1/1', go, '');
    await env.settled();
    await handle.terminate({ output: 'mine' });
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated', output: 'mine' });
    for (const id of below('a')) expect(await statusOf(env, id)).toBe(id === 'a/1/1' ? 'Completed' : 'Terminated');
    expect(factsOf(env.histories('a/2/1'), 'InstanceTerminated')).toMatchObject([
      { output: null, reason: 'its parent "a/2" was terminated' },
    ]);
  });

  test('[S3] at once after the start: whatever has begun ends, and nothing more begins', async () => {
    await using env = await openRoom(room, { ...programs, partitions: 4 });
    const ids = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(
      ids.map(async (instanceId, at) => {
        const handle = await env.client.scheduleNewOrchestration(tree, 3, { instanceId });
        for (let turns = 0; turns < at; turns++) await new Promise((resolve) => setImmediate(resolve));
        await handle.terminate();
      }),
    );
    await env.settled();
    for (const root of ids) {
      expect(await statusOf(env, root)).toBe('Terminated');
      for (const id of below(root)) expect(['Terminated', undefined]).toContain(await statusOf(env, id));
    }
  });

  test('[S3] recursive: false leaves the children alone', async () => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(tree, 3, { instanceId: 'a' });
    await env.settled();
    await handle.terminate({ recursive: false });
    await env.settled();
    expect(await statusOf(env, 'a')).toBe('Terminated');
    for (const id of below('a')) expect(await statusOf(env, id)).toBe('Running');
    for (const id of below('a').filter((leaf) => leaf.length === 5)) await env.client.raiseOrchestrationEvent(id, go, '');
    await env.settled();
    for (const id of below('a')) expect(await statusOf(env, id)).toBe('Completed');
  });

  test('[S3] it reaches the children of this execution only: not started ones, not those of earlier generations, nobody else', async () => {
    const renewed = defineOrchestrator('renewed', async (ctx, generation: number): Promise<void> => {
      void ctx.callSubOrchestrator(listener, 1, { instanceId: `child ${String(generation)}` });
      if (generation === 1) ctx.continueAsNew(2);
      ctx.startOrchestration(listener, 1, { instanceId: 'free' });
      // Refused: somebody else has that id.
      void ctx.callSubOrchestrator(listener, 1, { instanceId: 'foreign' });
      await ctx.waitForExternalEvent(go);
    });
    await using env = await openRoom(room, { ...programs, orchestrators: [...programs.orchestrators, renewed] });
    await env.client.scheduleNewOrchestration(listener, 1, { instanceId: 'foreign' });
    const handle = await env.client.scheduleNewOrchestration(renewed, 1);
    await env.settled();
    await handle.terminate();
    await env.settled();
    expect(await statusOf(env, 'child 2')).toBe('Terminated');
    for (const id of ['child 1', 'free', 'foreign']) expect(await statusOf(env, id)).toBe('Running');
  });
});
