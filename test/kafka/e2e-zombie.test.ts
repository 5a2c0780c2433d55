import { expect, test, vi } from 'vitest';
import type { InstanceSnapshot } from '../../schemas/index.ts';
import { brokers } from './broker.ts';
import { deploy } from './deployment.ts';
import { runsIn, sequence } from './e2e-programs.ts';
import { eventsByInstance, foldHistory } from './folded-history.ts';
import type { WorkerProcess } from './processes.ts';
import { sequenceFault } from './sequence-check.ts';

const sessionTimeoutMs = 2_000;

/** By this a worker answers of what it owns, without asking another. */
const alone = { 'x-perdure-forwarded': '1' };

/** What a worker says of an instance: a snapshot, or the code of its refusal. */
async function said(worker: WorkerProcess, path: string, headers: Record<string, string> = alone): Promise<InstanceSnapshot | string> {
  const answer = await fetch(worker.apiUrl + path, { headers });
  const body = (await answer.json()) as InstanceSnapshot | { error: { code: string } };
  return 'error' in body ? body.error.code : body;
}

test('[L2][L5][R5] an owner stopped for longer than its session: what it writes when it wakes counts for nothing, it never answers with old state, and it joins again', async () => {
  await using deployment = await deploy({ brokers: brokers(), partitions: 4, sessionTimeoutMs });
  const { client } = deployment;
  const [zombie, heir] = await Promise.all([deployment.start('zombie'), deployment.start('heir')]);
  await deployment.settled(zombie, heir);
  const owned = await deployment.partitionsOf(zombie);
  // Its commits have higher numbers than its heir's will have: only their writer tells that they do not count.
  for (const id of deployment.idsOn(owned, 'warm', 60)) {
    const handle = await client.scheduleNewOrchestration(sequence, { seed: '', delayMs: 0 }, { instanceId: id });
    await handle.result();
  }
  const warm = runsIn(deployment.journal).length;
  const ids = deployment.idsOn(owned, 'zombie', 20);
  for (const id of ids) await client.scheduleNewOrchestration(sequence, { seed: `${id}:`, delayMs: 150 }, { instanceId: id });
  await vi.waitFor(() => expect(runsIn(deployment.journal).length).toBeGreaterThan(warm + ids.length), { interval: 5, timeout: 20_000 });

  // A reading that waits at the zombie while it sleeps: what it knew then is old when it wakes.
  const asked = said(zombie, `/v1/instances/${ids[0] ?? ''}/wait?for=completion&timeout=${String(sessionTimeoutMs / 2)}`);
  // Sent after it and answered: so it has been heard before the zombie is stopped.
  expect(await said(zombie, `/v1/instances/${ids[0] ?? ''}`)).toMatchObject({ runtimeStatus: 'Running' });
  zombie.signal('SIGSTOP');
  for (const partition of owned) await heir.heard((line) => line.event === 'partition taken' && line['partition'] === partition);
  for (const id of ids)
    expect(await client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: 'Completed', output: `${id}:12345` });
  const before = eventsByInstance(await foldHistory(brokers(), deployment.namespace));

  const woken = zombie.mark();
  zombie.signal('SIGCONT');
  // Asked at once and all the time until it has found out.
  const answers: (InstanceSnapshot | string)[] = [];
  const passedOn: (InstanceSnapshot | string)[] = [];
  const found = new AbortController();
  const asking = (async () => {
    while (!found.signal.aborted)
      for (const id of ids) {
        answers.push(await said(zombie, `/v1/instances/${id}`));
        passedOn.push(await said(zombie, `/v1/instances/${id}`, {}));
      }
  })();
  await zombie.heard((line) => line.event === 'group-joined', woken);
  await deployment.settled(zombie, heir);
  found.abort();
  await asking;

  const stale = [...answers, ...passedOn].filter((answer) => typeof answer !== 'string' && answer.runtimeStatus !== 'Completed');
  expect(stale).toEqual([]);
  expect(answers).toContain('NOT_OWNER');
  expect(['NOT_OWNER', 'UNAVAILABLE']).toContain(await asked);
  // It tried: the steps that were running when it was stopped returned when it woke.
  const after = await foldHistory(brokers(), deployment.namespace);
  expect(zombie.lines.slice(woken).map((line) => line.event)).toContain('fenced by another worker');
  expect(eventsByInstance(after)).toEqual(before);
  for (const id of ids) expect(sequenceFault(before.get(id) ?? [])).toBeUndefined();
  expect(after.reduce((sum, { voidFacts }) => sum + voidFacts, 0)).toBeGreaterThan(0);

  // Both work again, each for its share.
  for (const partition of [0, 1, 2, 3]) {
    const [id = ''] = deployment.idsOn([partition], 'later', 1);
    const handle = await client.scheduleNewOrchestration(sequence, { seed: 'x', delayMs: 0 }, { instanceId: id });
    expect(await handle.result()).toBe('x12345');
  }
  const late = runsIn(deployment.journal).filter(({ instanceId }) => instanceId.startsWith('later'));
  expect(new Set(late.map(({ pid }) => pid))).toEqual(new Set([zombie.pid, heir.pid]));
});
