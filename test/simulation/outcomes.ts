/** What each orchestration must come to, told from what it was given: its input, its answers and its events. */
import type { EventRaised, Fact } from '../../schemas/index.ts';
import type { Count } from './orchestrations.ts';

export type Ending =
  { readonly status: 'Completed'; readonly output: string } | { readonly status: 'Failed' } | { readonly status: 'never' };

export interface Told {
  readonly name: string;
  readonly input: string | null;
  /** Of the newest execution. */
  readonly facts: readonly Fact[];
  /** The events that the instance read, all generations together. */
  readonly taken: readonly EventRaised[];
}

/** It ends only when somebody ends it. */
export function isEndless(name: string): boolean {
  return name === 'unheard of' || name === 'sleeper' || name === 'hoarder';
}

/** How many `item` events, 1, 2, 3 …, an instance waits for. */
export function itemsWanted(name: string, input: string | null): number {
  if (name === 'collect' || name === 'either') return Number(input);
  if (name !== 'count') return 0;
  const { left, seen } = JSON.parse(input ?? '') as Count;
  return left + seen.length;
}

export function endingOf(told: Told): Ending {
  const { name, input, facts } = told;
  const n = Number(input);
  switch (name) {
    case 'chain':
    case 'generated':
      return completed(2 ** n);
    case 'fan':
      return completed(n * (n - 1));
    case 'caught':
    case 'timers':
    case 'status':
    case 'starter':
      return completed(n);
    case 'first':
      return completed(42);
    case 'large':
      return completed(n * 2);
    case 'retried':
      return completed(n < 3 ? n + 1 : -1);
    case 'drop':
      return completed(5);
    case 'race':
    case 'fickle':
      return winner(facts);
    case 'family':
    case 'named':
      return completed(childValues(facts));
    case 'collect':
    case 'either':
    case 'count':
      return items(told);
    case 'patient':
      return completed(told.taken[0] === undefined ? -1 : Number(told.taken[0].payload));
    case 'failing':
    case 'thrower':
      return { status: 'Failed' };
    default:
      return { status: 'never' };
  }
}

/** What a run of activity `name` must give; undefined: a failure. */
export function resultOf(name: string, input: string | null, attempt: number): string | undefined {
  if (name === 'double') return String(Number(input) * 2);
  if (name === 'flaky') return attempt > Number(input) ? String(attempt) : undefined;
  return name === 'text' ? JSON.stringify('x'.repeat(Number(input))) : undefined;
}

function completed(output: unknown): Ending {
  return { status: 'Completed', output: JSON.stringify(output) };
}

/** What was recorded first was fed first. */
function winner(facts: readonly Fact[]): Ending {
  const first = facts.find(({ kind }) => answers.has(kind));
  return completed(first?.kind === 'TimerFired' ? 'time' : 'work');
}

const answers: ReadonlySet<Fact['kind']> = new Set(['TaskCompleted', 'TaskFailed', 'ChildCompleted', 'ChildFailed', 'TimerFired']);

function childValues(facts: readonly Fact[]): readonly unknown[] {
  const values = new Map<number, unknown>();
  for (const fact of facts)
    if (fact.kind === 'ChildScheduled') values.set(fact.seq, undefined);
    else if (fact.kind === 'ChildCompleted') values.set(fact.scheduledSeq, JSON.parse(fact.result ?? 'null'));
    else if (fact.kind === 'ChildFailed') values.set(fact.scheduledSeq, -1);
  return [...values.values()];
}

/** Each of 1, 2, 3 … once, in the order in which they came. */
function items({ name, input, taken }: Told): Ending {
  const values = taken.map(({ payload }) => Number(payload));
  const isEach = [...values].sort((a, b) => a - b).every((value, at) => value === at + 1);
  return isEach && values.length === itemsWanted(name, input) ? completed(values) : { status: 'never' };
}
