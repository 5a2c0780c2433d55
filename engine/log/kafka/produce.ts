/**
 * Kafka's own Produce and InitProducerId requests, sent over KafkaJS's connections.
 *
 * KafkaJS's `produce` tells of many partitions' answers only the first error, and its producer, when one of several brokers fails, sends
 * what a partition had already written once more under a new sequence number. So requests and answers are read and written here; to
 * log in, to encrypt and to match answers to requests stays with KafkaJS.
 */
import type { Broker } from 'kafkajs';
import { ProduceError } from './produce-faults.ts';

export interface Parcel {
  readonly partition: number;
  /** A record batch. */
  readonly batch: Buffer;
}

/** What became of one partition's batch. */
export type ParcelAnswer = { readonly base: number } | { readonly error: ProduceError };

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** One request to the leader of all these partitions; answers by partition. Throws when there was no answer, or none that can be read. */
export function produce(broker: Broker, topic: string, parcels: readonly Parcel[], timeoutMs: number): Promise<Map<number, ParcelAnswer>> {
  return ask(broker, { apiKey: 0, apiVersion: 7, apiName: 'Produce' }, produceBody(topic, parcels, timeoutMs), (answer) => {
    const answers = new Map<number, ParcelAnswer>();
    answer.each(() => {
      answer.skip(answer.int16()); // the topic, of which there is one
      answer.each(() => {
        const [partition, code, base] = [answer.int32(), answer.int16(), answer.int64()];
        answer.skip(16); // the log's append time and start
        answers.set(partition, code === 0 && base >= 0n ? { base: Number(base) } : { error: new ProduceError(code) });
      });
    });
    return { value: answers, throttleMs: answer.int32() };
  });
}

/** A writer's identity that nobody else has. */
export function initProducerId(broker: Broker): Promise<ProducerIdentity> {
  const body = Buffer.alloc(6);
  body.writeInt16BE(-1, 0); // no transactions, so the four bytes for their timeout mean nothing
  return ask(broker, { apiKey: 22, apiVersion: 0, apiName: 'InitProducerId' }, body, (answer) => {
    answer.skip(4); // a broker of this version holds its answer back by itself
    const code = answer.int16();
    if (code !== 0) throw new ProduceError(code);
    return { value: { producerId: answer.int64(), producerEpoch: answer.int16() }, throttleMs: 0 };
  });
}

function produceBody(topic: string, parcels: readonly Parcel[], timeoutMs: number): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  let at = 18 + topicBytes;
  const body = Buffer.allocUnsafe(parcels.reduce((bytes, { batch }) => bytes + 8 + batch.length, at));
  body.writeInt16BE(-1, 0); // no transaction
  body.writeInt16BE(-1, 2); // acks of all in-sync replicas
  body.writeInt32BE(timeoutMs, 4);
  body.writeInt32BE(1, 8);
  body.writeInt16BE(topicBytes, 12);
  body.write(topic, 14);
  body.writeInt32BE(parcels.length, 14 + topicBytes);
  for (const { partition, batch } of parcels) {
    body.writeInt32BE(partition, at);
    body.writeInt32BE(batch.length, at + 4);
    at += 8 + batch.copy(body, at + 8);
  }
  return body;
}

class Answer {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Gives the place it leaves. */
  skip(bytes: number): number {
    this.#at += bytes;
    return this.#at - bytes;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.skip(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.skip(8));
  }

  each(read: () => void): void {
    for (let left = this.int32(); left > 0; left--) read();
  }
}

interface Decoded<T> {
  readonly value: T;
  /** How long the broker wants to be left alone. */
  readonly throttleMs: number;
}

/** A request as KafkaJS's connections take it. */
interface ProtocolRequest<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: {
    decode(bytes: Buffer): Promise<Decoded<T> & { readonly clientSideThrottleTime: number }>;
    parse(decoded: Decoded<T>): Promise<T>;
  };
}

interface Connections {
  send<T>(request: ProtocolRequest<T>): Promise<T>;
}

async function ask<T>(
  broker: Broker,
  name: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string },
  body: Buffer,
  read: (answer: Answer) => Decoded<T>,
): Promise<T> {
  return connectionsOf(broker).send({
    request: { ...name, encode: () => Promise.resolve({ buf: body, buffer: body }) },
    response: {
      decode: async (bytes) => {
        const decoded = await Promise.resolve(read(new Answer(bytes)));
        return { ...decoded, clientSideThrottleTime: decoded.throttleMs };
      },
      parse: ({ value }) => Promise.resolve(value),
    },
  });
}

/** KafkaJS does not declare them, and has not changed since 2023. */
function connectionsOf(broker: Broker): Connections {
  if ('connectionPool' in broker && isConnections(broker.connectionPool)) return broker.connectionPool;
  throw new TypeError('this KafkaJS does not show its connections');
}

function isConnections(value: unknown): value is Connections {
  return typeof value === 'object' && value !== null && 'send' in value && typeof value.send === 'function';
}
