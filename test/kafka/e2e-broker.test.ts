import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBroker, type LocalKafka } from '../../deploy/kafka-local/index.ts';
import { createClient, OperationalError, OutcomeUnknownError, type DurableClient } from '../../sdk/client/index.ts';
import { deploy } from './deployment.ts';
import { sequence } from './e2e-programs.ts';
import { eventsByInstance, foldHistory } from './folded-history.ts';
import { sequenceFault } from './sequence-check.ts';

/** A broker of its own: the run's other tests must not lose theirs. */
let broker: LocalKafka;

beforeAll(async () => {
  // One that somebody else runs is not ours to kill.
  vi.stubEnv('KAFKA_BROKERS', '');
  broker = await startBroker();
}, 120_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await broker.stop();
});

type Outcome = 'accepted' | 'not started';

/** Starts an instance; an unknown outcome is repeated under the same command id until it is known. */
async function startSurely(client: DurableClient, id: string, heard: { unknown: number }): Promise<Outcome> {
  const options = { instanceId: id, commandId: `start ${id}` };
  for (let mayHaveStarted = false; ;) {
    try {
      await client.scheduleNewOrchestration(sequence, { seed: `${id}:`, delayMs: 20 }, options);
      return 'accepted';
    } catch (error) {
      if (!(error instanceof OperationalError) || !error.retryable) throw error;
      if (error instanceof OutcomeUnknownError) {
        mayHaveStarted = true;
        heard.unknown++;
      }
      // A repeat that was not sent says nothing of the call before.
      if (!mayHaveStarted) return 'not started';
    }
  }
}

test('[L5] kill -9 and restart of the broker under load: what a client heard as accepted completes exactly once, nothing else happens', async () => {
  const brokers = broker.bootstrap.split(',');
  await using deployment = await deploy({ brokers, partitions: 4, sessionTimeoutMs: 3_000 });
  await using client = await createClient({ brokers, namespace: deployment.namespace, commandTimeout: '10s' });
  const workers = await Promise.all([deployment.start('a'), deployment.start('b')]);
  await deployment.settled(...workers);

  const outcomes = new Map<string, Outcome>();
  const heard = { unknown: 0 };
  let going = true;
  let next = 0;
  const callers = Array.from({ length: 16 }, async () => {
    while (going) {
      const id = `load-${String(next++)}`;
      outcomes.set(id, await startSurely(client, id, heard));
    }
  });
  const accepted = (): number => [...outcomes.values()].filter((outcome) => outcome === 'accepted').length;
  await vi.waitFor(() => expect(accepted()).toBeGreaterThan(100), { timeout: 30_000, interval: 10 });
  await broker.kill(1);
  // Down for longer than sends and appends are retried: clients hear that an outcome is unknown, owners take their partitions again.
  await Promise.any(workers.map((worker) => worker.heard(({ event }) => event === 'outcome unknown, taking the partition again')));
  await vi.waitFor(() => expect(heard.unknown).toBeGreaterThan(0), { timeout: 30_000, interval: 50 });
  await broker.restart(1);
  const before = accepted();
  await vi.waitFor(() => expect(accepted()).toBeGreaterThan(before + 100), { timeout: 60_000, interval: 50 });
  going = false;
  await Promise.all(callers);

  const started = [...outcomes].filter(([, outcome]) => outcome === 'accepted').map(([id]) => id);
  for (const id of started)
    expect(await client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: 'Completed', output: `${id}:12345` });
  const recorded = eventsByInstance(await foldHistory(brokers, deployment.namespace));
  expect([...recorded.keys()].sort()).toEqual([...started].sort());
  for (const [id, events] of recorded) expect({ id, fault: sequenceFault(events) }).toEqual({ id, fault: undefined });
}, 180_000);

test('a start that is repeated under its command id, by whatever client, is one start', async () => {
  const brokers = broker.bootstrap.split(',');
  await using deployment = await deploy({ brokers, partitions: 1 });
  const { client } = deployment;
  await deployment.start('a');
  const options = { instanceId: 'once', commandId: 'the one' };
  for (let time = 0; time < 3; time++) await client.scheduleNewOrchestration(sequence, { seed: 'o', delayMs: 0 }, options);
  await client.waitForOrchestrationCompletion('once');
  await client.scheduleNewOrchestration(sequence, { seed: 'o', delayMs: 0 }, options);
  const recorded = eventsByInstance(await foldHistory(brokers, deployment.namespace));
  expect(sequenceFault(recorded.get('once') ?? [])).toBeUndefined();
});
