/** What one instance's facts may be, and what they amount to. Written from the rules, not from the engine. */
import type { Fact } from '../../schemas/index.ts';
import { endingOf, resultOf } from './orchestrations.ts';

/** What a list of facts amounts to. */
export interface Sum {
  readonly lastSeq: number;
  readonly status: 'Pending' | 'Running' | 'Completed' | 'Failed';
  /** Event numbers of the inputs that no turn was fed. */
  readonly unfed: readonly number[];
  /** Event numbers of the tasks scheduled and not answered. */
  readonly open: readonly number[];
}

export function sumOf(facts: readonly Fact[]): Sum {
  const inputs: number[] = [];
  const scheduled = new Set<number>();
  let fedThrough = 0;
  let status: Sum['status'] = 'Pending';
  for (const fact of facts) {
    if (fact.kind === 'InstanceStarted') inputs.push(fact.seq);
    else if (fact.kind === 'TurnStarted') {
      fedThrough = fact.inputsThrough;
      status = 'Running';
    } else if (fact.kind === 'TaskScheduled') scheduled.add(fact.seq);
    else if (fact.kind === 'InstanceCompleted') status = 'Completed';
    else if (fact.kind === 'InstanceFailed') status = 'Failed';
    else if (fact.kind === 'TaskCompleted' || fact.kind === 'TaskFailed') {
      inputs.push(fact.seq);
      scheduled.delete(fact.scheduledSeq);
    }
  }
  const ended = status === 'Completed' || status === 'Failed';
  return {
    lastSeq: facts.length,
    status,
    unfed: ended ? [] : inputs.filter((seq) => seq > fedThrough),
    open: ended ? [] : [...scheduled],
  };
}

/** Why `fact` cannot follow `facts`, or undefined when it may. */
export function faultOf(facts: readonly Fact[], fact: Fact): string | undefined {
  const last = facts.at(-1);
  if (fact.seq !== facts.length + 1) return `event ${String(fact.seq)} follows event ${String(facts.length)}`;
  if (fact.kind === 'InstanceStarted') return undefined;
  if (last === undefined) return `${fact.kind} without a start`;
  if (fact.executionId !== last.executionId) return `${fact.kind} of another execution`;
  if (isEnd(last)) return `${fact.kind} after the end`;
  if (fact.kind === 'TaskCompleted' || fact.kind === 'TaskFailed') return resultFault(facts, fact);
  if (fact.kind === 'InstanceCompleted' || fact.kind === 'InstanceFailed') return endFault(facts, fact);
  if (fact.kind === 'TurnStarted') return turnFault(facts, fact);
  return fact.kind === 'TaskScheduled' ? undefined : `${fact.kind}, which no orchestration here asks for`;
}

type OfKind<K extends Fact['kind']> = Extract<Fact, { kind: K }>;

function isEnd(fact: Fact): boolean {
  return fact.kind === 'InstanceCompleted' || fact.kind === 'InstanceFailed';
}

function resultFault(facts: readonly Fact[], result: OfKind<'TaskCompleted' | 'TaskFailed'>): string | undefined {
  const scheduled = facts[result.scheduledSeq - 1];
  if (scheduled?.kind !== 'TaskScheduled' || scheduled.taskId !== result.taskId)
    return `a result for event ${String(result.scheduledSeq)}, which scheduled no such task`;
  if (facts.some((fact) => (fact.kind === 'TaskCompleted' || fact.kind === 'TaskFailed') && fact.scheduledSeq === result.scheduledSeq))
    return `a second result for event ${String(result.scheduledSeq)}`;
  const expected = resultOf(scheduled.name, scheduled.input);
  const actual = result.kind === 'TaskCompleted' ? result.result : undefined;
  return actual === expected ? undefined : `a wrong result for event ${String(result.scheduledSeq)}: ${String(actual).slice(0, 80)}`;
}

function turnFault(facts: readonly Fact[], turn: OfKind<'TurnStarted'>): string | undefined {
  const input = facts[turn.inputsThrough - 1];
  if (input?.kind !== 'InstanceStarted' && input?.kind !== 'TaskCompleted' && input?.kind !== 'TaskFailed')
    return `a turn fed through event ${String(turn.inputsThrough)}, which is no input`;
  const earlier = facts.findLast((fact) => fact.kind === 'TurnStarted');
  if (earlier === undefined) return undefined;
  if (earlier.inputsThrough >= turn.inputsThrough) return 'a turn without a new input';
  return turn.atMs < earlier.atMs ? 'a turn whose time goes back' : undefined;
}

function endFault(facts: readonly Fact[], end: OfKind<'InstanceCompleted' | 'InstanceFailed'>): string | undefined {
  const [started] = facts;
  if (started?.kind !== 'InstanceStarted') return 'an end without a start';
  const ending = endingOf(started.name, started.input);
  if (end.kind === 'InstanceFailed')
    return ending.status === 'Failed' ? undefined : `${started.name} failed: ${end.failure.errorType}: ${end.failure.message}`;
  if (ending.status !== 'Completed') return `${started.name} completed with ${String(end.output)}`;
  return end.output === ending.output ? undefined : `${started.name} gave ${String(end.output)}, not ${ending.output}`;
}
