/** Random lives of an instance through decide and evolve. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideStart, decideTaskResult, decideTurn, evolve, type InstanceState, type TurnAction } from '../../../engine/core/index.ts';
import type { CommandId, ExecutionId, Fact } from '../../../schemas/index.ts';
import { complete, completed, fail, failed, otherExecution, startOf, stateOf, task } from './given.ts';

type Step =
  | { readonly kind: 'start'; readonly command: number }
  | { readonly kind: 'result'; readonly scheduledSeq: number; readonly fails: boolean; readonly stale: boolean }
  | { readonly kind: 'turn'; readonly back: number; readonly tasks: number; readonly end: 'none' | 'complete' | 'fail' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('start' as const), command: fc.integer({ min: 1, max: 3 }) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('result' as const),
        scheduledSeq: fc.integer({ min: 0, max: 30 }),
        fails: fc.boolean(),
        stale: fc.constant(false),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'result' as const, scheduledSeq: 3, fails: false, stale: true }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('turn' as const),
        back: fc.integer({ min: 0, max: 3 }),
        tasks: fc.integer({ min: 0, max: 4 }),
        end: fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'complete' as const, 'fail' as const),
      }),
    },
  ),
  { maxLength: 40 },
);

function factsOf(state: InstanceState | undefined, step: Step, at: number): readonly Fact[] {
  if (step.kind === 'start') {
    const executionId = String(at).padStart(32, '0') as ExecutionId;
    const decision = decideStart(state, startOf(), { commandId: `command-${String(step.command)}` as CommandId, executionId, atMs: at });
    return decision.kind === 'facts' ? decision.facts : [];
  }
  if (state === undefined) return [];
  if (step.kind === 'result') {
    const { instanceId } = state;
    const executionId = step.stale ? otherExecution : state.executionId;
    const outcome = step.fails ? failed('no') : completed(String(at));
    const decision = decideTaskResult(state, { instanceId, executionId, scheduledSeq: step.scheduledSeq, outcome }, at);
    return decision.kind === 'facts' ? decision.facts : [];
  }
  const actions: TurnAction[] = Array.from({ length: step.tasks }, (_, number) => task(number));
  if (step.end !== 'none') actions.push(step.end === 'complete' ? complete(String(at)) : fail(String(at)));
  return decideTurn(state, { inputsThrough: state.lastSeq - step.back, atMs: at, actions });
}

describe('a random life of an instance', () => {
  test('folds from its facts alone to the state it had live', () => {
    fc.assert(
      fc.property(steps, (life) => {
        let live: InstanceState | undefined;
        const facts: Fact[] = [];
        for (const [at, step] of life.entries()) {
          for (const fact of factsOf(live, step, at)) {
            live = evolve(live, fact);
            facts.push(fact);
          }
          expect(stateOf(facts)).toEqual(live);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('decide never touches the state it is given', () => {
    fc.assert(
      fc.property(steps, (life) => {
        let state: InstanceState | undefined;
        for (const [at, step] of life.entries()) {
          const before = structuredClone(state);
          const facts = factsOf(state, step, at);
          expect(state).toEqual(before);
          for (const fact of facts) state = evolve(state, fact);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('numbers its events 1, 2, 3 without a gap, and never says anything after its end', () => {
    fc.assert(
      fc.property(steps, (life) => {
        let state: InstanceState | undefined;
        const facts: Fact[] = [];
        for (const [at, step] of life.entries())
          for (const fact of factsOf(state, step, at)) {
            state = evolve(state, fact);
            facts.push(fact);
          }
        expect(facts.map((fact) => fact.seq)).toEqual(facts.map((_, at) => at + 1));
        const end = facts.findIndex((fact) => fact.kind === 'InstanceCompleted' || fact.kind === 'InstanceFailed');
        if (end !== -1) expect(end).toBe(facts.length - 1);
      }),
      { numRuns: 300 },
    );
  });

  test('answers every task at most once, and only tasks it scheduled', () => {
    fc.assert(
      fc.property(steps, (life) => {
        let state: InstanceState | undefined;
        const open = new Set<number>();
        for (const [at, step] of life.entries())
          for (const fact of factsOf(state, step, at)) {
            state = evolve(state, fact);
            if (fact.kind === 'TaskScheduled') open.add(fact.seq);
            if (fact.kind === 'TaskCompleted' || fact.kind === 'TaskFailed') expect(open.delete(fact.scheduledSeq)).toBe(true);
          }
        expect([...(state?.openTasks.keys() ?? [])].sort((a, b) => a - b)).toEqual([...open].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});
