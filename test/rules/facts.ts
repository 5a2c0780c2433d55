/** Looks at recorded histories. */
import type { Fact } from '../../schemas/index.ts';
import type { RecordedHistory } from '../../sdk/testing/index.ts';

export function kindsOf(history: RecordedHistory): readonly string[] {
  return history.facts.map(({ kind }) => kind);
}

/** The facts of one kind, in order, of all executions given. */
export function factsOf<K extends Fact['kind']>(histories: readonly RecordedHistory[], kind: K): readonly Extract<Fact, { kind: K }>[] {
  return histories.flatMap(({ facts }) => facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind));
}
