/** Durable timers: SEMANTICS M1, M2. */
import { describe, expect, test } from 'vitest';
import { CancelledError, defineEvent, defineOrchestrator, type Duration } from '../../sdk/index.ts';
import type { RecordedHistory, TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf, kindsOf, openTasksOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const go = defineEvent<string>()('go');
const startMs = Date.UTC(2026, 0, 1);

/** Waits, and tells when it went on. */
const sleeper = defineOrchestrator('sleeper', async (ctx, when: Duration | { readonly atMs: number }): Promise<number> => {
  await ctx.createTimer(typeof when === 'object' && 'atMs' in when ? new Date(when.atMs) : when);
  return ctx.currentUtcDateTime.getTime();
});

/** Sets a timer for an hour whenever it is told to, and tells its own time after each. */
const restless = defineOrchestrator('restless', async (ctx): Promise<readonly number[]> => {
  const times: number[] = [ctx.currentUtcDateTime.getTime()];
  while (times.length < 3) {
    await ctx.waitForExternalEvent(go);
    await ctx.createTimer('1h');
    times.push(ctx.currentUtcDateTime.getTime());
  }
  return times;
});

/** Gives its timer up at the event, or hears that it fired. */
const fickle = defineOrchestrator('fickle', async (ctx, stays: boolean): Promise<readonly (string | boolean)[]> => {
  const timer = ctx.createTimer('400d');
  const waiting = timer.then(
    () => 'fired',
    (error: unknown) => (error instanceof CancelledError ? 'canceled' : String(error)),
  );
  await ctx.waitForExternalEvent(go);
  const did = timer.cancel();
  const heard = await waiting;
  if (stays) await ctx.waitForExternalEvent(go);
  return [did, heard, timer.cancel()];
});

const statusOf = async (env: TestEnvironment, instanceId: string): Promise<string | undefined> =>
  (await env.client.getOrchestrationState(instanceId))?.runtimeStatus;

const firedEarly = (histories: readonly RecordedHistory[]): readonly unknown[] =>
  factsOf(histories, 'TimerFired').filter(({ atMs, fireAtMs }) => atMs < fireAtMs);

describe.for(rooms)('timers, $name', (room) => {
  const lengths: readonly (readonly [Duration, number])[] = [
    [1, 1],
    ['250ms', 250],
    [0.4, 1],
    ['30s', 30_000],
    [{ hours: 24 }, 86_400_000],
    ['30d', 30 * 86_400_000],
    ['400d', 400 * 86_400_000],
  ];

  test.for(lengths)('[M1] %j: not a millisecond early, and then at once', async ([when, ms]) => {
    await using env = await openRoom(room, { orchestrators: [sleeper] });
    const handle = await env.client.scheduleNewOrchestration(sleeper, when);
    await env.advance(ms - 1);
    expect(await statusOf(env, handle.instanceId)).toBe('Running');
    await env.advance(1);
    expect(await handle.result()).toBe(startMs + ms);
  });

  const atOnce: readonly (readonly [string, Duration | { readonly atMs: number }])[] = [
    ['zero', 0],
    ['a length below zero', -5],
    ['now', { atMs: startMs }],
    ['yesterday', { atMs: startMs - 86_400_000 }],
    ['1970', { atMs: 0 }],
    ['before 1970', { atMs: -1 }],
  ];

  test.for(atOnce)('[M1] at once, but through history: %s', async ([, when]) => {
    await using env = await openRoom(room, { orchestrators: [sleeper] });
    const handle = await env.client.scheduleNewOrchestration(sleeper, when);
    expect(await handle.result()).toBe(startMs);
    const turn = ['TurnStarted', 'TimerCreated', 'TimerFired', 'TurnStarted', 'InstanceCompleted'];
    expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', ...turn]);
  });

  test('[M1] a date is that date, whenever it is asked for', async () => {
    await using env = await openRoom(room, { orchestrators: [sleeper] });
    await env.advance('7h');
    const handle = await env.client.scheduleNewOrchestration(sleeper, { atMs: startMs + 86_400_000 });
    await env.advance('17h');
    expect(await handle.result()).toBe(startMs + 86_400_000);
  });

  test('[M1] 10,000 timers in one instance fire in the order of their times, each once, over a takeover', async () => {
    const many = defineOrchestrator('many', async (ctx, count: number): Promise<readonly number[]> => {
      const seen: number[] = [];
      const minutes = Array.from({ length: count }, (_, at) => 10 - (at % 10));
      await ctx.whenAll(minutes.map((minute) => ctx.createTimer({ minutes: minute }).then(() => seen.push(minute))));
      return [seen.length, ...new Set(seen)];
    });
    await using env = await openRoom(room, { orchestrators: [many] });
    const handle = await env.client.scheduleNewOrchestration(many, 10_000);
    await env.advance('5m');
    expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toHaveLength(5_000);
    await env.crash();
    await env.advance('5m');
    expect(await handle.result()).toEqual([10_000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(firedEarly([env.history(handle.instanceId)])).toEqual([]);
    const fired = factsOf([env.history(handle.instanceId)], 'TimerFired');
    expect(new Set(fired.map(({ scheduledSeq }) => scheduledSeq)).size).toBe(fired.length);
  });

  test('[M1, A4] with the clock set back an hour it waits the hour more, and the time of the orchestration never goes back', async () => {
    await using env = await openRoom(room, { orchestrators: [restless] });
    const handle = await env.client.scheduleNewOrchestration(restless);
    await handle.raise(go, '');
    await env.advance('30m');
    env.clockBack('1h');
    await env.advance('89m');
    expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toEqual([]);
    await env.advance('1m');
    expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toMatchObject([{ fireAtMs: startMs + 3_600_000 }]);
    env.clockBack('1h');
    await handle.raise(go, '');
    await env.advance('1h');
    expect(await handle.result()).toEqual([startMs, startMs + 3_600_000, startMs + 3_600_000]);
  });

  test('[M1] a length of time runs from the clock of the owner at the commit, not from the time of the turn', async () => {
    await using env = await openRoom(room, { orchestrators: [restless] });
    const handle = await env.client.scheduleNewOrchestration(restless);
    await env.settled();
    env.clockBack('10h');
    await handle.raise(go, '');
    await env.settled();
    expect(factsOf([env.history(handle.instanceId)], 'TimerCreated')).toMatchObject([{ atMs: startMs, fireAtMs: startMs - 9 * 3_600_000 }]);
    await env.advance('59m');
    expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toEqual([]);
    await env.advance('1m');
    expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toHaveLength(1);
  });

  test('[M1] a timer that is set while the clock is back fires on time, also at the next owner', async () => {
    await using env = await openRoom(room, { orchestrators: [sleeper] });
    // The owner has looked for timers as far as this.
    const first = await env.client.scheduleNewOrchestration(sleeper, '5h');
    await env.advance('5h');
    expect(await statusOf(env, first.instanceId)).toBe('Completed');
    env.clockBack('4h');
    const second = await env.client.scheduleNewOrchestration(sleeper, '1h');
    await env.settled();
    await env.crash({ cache: 'kept' });
    await env.advance('59m');
    expect(await statusOf(env, second.instanceId)).toBe('Running');
    await env.advance('1m');
    expect(await second.result()).toBe(startMs + 2 * 3_600_000);
  });

  test('[M1] 1,000 instances due in the same moment all fire in it, once, though their owner dies among them', async () => {
    await using env = await openRoom(room, { orchestrators: [sleeper] });
    const at = { atMs: startMs + 3_600_000 };
    const handles = await Promise.all(Array.from({ length: 1_000 }, () => env.client.scheduleNewOrchestration(sleeper, at)));
    await env.settled();
    const crashed = env.crash({ at: env.commits + 1, ack: 'lost', cache: 'kept' });
    await env.advance('1h');
    expect(await crashed).toBe(true);
    expect(new Set(await Promise.all(handles.map((handle) => handle.result())))).toEqual(new Set([at.atMs]));
    const fired = handles.map((handle) => factsOf([env.history(handle.instanceId)], 'TimerFired').length);
    expect(new Set(fired)).toEqual(new Set([1]));
  });

  test('[M1] it survives crashes, restarts and a lost cache, and fires once, on time', async () => {
    await using env = await openRoom(room, { orchestrators: [sleeper] });
    const handles = await Promise.all(
      Array.from({ length: 20 }, (_, at) => env.client.scheduleNewOrchestration(sleeper, { hours: 1 + at })),
    );
    for (const change of [() => env.crash({ cache: 'kept' }), () => env.crash(), () => env.restart(), () => env.crash({ cache: 'kept' })]) {
      await env.advance('4h');
      await change();
    }
    await env.advance('4h');
    for (const [at, handle] of handles.entries()) {
      expect(await handle.result()).toBe(startMs + (at + 1) * 3_600_000);
      expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toHaveLength(1);
    }
  });

  test.for(['never-sent', 'lost'] as const)('[M1] due when its owner died (%s): it fires at once at the next, and once', async (ack) => {
    await using env = await openRoom(room, { orchestrators: [sleeper] });
    const handle = await env.client.scheduleNewOrchestration(sleeper, '1h');
    await env.settled();
    const crashed = env.crash({ at: env.commits + 1, ack, cache: 'kept' });
    await env.advance('1h');
    expect(await crashed).toBe(true);
    expect(await handle.result()).toBe(startMs + 3_600_000);
    expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toHaveLength(1);
  });

  test('[M2] cancel is recorded, frees the timer, and its awaiter gets a CancelledError', async () => {
    await using env = await openRoom(room, { orchestrators: [fickle] });
    const handle = await env.client.scheduleNewOrchestration(fickle, true);
    await env.settled();
    expect(openTasksOf(env.history(handle.instanceId))).toMatchObject([{ kind: 'timer', fireAtMs: startMs + 400 * 86_400_000 }]);
    await handle.raise(go, '');
    await env.settled();
    const created = factsOf([env.history(handle.instanceId)], 'TimerCreated')[0];
    const freed = { scheduledSeq: created?.seq, taskId: created?.taskId, fireAtMs: created?.fireAtMs };
    expect(factsOf([env.history(handle.instanceId)], 'TimerCancelled')).toMatchObject([freed]);
    expect(openTasksOf(env.history(handle.instanceId))).toEqual([]);
    await env.crash({ cache: 'kept' });
    const before = env.commits;
    await env.advance('401d');
    expect(env.commits).toBe(before);
    await handle.raise(go, '');
    expect(await handle.result()).toEqual([true, 'canceled', false]);
    expect(factsOf([env.history(handle.instanceId)], 'TimerFired')).toEqual([]);
  });

  test('[M2] canceled in the turn of its call it never was', async () => {
    const hasty = defineOrchestrator('hasty', async (ctx): Promise<string> => {
      const timer = ctx.createTimer('1h');
      timer.cancel();
      return await timer.then(
        () => 'fired',
        (error: unknown) => (error instanceof CancelledError ? 'canceled' : String(error)),
      );
    });
    await using env = await openRoom(room, { orchestrators: [hasty] });
    const handle = await env.client.scheduleNewOrchestration(hasty);
    expect(await handle.result()).toBe('canceled');
    expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'TurnStarted', 'InstanceCompleted']);
  });

  test('[M2] a cancel that comes after it fired changes nothing; one that comes before it was heard counts', async () => {
    await using env = await openRoom(room, { orchestrators: [fickle] });
    const late = await env.client.scheduleNewOrchestration(fickle, false);
    const early = await env.client.scheduleNewOrchestration(fickle, false);
    await env.settled();
    await early.suspend();
    await early.raise(go, '');
    await env.advance('401d');
    await late.raise(go, '');
    await early.resume();
    expect(await late.result()).toEqual([false, 'fired', false]);
    expect(factsOf([env.history(late.instanceId)], 'TimerCancelled')).toEqual([]);
    expect(await early.result()).toEqual([true, 'canceled', false]);
    expect(kindsOf(env.history(early.instanceId))).toContain('TimerFired');
    expect(factsOf([env.history(early.instanceId)], 'TimerCancelled')).toMatchObject([{ scheduledSeq: 0 }]);
  });

  test('[M2] a timer that lost is freed by cancel, and the orchestration ends long before it', async () => {
    const race = defineOrchestrator('race', async (ctx): Promise<string> => {
      const late = ctx.createTimer('400d');
      const won = await ctx.whenAny({ event: ctx.waitForExternalEvent(go), late });
      if (won.winner === 'late') return 'late';
      late.cancel();
      return won.value;
    });
    await using env = await openRoom(room, { orchestrators: [race] });
    const handle = await env.client.scheduleNewOrchestration(race);
    await env.advance('1h');
    await env.crash();
    await handle.raise(go, 'in time');
    expect(await handle.result()).toBe('in time');
    expect(kindsOf(env.history(handle.instanceId)).slice(-3)).toEqual(['TurnStarted', 'TimerCancelled', 'InstanceCompleted']);
  });
});
