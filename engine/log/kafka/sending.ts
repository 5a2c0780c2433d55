/** Sends at least once: for receivers that drop repeats. */
import { Partitioners, type Message, type Producer, type RecordMetadata } from 'kafkajs';
import { BrokenError } from '../../../schemas/index.ts';
import type { Offset, OutboundRecord } from '../port.ts';
import { describe, isRefusal, isUnsent, logClosed, rootOf } from './faults.ts';
import { kafkaOver, requestTimeoutMs, type KafkaSettings, type OnEvent } from './settings.ts';
import { backOff, within } from './waiting.ts';
import { createWire } from './wire.ts';

export interface Sender {
  /**
   * Sends in one request to one partition (undefined: by the key's hash); resolves with the offset of the first record.
   * @throws SendFailure
   */
  send(topic: string, partition: number | undefined, records: readonly OutboundRecord[]): Promise<Offset>;
  close(): void;
}

/** Why a send was given up, and whether one of its attempts may have landed. */
export class SendFailure extends Error {
  override readonly name: string = 'SendFailure';
  readonly kind: 'unknown' | 'unsent' | 'refused';

  constructor(kind: 'unknown' | 'unsent' | 'refused', cause: unknown) {
    super(describe(cause), { cause: rootOf(cause) });
    this.kind = kind;
  }
}

const firstRetryMs = 10;
const lastRetryMs = 500;
/** KafkaJS ends an attempt by itself well before; if it hangs, this does. */
const attemptHangMs = 4 * requestTimeoutMs;

export async function openSender(settings: KafkaSettings, deadlineMs: number, onEvent: OnEvent): Promise<Sender> {
  const wire = createWire();
  let closed = false;
  const producer = kafkaOver(wire, settings, 'brisk').producer({
    // Retrying stays with us: each failed attempt tells whether it may have landed, and nothing goes on behind our back.
    retry: { retries: 0 },
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  const close = (): void => {
    closed = true;
    wire.cut();
    producer.disconnect().catch(() => undefined);
  };
  try {
    await producer.connect();
  } catch (error) {
    close();
    throw error;
  }

  return {
    send: async (topic, partition, records) => {
      const messages = records.map((record) => messageOf(record, partition));
      const retry = backOff(firstRetryMs, lastRetryMs);
      const startedMs = performance.now();
      let mayHaveLanded = false;
      for (;;) {
        if (closed) throw new SendFailure(mayHaveLanded ? 'unknown' : 'unsent', logClosed());
        try {
          return await attempt(producer, topic, messages);
        } catch (error) {
          if (isRefusal(error)) throw new SendFailure(mayHaveLanded ? 'unknown' : 'refused', error);
          mayHaveLanded ||= !isUnsent(error);
          if (performance.now() - startedMs > deadlineMs) throw new SendFailure(mayHaveLanded ? 'unknown' : 'unsent', error);
          onEvent('debug', 'send-retried', { topic, reason: describe(error) });
          await retry.wait();
        }
      }
    },
    close,
  };
}

async function attempt(producer: Producer, topic: string, messages: Message[]): Promise<Offset> {
  const sent = producer.send({ topic, acks: -1, timeout: requestTimeoutMs, messages });
  const acks: RecordMetadata[] = await within(attemptHangMs, sent, () => new Error('KafkaJS did not settle a send'));
  const base = acks[0]?.baseOffset;
  if (acks.length !== 1 || base === undefined || !/^\d+$/.test(base)) {
    throw new BrokenError('ACK_UNREADABLE', `a send to ${topic} was answered with ${JSON.stringify(acks)}`);
  }
  return Number(base);
}

function messageOf({ key, value, headers }: OutboundRecord, partition: number | undefined): Message {
  return { key, value, ...(partition === undefined ? {} : { partition }), ...(headers === undefined ? {} : { headers: { ...headers } }) };
}
