import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineOrchestrator, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { createProgram } from '../../../sdk/replay/index.ts';
import { TaskFailedError } from '../../../sdk/values/index.ts';
import type { Action, TurnOutcome } from '../../../engine/program/index.ts';
import { isTerminal } from '../../../engine/core/index.ts';
import type { Fact } from '../../../schemas/index.ts';
import { actionsOf, eventsTakenOf, Recording } from './recording.ts';

/** A random orchestration, as data: the orchestrator below carries it out. */
type Plan =
  | { readonly kind: 'durable'; readonly task: Durable }
  | Combination
  | { readonly kind: 'call'; readonly name: string }
  | { readonly kind: 'guarded'; readonly body: Plan; readonly tidy: Plan }
  | { readonly kind: 'guid' | 'random' | 'tick' | 'throw' | 'again' }
  | { readonly kind: 'cancelled'; readonly ticks: number };

type Durable =
  | { readonly kind: 'retried' | 'child' | 'wait' | 'timedWait' | 'send'; readonly name: string }
  | { readonly kind: 'timer' | 'start' | 'status' | 'patch' };

interface Combination {
  readonly kind: 'sequence' | 'all' | 'race' | 'settled' | 'floating' | 'whenAll' | 'whenAny' | 'eventOrTimer';
  readonly parts: readonly Plan[];
}

async function carryOut(ctx: OrchestrationContext, plan: Plan): Promise<unknown> {
  if ('parts' in plan) return await combined(ctx, plan.kind, plan.parts);
  switch (plan.kind) {
    case 'call':
      return await ctx.callActivity(plan.name, ctx.currentUtcDateTime);
    case 'guarded':
      return await guarded(ctx, plan);
    case 'guid':
      return await ctx.callActivity(ctx.newGuid());
    case 'random':
      return ctx.random() < 0.5 ? await ctx.callActivity('heads') : ctx.historyLength;
    case 'tick':
      return await Promise.resolve(null);
    case 'throw':
      throw new Error('planned');
    case 'again':
      return ctx.continueAsNew({ kind: 'call', name: 'again' }, { preserveEvents: ctx.random() < 0.7 });
    case 'cancelled':
      return await cancelled(ctx, plan.ticks);
    case 'durable':
      return await durable(ctx, plan.task);
  }
}

async function durable(ctx: OrchestrationContext, plan: Durable): Promise<unknown> {
  switch (plan.kind) {
    case 'retried':
      return await ctx.callActivity(plan.name, undefined, { retry: { maxAttempts: 3, firstRetryInterval: '1s', jitter: 0.5 } });
    case 'child':
      return await ctx.callSubOrchestrator(plan.name, 1, { retry: ({ attempt }) => attempt < 2, signal: ctx.signal });
    case 'wait':
      return await ctx.waitForExternalEvent(plan.name);
    case 'timedWait':
      return await ctx.waitForExternalEvent(plan.name, { timeout: '1m' });
    case 'send':
      ctx.sendEvent('other', plan.name, ctx.newGuid());
      return null;
    case 'timer':
      await ctx.createTimer('5m');
      return null;
    case 'start':
      return ctx.startOrchestration('other');
    case 'status':
      ctx.setCustomStatus(ctx.historyLength);
      return null;
    case 'patch':
      return ctx.patched('p') ? await ctx.callActivity('new') : await ctx.callActivity('old');
  }
}

/** A task that is given up, at once or after something else has come. */
async function cancelled(ctx: OrchestrationContext, ticks: number): Promise<unknown> {
  const tasks = [
    ctx.callActivity('a'),
    ctx.createTimer('1h'),
    ctx.waitForExternalEvent('a', { timeout: '1h' }),
    ctx.callSubOrchestrator('c'),
  ];
  if (ticks > 0) await ctx.whenAny(tasks);
  const task = tasks[ticks];
  task?.cancel();
  try {
    return await task;
  } catch (error) {
    return String(error);
  }
}

async function combined(ctx: OrchestrationContext, kind: Combination['kind'], parts: readonly Plan[]): Promise<unknown> {
  switch (kind) {
    case 'sequence': {
      const results: unknown[] = [];
      for (const part of parts) results.push(await carryOut(ctx, part));
      return results;
    }
    case 'all':
      return await Promise.all(parts.map((part) => carryOut(ctx, part)));
    case 'race':
      return parts.length === 0 ? null : await Promise.race(parts.map((part) => carryOut(ctx, part)));
    case 'settled':
      return (await Promise.allSettled(parts.map((part) => carryOut(ctx, part)))).map(({ status }) => status);
    case 'whenAll':
      return await ctx.whenAll(parts.map((part) => carryOut(ctx, part)));
    case 'whenAny': {
      if (parts.length === 0) return null;
      const { index, task } = await ctx.whenAny(parts.map((part) => carryOut(ctx, part)));
      return [index, await task];
    }
    case 'eventOrTimer': {
      const results: unknown[] = [];
      for (const part of parts) {
        const wait = ctx.waitForExternalEvent('a');
        const first = await ctx.whenAny({ event: ctx.whenAll([wait]), timer: ctx.createTimer('1m'), part: carryOut(ctx, part) });
        results.push(first.winner, first.value);
      }
      return results;
    }
    case 'floating':
      for (const part of parts) carryOut(ctx, part).catch(() => undefined);
      return null;
  }
}

async function guarded(ctx: OrchestrationContext, { body, tidy }: { readonly body: Plan; readonly tidy: Plan }): Promise<unknown> {
  try {
    return await carryOut(ctx, body);
  } catch (error) {
    return error instanceof TaskFailedError ? error.details.message : 'thrown';
  } finally {
    await carryOut(ctx, tidy);
  }
}

const orchestrator = defineOrchestrator('planned', async (ctx, plan: Plan) => await carryOut(ctx, plan));

function durableTask(task: Durable): Plan {
  return { kind: 'durable', task };
}

const names = fc.constantFrom('a', 'A', 'b');
const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('call' as const), name: names }),
    fc.record({ kind: fc.constantFrom<'retried' | 'child'>('retried', 'child'), name: names }).map(durableTask),
    fc.record({ kind: fc.constantFrom<'wait' | 'timedWait' | 'send'>('wait', 'timedWait', 'send'), name: names }).map(durableTask),
    fc.record({ kind: fc.constantFrom<'guid' | 'random' | 'tick' | 'throw' | 'again'>('guid', 'random', 'tick', 'throw', 'again') }),
    fc.record({ kind: fc.constantFrom<'timer' | 'start' | 'status' | 'patch'>('timer', 'start', 'status', 'patch') }).map(durableTask),
    fc.record({ kind: fc.constant('cancelled' as const), ticks: fc.nat({ max: 3 }) }),
    fc.record({
      kind: fc.constantFrom<Combination['kind']>('sequence', 'all', 'race', 'settled', 'floating', 'whenAll', 'whenAny', 'eventOrTimer'),
      parts: fc.array(tie('plan'), { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constantFrom<Combination['kind']>('sequence', 'whenAll', 'eventOrTimer'),
      parts: fc.array(tie('plan'), { minLength: 2, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('guarded' as const), body: tie('plan'), tidy: tie('plan') }),
  ),
}));

/** What the world does between two turns. `task` picks one of the open ones; stale results are for tasks that are not open. */
const worldStep = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constant('answer' as const) },
      { weight: 4, arbitrary: fc.constant('event' as const) },
      { weight: 1, arbitrary: fc.constantFrom('stale' as const, 'cancel' as const, 'suspend' as const) },
    ),
    task: fc.nat({ max: 12 }),
    fails: fc.boolean(),
    name: names,
  }),
  { minLength: 1, maxLength: 4 },
);

function happen(recording: Recording, { kind, task, fails, name }: typeof worldStep extends fc.Arbitrary<(infer S)[]> ? S : never): void {
  switch (kind) {
    case 'event':
      recording.raised(name, String(task));
      return;
    case 'stale':
      recording.completed(task + 1000).fired(task + 1000);
      return;
    case 'cancel':
      if (!recording.state.cancelRequested) recording.cancelRequested();
      return;
    case 'suspend':
      recording.suspendedAndResumed();
      return;
    case 'answer': {
      const open = [...recording.state.openTasks.values()];
      const picked = open[task % Math.max(open.length, 1)];
      if (picked === undefined) return;
      const { taskId } = picked;
      if (picked.kind === 'timer') recording.fired(taskId);
      else if (picked.kind === 'activity')
        if (fails) recording.failed(taskId, { message: 'f' });
        else recording.completed(taskId, String(taskId));
      else if (fails) recording.childFailed(taskId, { message: 'f' });
      else recording.childCompleted(taskId, String(taskId));
    }
  }
}

/** Stacks tell how the code got there, which differs; everything else must not. */
function withoutStacks(outcome: TurnOutcome | undefined): unknown {
  const strip = (action: Action): Action =>
    action.kind === 'FailInstance' ? { ...action, failure: { ...action.failure, stack: null, cause: null, errors: [] } } : action;
  return outcome?.kind === 'completed' ? { ...outcome, actions: outcome.actions.map(strip) } : outcome;
}

test('[A2] [A3] [A4] [C1] [D1] [E2] replay after every prefix of the history gives the actions of the live run, of all kinds', async () => {
  const seen = new Map<string, number>();
  let turns = 0;
  await fc.assert(
    fc.asyncProperty(plan, fc.array(worldStep, { maxLength: 12 }), async (input, world) => {
      const program = createProgram({ orchestrators: [orchestrator] });
      const live = program.session();
      const recording = new Recording({ name: 'planned' }).started(JSON.stringify(input));
      let before: readonly Fact[] = [];
      for (const step of [[], ...world]) {
        for (const event of step) happen(recording, event);
        if (recording.state.unfed.length === 0) continue;
        const [cold] = await program.session().turns([recording.request()]);
        const reads = recording.pastReads;
        const outcome = await recording.turn(live);
        // The live run is used, but for facts in between that it was not fed.
        const changed = recording.facts.slice(before.length).some(({ kind }) => kind === 'InstanceSuspended');
        if (!changed) expect(recording.pastReads).toBe(reads);
        expect(outcome.kind).toBe('completed');
        expect(withoutStacks(cold)).toEqual(withoutStacks(outcome));
        expect(eventsTakenOf(outcome).length).toBe(new Set(eventsTakenOf(outcome).map(({ number }) => number)).size);
        turns += 1;
        for (const { kind } of actionsOf(outcome)) seen.set(kind, (seen.get(kind) ?? 0) + 1);
        if (eventsTakenOf(outcome).length > 0) seen.set('event', (seen.get('event') ?? 0) + 1);
        before = [...recording.facts];
        if (isTerminal(recording.state)) return;
      }
    }),
    { numRuns: 1000 },
  );
  // The generator must not have made nothing but trivial orchestrations.
  expect(turns).toBeGreaterThan(1500);
  const kinds = [
    'ScheduleTask',
    'ScheduleChild',
    'StartInstance',
    'CreateTimer',
    'CancelTimer',
    'CancelTask',
    'SendEvent',
    'SetCustomStatus',
  ];
  for (const kind of [...kinds, 'MarkPatch', 'ContinueAsNew', 'CompleteInstance', 'FailInstance', 'CancelInstance', 'event'])
    expect([kind, (seen.get(kind) ?? 0) > 5]).toEqual([kind, true]);
});
