/**
 * Cancel: SEMANTICS S4, and its table: × pending, suspended, in an activity, a timer, a child, a wait; swallowed, another error, activities in
 * `finally`, continue-as-new afterwards.
 */
import { describe, expect, test } from 'vitest';
import { CancelledError, defineActivity, defineEvent, defineOrchestrator, type OrchestrationContext } from '../../sdk/index.ts';
import type { TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf, kindsOf, openTasksOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const go = defineEvent<string>()('go');
const startMs = Date.UTC(2026, 0, 1);

let held: { wait: () => Promise<string> } = { wait: () => Promise.resolve('') };
const done: string[] = [];
/** Waits until the test lets it go, and notes whether it was told that nobody waits for it any more. */
const work = defineActivity('work', async (ctx) => {
  ctx.signal.addEventListener('abort', () => done.push('aborted'));
  return await held.wait();
});
const note = defineActivity('note', (_ctx, text: string): string => {
  done.push(text);
  return text;
});
const failing = defineActivity('failing', () => {
  throw new RangeError('out of it');
});

type Place = 'activity' | 'timer' | 'child' | 'event' | 'event with timeout' | 'retry' | 'all of it' | 'the first of it';

function waitAt(ctx: OrchestrationContext, place: Place): PromiseLike<unknown> {
  switch (place) {
    case 'activity':
      return ctx.callActivity(work);
    case 'timer':
      return ctx.createTimer('30d');
    case 'child':
      return ctx.callSubOrchestrator('waiting', 'event', { instanceId: `${ctx.instanceId}/child` });
    case 'event':
      return ctx.waitForExternalEvent(go);
    case 'event with timeout':
      return ctx.waitForExternalEvent(go, { timeout: '1h' });
    case 'retry':
      return ctx.callActivity(failing, undefined, { retry: { maxAttempts: 9, firstRetryInterval: '1h' } });
    case 'all of it':
      return ctx.whenAll([waitAt(ctx, 'timer'), waitAt(ctx, 'activity'), waitAt(ctx, 'child')]);
    case 'the first of it':
      return Promise.race([waitAt(ctx, 'timer'), waitAt(ctx, 'activity'), waitAt(ctx, 'child')]);
    default:
      return place satisfies never;
  }
}

const places: readonly Place[] = ['activity', 'timer', 'child', 'event', 'event with timeout', 'retry', 'all of it', 'the first of it'];

/** Lets the CancelledError pass. */
const waiting = defineOrchestrator('waiting', async (ctx, place: Place): Promise<string> => {
  await waitAt(ctx, place);
  return 'it came';
});

interface After {
  readonly place: Place;
  readonly then: 'return' | 'return nothing' | 'throw' | 'rethrow' | 'work on' | 'continue';
}

/** Catches what comes, and does as it is told. */
const catching = defineOrchestrator('catching', async (ctx, { place, then }: After): Promise<unknown> => {
  try {
    await waitAt(ctx, place);
    return 'it came';
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    switch (then) {
      case 'return':
        return [error.name, ctx.signal.aborted];
      case 'return nothing':
        return undefined;
      case 'throw':
        throw new RangeError('something else');
      case 'rethrow':
        throw error;
      case 'work on': {
        const noted = await ctx.callActivity(note, 'worked on');
        await ctx.createTimer('1h');
        const heard = await ctx.waitForExternalEvent(go);
        return [noted, heard, await ctx.callSubOrchestrator(echo, 'a child')];
      }
      case 'continue':
        return ctx.continueAsNew({ place, then });
      default:
        return then satisfies never;
    }
  }
});
const echo = defineOrchestrator('echo', (_ctx, word: string): Promise<string> => Promise.resolve(word));

const programs = { orchestrators: [waiting, catching, echo], activities: [work, note, failing] };

const statusOf = async (env: TestEnvironment, instanceId: string): Promise<string | undefined> =>
  (await env.client.getOrchestrationState(instanceId))?.runtimeStatus;

describe.for(rooms)('cancel, $name', (room) => {
  const open = async (): Promise<TestEnvironment> => {
    done.length = 0;
    const env = await openRoom(room, programs);
    const gate = env.gate<string>();
    held = { wait: () => gate.wait() };
    return env;
  };

  test.for(places)('[S4] × in %s: it rejects with CancelledError, nothing of it is left, and the end is Canceled', async (place) => {
    await using env = await open();
    const handle = await env.client.scheduleNewOrchestration(waiting, place, { instanceId: 'root' });
    await env.settled();
    await handle.cancel({ reason: 'no need' });
    await env.settled();
    const state = await handle.state();
    expect(state).toMatchObject({ runtimeStatus: 'Canceled', completedAt: new Date(startMs) });
    expect(state).not.toHaveProperty('output');
    expect(factsOf([env.history('root')], 'CancelRequested')).toMatchObject([{ reason: 'no need' }]);
    expect(openTasksOf(env.history('root'))).toEqual([]);
    const started = factsOf([env.history('root')], 'ChildScheduled').length;
    expect(await statusOf(env, 'root/child')).toBe(started === 0 ? undefined : 'Canceled');
    const isWorking = factsOf([env.history('root')], 'TaskScheduled').some(({ name }) => name === 'work');
    expect(done).toEqual(isWorking ? ['aborted'] : []);
    const before = kindsOf(env.history('root'));
    await env.crash();
    await env.advance('31d');
    expect(kindsOf(env.history('root'))).toEqual(before);
  });

  test('[S4] × pending: it is over at once, and its function never runs', async () => {
    await using env = await open();
    const handle = await env.client.scheduleNewOrchestration(waiting, 'activity', { startAt: new Date(startMs + 60_000) });
    await handle.cancel();
    expect(await statusOf(env, handle.instanceId)).toBe('Canceled');
    await env.advance('1h');
    expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'CancelRequested', 'InstanceCanceled']);
    await expect(handle.result()).rejects.toMatchObject({ name: 'OrchestrationTerminatedError' });
  });

  test('[S2, S4] × suspended: it hears of it when it is resumed', async () => {
    await using env = await open();
    const handle = await env.client.scheduleNewOrchestration(catching, { place: 'timer', then: 'return' });
    await env.settled();
    await handle.suspend();
    await handle.cancel();
    await env.advance('1h');
    expect(await statusOf(env, handle.instanceId)).toBe('Suspended');
    await handle.resume();
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Canceled', output: ['CancelledError', true] });
  });

  const ends: readonly (readonly [After['then'], object])[] = [
    ['return', { runtimeStatus: 'Canceled', output: ['CancelledError', true] }],
    ['return nothing', { runtimeStatus: 'Canceled' }],
    ['rethrow', { runtimeStatus: 'Canceled' }],
    ['throw', { runtimeStatus: 'Failed', failureDetails: { errorType: 'RangeError', message: 'something else' } }],
    ['continue', { runtimeStatus: 'Canceled', generation: 1 }],
  ];

  test.for(ends)('[S4] × swallowed, then: %s', async ([then, end]) => {
    for (const place of ['activity', 'event'] as const) {
      await using env = await open();
      const handle = await env.client.scheduleNewOrchestration(catching, { place, then });
      await env.settled();
      await handle.cancel();
      await env.settled();
      const state = await handle.state();
      expect(state).toMatchObject(end);
      if (then !== 'return') expect(state).not.toHaveProperty('output');
    }
  });

  test('[S4] × swallowed: what is called afterwards works, over days and deaths', async () => {
    await using env = await open();
    const handle = await env.client.scheduleNewOrchestration(catching, { place: 'all of it', then: 'work on' });
    await env.settled();
    await handle.cancel();
    await env.crash();
    await env.settled();
    expect(await statusOf(env, handle.instanceId)).toBe('Running');
    await env.advance('2h');
    await handle.cancel();
    await env.crash({ cache: 'kept' });
    await handle.raise(go, 'an event');
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Canceled', output: ['worked on', 'an event', 'a child'] });
    expect(factsOf([env.history(handle.instanceId)], 'CancelRequested')).toHaveLength(1);
  });

  test('[S4] × finally: activities in it run, one after the other, and the end is Canceled', async () => {
    const saga = defineOrchestrator('saga', async (ctx): Promise<void> => {
      const undo: string[] = [];
      try {
        for (const step of ['a', 'b', 'c']) {
          undo.unshift(`undo ${await ctx.callActivity(note, step)}`);
          if (step === 'b') await ctx.waitForExternalEvent(go);
        }
      } finally {
        for (const step of undo) await ctx.callActivity(note, step);
      }
    });
    done.length = 0;
    await using env = await openRoom(room, { orchestrators: [saga], activities: [note] });
    const handle = await env.client.scheduleNewOrchestration(saga);
    await env.settled();
    await handle.cancel();
    await env.settled();
    expect(done).toEqual(['a', 'b', 'undo b', 'undo a']);
    expect(await statusOf(env, handle.instanceId)).toBe('Canceled');
  });

  test('[S4] ctx.signal aborts for whoever listens or looks, in the same turn and at every replay', async () => {
    const watching = defineOrchestrator('watching', async (ctx): Promise<readonly unknown[]> => {
      const heard: unknown[] = [ctx.signal.aborted];
      ctx.signal.addEventListener('abort', () => heard.push(ctx.signal.reason instanceof CancelledError));
      await ctx.createTimer('1d').catch(() => undefined);
      heard.push(ctx.signal.aborted);
      await ctx.createTimer('1d');
      return heard;
    });
    await using env = await openRoom(room, { orchestrators: [watching] });
    const handle = await env.client.scheduleNewOrchestration(watching);
    await env.settled();
    await handle.cancel();
    await env.crash();
    await env.advance('1d');
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Canceled', output: [false, true, true] });
  });

  test('[S4] × three levels of children: each is asked, and ends by itself', async () => {
    const nested = defineOrchestrator('nested', async (ctx, levels: number): Promise<string> => {
      try {
        if (levels === 1) await ctx.waitForExternalEvent(go);
        else await ctx.callSubOrchestrator('nested', levels - 1, { instanceId: `${ctx.instanceId}/x` });
      } finally {
        await ctx.callActivity(note, ctx.instanceId);
      }
      return 'it came';
    });
    done.length = 0;
    await using env = await openRoom(room, { orchestrators: [nested], activities: [note], partitions: 4, deliverTwice: true });
    const handle = await env.client.scheduleNewOrchestration(nested, 3, { instanceId: 'x' });
    await env.settled();
    await handle.cancel();
    await env.settled();
    for (const id of ['x', 'x/x', 'x/x/x']) expect(await statusOf(env, id)).toBe('Canceled');
    expect(done.toSorted()).toEqual(['x', 'x/x', 'x/x/x']);
    expect(factsOf(env.histories('x/x/x'), 'CancelRequested')).toHaveLength(1);
  });

  test('[C1, S4] × between generations: raced by what makes it go on, it is heard, by this generation or the next', async () => {
    const counting = defineOrchestrator('counting', async (ctx, rounds: number): Promise<void> => {
      await ctx.waitForExternalEvent(go);
      if (rounds > 1) ctx.continueAsNew(rounds - 1);
    });
    await using env = await openRoom(room, { orchestrators: [counting] });
    const handles = await Promise.all([0, 1, 5, 20].map(() => env.client.scheduleNewOrchestration(counting, 50)));
    await handles[3]?.suspend();
    await Promise.all(
      handles.map((handle, at) =>
        Promise.all([...Array.from({ length: at * 4 }, () => handle.raise(go, '')), handle.cancel(), handle.raise(go, '')]),
      ),
    );
    await handles[3]?.resume();
    await env.settled();
    for (const handle of handles) {
      expect(await statusOf(env, handle.instanceId)).toBe('Canceled');
      expect(kindsOf(env.history(handle.instanceId))).toContain('CancelRequested');
    }
  });

  test('[S3, S4] terminate beats a cancel that is under way', async () => {
    await using env = await open();
    const handle = await env.client.scheduleNewOrchestration(catching, { place: 'timer', then: 'work on' });
    await env.settled();
    await handle.cancel();
    await env.settled();
    await handle.terminate({ output: 'now' });
    await env.advance('2h');
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Terminated', output: 'now' });
    await expect(env.client.cancelOrchestration('nobody')).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
  });
});
