/**
 * Appends to one partition of the history, for one tenure.
 *
 *  1. The first append, which is the claim, and what is large go by a producer of the partition's own; the others by the train. What is
 *     large would hold up the others aboard, and a claim must not wait for anybody.
 *  2. After anything but an ack what carried it is never used again (L5), and the next append is like a first one.
 *  3. An ack below the end of an earlier one is that of a repeat: the batch is not in the log, and the outcome is unknown.
 */
import { BrokenError } from '../../../schemas/index.ts';
import { batchBytes, type AppendOutcome, type AppendRecord, type Offset } from '../index.ts';
import { logClosed } from './faults.ts';
import type { ProducerRoute } from './producer-route.ts';
import type { TrainRoute } from './train-route.ts';

export interface Appender {
  append(records: readonly AppendRecord[]): Promise<AppendOutcome>;
  /** Gives the producer back if it may be used again. */
  close(): void;
}

export interface AppenderOptions {
  readonly own: ProducerRoute;
  readonly shared: TrainRoute;
  /** Topic and partition, for people. */
  readonly where: string;
}

/** A larger batch goes alone. Commits under load have some ten kilobytes. */
const passengerBytesMax = 64 << 10;

export function createAppender({ own, shared, where }: AppenderOptions): Appender {
  /** The offset after the last ack; undefined: the next append is like a first one. */
  let end: Offset | undefined;
  let inFlight = false;
  let closed = false;

  async function appendOnce(records: readonly AppendRecord[]): Promise<AppendOutcome> {
    const together = end !== undefined && shared.isOpen && batchBytes(records) <= passengerBytesMax;
    const outcome = notBelow(end, await (together ? shared : own).append(records));
    if (outcome.kind === 'acked') {
      end = outcome.base + records.length;
      shared.prepare();
    } else {
      end = undefined;
      if (together) shared.abandon();
      else own.release(true);
    }
    return outcome;
  }

  // A function, because the compiler cannot know that waiting may change it.
  const isClosed = (): boolean => closed;

  return {
    append: async (records) => {
      if (inFlight) throw new BrokenError('APPEND_OVERLAPS', `two appends at once to ${where}`);
      if (closed) return { kind: 'unknown', cause: logClosed() };
      if (records.length === 0)
        return { kind: 'broken', cause: new BrokenError('APPEND_EMPTY', 'an append without records has no offset') };
      inFlight = true;
      try {
        return await appendOnce(records);
      } finally {
        inFlight = false;
        if (isClosed()) own.release(false);
      }
    },
    close: () => {
      closed = true;
      if (!inFlight) own.release(false);
    },
  };
}

function notBelow(end: Offset | undefined, outcome: AppendOutcome): AppendOutcome {
  if (outcome.kind !== 'acked' || end === undefined || outcome.base >= end) return outcome;
  return { kind: 'unknown', cause: new Error(`acked at offset ${String(outcome.base)}, below ${String(end)}: not written`) };
}
