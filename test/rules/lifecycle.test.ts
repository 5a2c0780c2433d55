/** Status, suspension, and ends with tasks open: SEMANTICS S1, S2, S8. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineEvent, defineOrchestrator } from '../../sdk/index.ts';
import type { TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf, kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const go = defineEvent<string>()('go');
const startMs = Date.UTC(2026, 0, 1);

const listener = defineOrchestrator('listener', (ctx) => ctx.waitForExternalEvent(go));
const failing = defineOrchestrator('failing', (): Promise<never> => Promise.reject(new RangeError('out of it')));

let held: { wait: () => Promise<string> } = { wait: () => Promise.resolve('') };
let runs = 0;
const work = defineActivity('work', async () => {
  runs++;
  return await held.wait();
});

/** Has one task of each kind open, and tells in which order they came. */
const many = defineOrchestrator('many', async (ctx): Promise<readonly string[]> => {
  const order: string[] = [];
  const note = (name: string) => (): void => void order.push(name);
  await ctx.whenAll([
    ctx.callActivity(work).then(note('activity')),
    ctx.createTimer('1h').then(note('timer')),
    ctx.callSubOrchestrator(listener, undefined, { instanceId: 'child' }).then(note('child')),
    ctx.waitForExternalEvent(go).then(note('event')),
  ]);
  return order;
});

const programs = { orchestrators: [listener, failing, many], activities: [work] };

const statusOf = async (env: TestEnvironment, instanceId: string): Promise<string | undefined> =>
  (await env.client.getOrchestrationState(instanceId))?.runtimeStatus;

interface Happening {
  readonly name: string;
  /** The fact that then stands in the history. */
  readonly recorded: string;
  readonly happen: (env: TestEnvironment, instanceId: string, pass: () => void) => unknown;
}

/** What can happen to `many` without a turn of its own. */
const activity: Happening = {
  name: 'activity',
  recorded: 'TaskCompleted',
  happen: (_env, _id, pass) => {
    pass();
  },
};
const timer: Happening = { name: 'timer', recorded: 'TimerFired', happen: (env) => env.advance('1h') };
const child: Happening = {
  name: 'child',
  recorded: 'ChildCompleted',
  happen: (env) => env.client.raiseOrchestrationEvent('child', go, ''),
};
const event: Happening = {
  name: 'event',
  recorded: 'EventRaised',
  happen: (env, instanceId) => env.client.raiseOrchestrationEvent(instanceId, go, ''),
};

const orders: readonly (readonly Happening[])[] = [
  [activity, timer, child, event],
  [event, child, timer, activity],
  [child, activity, event, timer],
];
const orderTable = orders.map((order) => ({ order, names: order.map(({ name }) => name).join() }));

describe.for(rooms)('the life of an instance, $name', (room) => {
  test('[S1] Pending, Running, Suspended, Running, Completed', async () => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener, undefined, { startAt: new Date(startMs + 1_000) });
    expect(await statusOf(env, handle.instanceId)).toBe('Pending');
    await env.advance('1s');
    expect(await statusOf(env, handle.instanceId)).toBe('Running');
    await handle.suspend();
    expect(await statusOf(env, handle.instanceId)).toBe('Suspended');
    await handle.resume();
    expect(await statusOf(env, handle.instanceId)).toBe('Running');
    await env.advance('1s');
    await handle.raise(go, 'over');
    expect(await handle.result()).toBe('over');
    expect(await handle.state()).toMatchObject({
      runtimeStatus: 'Completed',
      output: 'over',
      createdAt: new Date(startMs),
      completedAt: new Date(startMs + 2_000),
    });
  });

  test('[S1] Failed, Terminated and Canceled are ends too; nothing leads out of one', async () => {
    await using env = await openRoom(room, programs);
    const ended = {
      Completed: await env.client.scheduleNewOrchestration(listener),
      Failed: await env.client.scheduleNewOrchestration(failing),
      Terminated: await env.client.scheduleNewOrchestration(listener),
      Canceled: await env.client.scheduleNewOrchestration(listener),
    };
    await ended.Completed.raise(go, 'over');
    await ended.Terminated.terminate({ output: 'first' });
    await ended.Canceled.cancel();
    await env.settled();
    for (const [status, handle] of Object.entries(ended)) {
      const before = await handle.state();
      expect(before?.runtimeStatus).toBe(status);
      await handle.suspend();
      await handle.resume();
      await handle.cancel();
      await handle.terminate({ output: 'second' });
      expect(await handle.raise('go', 'late')).toBe('ignored');
      await env.crash();
      expect(await handle.state()).toEqual(before);
    }
  });

  test('[S1] an instance that goes on as a new generation is Running, also between the two, and waiting for its end goes on', async () => {
    const renewed = defineOrchestrator('renewed', async (ctx, generation: number): Promise<number> => {
      await ctx.createTimer('1m');
      return generation === 5 ? generation : ctx.continueAsNew(generation + 1);
    });
    await using env = await openRoom(room, { orchestrators: [renewed] });
    const handle = await env.client.scheduleNewOrchestration(renewed, 1);
    const end = env.client.waitForOrchestrationCompletion(handle);
    const seen = new Set<string | undefined>();
    for (let minute = 0; minute < 5; minute++) {
      seen.add(await statusOf(env, handle.instanceId));
      await env.advance('1m');
    }
    expect([...seen].filter((status) => status !== 'Pending')).toEqual(['Running']);
    expect(await end).toMatchObject({ runtimeStatus: 'Completed', output: 5, generation: 5 });
  });

  test.for(orderTable)(
    '[S2] suspended: $names are recorded in order, no turn runs; resumed, it is fed in that order',
    async ({ order }) => {
      runs = 0;
      await using env = await openRoom(room, programs);
      const gate = env.gate<string>();
      held = { wait: () => gate.wait() };
      const handle = await env.client.scheduleNewOrchestration(many);
      await env.settled();
      await handle.suspend({ reason: 'lunch' });
      const before = kindsOf(env.history(handle.instanceId));
      const pass = (): void => {
        gate.pass('');
      };
      for (const { happen } of order) {
        await happen(env, handle.instanceId, pass);
        await env.settled();
      }
      const recorded = order.map((happening) => happening.recorded);
      expect(kindsOf(env.history(handle.instanceId))).toEqual([...before, ...recorded]);
      await env.crash();
      await env.advance('1d');
      expect(kindsOf(env.history(handle.instanceId))).toEqual([...before, ...recorded]);
      expect(await statusOf(env, handle.instanceId)).toBe('Suspended');
      await handle.resume({ reason: 'coffee' });
      expect(await handle.result()).toEqual(order.map(({ name }) => name));
      expect(runs).toBe(1);
      expect(factsOf([env.history(handle.instanceId)], 'TaskScheduled')).toHaveLength(1);
      expect(factsOf([env.history(handle.instanceId)], 'InstanceSuspended')).toMatchObject([{ reason: 'lunch' }]);
      expect(factsOf([env.history(handle.instanceId)], 'InstanceResumed')).toMatchObject([{ reason: 'coffee' }]);
    },
  );

  test('[S2] suspend and resume are idempotent, and refused for an instance that is not there', async () => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener);
    await handle.resume();
    await Promise.all([handle.suspend(), handle.suspend(), handle.suspend()]);
    await handle.raise(go, 'waiting');
    await handle.suspend();
    await env.settled();
    expect(await statusOf(env, handle.instanceId)).toBe('Suspended');
    await handle.resume();
    await handle.resume();
    expect(await handle.result()).toBe('waiting');
    const changes = kindsOf(env.history(handle.instanceId)).filter((kind) => /Suspended|Resumed/.test(kind));
    expect(changes).toEqual(['InstanceSuspended', 'InstanceResumed']);
    await expect(env.client.suspendOrchestration('nobody')).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
    await expect(env.client.resumeOrchestration('nobody')).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
  });

  test('[S2] suspended before its first turn: it begins when it is resumed', async () => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener, undefined, { startAt: new Date(startMs + 1_000) });
    await handle.suspend();
    await env.advance('1m');
    expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'InstanceSuspended', 'StartDue']);
    expect(await statusOf(env, handle.instanceId)).toBe('Suspended');
    await handle.resume();
    await env.settled();
    expect(await statusOf(env, handle.instanceId)).toBe('Running');
    expect(kindsOf(env.history(handle.instanceId)).slice(3)).toEqual(['InstanceResumed', 'TurnStarted']);
    await handle.raise(go, 'over');
    expect(await handle.result()).toBe('over');
  });

  test('[S2] suspended and resumed before its start is due, it still waits for it', async () => {
    await using env = await openRoom(room, programs);
    const handle = await env.client.scheduleNewOrchestration(listener, undefined, { startAt: new Date(startMs + 60_000) });
    await handle.suspend();
    await handle.resume();
    await env.advance('59s');
    expect(await statusOf(env, handle.instanceId)).toBe('Pending');
    await env.advance('1s');
    expect(await statusOf(env, handle.instanceId)).toBe('Running');
  });

  test.for(['suspend', 'resume'] as const)('[S2] a death around %s: the order is carried out once, and kept', async (order) => {
    for (const ack of ['never-sent', 'lost'] as const) {
      await using env = await openRoom(room, programs);
      const handle = await env.client.scheduleNewOrchestration(listener);
      await env.settled();
      if (order === 'resume') await handle.suspend();
      const crashed = env.crash({ at: env.commits + 1, ack });
      await handle[order]();
      expect(await crashed).toBe(true);
      expect(await statusOf(env, handle.instanceId)).toBe(order === 'suspend' ? 'Suspended' : 'Running');
      expect(factsOf([env.history(handle.instanceId)], 'InstanceSuspended')).toHaveLength(1);
    }
  });

  describe('[S8] an end with tasks open', () => {
    const leaving = defineOrchestrator('leaving', async (ctx, fails: boolean): Promise<string> => {
      void ctx.callActivity(work);
      void ctx.createTimer('1h');
      void ctx.callSubOrchestrator(listener, undefined, { instanceId: 'child' });
      void ctx.waitForExternalEvent(go);
      ctx.sendEvent('other', go, 'from the end');
      await ctx.createTimer('1m');
      void ctx.callActivity(work);
      void ctx.createTimer('2h');
      if (fails) throw new Error('that was it');
      return 'that was it';
    });

    test.for([false, true])('[S8] actions are sent, timers never fire, late results are dropped (it throws: %s)', async (fails) => {
      runs = 0;
      await using env = await openRoom(room, { ...programs, orchestrators: [...programs.orchestrators, leaving] });
      const gate = env.gate<string>();
      held = { wait: () => gate.wait() };
      const other = await env.client.scheduleNewOrchestration(listener, undefined, { instanceId: 'other' });
      const handle = await env.client.scheduleNewOrchestration(leaving, fails);
      await env.advance('1m');
      const before = kindsOf(env.history(handle.instanceId));
      expect(before.at(-1)).toBe(fails ? 'InstanceFailed' : 'InstanceCompleted');
      expect(runs).toBe(2);
      expect(await other.result()).toBe('from the end');
      gate.open('late');
      await env.client.raiseOrchestrationEvent('child', go, 'late');
      await env.crash();
      await env.advance('1d');
      expect(await statusOf(env, 'child')).toBe('Completed');
      expect(kindsOf(env.history(handle.instanceId))).toEqual(before);
      expect(await statusOf(env, handle.instanceId)).toBe(fails ? 'Failed' : 'Completed');
    });
  });
});
