/**
 * Takes one run through its turns: recorded ones first, each checked against what it did then, and last the new one. Each step feeds inputs
 * until one of them may move user code, or gives an event to its wait. The owner of many feedings steps them all, drains once, and settles
 * them all.
 */
import type { Action, EventTaken, TurnOutcome } from '../../engine/program/index.ts';
import { nondeterminism, type NonDeterminism } from './determinism.ts';
import type { PlannedTurn, RecordedTurns } from './recorded-turns.ts';
import type { Fault, Run } from './run.ts';

export class Feeding {
  readonly run: Run;
  readonly #newTurn: PlannedTurn;
  readonly #past: RecordedTurns | undefined;
  #turn: PlannedTurn;
  #hasBegun = false;
  /** Of the turn's inputs, the next to feed. */
  #input = 0;
  #did: { readonly actions: readonly Action[]; readonly eventsTaken: readonly EventTaken[] } = { actions: [], eventsTaken: [] };
  #fault: Fault | NonDeterminism | undefined;

  /** `past` is absent when the run has lived through it. */
  constructor(run: Run, newTurn: PlannedTurn, past?: RecordedTurns) {
    this.run = run;
    this.#newTurn = newTurn;
    this.#past = past;
    this.#turn = past?.next() ?? newTurn;
  }

  /** Before a drain. */
  step(): void {
    const { run } = this;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      run.beginTurn(this.#turn);
    }
    if (run.takeEvent()) return;
    this.#feed();
  }

  /** After a drain: whether there is more to do. */
  settle(): boolean {
    const { run } = this;
    const turn = this.#turn;
    run.checkQuiescent();
    if (run.isSettled) this.#feed();
    else if (run.fault === undefined && (this.#input < turn.inputs.length || run.hasEventToTake)) return true;
    this.#hasBegun = false;
    this.#input = 0;
    const did = run.endTurn();
    this.#fault = run.fault ?? (turn.recorded === undefined ? undefined : nondeterminism(turn.recorded, did.actions, did.eventsTaken));
    if (this.#fault !== undefined) return false;
    if (turn === this.#newTurn) {
      this.#did = did;
      return false;
    }
    this.#turn = this.#past?.next() ?? this.#newTurn;
    return true;
  }

  outcome(): TurnOutcome {
    return this.#fault === undefined ? { kind: 'completed', ...this.#did } : { kind: 'stalled', ...this.#fault };
  }

  /** Feeds past inputs that move nothing, to the first that does; or to the last. A run that has settled is moved by none. */
  #feed(): void {
    const { inputs } = this.#turn;
    for (let input = inputs[this.#input]; input !== undefined; input = inputs[this.#input]) {
      this.#input += 1;
      if (this.run.feed(input)) return;
    }
  }
}
