/**
 * Idempotent producers for the history, and the one way they are used.
 *
 *  1. One send in flight on a producer, ever. KafkaJS loses acknowledged records when sends on an idempotent producer overlap.
 *  2. A producer is never used again after an error or a timeout: its sequence rolls back, and the next batch is answered with
 *     the offset of an older one, and is not in the log.
 *  3. A given-up producer's wire is cut. What it had sent may have arrived, or may yet; it sends nothing more.
 */
import { Partitioners, type Producer } from 'kafkajs';
import { kafkaOver, type KafkaSettings } from './settings.ts';
import { createWire, type Wire } from './wire.ts';

export interface HeldProducer {
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
