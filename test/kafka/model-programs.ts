/** Orchestrations that use every family of rules, for workers on real Kafka. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  defineActivity,
  defineEvent,
  defineOrchestrator,
  NonRetriableError,
  TaskFailedError,
  type ActivityToRegister,
  type ExternalEvent,
  type OrchestratorDefinition,
  type OrchestratorToRegister,
} from '../../sdk/index.ts';

const slowly = defineActivity('slowly', async (_ctx, { text, ms }: { text: string; ms: number }) => {
  await sleep(ms);
  return text;
});

const flaky = defineActivity('flaky', (ctx, failures: number) => {
  if (ctx.attempt <= failures) throw new RangeError(`attempt ${String(ctx.attempt)}`);
  return ctx.attempt;
});

const hopeless = defineActivity('hopeless', (): never => {
  throw new NonRetriableError('never', { properties: { why: 'declined' } });
});

/** All at once, in argument order, and the first of two. */
export const combined: OrchestratorDefinition<'combined', void, readonly [string[], string]> = defineOrchestrator(
  'combined',
  async (ctx) => {
    const all = await ctx.whenAll(['a', 'b', 'c'].map((text, at) => ctx.callActivity(slowly, { text, ms: 30 - at * 10 })));
    const first = await ctx.whenAny({ fast: ctx.callActivity(slowly, { text: 'f', ms: 1 }), late: ctx.createTimer('10m') });
    return [all, first.winner] as const;
  },
);

/** The attempt that succeeded, and the failure that no retry helps. */
export const retrying: OrchestratorDefinition<'retrying', number, readonly [number, string]> = defineOrchestrator(
  'retrying',
  async (ctx, failures: number) => {
    const attempt = await ctx.callActivity(flaky, failures, { retry: { maxAttempts: failures + 1, firstRetryInterval: '20ms' } });
    try {
      await ctx.callActivity(hopeless, undefined, { retry: { maxAttempts: 5, firstRetryInterval: '1ms' } });
      return [attempt, 'nothing'] as const;
    } catch (error) {
      return [attempt, error instanceof TaskFailedError ? JSON.stringify(error.details.properties) : String(error)] as const;
    }
  },
);

/** How late a timer came, by the orchestration's own clock. */
export const sleeper: OrchestratorDefinition<'sleeper', number, number> = defineOrchestrator('sleeper', async (ctx, ms: number) => {
  const dueMs = ctx.currentUtcDateTime.getTime() + ms;
  await ctx.createTimer(ms);
  return ctx.currentUtcDateTime.getTime() - dueMs;
});

export const number: ExternalEvent<'number', number> = defineEvent<number>()('number');

/** Adds up, one event a generation. */
export const counter: OrchestratorDefinition<'counter', { sum: number; left: number }, number> = defineOrchestrator(
  'counter',
  async (ctx, { sum, left }: { sum: number; left: number }): Promise<number> => {
    if (left === 0) return sum;
    const next = sum + (await ctx.waitForExternalEvent(number));
    return ctx.continueAsNew({ sum: next, left: left - 1 });
  },
);

/** Waits for so many events and gives them in order. */
export const collector: OrchestratorDefinition<'collector', number, number[]> = defineOrchestrator(
  'collector',
  async (ctx, count: number) => {
    const taken: number[] = [];
    while (taken.length < count) taken.push(await ctx.waitForExternalEvent(number));
    return taken;
  },
);

/** Three levels of children; `depth` 0 waits for an event. */
export const family: OrchestratorDefinition<'family', number, string> = defineOrchestrator(
  'family',
  async (ctx, depth: number): Promise<string> => {
    if (depth === 0) return `leaf ${String(await ctx.waitForExternalEvent(number))}`;
    const instanceId = `${ctx.instanceId}.${String(depth)}`;
    return `${String(depth)} ${await ctx.callSubOrchestrator<string>('family', depth - 1, { instanceId })}`;
  },
);

/** Ends gracefully: its cleaning up is what it did last. */
export const careful: OrchestratorDefinition<'careful', void, string> = defineOrchestrator('careful', async (ctx) => {
  ctx.setCustomStatus({ waiting: true });
  let cleaned = '';
  try {
    await ctx.waitForExternalEvent('never');
  } catch (error) {
    cleaned = await ctx.callActivity(slowly, { text: `cleaned after ${(error as Error).name}`, ms: 1 });
  }
  return cleaned;
});

export const versioned: OrchestratorDefinition<'versioned', void, readonly [string, number, boolean]> = defineOrchestrator(
  'versioned',
  async (ctx) => {
    const patched = ctx.patched('new side');
    await ctx.callActivity(slowly, { text: '', ms: 1 });
    return [ctx.version, ctx.compareVersionTo('1.10'), patched && ctx.patched('new side')] as const;
  },
);

/** Awaits what no history knows. */
export const foreign: OrchestratorDefinition<'foreign', void, void> = defineOrchestrator('foreign', async () => {
  await sleep(20);
});

export const modelOrchestrators: readonly OrchestratorToRegister[] = [
  combined,
  retrying,
  sleeper,
  counter,
  collector,
  family,
  careful,
  versioned,
  foreign,
];
export const modelActivities: readonly ActivityToRegister[] = [slowly, flaky, hopeless];
