import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineOrchestrator, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { createProgram } from '../../../sdk/replay/index.ts';
import { TaskFailedError } from '../../../sdk/values/index.ts';
import type { Action, TurnOutcome } from '../../../engine/program/index.ts';
import { Recording } from './recording.ts';

/** A random orchestration, as data: the orchestrator below carries it out. */
type Plan =
  | { readonly kind: 'call'; readonly name: string }
  | Combination
  | { readonly kind: 'guarded'; readonly body: Plan; readonly tidy: Plan }
  | { readonly kind: 'guid' | 'random' | 'tick' | 'throw' };

interface Combination {
  readonly kind: 'sequence' | 'all' | 'race' | 'settled' | 'floating';
  readonly parts: readonly Plan[];
}

async function carryOut(ctx: OrchestrationContext, plan: Plan): Promise<unknown> {
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
    case 'sequence':
    case 'all':
    case 'race':
    case 'settled':
    case 'floating':
      return await combined(ctx, plan.kind, plan.parts);
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

const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('call' as const), name: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ kind: fc.constantFrom('guid' as const, 'random' as const, 'tick' as const, 'throw' as const) }),
    fc.record({
      kind: fc.constantFrom('sequence' as const, 'all' as const, 'race' as const, 'settled' as const, 'floating' as const),
      parts: fc.array(tie('plan'), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('guarded' as const), body: tie('plan'), tidy: tie('plan') }),
  ),
}));

/** What the world does between two turns: results for tasks by their number, some of them failures, some for tasks that are not open. */
const worldStep = fc.array(fc.record({ task: fc.nat({ max: 12 }), fails: fc.boolean() }), { minLength: 1, maxLength: 4 });

/** Stacks tell how the code got there, which differs; everything else must not. */
function withoutStacks(outcome: TurnOutcome | undefined): unknown {
  const strip = (action: Action): Action =>
    action.kind === 'FailInstance' ? { ...action, failure: { ...action.failure, stack: null, cause: null, errors: [] } } : action;
  return outcome?.kind === 'completed' ? outcome.actions.map(strip) : outcome;
}

test('[A2] [A4] [D1] replay after every prefix of the history gives the actions of the live run', async () => {
  let turns = 0;
  let ended = 0;
  await fc.assert(
    fc.asyncProperty(plan, fc.array(worldStep, { maxLength: 12 }), async (input, world) => {
      const program = createProgram({ orchestrators: [orchestrator] });
      const live = program.session();
      const recording = new Recording({ name: 'planned' }).started(JSON.stringify(input));
      for (const step of [[], ...world]) {
        for (const { task, fails } of step) {
          if (fails) recording.failed(task, { message: `f${String(task)}` });
          else recording.completed(task, String(task));
        }
        const [cold] = await program.session().turns([recording.request()]);
        const reads = recording.pastReads;
        const outcome = await recording.turn(live);
        expect(recording.pastReads).toBe(reads);
        expect(outcome.kind).toBe('completed');
        expect(withoutStacks(cold)).toEqual(withoutStacks(outcome));
        turns += 1;
        const last = recording.facts.at(-1)?.kind;
        if (last === 'InstanceCompleted' || last === 'InstanceFailed') {
          ended += 1;
          return;
        }
      }
    }),
    { numRuns: 400 },
  );
  // The generator must not have made nothing but trivial orchestrations.
  expect(turns).toBeGreaterThan(800);
  expect(ended).toBeGreaterThan(100);
});
