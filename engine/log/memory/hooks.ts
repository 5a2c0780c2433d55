/**
 * What decides the fate of everything that happens between a simulated process and the broker. Without hooks the broker is a
 * plain, sound log; with them a driver chooses order, delay, loss and repetition from its own seeded randomness.
 */
import type { AppendRecord, Lane, OutboundRecord } from '../index.ts';

/** One thing about to happen. `partition` is null for what concerns no single one (group calls, the dead-letter log). */
export interface Step {
  readonly kind: StepKind;
  readonly process: string;
  readonly partition: number | null;
}

export type StepKind =
  /** A batch reaches the history log; its writer hears what became of it. */
  | 'append-lands'
  | 'append-answers'
  /** The next records of a `read`. */
  | 'read-piece'
  /** Commands reach a feed, or the feed fails. */
  | 'commands-arrive'
  | 'feed-fails'
  | 'trim-lands'
  /** Messages reach a command log or the dead letters; their sender hears of it. */
  | 'send-lands'
  | 'send-answers'
  /** The group: answers to calls, ownership signals, and the group finding out that a killed process is gone. */
  | 'joined'
  | 'left'
  | 'members-answered'
  | 'assigned'
  | 'revoked'
  | 'alive'
  | 'expelled';

export interface AppendAttempt {
  readonly process: string;
  readonly partition: number;
  readonly records: readonly AppendRecord[];
}

/**
 * `acked`: lands, then answers. `ack-lost`: lands, then answers unknown. `late`: answers unknown and lands, in the order the
 * scheduler picks. `lost`: answers unknown, never lands. `refused`: answers broken, never lands.
 * `swallowed`: never lands and is acked where its writer's last batch stands (unknown when it has none), as KafkaJS did with a producer whose
 * sequence had rolled back: the offset check (L5) is the last line behind promise 3. `doubled`: lands twice, the second time whenever the scheduler picks; port promise 1
 * forbids it, so only a mutant may choose it.
 */
export type AppendFate = 'acked' | 'ack-lost' | 'late' | 'lost' | 'refused' | 'swallowed' | 'doubled';

export interface SendAttempt {
  readonly process: string;
  readonly lane: Lane;
  /** `client`: through a CommandSink. `lane`: through Log.send (L7). */
  readonly from: 'client' | 'lane';
  readonly records: readonly OutboundRecord[];
}

/**
 * `acked`: lands, then answers. `unknown`: lands, then rejects. `late`: rejects and lands, in the order the scheduler picks. `lost`: rejects,
 * never lands. `doubled`: lands twice, then answers the first offset (a plain producer's own retry). A port allows them all here.
 */
export type SendFate = 'acked' | 'unknown' | 'late' | 'lost' | 'doubled';

export interface MemoryHooks {
  /** Calls `run` when `step` is to happen: soon, later, in another order, or never (what a dead network or process does). */
  schedule(step: Step, run: () => void): void;
  appendFate(attempt: AppendAttempt): AppendFate;
  sendFate(attempt: SendAttempt): SendFate;
  /** How many records the next piece of a read brings, at least 1. Compaction may run between pieces. */
  readPieceRecords(process: string, partition: number): number;
  /** Whether a read that reached the end it began with goes on to what came since. */
  readsOn(process: string, partition: number): boolean;
  /** How many commands come at once, at least 1. */
  commandPieceRecords(process: string, partition: number): number;
}

/** Everything goes well, in order, as soon as the running code has returned. */
export const soundHooks: MemoryHooks = {
  schedule: (_step, run) => {
    queueMicrotask(run);
  },
  appendFate: () => 'acked',
  sendFate: () => 'acked',
  readPieceRecords: () => 1_000,
  readsOn: () => false,
  commandPieceRecords: () => 500,
};
