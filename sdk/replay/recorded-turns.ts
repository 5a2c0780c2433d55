/** Reads a history turn by turn: what each was fed, and what it did. */
import type { Fact } from '../../schemas/index.ts';

export interface PlannedTurn {
  readonly atMs: number;
  readonly inputs: readonly Fact[];
  /** The events before the turn's marker. */
  readonly historyLength: number;
  /** Of a turn that is history: the facts of its actions, in order. Undefined on a new one. */
  readonly recorded: readonly Fact[] | undefined;
}

/**
 * Gives the turns of `past` one by one, so that a long history is not held twice. Inputs may be recorded while a turn is being run
 * elsewhere, before its marker: each belongs to the first turn whose `inputsThrough` reaches it. Inputs that no turn was fed are left
 * out: they are what is fed next.
 */
export class RecordedTurns {
  readonly #past: readonly Fact[];
  #at = 0;
  #unfed: Fact[] = [];

  constructor(past: readonly Fact[]) {
    this.#past = past;
  }

  next(): PlannedTurn | undefined {
    for (let fact = this.#past[this.#at]; fact !== undefined; fact = this.#past[this.#at]) {
      this.#at += 1;
      if (fact.kind === 'TurnStarted') {
        const inputs = this.#fedThrough(fact.inputsThrough);
        return { atMs: fact.atMs, historyLength: fact.seq - 1, inputs, recorded: this.#actions() };
      }
      if (isInput(fact)) this.#unfed.push(fact);
    }
    return undefined;
  }

  #fedThrough(seq: number): readonly Fact[] {
    const unfed = this.#unfed;
    const last = unfed.at(-1);
    if (last === undefined || last.seq <= seq) {
      this.#unfed = [];
      return unfed;
    }
    this.#unfed = unfed.filter((input) => input.seq > seq);
    return unfed.filter((input) => input.seq <= seq);
  }

  /** What stands between a turn's marker and the next input or turn. */
  #actions(): readonly Fact[] {
    const from = this.#at;
    let fact = this.#past[this.#at];
    while (fact !== undefined && fact.kind !== 'TurnStarted' && !isInput(fact)) fact = this.#past[++this.#at];
    return this.#past.slice(from, this.#at);
  }
}

/** True for what is fed to the program; the rest is what turns left. */
function isInput(fact: Fact): boolean {
  switch (fact.kind) {
    case 'InstanceStarted':
    case 'TaskCompleted':
    case 'TaskFailed':
      return true;
    case 'TurnStarted':
    case 'TaskScheduled':
    case 'InstanceCompleted':
    case 'InstanceFailed':
      return false;
    default:
      return fact satisfies never;
  }
}
