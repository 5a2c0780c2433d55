/** Patch markers (SEMANTICS V4): an answer once given holds for the execution. */
import type { Fact } from '../../schemas/index.ts';

export class Patches {
  /** True: recorded, in a turn so far or in this one. False: passed without a mark, so that the execution is on the old side for good. */
  #answers: Map<string, boolean> | undefined;

  /** To be told of what a turn that is replayed has recorded, before it is fed. */
  replaying(recorded: readonly Fact[]): void {
    for (const fact of recorded) if (fact.kind === 'PatchMarked') this.#answer(fact.id, true);
  }

  /** `mark` is called when the answer must be recorded. */
  isPatched(id: string, isReplaying: boolean, mark: () => void): boolean {
    const before = this.#answers?.get(id);
    if (before !== undefined) return before;
    if (!isReplaying) mark();
    return this.#answer(id, !isReplaying);
  }

  #answer(id: string, isPatched: boolean): boolean {
    // Most code has no patches.
    this.#answers ??= new Map();
    this.#answers.set(id, isPatched);
    return isPatched;
  }
}
