/** W1 to W4 of the work list. Ids are new in every run; what comes out is checked, so that nothing is fast by being wrong. */
import type { OrchestratorLike } from '../../sdk/index.ts';
import { minMedMax, quantile, round } from './figures.ts';
import type { Flags } from './flags.ts';
import { cpuSeconds, memoryMiB } from './processes.ts';
import { chain, fan, sequence } from './programs.ts';
import type { Report } from './report.ts';
import type { System } from './system.ts';

export interface Bench {
  readonly system: System;
  readonly report: Report;
  readonly flags: Flags;
}

const fanRuns = 5;
const fanWidth = 500;

/** Three activities in a row, one workflow at a time. */
export async function w1({ system, report, flags }: Bench): Promise<void> {
  for (let at = 0; at < 20; at++) await chained(system);
  report.watch();
  for (let rep = 0; rep < flags.reps; rep++) {
    const tookMs: number[] = [];
    for (let at = 0; at < (flags.n ?? 200); at++) tookMs.push(await timed(() => chained(system)));
    const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((part) => quantile(tookMs, part));
    report.measured('W1', { rep, p50: p50 ?? null, p95: p95 ?? null, p99: p99 ?? null, max: max ?? null });
  }
}

/** The same, many in flight. */
export async function w2({ system, report, flags }: Bench): Promise<void> {
  const n = flags.n ?? 2_000;
  const { inFlight } = flags;
  await manyAtOnce(100, 50, () => chained(system));
  report.watch();
  for (let rep = 0; rep < flags.reps; rep++) {
    const before = usedCpu(system);
    const latencyMs: number[] = [];
    const ms = await timed(() => manyAtOnce(n, inFlight, async () => latencyMs.push(await timed(() => chained(system)))));
    const after = usedCpu(system);
    const cpu = {
      server: difference(after.server, before.server),
      worker: difference(after.worker, before.worker),
      driver: after.driver - before.driver,
    };
    const { server, worker } = system.processes;
    report.measured('W2', {
      rep,
      n,
      inflight: inFlight,
      ms: round(ms),
      wfps: round((n / ms) * 1_000),
      actps: round(((3 * n) / ms) * 1_000),
      serverCpu: rounded(cpu.server),
      workerCpu: rounded(cpu.worker),
      driverCpu: round(cpu.driver, 2),
      cpuMsPerWf: round((1_000 * ((cpu.server ?? 0) + (cpu.worker ?? 0) + cpu.driver)) / n, 2),
      serverMB: sum(server?.map(memoryMiB) ?? [null]),
      workerMB: sum(worker.map(memoryMiB)),
      latP50: quantile(latencyMs, 0.5),
      latP99: quantile(latencyMs, 0.99),
    });
  }
}

/** 500 activities at once in one workflow. */
export async function w3({ system, report }: Bench): Promise<void> {
  await run(system, fan, 50);
  report.watch();
  const tookMs: number[] = [];
  for (let at = 0; at < fanRuns; at++) {
    tookMs.push(await timed(async () => expect(await run(system, fan, fanWidth), (fanWidth * (fanWidth - 1)) / 2)));
  }
  report.measured('W3', minMedMax(tookMs));
}

/** Long sequences of activities in one workflow. */
export async function w4({ system, report, flags }: Bench): Promise<void> {
  await run(system, sequence, 20);
  report.watch();
  for (const n of flags.sizes) {
    const tookMs: number[] = [];
    for (let rep = 0; rep < flags.reps; rep++) tookMs.push(await timed(async () => expect(await run(system, sequence, n), n)));
    const spread = minMedMax(tookMs);
    report.measured('W4', { n, ...spread, actps: round((n / spread.med) * 1_000) });
  }
}

/** Runs one workflow of three activities; gives its id. */
export async function chained(system: System): Promise<string> {
  const handle = await system.client.scheduleNewOrchestration(chain, 'you');
  expect(await handle.result(), 'hello hello hello you');
  return handle.instanceId;
}

/** Calls `work` n times, at most `width` at once; ends at the first failure. */
export async function manyAtOnce(n: number, width: number, work: () => Promise<unknown>): Promise<void> {
  let left = n;
  const one = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: Math.min(n, width) }, one));
}

async function run(system: System, orchestrator: OrchestratorLike<number, number>, input: number): Promise<number> {
  return await (await system.client.scheduleNewOrchestration(orchestrator, input)).result();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

export function expect<T>(found: T, wanted: T): void {
  if (found !== wanted) throw new Error(`a workflow gave ${String(found)} in place of ${String(wanted)}`);
}

/** CPU seconds so far. Where worker and driver are one process it counts as the worker's. */
function usedCpu({ processes: { server, worker } }: System): { server: number | null; worker: number | null; driver: number } {
  return {
    server: server === null ? null : sum(server.map(cpuSeconds)),
    worker: sum(worker.map(cpuSeconds)),
    driver: worker.includes(process.pid) ? 0 : (cpuSeconds(process.pid) ?? 0),
  };
}

const difference = (after: number | null, before: number | null): number | null =>
  after === null || before === null ? null : after - before;
const rounded = (value: number | null): number | null => (value === null ? null : round(value, 2));
/** Null when one is unknown. */
const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce((total, value) => (total === null || value === null ? null : total + value), 0);
