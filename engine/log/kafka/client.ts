/**
 * The client's half of the port: writes commands, sees members.
 *
 *  1. One send in flight a partition; what is called meanwhile goes with the next. No lingering.
 *  2. What waits is bounded; over the bound a call is refused, before anything was sent.
 *  3. Commands of one call stand together and in order.
 */
import { BrokenError, OperationalError, topicNames } from '../../../schemas/index.ts';
import type { CommandSink, Member, Offset, OutboundRecord } from '../index.ts';
import { unreachable } from './faults.ts';
import { listMembers } from './group.ts';
import { defaultGroupId } from './log.ts';
import { openSender, type Sender } from './sending.ts';
import { kafkaOver, type KafkaSettings } from './settings.ts';
import { openSource } from './source.ts';
import { within } from './waiting.ts';
import { createWire } from './wire.ts';

export interface KafkaClient {
  readonly sink: CommandSink;
  /** @throws OperationalError `GROUP_REBALANCING`, `BROKER_UNREACHABLE` */
  members(): Promise<readonly Member[]>;
  close(): Promise<void>;
}

/** Long enough for TLS and a login across regions, short enough for somebody waiting at a terminal. */
const connectWithinMs = 5000;
/** Longer than a leader election. */
const sendDeadlineDefaultMs = 12_000;

export interface KafkaClientSettings extends KafkaSettings {
  /** The consumer group of the deployment. Default: `<namespace>.workers`. */
  readonly groupId?: string;
  /** When a command that nobody answers is tried no more, in milliseconds; the attempt under way still ends. Default 12000. */
  readonly sendDeadlineMs?: number;
}

/** What one send takes along: 2 MiB leaves half a broker's `max.message.bytes` unused, and one payload always fits. */
const batchBytesMax = 2 << 20;
const batchRecordsMax = 1000;
/** What may wait in this process, over all partitions. */
const waitingBytesMax = 64 << 20;

interface Call {
  readonly records: readonly OutboundRecord[];
  readonly bytes: number;
  resolve(base: Offset): void;
  reject(error: unknown): void;
}

/**
 * Connects a client.
 * @throws OperationalError `BROKER_UNREACHABLE` within 5 s when nothing answers, `TOPIC_MISSING`
 */
export async function connectKafkaClient(settings: KafkaClientSettings): Promise<KafkaClient> {
  const topic = topicNames(settings.namespace).commands;
  const onEvent = settings.onEvent ?? ((): void => undefined);
  const partitions = await countPartitions(settings, topic);
  const sender = await openSender(settings, settings.sendDeadlineMs ?? sendDeadlineDefaultMs, onEvent);
  const wire = createWire();
  const admin = kafkaOver(wire, settings, 'brisk').admin();
  const sink = createSink(sender, topic, partitions);
  return {
    sink,
    members: async () => {
      await admin.connect().catch((error: unknown) => {
        throw unreachable(settings.brokers, error);
      });
      return listMembers(admin, settings.groupId ?? defaultGroupId(settings.namespace), topic);
    },
    close: async () => {
      await sink.close();
      wire.cut();
    },
  };
}

async function countPartitions(settings: KafkaSettings, topic: string): Promise<number> {
  const opening = openSource(settings, [topic]);
  try {
    const source = await within(connectWithinMs, opening, () => new Error(`no answer within ${String(connectWithinMs)} ms`));
    const partitions = source.partitions(topic);
    source.close();
    return partitions;
  } catch (error) {
    // It may still open after its time was up.
    void opening.then(
      (source) => source.close(),
      () => undefined,
    );
    throw error instanceof OperationalError ? error : unreachable(settings.brokers, error);
  }
}

function createSink(sender: Sender, topic: string, partitions: number): CommandSink {
  const queues = new Map<number, Call[]>();
  const sending = new Map<number, Promise<void>>();
  let waitingBytes = 0;
  let closed = false;

  function send(partition: number, records: readonly OutboundRecord[]): Promise<Offset> {
    if (!Number.isInteger(partition) || partition < 0 || partition >= partitions || records.length === 0) {
      throw new BrokenError(
        'SEND_MALFORMED',
        `${String(records.length)} records to partition ${String(partition)} of ${String(partitions)}`,
      );
    }
    if (closed) return Promise.reject(new OperationalError('CLIENT_CLOSED', 'this client is closed', { retryable: false }));
    const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + value.length, 0);
    if (waitingBytes + bytes > waitingBytesMax) return Promise.reject(tooMuch());
    waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      const queue = queues.get(partition) ?? [];
      queues.set(partition, queue);
      queue.push({ records, bytes, resolve, reject });
      if (!sending.has(partition)) sending.set(partition, drain(partition, queue));
    });
  }

  async function drain(partition: number, queue: Call[]): Promise<void> {
    while (queue.length > 0) {
      const calls = takeBatch(queue);
      try {
        let base = await sender.send(
          topic,
          partition,
          calls.flatMap(({ records }) => records),
        );
        for (const call of calls) {
          call.resolve(base);
          base += call.records.length;
        }
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
      for (const { bytes } of calls) waitingBytes -= bytes;
    }
    sending.delete(partition);
  }

  return {
    partitions,
    send: async (partition, records) => send(partition, records),
    close: async () => {
      closed = true;
      await Promise.all(sending.values());
      sender.close();
    },
  };
}

/** At least one call, then as many as fit. */
function takeBatch(queue: Call[]): Call[] {
  let bytes = 0;
  let records = 0;
  let count = 0;
  for (const call of queue) {
    bytes += call.bytes;
    records += call.records.length;
    if (count > 0 && (bytes > batchBytesMax || records > batchRecordsMax)) break;
    count++;
  }
  return queue.splice(0, count);
}

function tooMuch(): OperationalError {
  return new OperationalError('CLIENT_OVERLOADED', `more than ${String(waitingBytesMax)} bytes of commands wait to be sent`, {
    retryable: true,
    cure: 'Await earlier calls before making more',
  });
}
