/** Writes history logs by hand for the tests of the fold, and folds them. */
import {
  emptyPartition,
  foldRecord,
  progressOf,
  type ClosedFact,
  type FoldRecord,
  type Marks,
  type PartitionState,
} from '../../../engine/core/index.ts';
import { keyOf, type Claimant, type CommandRefused, type HistoryBody, type HistoryRecord } from '../../../schemas/index.ts';

export interface Writer {
  readonly epoch: number;
  readonly claimant: Claimant;
}

export const writer = (epoch: number, name: string): Writer => ({ epoch, claimant: name.padEnd(16, '0') as Claimant });

export const marksOf = (changes: Partial<Marks> = {}): Marks => ({
  commandNext: 0,
  outboundLast: 0,
  sentThrough: new Map(),
  received: new Map(),
  answersFrom: 0,
  ...changes,
});

/** The smallest fact there is: `n` names it. */
export const factBody = (n: number): CommandRefused => ({
  kind: 'CommandRefused',
  offset: n,
  commandId: 'c',
  code: 'NO',
  message: '',
  atMs: 0,
});

export class HandWrittenLog {
  readonly records: FoldRecord[] = [];

  claim({ epoch, claimant }: Writer): this {
    return this.write({ epoch, claimant, commit: 0, body: { kind: 'Claim', atMs: 0, worker: 'w' } });
  }

  facts(by: Writer, commit: number, ...numbers: readonly number[]): this {
    for (const number of numbers) this.body(by, commit, factBody(number));
    return this;
  }

  progress(by: Writer, commit: number, marks: Partial<Marks> = {}): this {
    return this.body(by, commit, progressOf(marksOf(marks), 0));
  }

  body({ epoch, claimant }: Writer, commit: number, body: HistoryBody): this {
    return this.write({ epoch, claimant, commit, body });
  }

  tombstone(key: string): this {
    this.records.push({ offset: this.records.length, key, record: null, bytes: null });
    return this;
  }

  tombstoneOf(by: Writer, number: number): this {
    return this.tombstone(factKeyOf(by, number));
  }

  private write(record: HistoryRecord): this {
    this.records.push({ offset: this.records.length, key: keyOf(record), record, bytes: new Uint8Array([record.commit]) });
    return this;
  }
}

export const factKeyOf = ({ epoch, claimant }: Writer, number: number): string =>
  keyOf({ epoch, claimant, commit: 1, body: factBody(number) });

/** What a reader of the log ends up with. */
export class Folded {
  readonly state: PartitionState = emptyPartition();
  /** Closed facts not tombstoned, by key, as a cache would hold them. */
  readonly facts: Map<string, ClosedFact> = new Map();
  /** Everything the sink was told, in order. */
  readonly told: string[] = [];

  fold(records: Iterable<FoldRecord>): this {
    for (const record of records)
      foldRecord(this.state, record, {
        closed: (fact) => {
          this.facts.set(fact.key, fact);
          this.told.push(`closed ${nameOf(fact)}`);
        },
        removed: (key) => {
          this.facts.delete(key);
          this.told.push(`removed ${key}`);
        },
        voided: (key) => {
          this.told.push(`voided ${key}`);
        },
      });
    return this;
  }

  /** The numbers of the closed facts, in the order of their keys' first closing. */
  get numbers(): number[] {
    return [...this.facts.values()].map(({ body }) => (body.kind === 'CommandRefused' ? body.offset : -1));
  }
}

function nameOf({ body }: ClosedFact): string {
  return body.kind === 'CommandRefused' ? String(body.offset) : body.kind;
}
