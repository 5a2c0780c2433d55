/** The worker's own connection to one broker, for appends and nothing else: a broker answers one connection's requests one by one. */
import type { Broker, Cluster } from 'kafkajs';
import { clusterOver } from './cluster.ts';
import { ProduceError } from './produce-faults.ts';
import { initProducerId, produce, type Parcel, type ParcelAnswer, type ProducerIdentity } from './produce.ts';
import { requestTimeoutMs, type KafkaSettings } from './settings.ts';
import { within } from './waiting.ts';
import { createWire, type Wire } from './wire.ts';

export interface BrokerLine {
  produce(parcels: readonly Parcel[]): Promise<Map<number, ParcelAnswer>>;
  producerId(): Promise<ProducerIdentity>;
  /** Ends what is under way, without an answer; the next request makes a new connection. */
  reset(): void;
  close(): void;
}

/** KafkaJS ends a request by itself before; if it hangs, this does. */
const hangMs = 2 * requestTimeoutMs;
/** Shorter than a request, so that a broker whose replicas are slow says for which partitions before nobody listens any more. */
const replicationMs = requestTimeoutMs - 1000;

interface Connected {
  readonly wire: Wire;
  readonly broker: Promise<Broker>;
}

/** A request without an answer ends the connection, and the next one makes a new one: it is cheaper to connect than to know what still works. */
export function createBrokerLine(settings: KafkaSettings, topic: string, nodeId: string): BrokerLine {
  let connected: Connected | undefined;
  let closed = false;

  async function use<T>(work: (broker: Broker) => Promise<T>): Promise<T> {
    if (closed) throw new Error('the line is closed');
    const used = (connected ??= connect());
    try {
      return await within(hangMs, used.broker.then(work), () => new Error('KafkaJS did not settle a request'));
    } catch (error) {
      // An answer, if not the one wished for, and others may wait for theirs.
      if (error instanceof ProduceError) throw error;
      used.wire.cut();
      if (connected === used) connected = undefined;
      throw error;
    }
  }

  function reset(): void {
    connected?.wire.cut();
    connected = undefined;
  }

  function connect(): Connected {
    const wire = createWire();
    return { wire, broker: brokerOf(clusterOver(wire, settings), topic, nodeId) };
  }

  return {
    produce: (parcels) => use((broker) => produce(broker, topic, parcels, replicationMs)),
    producerId: () => use(initProducerId),
    reset,
    close: () => {
      closed = true;
      reset();
    },
  };
}

async function brokerOf(cluster: Cluster, topic: string, nodeId: string): Promise<Broker> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]); // which is how the addresses of the brokers are learnt
  return cluster.findBroker({ nodeId });
}
