/** Random lives of a few instances, decided by the core, as the commits an owner would make of them. */
import fc from 'fast-check';
import {
  decideCommand,
  decideDueTimer,
  decideTaskResult,
  decideTurn,
  evolve,
  isReady,
  isTerminal,
  without,
  type InstanceState,
  type OpenTask,
  type TurnAction,
} from '../../../engine/core/index.ts';
import type { CommandBody, CommandId, Fact, InstanceId } from '../../../schemas/index.ts';
import {
  after,
  again,
  at,
  cancelTask,
  cancelTimer,
  canceled,
  child,
  complete,
  completed,
  executionOf,
  fail,
  idOf,
  status,
  task,
} from '../core/given.ts';

export const ids: readonly InstanceId[] = ['a', 'a/1', 'é'].map(idOf);

/** What happens next: `pick` and `count` choose among what is possible then. */
export interface Move {
  readonly instance: number;
  readonly kind: 'start' | 'raise' | 'answer' | 'suspend' | 'resume' | 'terminate' | 'cancel' | 'turn';
  readonly pick: number;
  readonly count: number;
  /** It goes into one commit with what came before. */
  readonly joins: boolean;
}

const kinds: fc.Arbitrary<Move['kind']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('start' as const) },
  { weight: 5, arbitrary: fc.constant('raise' as const) },
  { weight: 6, arbitrary: fc.constant('answer' as const) },
  { weight: 8, arbitrary: fc.constant('turn' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('suspend' as const, 'resume' as const, 'resume' as const, 'cancel' as const, 'terminate' as const),
  },
);

export const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({
    instance: fc.integer({ min: 0, max: ids.length - 1 }),
    kind: kinds,
    pick: fc.nat(60),
    count: fc.nat(3),
    joins: fc.boolean(),
  }),
  { minLength: 10, maxLength: 70 },
);

/** `partly`: turns may leave inputs for the next one, which no owner does today and the core allows. */
export function commitsOf(life: readonly Move[], { partly }: { readonly partly: boolean }): readonly (readonly Fact[])[] {
  const teller = new Teller(partly);
  for (const move of life) teller.move(move);
  return teller.commits;
}

class Teller {
  readonly commits: Fact[][] = [];
  private readonly states = new Map<InstanceId, InstanceState>();
  private readonly partly: boolean;
  private atMs = 1_000_000;
  private drawn = 0;

  constructor(partly: boolean) {
    this.partly = partly;
  }

  move(move: Move): void {
    this.atMs += 1_000;
    const id = ids[move.instance] ?? idOf('a');
    const facts = this.factsOf(id, this.states.get(id), move);
    if (facts.length === 0) return;
    for (const fact of facts) {
      const next = evolve(this.states.get(id), fact);
      if (next !== undefined) this.states.set(id, next);
    }
    const last = this.commits.at(-1);
    if (move.joins && last !== undefined) last.push(...facts);
    else this.commits.push([...facts]);
  }

  private factsOf(instanceId: InstanceId, state: InstanceState | undefined, move: Move): readonly Fact[] {
    if (move.kind === 'answer') return state === undefined ? [] : this.answer(state, move);
    if (move.kind === 'turn') return state === undefined ? [] : this.turn(state, move);
    const isMessage = move.kind === 'raise' && move.pick % 3 === 0;
    return this.command(state, commandOf(instanceId, move, this.atMs), isMessage);
  }

  private command(state: InstanceState | undefined, body: CommandBody, isMessage: boolean): readonly Fact[] {
    const commandId = `command-${String(++this.drawn)}` as CommandId;
    const decision = decideCommand(state, body, { commandId, atMs: this.atMs, newExecutionId: this.newExecutionId, isMessage });
    return decision.kind === 'facts' ? decision.facts : [];
  }

  /** The result of an activity, a child's report, or a timer that comes due. */
  private answer(state: InstanceState, { pick }: Move): readonly Fact[] {
    const { instanceId, executionId, startAtMs } = state;
    const open = [...state.openTasks];
    const [seq, chosen] = open[pick % Math.max(1, open.length)] ?? [0, undefined];
    const place = { instanceId, executionId, scheduledSeq: seq };
    if (chosen?.kind === 'child') {
      const { childInstanceId } = chosen;
      return this.command(state, { kind: 'ReportChild', ...place, childInstanceId, result: '1', failure: null }, true);
    }
    const dueMs = chosen === undefined ? (startAtMs ?? 0) : dueOf(chosen, this.atMs);
    const decision =
      chosen?.kind === 'activity'
        ? decideTaskResult(state, { ...place, outcome: completed('1') }, this.atMs)
        : decideDueTimer(state, { instanceId, executionId, seq }, Math.max(dueMs, this.atMs));
    return decision.kind === 'facts' ? decision.facts : [];
  }

  private turn(state: InstanceState, { pick, count }: Move): readonly Fact[] {
    if (!isReady(state)) return [];
    const inputsThrough = this.partly ? state.lastSeq - (pick % 3) : state.lastSeq;
    const later = state.unfed.filter((input) => input.executionId === state.executionId && input.seq > inputsThrough);
    let readable = state.unread;
    for (const input of later)
      if (input.kind === 'EventRaised') readable = without(readable, [{ from: input.number, through: input.number }]);
    const numbers = readable.flatMap(({ from, through }) => Array.from({ length: through - from + 1 }, (_, more) => from + more));
    const eventsTaken = numbers
      .filter((_, which) => (which + pick) % 3 !== 0)
      .slice(0, count)
      .map((number) => ({ number, bytes: 1 }));
    const given = { atMs: this.atMs, clockMs: this.atMs, newExecutionId: this.newExecutionId };
    return decideTurn(state, { inputsThrough, actions: actionsOf(state, pick, count), eventsTaken }, given).facts;
  }

  private readonly newExecutionId = (): ReturnType<typeof executionOf> => executionOf(++this.drawn);
}

const conflicts = ['error', 'replaceTerminal', 'replaceTerminal', 'terminateAndReplace'] as const;

function commandOf(instanceId: InstanceId, { kind, pick, count }: Move, atMs: number): CommandBody {
  switch (kind) {
    case 'start': {
      const onConflict = conflicts[pick % conflicts.length] ?? 'error';
      const startAtMs = count === 1 ? atMs + pick * 1_000 : null;
      const given = { name: 'order', version: '', input: null, tags: [], parent: null };
      return { kind: 'StartInstance', instanceId, onConflict, startAtMs, ...given };
    }
    case 'suspend':
      return { kind: 'SuspendInstance', instanceId, reason: '' };
    case 'resume':
      return { kind: 'ResumeInstance', instanceId, reason: '' };
    case 'terminate':
      return { kind: 'TerminateInstance', instanceId, output: null, reason: '', recursive: true, childOf: null };
    case 'cancel':
      return { kind: 'CancelInstance', instanceId, reason: '', childOf: null };
    case 'raise':
    case 'answer':
    case 'turn': {
      const eventId = pick % 3 === 0 ? '' : `event-${String(pick % 20)}`;
      return { kind: 'RaiseEvent', instanceId, name: 'paid', payload: '1', eventId, startIfMissing: null };
    }
    default:
      return kind satisfies never;
  }
}

function dueOf(open: OpenTask, atMs: number): number {
  return open.kind === 'timer' ? open.fireAtMs : atMs;
}

function actionsOf(state: InstanceState, pick: number, count: number): TurnAction[] {
  const open = [...state.openTasks.values()];
  const actions = Array.from({ length: count }, (_, which): TurnAction => {
    const id = state.lastSeq * 10 + which;
    const chosen = open[(pick + which) % Math.max(1, open.length)];
    const kinds: readonly TurnAction[] = [
      task(id),
      child(id),
      after(id, pick * 1_000),
      at(id, pick * 100_000 - 1_000_000),
      chosen?.kind === 'timer' ? cancelTimer(chosen.taskId) : task(id),
      chosen === undefined || chosen.kind === 'timer' ? status('"on"') : cancelTask(chosen.taskId),
    ];
    return kinds[(pick + which * 5) % kinds.length] ?? task(id);
  });
  const end = [again(), again('3', false), complete('1'), fail('no'), again()][pick % 17];
  if (end !== undefined) actions.push(state.cancelRequested ? canceled() : end);
  return actions;
}

/** What an owner's states become by these facts, and nothing else. */
export function folded(facts: Iterable<Fact>): Map<InstanceId, InstanceState> {
  const states = new Map<InstanceId, InstanceState>();
  for (const fact of facts) {
    const next = evolve(states.get(fact.instanceId), fact);
    if (next !== undefined) states.set(fact.instanceId, next);
  }
  return states;
}

/** As the cache gives it: of what is over, no tasks are listed. */
export function asRead(state: InstanceState): InstanceState {
  return isTerminal(state) ? { ...state, openTasks: new Map(), openIds: new Map() } : state;
}
