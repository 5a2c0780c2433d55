import type { ConnectionOptions } from 'node:tls';
import { Kafka, logLevel, type LogEntry, type RetryOptions, type SASLOptions } from 'kafkajs';
import type { OnEvent } from './events.ts';
import { watchReach } from './reach.ts';
import type { Wire } from './wire.ts';

/** Where a namespace lives, and how to get in. */
export interface KafkaSettings {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[];
  /** The prefix of the topics. */
  readonly namespace: string;
  /** What the brokers' own logs call us. Default `perdure`. */
  readonly clientId?: string;
  /** TLS: true for the system's defaults. Default: plain text. */
  readonly ssl?: boolean | ConnectionOptions;
  /** How to log in: `plain`, `scram-sha-256`, `scram-sha-512`, `aws`, `oauthbearer`. Default: not at all. */
  readonly sasl?: SASLOptions;
  /** Told what goes on in the adapter. `debug` is very frequent while brokers come and go. Default: nobody is told. */
  readonly onEvent?: OnEvent;
}

export type { OnEvent };

/** A connection attempt to a broker that is there takes milliseconds, across regions with TLS some hundred. */
const connectionTimeoutMs = 3000;

/** Kafka answers in milliseconds; longer than a leader election is short of hopeless (measured: 1.8–4.5 s). */
export const requestTimeoutMs: number = 5000;

/**
 * Retries inside KafkaJS. `brisk` gives up soon, for callers with a loop and a deadline of their own. `steady` rides out
 * a broker's restart (5 s), for the group consumer: a new member has to wait until the old one's session ends. `patient` never does: its
 * only user, the history's own producers, must not be retried from outside (L5) and is ended by cutting its wire.
 */
export type Patience = 'brisk' | 'steady' | 'patient';
const retry: Readonly<Record<Patience, RetryOptions>> = {
  brisk: { initialRetryTime: 10, multiplier: 1.5, maxRetryTime: 200, retries: 4 },
  steady: { initialRetryTime: 10, multiplier: 1.5, maxRetryTime: 200, retries: 30 },
  patient: { initialRetryTime: 5, multiplier: 1.5, maxRetryTime: 200, retries: 1_000_000 },
};

/** A KafkaJS client whose sockets all run through `wire`. */
export function kafkaOver(wire: Wire, settings: KafkaSettings, patience: Patience): Kafka {
  return new Kafka({
    clientId: settings.clientId ?? 'perdure',
    // An empty list is the one answer that KafkaJS takes for final.
    brokers: () => (wire.isCut() ? [] : [...settings.brokers]),
    socketFactory: ({ host, port, ...rest }) => {
      const socket = wire.socket({ host, port, ...rest });
      if (settings.onEvent !== undefined) watchReach(socket, `${host}:${String(port)}`, () => wire.isCut(), settings.onEvent);
      return socket;
    },
    ...(settings.ssl === undefined ? {} : { ssl: settings.ssl }),
    ...(settings.sasl === undefined ? {} : { sasl: settings.sasl }),
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: retry[patience],
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      if (!wire.isCut()) tell(settings.onEvent, entry);
    },
  });
}

/** KafkaJS calls every hiccup an error that it mends by itself, and says it for each connection. What matters is told by ourselves. */
function tell(onEvent: OnEvent | undefined, { namespace, log }: LogEntry): void {
  onEvent?.('debug', 'kafkajs', { room: namespace, message: log.message });
}
