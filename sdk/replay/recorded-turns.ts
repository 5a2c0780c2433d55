/** Reads a history turn by turn: what each was fed, and what it did. */
import { factRole, isInput, type EventRange, type Fact, type InputFact } from '../../schemas/index.ts';

export interface PlannedTurn {
  readonly atMs: number;
  readonly inputs: readonly InputFact[];
  /** The number of the last event that it is fed: the same when it is run and when it is replayed, whatever came in meanwhile. */
  readonly historyLength: number;
  /** Undefined on a new turn. */
  readonly recorded: RecordedTurn | undefined;
}

/** What a turn did that is history. */
export interface RecordedTurn {
  /** The number of its marker. */
  readonly seq: number;
  /** The facts of its actions, in order. */
  readonly actions: readonly Fact[];
  readonly eventsTaken: readonly EventRange[];
}

/**
 * Gives the turns of `past` one by one, so that a long history is not held twice. Inputs may be recorded while a turn is being run
 * elsewhere, before its marker: each belongs to the first turn whose `inputsThrough` reaches it. What stands before the start are events of
 * earlier generations, with numbers of other executions: they belong to the first turn. Inputs that no turn was fed are left out: they
 * are what is fed next. What the engine alone did (suspend, resume) is passed over.
 */
export class RecordedTurns {
  readonly #past: readonly Fact[];
  #at = 0;
  #unfed: InputFact[] = [];
  #leftOver: InputFact[] = [];

  constructor(past: readonly Fact[]) {
    this.#past = past;
    let fact = past[0];
    while (fact !== undefined && fact.kind !== 'InstanceStarted') {
      if (isInput(fact)) this.#leftOver.push(fact);
      fact = past[++this.#at];
    }
  }

  next(): PlannedTurn | undefined {
    for (let fact = this.#past[this.#at]; fact !== undefined; fact = this.#past[this.#at]) {
      this.#at += 1;
      if (fact.kind === 'TurnStarted') {
        const { atMs, seq, inputsThrough, eventsTaken } = fact;
        const inputs = this.#fedThrough(inputsThrough);
        return { atMs, historyLength: inputsThrough, inputs, recorded: { seq, eventsTaken, actions: this.#actions() } };
      }
      if (isInput(fact)) this.#unfed.push(fact);
    }
    return undefined;
  }

  #fedThrough(seq: number): readonly InputFact[] {
    const unfed = this.#unfed;
    const last = unfed.at(-1);
    const isAll = last === undefined || last.seq <= seq;
    this.#unfed = isAll ? [] : unfed.filter((input) => input.seq > seq);
    const fed = isAll ? unfed : unfed.filter((input) => input.seq <= seq);
    if (this.#leftOver.length === 0) return fed;
    const leftOver = this.#leftOver;
    this.#leftOver = [];
    return [...leftOver, ...fed];
  }

  /** What stands right behind a turn's marker. */
  #actions(): readonly Fact[] {
    const from = this.#at;
    let fact = this.#past[this.#at];
    while (fact !== undefined && factRole(fact.kind) === 'action') fact = this.#past[++this.#at];
    return this.#past.slice(from, this.#at);
  }
}
