/** Patch markers (SEMANTICS V4): an answer once given holds for the execution. */
import type { Fact } from '../../schemas/index.ts';

export class Patches {
  /** Recorded, in a turn so far or in this one. */
  readonly #marked = new Set<string>();
  /** Passed without a mark: the execution is on the old side for good, also in turns that nobody has run before. */
  readonly #refused = new Set<string>();

  /** To be told of what a turn that is replayed has recorded, before it is fed. */
  replaying(recorded: readonly Fact[]): void {
    for (const fact of recorded) if (fact.kind === 'PatchMarked') this.#marked.add(fact.id);
  }

  /** `mark` is called when this is what must be recorded. */
  isPatched(id: string, isReplaying: boolean, mark: () => void): boolean {
    if (this.#marked.has(id)) return true;
    if (isReplaying) this.#refused.add(id);
    if (this.#refused.has(id)) return false;
    this.#marked.add(id);
    mark();
    return true;
  }
}
