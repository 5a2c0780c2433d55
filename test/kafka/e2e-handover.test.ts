import { expect, test } from 'vitest';
import { brokers } from './broker.ts';
import { deploy } from './deployment.ts';
import { runsIn, sequence, stepsOfASequence } from './e2e-programs.ts';
import { eventsByInstance, foldHistory } from './folded-history.ts';
import { sequenceFault } from './sequence-check.ts';

const rounds = 6;
const instancesARound = 40;

/** Handing over is told from dying by its time: a death is noticed after the session timeout. */
const sessionTimeoutMs = 10_000;

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

test('a worker told to end hands its partitions over, time after time: nothing is lost, nothing runs its steps twice', async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions: 8, sessionTimeoutMs });
  const { client, journal } = deployment;
  let stays = await deployment.start('0');
  let goes = await deployment.start('1');
  await deployment.settled(stays, goes);
  const ids: string[] = [];
  const handoverMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const owned = await deployment.partitionsOf(goes);
    expect(owned).toHaveLength(4);
    const mine = Array.from({ length: instancesARound }, (_, at) => `handed-${String(round)}-${String(at)}`);
    ids.push(...mine);
    await Promise.all(mine.map((id) => client.scheduleNewOrchestration(sequence, { seed: `${id}:`, delayMs: 60 }, { instanceId: id })));
    const mark = stays.mark();
    const toldAtMs = Date.now();
    const gone = goes.end('SIGTERM');
    const taken = await Promise.all(
      owned.map((partition) => stays.heard(({ event, partition: which }) => event === 'partition taken' && which === partition, mark)),
    );
    for (const line of taken) handoverMs.push(Date.parse(line.at) - toldAtMs);
    expect(await gone).toBe(0);
    for (const id of mine)
      expect(await client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: 'Completed', output: `${id}:12345` });
    // The one that stayed is the next to go.
    goes = stays;
    stays = await deployment.start(String(round + 2));
    await deployment.settled(stays, goes);
  }

  console.log(
    `handover of ${String(handoverMs.length)} partitions, SIGTERM to taken: p50 ${String(percentile(handoverMs, 0.5))} ms, ` +
      `p99 ${String(percentile(handoverMs, 0.99))} ms, ${handoverMs.join(' ')}`,
  );
  // By leaving, not by a session that ran out.
  expect(percentile(handoverMs, 1)).toBeLessThan(sessionTimeoutMs);
  const runs = runsIn(journal);
  // Steps end within the grace: each runs once.
  expect(runs).toHaveLength(rounds * instancesARound * stepsOfASequence);
  const recorded = eventsByInstance(await foldHistory(brokers(), deployment.namespace));
  expect([...recorded.keys()].sort()).toEqual([...ids].sort());
  for (const events of recorded.values()) expect(sequenceFault(events)).toBeUndefined();
}, 120_000);
