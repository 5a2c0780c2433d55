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
