/** A worker comes back to a long log without its cache: how long until it is ready. */
import { round } from './figures.ts';
import type { Flags } from './flags.ts';
import type { Report } from './report.ts';
import type { System } from './system.ts';
import { chained, expect, manyAtOnce } from './workloads.ts';

const eventsDefault = 100_000;

/** A system of one partition, filled with completed workflows and restarted `reps` times. */
export async function restart(system: System, report: Report, flags: Flags): Promise<void> {
  const wanted = flags.n ?? eventsDefault;
  let last = await chained(system);
  const eventsEach = (await system.client.getOrchestrationState(last))?.historyLength ?? 0;
  const workflows = Math.ceil(wanted / eventsEach);
  await manyAtOnce(workflows - 1, flags.inFlight, async () => (last = await chained(system)));
  for (let rep = 0; rep < flags.reps; rep++) {
    report.watch();
    const { readyMs, processMs } = await system.restartWithoutCache();
    report.measured('restart', {
      rep,
      events: workflows * eventsEach,
      workflows,
      seconds: round(readyMs / 1_000, 2),
      processSeconds: processMs === null ? null : round(processMs / 1_000, 2),
    });
    expect((await system.client.getOrchestrationState(last))?.runtimeStatus, 'Completed');
    await chained(system);
  }
}

export const restartPartitions = 1;
