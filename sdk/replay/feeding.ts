/**
 * Takes one run through its turns, one input a step: recorded ones first, each checked against what it did then, and last the new one.
 * The owner of many feedings steps them all, drains once, and settles them all.
 */
import type { Action, TurnOutcome } from '../../engine/program/index.ts';
import { nondeterminism } from './determinism.ts';
import type { PlannedTurn, RecordedTurns } from './recorded-turns.ts';
import type { Fault, Run } from './run.ts';

export class Feeding {
  readonly run: Run;
  readonly #newTurn: PlannedTurn;
  readonly #past: RecordedTurns | undefined;
  #turn: PlannedTurn;
  /** Of the turn's inputs, the next to feed; 0: the turn has not begun. */
  #input = 0;
  #actions: readonly Action[] = [];
  #fault: Fault | undefined;

  /** `past` is absent when the run has lived through it. */
  constructor(run: Run, newTurn: PlannedTurn, past?: RecordedTurns) {
    this.run = run;
    this.#newTurn = newTurn;
    this.#past = past;
    this.#turn = past?.next() ?? newTurn;
  }

  /** Before a drain: feeds the next input. */
  step(): void {
    if (this.#input === 0) this.run.beginTurn(this.#turn);
    const input = this.#turn.inputs[this.#input++];
    if (input !== undefined) this.run.feed(input);
  }

  /** After a drain: whether there is more to feed. */
  settle(): boolean {
    const { run } = this;
    const turn = this.#turn;
    run.checkQuiescent();
    if (this.#input < turn.inputs.length && run.fault === undefined && !run.isSettled) return true;
    this.#input = 0;
    const actions = run.endTurn();
    this.#fault = run.fault ?? (turn.recorded === undefined ? undefined : nondeterminism(turn.historyLength + 1, actions, turn.recorded));
    if (this.#fault !== undefined) return false;
    if (turn === this.#newTurn) {
      this.#actions = actions;
      return false;
    }
    this.#turn = this.#past?.next() ?? this.#newTurn;
    return true;
  }

  outcome(): TurnOutcome {
    return this.#fault === undefined
      ? { kind: 'completed', actions: this.#actions }
      : { kind: 'stalled', code: this.#fault.code, reason: this.#fault.reason };
  }
}
