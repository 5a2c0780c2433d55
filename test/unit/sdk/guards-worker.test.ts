/** Guards in a whole worker: what becomes of an orchestration that is accused, and that nobody else is. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineEvent, defineOrchestrator, type OrchestrationContext } from '../../../sdk/index.ts';
import { createTestEnvironment } from '../../../sdk/testing/index.ts';

const stamp = defineActivity('stamp', () => [Date.now(), new Date().getTime(), Math.random(), crypto.randomUUID().length].length);
const clock = defineOrchestrator('clock', async (ctx) => {
  await ctx.callActivity(stamp);
  return Date.now();
});
const stop = defineEvent()('stop');
const race = defineOrchestrator('race', async (ctx) => await Promise.race([ctx.waitForExternalEvent(stop), ctx.createTimer('1h')]));
/** Everything of ours that runs in the name of an orchestrator. */
const everything = defineOrchestrator('everything', async (ctx, round: number) => {
  ctx.log.info('round %d at %s', round, ctx.currentUtcDateTime.toISOString());
  ctx.setCustomStatus({ round, at: ctx.currentUtcDateTime });
  const picks = [ctx.newGuid(), ctx.random(), ctx.instanceId, ctx.signal.aborted, ctx.patched('p'), ctx.compareVersionTo('1')];
  await ctx.callActivity(stamp, undefined, { retry: { maxAttempts: 3, firstRetryInterval: '1s', jitter: 0.5, retryTimeout: '1h' } });
  await ctx.whenAny({
    event: ctx.waitForExternalEvent(stop, { timeout: '2h' }),
    timer: ctx.createTimer(new Date(ctx.currentUtcDateTime.getTime() + 5)),
  });
  await ctx.whenAll([Promise.race([ctx.createTimer(1), ctx.createTimer(2)]), ctx.callSubOrchestrator(child, round)]);
  ctx.sendEvent(ctx.startOrchestration(child, 1), stop);
  ctx.createTimer('1d').cancel();
  if (round < 2) return ctx.continueAsNew(round + 1);
  return picks.length;
});
const child = defineOrchestrator('child', (_ctx: OrchestrationContext, input: number) => Promise.resolve(input));
const code = { orchestrators: [clock, race, everything, child], activities: [stamp] };

describe('[A5] guards in a worker', () => {
  test('[A5] [D1] an accused orchestration fails, and says what to use', async () => {
    await using env = await createTestEnvironment({ ...code, guards: 'throw' });
    const handle = await env.client.scheduleNewOrchestration(clock);
    await expect(handle.result()).rejects.toMatchObject({
      details: { errorType: 'NonDeterministicCallError', message: expect.stringContaining('ctx.currentUtcDateTime') as string },
    });
  });

  test('[A5] [D1] or is held as stalled, and goes on when the code is mended', async () => {
    await using env = await createTestEnvironment({ ...code, guards: 'throw', onCodeFault: 'stall' });
    const handle = await env.client.scheduleNewOrchestration(clock);
    await env.settled();
    expect(await handle.state()).toMatchObject({
      runtimeStatus: 'Running',
      stalledReason: expect.stringContaining('Date.now()') as string,
    });
    const mended = defineOrchestrator('clock', async (ctx) => {
      await ctx.callActivity(stamp);
      return ctx.currentUtcDateTime.getTime();
    });
    await env.restart({ ...code, orchestrators: [mended] });
    expect(await handle.result()).toBe(env.now.getTime());
  });

  test('[A5] [E2] a native race of an event wait is refused', async () => {
    await using env = await createTestEnvironment({ ...code, guards: 'throw' });
    const handle = await env.client.scheduleNewOrchestration(race);
    await expect(handle.result()).rejects.toMatchObject({ details: { message: expect.stringContaining('ctx.whenAny') as string } });
  });

  test.each([
    ['memory', false],
    ['embedded', true],
  ] as const)('[A5] activities, the host and our own code are never accused (%s)', async (log, crash) => {
    const lines: unknown[] = [];
    await using env = await createTestEnvironment({
      ...code,
      guards: 'throw',
      log,
      partitions: 2,
      // A log sink of the host's, called from within the orchestrator.
      onLog: (level, event) => lines.push([new Date(), Date.now(), Math.random(), level, event]),
    });
    const handle = await env.client.scheduleNewOrchestration(everything, 0);
    await env.settled();
    if (crash) await env.crash();
    await env.advance('3h');
    expect(await handle.result()).toBe(6);
    expect(lines.length).toBeGreaterThan(2);
  });

  test('[A5] warnings name the call and the orchestration, which goes on', async () => {
    const warnings: unknown[] = [];
    await using env = await createTestEnvironment({
      ...code,
      guards: 'warn',
      onLog: (level, _event, fields) => level === 'warn' && warnings.push(fields),
    });
    const handle = await env.client.scheduleNewOrchestration(clock, undefined, { instanceId: 'c-1' });
    expect(await handle.result()).toBeTypeOf('number');
    expect(warnings).toEqual([expect.objectContaining({ instanceId: 'c-1' })]);
    expect(JSON.stringify(warnings)).toContain('"call":"Date.now()"');
    expect(JSON.stringify(warnings)).toContain('ctx.currentUtcDateTime');
  });

  test('[A5] off, nobody is told', async () => {
    const lines: unknown[] = [];
    await using env = await createTestEnvironment({ ...code, guards: 'off', onLog: (...line) => lines.push(line) });
    const handle = await env.client.scheduleNewOrchestration(clock);
    expect(await handle.result()).toBeTypeOf('number');
    expect(JSON.stringify(lines)).not.toContain('Date.now()');
  });
});
