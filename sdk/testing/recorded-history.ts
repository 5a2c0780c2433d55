/** The recorded history of one execution, as `env.history` gives it and `replayHistory` takes it: plain JSON, fit to be committed. */
import { factRole, isInstanceFact, type Fact, type InstanceStarted } from '../../schemas/index.ts';

export const historyFormat = 1;

export interface RecordedHistory {
  readonly format: typeof historyFormat;
  /** External events that came in on earlier generations and that this one found unread, in the order of their numbers. */
  readonly carried: readonly Fact[];
  /** The execution's events, from its start on, in order of `seq`. */
  readonly facts: readonly Fact[];
}

export interface CheckedHistory extends RecordedHistory {
  readonly started: InstanceStarted;
}

/** Looks as far as a replay relies on it: it may have been read from a file. @throws TypeError */
export function checkedHistory(history: RecordedHistory): CheckedHistory {
  const { format, carried, facts } = history;
  if (String(format) !== String(historyFormat)) throw new TypeError(`format ${String(format)} is not one that this release can replay`);
  if (!Array.isArray(carried) || !Array.isArray(facts)) throw new TypeError('a history has the lists "carried" and "facts"');
  const [started] = history.facts;
  if (started?.kind !== 'InstanceStarted') throw new TypeError('a history begins with InstanceStarted');
  history.facts.forEach((fact, at) => {
    if (!isInstanceFact(fact) || fact.seq !== at + 1) throw new TypeError(`event ${String(at + 1)} is missing or unknown`);
    if (at > 0 && factRole(fact.kind) === 'start') throw new TypeError(`event ${String(at + 1)} is of another execution`);
  });
  return { ...history, started };
}
