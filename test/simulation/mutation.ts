/**
 * One rule left out of the real code at a time. `find` stands exactly once in its file; a mutation whose text is gone fails loudly, so that
 * the table cannot rot while the code moves on.
 */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  readonly name: string;
  /** The rule of the log protocol that is left out. */
  readonly rule: string;
  readonly edits: readonly Edit[];
  /** Where to begin looking: a mutant that shows once in a thousand seeds is tried first where it last showed. Default 1. */
  readonly from?: number;
}

export const one = (name: string, rule: string, file: string, find: string, replace: string, from = 1): Mutation => ({
  ...{ name, rule, from },
  edits: [{ file, find, replace }],
});
