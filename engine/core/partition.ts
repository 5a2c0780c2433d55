/**
 * One partition's state: the fold of its history log under the rules L1–L4 and L8. Every reader of the log — restore, owner, standby,
 * audit — folds with this and nothing else.
 *
 *  1. A claim is effective iff its epoch exceeds that of every effective claim before it. It makes the facts still open void.
 *  2. A record counts iff its epoch and claimant are those of the last effective claim before it; every other fact is void for ever.
 *  3. Facts are open until their commit's Progress, or a fact of a later commit by the same writer, closes them. Only closed facts are
 *     handed to the sink.
 *  4. Every tombstone counts, void or not, open facts included: compaction heeds them all, so every reader must.
 *  5. Keys of void facts are remembered until their tombstone is seen, so that the owner can sweep them.
 */
import type { Claimant, Fact, HistoryRecord, Namespace, PartitionFact, Progress } from '../../schemas/index.ts';

/** A record of the history log as the fold takes it; `record` null is a tombstone. `bytes` is the value as it stands in the log. */
export interface FoldRecord {
  readonly offset: number;
  readonly key: string;
  readonly record: HistoryRecord | null;
  readonly bytes: Uint8Array | null;
}

/** A closed fact, with its writer and the bytes it has in the log. */
export interface ClosedFact {
  readonly key: string;
  readonly epoch: number;
  readonly claimant: Claimant;
  readonly body: Fact | PartitionFact;
  readonly bytes: Uint8Array;
}

/** Takes what the fold makes true, in log order. */
export interface FoldSink {
  closed(fact: ClosedFact): void;
  removed(key: string): void;
  /** A fact that will never count; its key waits for a tombstone. */
  voided(key: string): void;
}

interface OpenFact extends ClosedFact {
  readonly offset: number;
  readonly commit: number;
}

/** The last record that closed something: must still be in the log, or be superseded by its own writer (L9). */
export interface Tip {
  readonly offset: number;
  readonly kind: 'Claim' | 'Progress';
  readonly epoch: number;
  readonly claimant: Claimant;
  readonly commit: number;
}

/** What Progress keeps (L4), as maps. */
export interface Marks {
  readonly commandNext: number;
  readonly outboundLast: number;
  readonly sentThrough: ReadonlyMap<string, number>;
  readonly received: ReadonlyMap<number, number>;
  readonly answersFrom: number;
}

export interface PartitionState {
  /** The next offset to read. */
  position: number;
  /** The highest epoch on any record, void ones included: a new claim must exceed it. */
  epochMax: number;
  /** Of the last effective claim; 0 and '' before the first. */
  epoch: number;
  claimant: Claimant | '';
  /** The last closed commit of this epoch. */
  commit: number;
  marks: Marks;
  open: OpenFact[];
  voidKeys: Set<string>;
  tip: Tip | null;
  namespace: Namespace | null;
  /** Records by a writer whose claim this fold never saw: the log is not the one this state was folded from. */
  strangers: number;
}

export function emptyPartition(): PartitionState {
  return {
    position: 0,
    epochMax: 0,
    epoch: 0,
    claimant: '',
    commit: 0,
    marks: { commandNext: 0, outboundLast: 0, sentThrough: new Map(), received: new Map(), answersFrom: 0 },
    open: [],
    voidKeys: new Set(),
    tip: null,
    namespace: null,
    strangers: 0,
  };
}

/** Folds one record into `state`, in place. */
export function foldRecord(state: PartitionState, record: FoldRecord, sink: FoldSink): void {
  state.position = record.offset + 1;
  if (record.record === null) {
    foldTombstone(state, record.key, sink);
    return;
  }
  const { epoch, claimant, commit, body } = record.record;
  if (body.kind === 'Namespace') {
    state.namespace = body;
    return;
  }
  if (epoch > state.epochMax) state.epochMax = epoch;
  if (body.kind === 'Claim') {
    if (epoch > state.epoch) foldEffectiveClaim(state, record.offset, epoch, claimant, sink);
    return;
  }
  if (epoch > state.epoch || (epoch === state.epoch && claimant !== state.claimant)) state.strangers++;
  const effective = epoch === state.epoch && claimant === state.claimant && commit > state.commit;
  if (body.kind === 'Progress') {
    if (effective) foldProgress(state, record.offset, commit, body, sink);
    return;
  }
  if (effective && record.bytes !== null)
    foldFact(state, { offset: record.offset, key: record.key, epoch, claimant, commit, body, bytes: record.bytes }, sink);
  else markVoid(state, record.key, sink);
}

function foldTombstone(state: PartitionState, key: string, sink: FoldSink): void {
  if (state.open.some((fact) => fact.key === key)) state.open = state.open.filter((fact) => fact.key !== key);
  state.voidKeys.delete(key);
  sink.removed(key);
}

function markVoid(state: PartitionState, key: string, sink: FoldSink): void {
  state.voidKeys.add(key);
  sink.voided(key);
}

function foldEffectiveClaim(state: PartitionState, offset: number, epoch: number, claimant: Claimant, sink: FoldSink): void {
  for (const fact of state.open) markVoid(state, fact.key, sink);
  state.open = [];
  state.epoch = epoch;
  state.claimant = claimant;
  state.commit = 0;
  state.tip = { offset, kind: 'Claim', epoch, claimant, commit: 0 };
}

function foldProgress(state: PartitionState, offset: number, commit: number, progress: Progress, sink: FoldSink): void {
  close(state, commit, sink);
  state.marks = marksOf(progress);
  state.tip = { offset, kind: 'Progress', epoch: state.epoch, claimant: state.claimant as Claimant, commit };
}

/** A fact of commit n+1 closes n: it was sent only after n's ack, and compaction may have taken n's Progress. */
function foldFact(state: PartitionState, fact: OpenFact, sink: FoldSink): void {
  const first = state.open[0];
  if (first !== undefined && fact.commit > first.commit) close(state, first.commit, sink);
  state.open.push(fact);
}

function close(state: PartitionState, commit: number, sink: FoldSink): void {
  const facts = state.open;
  state.open = [];
  state.commit = commit;
  for (const fact of facts) sink.closed(fact);
}

function marksOf(progress: Progress): Marks {
  return {
    commandNext: progress.commandNext,
    outboundLast: progress.outboundLast,
    sentThrough: new Map(progress.sentThrough.map((mark) => [mark.lane, mark.number])),
    received: new Map(progress.received.map((mark) => [mark.source, mark.number])),
    answersFrom: progress.answersFrom,
  };
}

/** The Progress that says `marks`. */
export function progressOf(marks: Marks, atMs: number): Progress {
  return {
    kind: 'Progress',
    atMs,
    commandNext: marks.commandNext,
    outboundLast: marks.outboundLast,
    sentThrough: [...marks.sentThrough].map(([lane, number]) => ({ lane, number })),
    received: [...marks.received].map(([source, number]) => ({ source, number })),
    answersFrom: marks.answersFrom,
  };
}

/** Where a reader must start again: at the first fact still open, else behind what was read (L9). */
export function restartPosition(state: PartitionState): number {
  return state.open[0]?.offset ?? state.position;
}
