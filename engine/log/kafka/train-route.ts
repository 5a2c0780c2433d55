/** Appends by the train, under a producer id that nobody else writes with: it is one partition's in one tenure, until the first trouble. */
import type { AppendOutcome, AppendRecord } from '../index.ts';
import type { ProducerIdentity } from './produce.ts';
import { encodeRecordBatch } from './record-batch.ts';
import type { Train } from './train.ts';
import { within } from './waiting.ts';

export interface TrainRoute {
  /** Whether it can be gone now. */
  readonly isOpen: boolean;
  /** Has it open soon, if there is a broker that will. */
  prepare(): void;
  /** Only while it is open. */
  append(records: readonly AppendRecord[]): Promise<AppendOutcome>;
  /** Forgets the producer id: what its next sequence number is, is not known any more. */
  abandon(): void;
}

/** Sequence numbers go round. */
const sequencesMax = 2 ** 31;

interface Ticket {
  readonly identity: ProducerIdentity;
  /** Of the next record. */
  sequence: number;
}

export function createTrainRoute(train: Train, partition: number, deadlineMs: number): TrainRoute {
  let ticket: Ticket | undefined;
  let isPreparing = false;

  async function prepare(): Promise<void> {
    if (ticket !== undefined || isPreparing) return;
    isPreparing = true;
    try {
      ticket = { identity: await train.producerId(partition), sequence: 0 };
    } catch {
      // It stays closed, and whoever asks for it next tries again.
    } finally {
      isPreparing = false;
    }
  }

  return {
    get isOpen() {
      return ticket !== undefined;
    },
    prepare: () => void prepare(),
    append: async (records) => {
      const used = ticket;
      if (used === undefined) return { kind: 'unknown', cause: new Error('the train cannot be taken now') };
      const batch = encodeRecordBatch(records, { ...used.identity, sequence: used.sequence }, Date.now());
      const carriage = train.carry({ partition, batch });
      try {
        const outcome = await within(deadlineMs, carriage.outcome, () => new Error(`no answer within ${String(deadlineMs)} ms`));
        if (outcome.kind === 'acked') used.sequence = (used.sequence + records.length) % sequencesMax;
        return outcome;
      } catch (cause) {
        carriage.giveUp();
        return { kind: 'unknown', cause };
      }
    },
    abandon: () => {
      ticket = undefined;
    },
  };
}
