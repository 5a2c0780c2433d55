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
  return endings.get(told.name)?.(Number(told.input), told) ?? { status: 'never' };
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

const endings: ReadonlyMap<string, (n: number, told: Told) => Ending> = new Map([
  ['chain', (n) => completed(2 ** n)],
  ['generated', (n) => completed(2 ** n)],
  ['fan', (n) => completed(n * (n - 1))],
  ['caught', (n) => completed(n)],
  ['timers', (n) => completed(n)],
  ['status', (n) => completed(n)],
  ['starter', (n) => completed(n)],
  ['first', () => completed(42)],
  ['large', (n) => completed(n * 2)],
  ['retried', (n) => completed(n < 3 ? n + 1 : -1)],
  ['drop', () => completed(5)],
  ['race', (_n, { facts }) => winner(facts)],
  ['fickle', (_n, { facts }) => winner(facts)],
  ['family', (_n, { facts }) => completed(childValues(facts))],
  ['named', (_n, { facts }) => completed(childValues(facts))],
  ['collect', (_n, told) => items(told)],
  ['either', (_n, told) => items(told)],
  ['count', (_n, told) => items(told)],
  ['patient', (_n, { taken: [first] }) => completed(first === undefined ? -1 : Number(first.payload))],
  ['failing', () => ({ status: 'Failed' })],
  ['thrower', () => ({ status: 'Failed' })],
] satisfies [string, (n: number, told: Told) => Ending][]);
