/** Runs an orchestrator over a recorded history, to see whether today's code still does what it did then (SEMANTICS D1). */
import type { Difference } from '../../engine/program/index.ts';
import { defineOrchestrator, type OrchestratorToRegister } from '../define/index.ts';
import { createProgram } from '../replay/index.ts';
import type { DataConverter } from '../values/index.ts';
import { checkedHistory, type RecordedHistory } from './recorded-history.ts';

/** The code does not go through the history: it awaited something foreign, or called what a replay cannot repeat. */
export class ReplayError extends Error {
  override readonly name: string = 'ReplayError';
  /** What an instance would be held for: see `stalledReason`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The code does something else than the history has. */
export class NonDeterminismError extends ReplayError {
  override readonly name: string = 'NonDeterminismError';
  /** The number of the event where they part. */
  readonly step: number;
  /** What the history has there, in words. */
  readonly expected: string;
  /** What the code does instead. */
  readonly actual: string;

  constructor(code: string, message: string, { step, expected, actual }: Difference) {
    super(code, message);
    this.step = step;
    this.expected = expected;
    this.actual = actual;
  }
}

export interface ReplayOptions {
  /** The one it was recorded with. Default: JSON. */
  readonly dataConverter?: DataConverter;
}

/**
 * Resolves when the orchestrator still does what the history says, turn by turn, to its end. The version that the history was recorded
 * under is the one that `ctx.version` gives, whatever the definition says.
 *
 * @throws NonDeterminismError it does something else; `step`, `expected` and `actual` tell where and what
 * @throws ReplayError it awaits something that is not durable, or calls what a replay cannot repeat
 * @throws TypeError the history is none, or another orchestrator's
 *
 * @example
 * // Once: writeFile('purchase.json', JSON.stringify(env.history('po-1')));
 * await replayHistory(purchase, JSON.parse(await readFile('purchase.json', 'utf8')));
 */
export async function replayHistory(
  orchestrator: OrchestratorToRegister,
  history: RecordedHistory,
  options: ReplayOptions = {},
): Promise<void> {
  const { started, carried, facts } = checkedHistory(history);
  const { instanceId, executionId, name, version, parent } = started;
  if (orchestrator.name !== name) throw new TypeError(`this is a history of orchestrator '${name}', not of '${orchestrator.name}'`);
  const fn = typeof orchestrator === 'function' ? orchestrator : orchestrator.fn;
  // Nothing has run yet.
  if (!facts.some(({ kind }) => kind === 'TurnStarted')) return;
  const program = createProgram({ ...options, orchestrators: [defineOrchestrator({ name, version }, fn)], onCodeFault: 'stall' });
  const session = program.session();
  try {
    const atMs = facts.at(-1)?.atMs ?? started.atMs;
    const past = (): Promise<RecordedHistory['facts']> => Promise.resolve([...carried, ...facts]);
    const request = { instanceId, executionId, name, version, parent, atMs, pastLength: facts.length, past, fresh: [] };
    const [outcome] = await session.turns([request]);
    if (outcome?.kind !== 'stalled') return;
    const { code, reason, difference } = outcome;
    throw difference === undefined ? new ReplayError(code, reason) : new NonDeterminismError(code, reason, difference);
  } finally {
    session.close();
  }
}
