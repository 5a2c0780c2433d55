import { OperationalError } from '../../schemas/index.ts';
import type { LocalKafka } from './local-kafka.ts';

/** A broker that somebody else runs: we use it and never touch it. */
export function existingBrokers(bootstrap: string): LocalKafka {
  const refuse = (what: string): Promise<never> =>
    Promise.reject(
      new OperationalError('BROKER_NOT_OURS', `cannot ${what} the broker that KAFKA_BROKERS names (${bootstrap}): somebody else runs it`, {
        retryable: false,
        cure: 'Unset KAFKA_BROKERS to let a local broker be started',
      }),
    );
  return {
    bootstrap,
    kind: 'existing',
    stop: () => Promise.resolve(),
    kill: () => refuse('kill'),
    restart: () => refuse('restart'),
    wipe: () => refuse('wipe'),
  };
}
