/** Sends at least once: for receivers that drop repeats. */
import { Partitioners, type Message, type Producer, type RecordMetadata } from 'kafkajs';
import { BrokenError, OperationalError } from '../../../schemas/index.ts';
import type { Offset, OutboundRecord } from '../index.ts';
import { describe, isRefusal, isUnknownTopic, isUnwritten, logClosed, refused, topicMissing, unreachable } from './faults.ts';
import { kafkaOver, requestTimeoutMs, type KafkaSettings, type OnEvent } from './settings.ts';
import { backOff, within } from './waiting.ts';
import { createWire } from './wire.ts';

export interface Sender {
  /**
   * Sends in one request to one partition (undefined: by the key's hash); resolves with the offset of the first record.
   * @throws OperationalError `OUTCOME_UNKNOWN`, or, when certainly nothing was written, `BROKER_UNREACHABLE`, `TOPIC_MISSING`, `BROKER_REFUSED`
   */
  send(topic: string, partition: number | undefined, records: readonly OutboundRecord[]): Promise<Offset>;
  close(): void;
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
      // Whether the attempt under way has begun to write.
      let written = false;
      // A function, because the compiler cannot know that KafkaJS changes it.
      const isWritten = (): boolean => written;
      const messages = records.map((record) => messageOf(record, partition, () => (written = true)));
      const retry = backOff(firstRetryMs, lastRetryMs);
      const startedMs = performance.now();
      let mayHaveLanded = false;
      for (;;) {
        if (closed) throw mayHaveLanded ? outcomeUnknown(topic, logClosed()) : logClosed();
        written = false;
        try {
          return await attempt(producer, topic, messages);
        } catch (error) {
          mayHaveLanded ||= error instanceof UnsettledError || (isWritten() && !isUnwritten(error));
          const hopeless = isRefusal(error) || performance.now() - startedMs > deadlineMs;
          if (hopeless) throw mayHaveLanded ? outcomeUnknown(topic, error) : nothingWritten(settings, topic, error);
          onEvent('debug', 'send-retried', { topic, reason: describe(error) });
          await retry.wait();
        }
      }
    },
    close,
  };
}

/** The attempt still runs: it may write yet. */
class UnsettledError extends Error {}

async function attempt(producer: Producer, topic: string, messages: Message[]): Promise<Offset> {
  const sent = producer.send({ topic, acks: -1, timeout: requestTimeoutMs, messages });
  const acks: RecordMetadata[] = await within(attemptHangMs, sent, () => new UnsettledError('KafkaJS did not settle a send'));
  const base = acks[0]?.baseOffset;
  if (acks.length !== 1 || base === undefined || !/^\d+$/.test(base)) {
    throw new BrokenError('ACK_UNREADABLE', `a send to ${topic} was answered with ${JSON.stringify(acks)}`);
  }
  return Number(base);
}

function outcomeUnknown(topic: string, cause: unknown): OperationalError {
  return new OperationalError('OUTCOME_UNKNOWN', `a send to ${topic} may or may not have arrived: ${describe(cause)}`, {
    retryable: true,
    cure: 'Send it again: a command repeated under its command id is carried out once',
    cause,
  });
}

function nothingWritten(settings: KafkaSettings, topic: string, error: unknown): OperationalError {
  if (isRefusal(error)) return refused(`a send to ${topic}`, error);
  return isUnknownTopic(error) ? topicMissing(topic, error) : unreachable(settings.brokers, error);
}

/**
 * `onWritten`: the message is being written into a request on a living connection. KafkaJS gives no other sign of that, but it is the
 * one time that it asks for the timestamp.
 */
function messageOf({ key, value, headers }: OutboundRecord, partition: number | undefined, onWritten: () => void): Message {
  const timestamp = String(Date.now());
  return {
    key,
    value,
    ...(partition === undefined ? {} : { partition }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    get timestamp() {
      onWritten();
      return timestamp;
    },
  };
}
