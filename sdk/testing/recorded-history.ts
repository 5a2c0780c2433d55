/** The recorded history of one execution, as `env.history` gives it and `replayHistory` takes it: plain JSON, fit to be committed. */
import type { Fact } from '../../schemas/index.ts';

export const historyFormat = 1;

export interface RecordedHistory {
  readonly format: typeof historyFormat;
  /** External events that came in on earlier generations and that this one found unread, in the order of their numbers. */
  readonly carried: readonly Fact[];
  /** The execution's events, from its start on, in order of `seq`. */
  readonly facts: readonly Fact[];
}
