/** Looks at recorded histories. */
import { evolve, type InstanceState, type OpenTask } from '../../engine/core/index.ts';
import type { Fact } from '../../schemas/index.ts';
import type { RecordedHistory } from '../../sdk/testing/index.ts';

export function kindsOf(history: RecordedHistory): readonly string[] {
  return history.facts.map(({ kind }) => kind);
}

/** The facts of one kind, in order, of all executions given. */
export function factsOf<K extends Fact['kind']>(histories: readonly RecordedHistory[], kind: K): readonly Extract<Fact, { kind: K }>[] {
  return histories.flatMap(({ facts }) => facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind));
}

/** What the engine still keeps for the execution: a timer in here has a row in the cache. */
export function openTasksOf({ facts }: RecordedHistory): readonly OpenTask[] {
  const state = facts.reduce<InstanceState | undefined>((before, fact) => evolve(before, fact), undefined);
  return [...(state?.openTasks.values() ?? [])];
}
