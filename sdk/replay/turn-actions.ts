/** The actions of one turn in the order in which they were taken; what is undone within the turn never was. */
import type { Action } from '../../engine/program/index.ts';
import type { Payload } from '../../schemas/index.ts';

export class TurnActions {
  #actions: (Action | undefined)[] = [];
  /** Places count on through all turns, so that a place tells whether it is of this one. */
  #firstPlace = 0;
  #statusPlace = -1;
  #hasGaps = false;

  /** Gives the action's place, for `takeBack`. */
  add(action: Action): number {
    return this.#firstPlace + this.#actions.push(action) - 1;
  }

  /** False when the action was taken in an earlier turn and stands in the history. */
  takeBack(place: number): boolean {
    if (place < this.#firstPlace) return false;
    this.#actions[place - this.#firstPlace] = undefined;
    this.#hasGaps = true;
    return true;
  }

  /** The last of a turn counts (SEMANTICS S9). */
  setStatus(value: Payload): void {
    const action: Action = { kind: 'SetCustomStatus', value };
    if (this.#statusPlace < this.#firstPlace) this.#statusPlace = this.add(action);
    else this.#actions[this.#statusPlace - this.#firstPlace] = action;
  }

  /** Gives the turn's actions and begins the next turn. */
  end(): readonly Action[] {
    const actions = this.#actions;
    this.#firstPlace += actions.length;
    this.#actions = [];
    if (!this.#hasGaps) return actions as Action[];
    this.#hasGaps = false;
    return actions.filter((action) => action !== undefined);
  }
}
