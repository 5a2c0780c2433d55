/** Puts a client together: over Kafka, over HTTP alone, or inside a worker's process. */
import { partitionOf, type WorkerReads } from '../../schemas/index.ts';
import { CommandBatcher, createOwnerDirectory } from '../../engine/log/index.ts';
import { fixedAddresses, memberAddresses, type Addresses } from './addresses.ts';
import { Client, type ClientParts } from './client.ts';
import { checkedConverter, durationMs, type DataConverter, type Duration } from '../values/index.ts';
import { createHttpReads } from './http-reads.ts';
import { Lifetime } from './lifetime.ts';
import { httpOrders, logOrders } from './orders.ts';
import type { DurableClient } from './types.ts';

export interface ClientSettings {
  /** How long an order waits for its answer before its outcome counts as unknown. Default 30 s. */
  readonly commandTimeout?: Duration;
  /** How long a call goes on trying while no worker answers. Default 30 s: longer than the takeover from a worker that died. */
  readonly outageTimeout?: Duration;
  /** The version of orchestrations whose definition and call name none. Default: none. */
  readonly defaultVersion?: string;
  /** How values become JSON text and back; the workers' own. Default: JSON. */
  readonly dataConverter?: DataConverter;
}

/** Commands go through Kafka, readings to the workers' HTTP APIs: at `api`, or where the workers say they are. */
export interface KafkaClientOptions extends ClientSettings {
  readonly brokers: string | readonly string[];
  readonly namespace: string;
  readonly api?: string | readonly string[];
}

/** Everything goes through the HTTP API of one worker, or of the first of several that answers. */
export interface HttpClientOptions extends ClientSettings {
  readonly api: string | readonly string[];
  readonly brokers?: never;
}

/** Commands and readings of the worker in this process. Closing the client leaves them open. */
export interface InProcessClientOptions extends ClientSettings {
  readonly commands: CommandBatcher;
  readonly reads: WorkerReads;
}

const commandTimeoutMs = 30_000;
const outageTimeoutMs = 30_000;

/**
 * Connects a client.
 *
 *     await using client = await createClient({ api: 'http://127.0.0.1:8080' });
 *     const handle = await client.scheduleNewOrchestration(hello, 'Tokyo');
 *     console.log(await handle.result());
 *
 * @throws OperationalError `BROKER_UNREACHABLE` and what else Kafka says; `API_ADDRESS_INVALID`.
 */
export async function createClient(options: KafkaClientOptions | HttpClientOptions): Promise<DurableClient> {
  return options.brokers === undefined ? overHttp(options) : await overKafka(options);
}

/** A client inside a worker's process: no connection of its own. */
export function createInProcessClient(options: InProcessClientOptions): DurableClient {
  const { commands, reads } = options;
  return new Client({ ...settingsOf(options), orders: logOrders(commands), reads, close: () => Promise.resolve() });
}

function overHttp(options: HttpClientOptions): DurableClient {
  const settings = settingsOf(options);
  const addresses = fixedAddresses(listOf(options.api));
  const orders = httpOrders(addresses, settings.lifetime);
  const reads = createHttpReads(addresses);
  const close = (): Promise<void> => {
    orders.close();
    reads.close();
    return Promise.resolve();
  };
  return new Client({ ...settings, orders, reads, close });
}

async function overKafka(options: KafkaClientOptions): Promise<DurableClient> {
  const settings = settingsOf(options);
  // Loaded here, so that a client over HTTP does without KafkaJS.
  const { connectKafkaClient } = await import('../../engine/log/kafka/index.ts');
  const kafka = await connectKafkaClient({ brokers: listOf(options.brokers), namespace: options.namespace });
  const commands = new CommandBatcher(kafka.sink, { overloadedCode: 'CLIENT_OVERLOADED' });
  const directory = createOwnerDirectory({ members: () => kafka.members(), monotonicMs: () => performance.now() });
  const addresses: Addresses =
    options.api === undefined
      ? memberAddresses(directory, (instanceId) => partitionOf(instanceId, commands.partitions))
      : fixedAddresses(listOf(options.api));
  const reads = createHttpReads(addresses);
  const close = async (): Promise<void> => {
    reads.close();
    await kafka.close();
  };
  return new Client({ ...settings, orders: logOrders(commands), reads, close });
}

function settingsOf(options: ClientSettings): Pick<ClientParts, 'commandTimeoutMs' | 'converter' | 'defaultVersion' | 'lifetime'> {
  return {
    lifetime: new Lifetime(durationMs(options.outageTimeout ?? outageTimeoutMs, 'outageTimeout')),
    commandTimeoutMs: durationMs(options.commandTimeout ?? commandTimeoutMs, 'commandTimeout'),
    defaultVersion: options.defaultVersion ?? '',
    converter: checkedConverter(options.dataConverter),
  };
}

/** One, several, or several in one text with commas between, as in an environment variable. */
function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
}
