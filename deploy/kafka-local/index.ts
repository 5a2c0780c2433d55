/**
 * A real Kafka broker on this machine, for development, tests, demo and bench.
 *
 *  1. What is started here is reachable on 127.0.0.1 only, and `stop` ends everything that `start` began.
 *  2. A process is signalled only when its command line names our own configuration: a pid alone may have been given away.
 *  3. No broker means a thrown `BROKER_UNAVAILABLE`, never a quiet way round it.
 */
import { OperationalError } from '../../schemas/index.ts';
import { dockerAnswers, startContainer } from './container.ts';
import { existingBrokers } from './existing.ts';
import { missingTools } from './jars.ts';
import type { LocalKafka, LocalKafkaOptions } from './local-kafka.ts';
import { startProcesses } from './processes.ts';

export type { LocalKafka, LocalKafkaOptions } from './local-kafka.ts';

/**
 * Gives a broker that serves: the one `KAFKA_BROKERS` names, else a container where a Docker engine answers, else Apache Kafka's
 * own jars on this machine's Java.
 * @throws OperationalError `BROKER_UNAVAILABLE` when none of the three is there, or what was started does not come up
 */
export async function startBroker(options: LocalKafkaOptions = {}): Promise<LocalKafka> {
  const existing = process.env['KAFKA_BROKERS'];
  if (existing !== undefined && existing !== '' && options.own !== true) return existingBrokers(existing);
  if (options.nodes !== 3 && options.dir === undefined && (await dockerAnswers())) return startContainer(options);
  const missing = missingTools();
  if (missing.length > 0) {
    throw new OperationalError('BROKER_UNAVAILABLE', `no Kafka broker: no Docker engine answers, and ${missing.join(' and ')} not found`, {
      retryable: false,
      cure: 'Start Docker, install Java 17 or later and Maven, or set KAFKA_BROKERS to a running broker',
    });
  }
  return startProcesses(options);
}
