import { expect, test, vi } from 'vitest';
import { brokers } from './broker.ts';
import { deploy } from './deployment.ts';
import { runsIn, sequence, stepsOfASequence } from './e2e-programs.ts';
import { eventsByInstance, foldHistory } from './folded-history.ts';
import { sequenceFault, sequenceFaultOf } from './sequence-check.ts';

const instances = 200;

test('[L6] kill -9 of one of two workers, 200 sequences of five steps: all complete once, each step has one result, no event is missing', async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions: 8 });
  const { client, journal } = deployment;
  const [killed, survivor] = await Promise.all([deployment.start('a'), deployment.start('b')]);
  await deployment.settled(killed, survivor);
  const handles = await Promise.all(
    Array.from({ length: instances }, (_, at) =>
      client.scheduleNewOrchestration(sequence, { seed: `s${String(at)}:`, delayMs: 100 }, { instanceId: `crash-${String(at)}` }),
    ),
  );
  // Asked before the owner dies, answered after: a wait outlives its owner.
  const completions = handles.map((handle) => client.waitForOrchestrationCompletion(handle));
  await vi.waitFor(() => expect(runsIn(journal).length).toBeGreaterThan((instances * stepsOfASequence) / 3), {
    timeout: 30_000,
    interval: 10,
  });
  await killed.end('SIGKILL');
  expect(survivor.running).toBe(true);

  for (const [at, completion] of completions.entries())
    expect(await completion).toMatchObject({ runtimeStatus: 'Completed', output: `s${String(at)}:12345` });

  const byKilled = runsIn(journal).filter(({ pid }) => pid === killed.pid);
  const bySurvivor = runsIn(journal).filter(({ pid }) => pid === survivor.pid);
  expect(byKilled.length).toBeGreaterThan(0);
  expect(bySurvivor.length).toBeGreaterThan(0);
  // A step runs a second time only if its first run, or the commit of its result, was cut off: at most one of each sequence.
  const twice = new Map<string, number>();
  for (const { instanceId, step } of byKilled)
    if (bySurvivor.some((run) => run.instanceId === instanceId && run.step === step))
      twice.set(instanceId, (twice.get(instanceId) ?? 0) + 1);
  expect([...twice.values()].filter((count) => count > 1)).toEqual([]);
  expect(new Set(runsIn(journal).map(({ instanceId, step }) => `${instanceId} ${String(step)}`)).size).toBe(instances * stepsOfASequence);

  for (const handle of handles) expect(await sequenceFaultOf(handle.history())).toBeUndefined();
  const recorded = eventsByInstance(await foldHistory(brokers(), deployment.namespace));
  expect(recorded.size).toBe(instances);
  for (const events of recorded.values()) expect(sequenceFault(events)).toBeUndefined();
});
