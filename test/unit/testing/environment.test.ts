import { describe, expect, test } from 'vitest';
import { defineActivity, defineOrchestrator } from '../../../sdk/index.ts';
import { createTestEnvironment } from '../../../sdk/testing/index.ts';

describe('createTestEnvironment', () => {
  test('runs an orchestration to its end', async () => {
    const hello = defineActivity('hello', (_ctx, name: string) => `Hello ${name}!`);
    const greet = defineOrchestrator('greet', async (ctx, name: string) => await ctx.callActivity(hello, name));
    await using env = await createTestEnvironment({ orchestrators: [greet], activities: [hello] });
    const handle = await env.client.scheduleNewOrchestration(greet, 'Tokyo');
    expect(await handle.result()).toBe('Hello Tokyo!');
  });

  test('a crash in the middle costs a replay and a second run of what was running, and no step', async () => {
    const runs: number[] = [];
    const entered: (() => void)[] = [];
    const secondStepRuns = new Promise<void>((resolve) => entered.push(resolve));
    const step = defineActivity('step', async (_ctx, number: number) => {
      runs.push(number);
      if (number !== 2 || runs.filter((run) => run === 2).length > 1) return number * 10;
      entered[0]?.();
      return await new Promise<number>(() => undefined);
    });
    const three = defineOrchestrator('three', async (ctx) => {
      const sums: number[] = [];
      for (const number of [1, 2, 3]) sums.push(await ctx.callActivity(step, number));
      return sums;
    });
    await using env = await createTestEnvironment({ orchestrators: [three], activities: [step] });
    const handle = await env.client.scheduleNewOrchestration(three);
    const result = handle.result();
    await secondStepRuns;
    await env.crash();
    expect(await result).toEqual([10, 20, 30]);
    expect(runs).toEqual([1, 2, 2, 3]);
  });
});

const logs = [['memory'], ['embedded']] as const;

describe.for(logs)('the environment on the log %s', ([log]) => {
  const nap = defineOrchestrator('nap', async (ctx, days: number) => {
    await ctx.createTimer({ days });
    return ctx.currentUtcDateTime.toISOString();
  });

  test('a month passes in a moment, and not a millisecond more than told', async () => {
    await using env = await createTestEnvironment({ orchestrators: [nap], log, startTime: new Date('2030-01-01T00:00:00Z') });
    const handle = await env.client.scheduleNewOrchestration(nap, 30);
    await env.advance('29d');
    expect((await handle.state())?.runtimeStatus).toBe('Running');
    await env.advance('1d');
    expect(await handle.result()).toBe('2030-01-31T00:00:00.000Z');
    expect(env.now.toISOString()).toBe('2030-01-31T00:00:00.000Z');
  });

  test('settled waits for activities, but not for one that sleeps or waits for the test', async () => {
    const doors: { sleep: () => Promise<void>; wait: () => Promise<string> } = {
      sleep: () => Promise.resolve(),
      wait: () => Promise.resolve(''),
    };
    const slow = defineActivity('slow', async () => {
      for (let step = 0; step < 20; step++) await new Promise((resolve) => setImmediate(resolve));
      await doors.sleep();
      return await doors.wait();
    });
    const caller = defineOrchestrator('caller', async (ctx) => await ctx.callActivity(slow));
    await using env = await createTestEnvironment({ orchestrators: [caller], activities: [slow], log });
    const gate = env.gate<string>();
    doors.sleep = () => env.sleep('5m');
    doors.wait = () => gate.wait();
    const handle = await env.client.scheduleNewOrchestration(caller);
    await env.settled();
    expect(gate.waiting).toBe(0);
    await env.advance('5m');
    expect(gate.waiting).toBe(1);
    gate.pass('told');
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Completed', output: 'told' });
  });

  test('a crash at a commit strikes there, before the write or after it, and is missed when there is no such commit', async () => {
    const kinds: (readonly string[])[] = [];
    for (const ack of ['never-sent', 'lost'] as const) {
      await using env = await createTestEnvironment({ orchestrators: [nap], log });
      const crashed = env.crash({ at: 1, ack });
      const missed = env.crash({ at: 1_000 });
      const handle = await env.client.scheduleNewOrchestration(nap, 1);
      expect(await crashed).toBe(true);
      await env.advance('1d');
      expect(await handle.result()).toBe('2026-01-02T00:00:00.000Z');
      kinds.push(env.history(handle.instanceId).facts.map(({ kind }) => kind));
      await expect(env.crash({ at: 1 })).rejects.toThrow(RangeError);
      await env.stop();
      expect(await missed).toBe(false);
    }
    expect(kinds[0]).toEqual(['InstanceStarted', 'TurnStarted', 'TimerCreated', 'TimerFired', 'TurnStarted', 'InstanceCompleted']);
    expect(kinds[1]).toEqual(kinds[0]);
  });

  test('a restart brings other code', async () => {
    const greet = (word: string) => defineOrchestrator('greet', (_ctx, name: string) => Promise.resolve(`${word} ${name}`));
    await using env = await createTestEnvironment({ orchestrators: [greet('Hello')], log });
    const before = await env.client.scheduleNewOrchestration(greet(''), 'Tokyo');
    expect(await before.result()).toBe('Hello Tokyo');
    await env.restart({ orchestrators: [greet('Good bye')] });
    const after = await env.client.scheduleNewOrchestration(greet(''), 'Tokyo');
    expect(await after.result()).toBe('Good bye Tokyo');
    expect(await before.result()).toBe('Hello Tokyo');
  });

  test('a command that is delivered twice is there twice and counts once', async () => {
    await using env = await createTestEnvironment({ orchestrators: [nap], log });
    env.duplicateNextDelivery();
    const handle = await env.client.scheduleNewOrchestration(nap, 0);
    await handle.result();
    expect(env.instanceIds).toEqual([handle.instanceId]);
    expect(env.histories(handle.instanceId)).toHaveLength(1);
  });

  test('a wait that ends in vain ends in real time, whatever the clock shows', async () => {
    await using env = await createTestEnvironment({ orchestrators: [nap], log });
    const handle = await env.client.scheduleNewOrchestration(nap, 1);
    await expect(env.client.waitForOrchestrationCompletion(handle, { timeout: 1 })).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
