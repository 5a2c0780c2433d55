/** Appends by an idempotent KafkaJS producer that the partition has to itself while its tenure lasts. */
import { BrokenError } from '../../../schemas/index.ts';
import type { AppendOutcome, AppendRecord, Offset } from '../index.ts';
import { isRefusal, refused } from './faults.ts';
import type { HeldProducer, ProducerPool } from './producers.ts';
import { requestTimeoutMs } from './settings.ts';
import { within } from './waiting.ts';

export interface ProducerRoute {
  append(records: readonly AppendRecord[]): Promise<AppendOutcome>;
  /** Gives the producer back; a blemished one is ended, and the next append takes another. */
  release(blemished: boolean): void;
}

export function createProducerRoute(pool: ProducerPool, topic: string, partition: number, deadlineMs: number): ProducerRoute {
  const where = `${topic}/${String(partition)}`;
  // Begun as soon as the partition is opened: connecting goes on while the owner reads the log.
  let held: HeldProducer | undefined = pool.take();

  async function send(records: readonly AppendRecord[]): Promise<Offset> {
    held ??= pool.take();
    const { producer, ready } = held;
    await ready;
    const messages = records.map(({ key, value }) => ({ partition, key, value }));
    const acks = await producer.send({ topic, acks: -1, timeout: requestTimeoutMs, messages });
    const [ack] = acks;
    const base = ack?.baseOffset;
    if (acks.length !== 1 || ack?.partition !== partition || ack.errorCode !== 0 || base === undefined || !/^\d+$/.test(base)) {
      throw new BrokenError('ACK_UNREADABLE', `an append to ${where} was answered with ${JSON.stringify(acks)}`);
    }
    return Number(base);
  }

  return {
    append: async (records) => {
      try {
        const base = await within(deadlineMs, send(records), () => new Error(`no answer within ${String(deadlineMs)} ms`));
        return { kind: 'acked', base };
      } catch (cause) {
        return isRefusal(cause) ? { kind: 'broken', cause: refused(`an append to ${where}`, cause) } : { kind: 'unknown', cause };
      }
    },
    release: (blemished) => {
      if (held !== undefined) pool.giveBack(held, blemished);
      held = undefined;
    },
  };
}
