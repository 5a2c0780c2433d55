/**
 * Idempotent producers for the history, and the one way they are used.
 *
 *  1. One send in flight on a producer, ever. KafkaJS loses acknowledged records when sends on an idempotent producer overlap.
 *  2. A producer is never used again after an error or a timeout: its sequence rolls back, and the next batch is answered with
 *     the offset of an older one, and is not in the log.
 *  3. A given-up producer's wire is cut. What it had sent may have arrived, or may yet; it sends nothing more.
 */
import { Partitioners, type Producer } from 'kafkajs';
import { BrokenError } from '../../../schemas/index.ts';
import type { AppendOutcome, AppendRecord, Offset } from '../index.ts';
import { isRefusal, logClosed, refused } from './faults.ts';
import { kafkaOver, requestTimeoutMs, type KafkaSettings } from './settings.ts';
import { within } from './waiting.ts';
import { createWire, type Wire } from './wire.ts';

interface HeldProducer {
  readonly producer: Producer;
  readonly wire: Wire;
  /** Settles when it is connected, or cannot be. */
  readonly ready: Promise<void>;
  isReady: boolean;
}

export interface ProducerPool {
  /** A producer without a blemish, connected or about to be. */
  take(): HeldProducer;
  /** Takes back one that has nothing in flight; a blemished one failed, and is ended. */
  giveBack(held: HeldProducer, blemished: boolean): void;
  /** Ends all, those in use too. */
  close(): void;
}

export function createProducerPool(settings: KafkaSettings): ProducerPool {
  const idle: HeldProducer[] = [];
  const lent = new Set<HeldProducer>();
  let closed = false;
  return {
    take: () => {
      const held = idle.pop() ?? connectProducer(settings);
      if (closed) discard(held);
      else lent.add(held);
      return held;
    },
    giveBack: (held, blemished) => {
      lent.delete(held);
      if (closed || blemished || !held.isReady) discard(held);
      else idle.push(held);
    },
    close: () => {
      closed = true;
      for (const held of [...idle.splice(0), ...lent]) discard(held);
      lent.clear();
    },
  };
}

function connectProducer(settings: KafkaSettings): HeldProducer {
  const wire = createWire();
  const producer = kafkaOver(wire, settings, 'patient').producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  const ready = producer.connect();
  const held: HeldProducer = { producer, wire, ready, isReady: false };
  ready.then(
    () => (held.isReady = true),
    () => undefined, // heard by whoever appends
  );
  return held;
}

function discard({ producer, wire }: HeldProducer): void {
  wire.cut();
  // Only to let KafkaJS clear its timers; it has nothing left to say.
  producer.disconnect().catch(() => undefined);
}

export interface Appender {
  append(records: readonly AppendRecord[]): Promise<AppendOutcome>;
  /** Gives the producer back if it may be used again. */
  close(): void;
}

/** Appends to one partition of the history, for one tenure. */
export function createAppender(pool: ProducerPool, topic: string, partition: number, deadlineMs: number): Appender {
  // Begun as soon as the partition is opened: connecting goes on while the owner reads the log.
  let held: HeldProducer | undefined = pool.take();
  let inFlight = false;
  let closed = false;

  async function send(records: readonly AppendRecord[]): Promise<Offset> {
    held ??= pool.take();
    const { producer, ready } = held;
    await ready;
    const messages = records.map(({ key, value }) => ({ partition, key, value }));
    const acks = await producer.send({ topic, acks: -1, timeout: requestTimeoutMs, messages });
    const [ack] = acks;
    const base = ack?.baseOffset;
    if (acks.length !== 1 || ack?.partition !== partition || ack.errorCode !== 0 || base === undefined || !/^\d+$/.test(base)) {
      throw new BrokenError('ACK_UNREADABLE', `an append to ${topic}/${String(partition)} was answered with ${JSON.stringify(acks)}`);
    }
    return Number(base);
  }

  function release(blemished: boolean): void {
    if (held !== undefined) pool.giveBack(held, blemished);
    held = undefined;
  }

  // A function, because the compiler cannot know that waiting may change it.
  const isClosed = (): boolean => closed;

  return {
    append: async (records) => {
      if (inFlight) throw new BrokenError('APPEND_OVERLAPS', `two appends at once to ${topic}/${String(partition)}`);
      if (closed) return { kind: 'unknown', cause: logClosed() };
      if (records.length === 0)
        return { kind: 'broken', cause: new BrokenError('APPEND_EMPTY', 'an append without records has no offset') };
      inFlight = true;
      try {
        const base = await within(deadlineMs, send(records), () => new Error(`no answer within ${String(deadlineMs)} ms`));
        return { kind: 'acked', base };
      } catch (cause) {
        release(true);
        if (isRefusal(cause)) return { kind: 'broken', cause: refused(`an append to ${topic}/${String(partition)}`, cause) };
        return { kind: 'unknown', cause };
      } finally {
        inFlight = false;
        if (isClosed()) release(false);
      }
    },
    close: () => {
      closed = true;
      if (!inFlight) release(false);
    },
  };
}
