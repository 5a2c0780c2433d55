/** Random lives of an instance through decide and evolve, against a model that is told nothing but the facts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countOf,
  decideCommand,
  decideDueTimer,
  decideTaskResult,
  decideTurn,
  evolve,
  isTerminal,
  rangesOf,
  type EventTaken,
  type InstanceState,
  type TurnAction,
} from '../../../engine/core/index.ts';
import type { CommandBody, CommandId, EventRange, Fact, ReportChild, StartInstance } from '../../../schemas/index.ts';
import {
  after,
  again,
  at,
  canceled,
  cancelOf,
  cancelTask,
  cancelTimer,
  child,
  complete,
  completed,
  event,
  executionOf,
  fail,
  failed,
  idOf,
  isEncodable,
  parentOf,
  raiseOf,
  resumeOf,
  startOf,
  stateOf,
  status,
  suspendOf,
  task,
  terminateOf,
} from './given.ts';

type Step =
  | { readonly kind: 'command'; readonly body: CommandBody; readonly id: number }
  | { readonly kind: 'result' | 'due' | 'report'; readonly pick: number; readonly fails: boolean; readonly isStale: boolean }
  | { readonly kind: 'turn'; readonly actions: readonly TurnAction[]; readonly reads: number; readonly back: number };

const small = fc.integer({ min: 1, max: 5 });
const policy = fc.constantFrom('error', 'useExisting', 'replaceTerminal', 'terminateAndReplace');
const startAtMs = fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 60 }) });
const parent = fc.constantFrom(null, null, parentOf(), parentOf({ scheduledSeq: 4 }), parentOf({ instanceId: idOf('parent-2') }));
const start = fc
  .record({ onConflict: policy, startAtMs, parent }, { noNullPrototype: true })
  .map((changes: Partial<StartInstance>) => startOf(changes));
const raise = fc
  .record({ eventId: fc.constantFrom('', '', 'a', 'b'), payload: fc.constantFrom(null, '1', '"é"') })
  .map((changes) => raiseOf(changes));
const body: fc.Arbitrary<CommandBody> = fc.oneof(
  { weight: 3, arbitrary: start },
  { weight: 8, arbitrary: raise },
  { weight: 2, arbitrary: fc.constant(suspendOf()) },
  { weight: 3, arbitrary: fc.constant(resumeOf()) },
  { weight: 1, arbitrary: fc.boolean().map((recursive) => terminateOf({ recursive })) },
  { weight: 2, arbitrary: fc.constant(cancelOf()) },
);
const action: fc.Arbitrary<TurnAction> = fc.oneof(
  { weight: 5, arbitrary: small.map((id) => task(id)) },
  { weight: 3, arbitrary: small.map((id) => child(id)) },
  { weight: 3, arbitrary: fc.tuple(small, small).map(([id, delay]) => after(id, delay)) },
  { weight: 1, arbitrary: small.map((id) => at(id, 3)) },
  { weight: 2, arbitrary: small.map(cancelTimer) },
  { weight: 2, arbitrary: small.map(cancelTask) },
  { weight: 1, arbitrary: small.map((id) => event(id, 'other')) },
  { weight: 1, arbitrary: small.map((value) => status(String(value))) },
);
const end: fc.Arbitrary<readonly TurnAction[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.boolean().map((preserve) => [again('2', preserve)]) },
  { weight: 2, arbitrary: fc.constantFrom([complete('1')], [fail('x')], [canceled()], [complete('"\ud800"')]) },
);
const turn = fc.record({
  kind: fc.constant('turn' as const),
  actions: fc.tuple(fc.array(action, { maxLength: 5 }), end).map((parts) => parts.flat()),
  reads: fc.nat(3),
  back: fc.nat(2),
});
const input = fc.record({
  kind: fc.constantFrom('result' as const, 'due' as const, 'report' as const),
  pick: fc.nat(20),
  fails: fc.boolean(),
  isStale: fc.nat(9).map((nth) => nth === 0),
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('command' as const), body, id: fc.nat(60) }) },
    { weight: 6, arbitrary: input },
    { weight: 6, arbitrary: turn },
  ),
  { minLength: 1, maxLength: 50 },
);

const first = start.map((begin): Step => ({ kind: 'command', body: begin, id: 0 }));
const lives: fc.Arbitrary<Step[]> = fc.tuple(first, steps).map(([begin, rest]) => [begin, ...rest]);

interface Decided {
  readonly facts: readonly Fact[];
  readonly messages: readonly CommandBody[];
}
const none: Decided = { facts: [], messages: [] };

/** What comes to the instance in one step, as an owner would let it come: turns only when they may be run. */
function decide(state: InstanceState | undefined, step: Step, nth: number): Decided {
  let executions = nth * 10;
  const newExecutionId = (): ReturnType<typeof executionOf> => executionOf(++executions);
  if (step.kind === 'command') {
    const given = { commandId: `c-${String(step.id)}` as CommandId, atMs: nth, newExecutionId, isMessage: false };
    const decision = decideCommand(state, step.body, given);
    return decision.kind === 'facts' ? decision : none;
  }
  if (state === undefined) return none;
  if (step.kind !== 'turn') return answered(state, step, nth);
  if (state.unfed.length === 0 || state.suspended || state.startAtMs !== null) return none;
  const inputsThrough = Math.max(1, state.lastSeq - step.back);
  return decideTurn(
    state,
    { inputsThrough, actions: step.actions, eventsTaken: readOf(state, inputsThrough, step.reads) },
    { atMs: nth, clockMs: nth, newExecutionId },
  );
}

function answered(state: InstanceState, { kind, pick, fails, isStale }: Exclude<Step, { kind: 'turn' | 'command' }>, nth: number): Decided {
  const { instanceId } = state;
  const executionId = isStale ? executionOf(1) : state.executionId;
  const seqs = [...state.openTasks.keys(), 0, 2];
  const seq = seqs[pick % seqs.length] ?? 0;
  const open = state.openTasks.get(seq);
  if (kind === 'due') return taken(decideDueTimer(state, { instanceId, executionId, seq }, nth));
  if (kind === 'result') {
    const outcome = fails ? failed('no') : completed(String(nth));
    return taken(decideTaskResult(state, { instanceId, executionId, scheduledSeq: seq, outcome }, nth));
  }
  const childInstanceId = open?.kind === 'child' ? open.childInstanceId : idOf('stranger');
  const report: ReportChild = {
    kind: 'ReportChild',
    instanceId,
    executionId,
    scheduledSeq: seq,
    childInstanceId,
    result: '1',
    failure: null,
  };
  return taken(
    decideCommand(state, report, { commandId: '@1/1' as CommandId, atMs: nth, newExecutionId: () => executionId, isMessage: true }),
  );
}

function taken(decision: ReturnType<typeof decideDueTimer>): Decided {
  return decision.kind === 'facts' ? decision : none;
}

/** The first unread events of those that were fed; payloads of 1 byte each, which is as much as the test knows. */
function readOf({ unread, unfed, executionId }: InstanceState, inputsThrough: number, reads: number): EventTaken[] {
  const later = unfed.map((fact) =>
    fact.kind === 'EventRaised' && fact.executionId === executionId && fact.seq > inputsThrough ? fact.number : 0,
  );
  const fed = numbersOf(unread).filter((number) => !later.includes(number));
  return fed.slice(0, reads).map((number) => ({ number, bytes: 1 }));
}

function numbersOf(ranges: readonly EventRange[]): number[] {
  return ranges.flatMap(({ from, through }) => Array.from({ length: through - from + 1 }, (_, nth) => from + nth));
}

interface Told {
  readonly before: InstanceState | undefined;
  readonly after: InstanceState | undefined;
  readonly decided: Decided;
}

/** Lives the life, and calls back after each step with the state as it was (a copy) and as it is. */
function live(life: readonly Step[], told: (step: Told) => void = () => undefined): readonly Fact[] {
  let state: InstanceState | undefined;
  const facts: Fact[] = [];
  for (const [nth, step] of life.entries()) {
    const before = structuredClone(state);
    const decided = decide(state, step, nth + 1);
    expect(state).toEqual(before);
    for (const fact of decided.facts) {
      state = evolve(state, fact);
      facts.push(fact);
    }
    told({ before, after: state, decided });
  }
  return facts;
}

const endKinds: ReadonlySet<string> = new Set(['InstanceCompleted', 'InstanceFailed', 'InstanceTerminated', 'InstanceCanceled']);
const numRuns = 400;

describe('a random life of an instance', () => {
  test('folds from its facts alone to the state it had live, and no decision touches the state it is given', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const facts: Fact[] = [];
        live(life, ({ after: state, decided }) => {
          facts.push(...decided.facts);
          expect(stateOf(facts)).toEqual(state);
        });
      }),
      { numRuns },
    );
  });

  test('[T1] numbers the events of each execution 1, 2, 3 without a gap, and no execution comes back', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const ended = new Set<string>();
        let executionId = '';
        let seq = 0;
        for (const fact of live(life)) {
          if (fact.kind === 'InstanceStarted') {
            if (executionId !== '') ended.add(executionId);
            executionId = fact.executionId;
            seq = 0;
          }
          expect(fact).toMatchObject({ executionId, seq: ++seq });
          expect(ended.has(executionId)).toBe(false);
        }
      }),
      { numRuns },
    );
  });

  test('[E2] [C1] what is unread is what was raised, less what was read, discarded, or left behind at an end', () => {
    fc.assert(
      fc.property(lives, (life) => {
        let unread = new Set<number>();
        const used = new Set<number>();
        live(life, ({ after: state, decided }) => {
          for (const fact of decided.facts) {
            if (fact.kind === 'EventRaised') {
              expect(used.has(fact.number)).toBe(false);
              used.add(fact.number);
              unread.add(fact.number);
            }
            if (fact.kind === 'TurnStarted') for (const number of numbersOf(fact.eventsTaken)) expect(unread.delete(number)).toBe(true);
            if (fact.kind === 'ContinuedAsNew') for (const number of numbersOf(fact.discarded)) expect(unread.delete(number)).toBe(true);
            if (endKinds.has(fact.kind)) unread = new Set();
          }
          if (state === undefined) return;
          expect(state.unread).toEqual(rangesOf([...unread]));
          expect(countOf(state.unread)).toBe(unread.size);
          expect(state.unreadBytes).toBeGreaterThanOrEqual(0);
          for (const unfed of state.unfed) if (unfed.kind === 'EventRaised') expect(unread.has(unfed.number)).toBe(true);
        });
      }),
      { numRuns },
    );
  });

  test('[T1] answers each task at most once, only those it scheduled and did not give up; open ids and open tasks agree', () => {
    fc.assert(
      fc.property(lives, (life) => {
        let open = new Map<number, number>();
        let newest = new Map<number, number>();
        live(life, ({ after: state, decided }) => {
          for (const fact of decided.facts) {
            if (fact.kind === 'InstanceStarted') {
              open = new Map();
              newest = new Map();
            }
            if (fact.kind === 'TaskScheduled' || fact.kind === 'TimerCreated' || fact.kind === 'ChildScheduled') {
              open.set(fact.seq, fact.taskId);
              newest.set(fact.taskId, fact.seq);
            }
            if (fact.kind === 'TimerCancelled' || fact.kind === 'TaskCancelled') open.delete(fact.scheduledSeq);
            if ('scheduledSeq' in fact && fact.kind !== 'TimerCancelled' && fact.kind !== 'TaskCancelled')
              expect(open.delete(fact.scheduledSeq)).toBe(true);
          }
          if (state === undefined) return;
          expect([...state.openTasks].map(([seq, { taskId }]) => [seq, taskId])).toEqual([...open]);
          expect(state.openIds).toEqual(new Map([...newest].filter(([, seq]) => open.has(seq))));
        });
      }),
      { numRuns },
    );
  });

  test('[S1] [S3] nothing changes a terminal state but a new start; each ended child tells its parent exactly once', () => {
    fc.assert(
      fc.property(lives, (life) => {
        live(life, ({ before, decided: { facts, messages } }) => {
          if (before !== undefined && isTerminal(before) && facts.length > 0)
            expect(facts[0]).toMatchObject({ kind: 'InstanceStarted', generation: 1 });
          const ends = facts.filter((fact) => endKinds.has(fact.kind)).length;
          const reports = messages.filter((message) => message.kind === 'ReportChild' && message.childInstanceId === 'order-1');
          const isRefusedChild = facts.length === 0 && reports.length === 1;
          if (!isRefusedChild) expect(reports).toHaveLength((before?.parent ?? null) === null ? 0 : ends);
        });
      }),
      { numRuns },
    );
  });

  test('decides only what the log takes', () => {
    fc.assert(
      fc.property(lives, (life) => {
        live(life, ({ decided }) => isEncodable(decided));
      }),
      { numRuns: 100 },
    );
  });

  test('the random lives reach what the rules are about', () => {
    const seen = new Map<string, number>();
    for (const life of fc.sample(lives, { numRuns: 600, seed: 7 }))
      for (const { kind } of live(life)) seen.set(kind, (seen.get(kind) ?? 0) + 1);
    for (const kind of [
      ...endKinds,
      'ContinuedAsNew',
      'StartDue',
      'TimerFired',
      'ChildCompleted',
      'TaskCancelled',
      'TimerCancelled',
      'CancelRequested',
      'InstanceResumed',
    ])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(3);
  });
});
