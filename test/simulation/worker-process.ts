/** One simulated worker process: the real worker, program and activity host, on a simulated machine. */
import type { Runtime } from '../../partition-worker/index.ts';
import { createPartitionWorker, type PartitionWorker } from '../../partition-worker/index.ts';
import type { ActivityHost } from '../../engine/program/index.ts';
import type { MemoryBroker, MemoryProcess } from '../../engine/log/memory/index.ts';
import { createActivityHost, createProgram } from '../../sdk/replay/index.ts';
import { cacheAgeMaxMs, type Disk } from './disks.ts';
import type { Faults } from './faults.ts';
import type { OrchestratorToRegister } from '../../sdk/define/index.ts';
import { activitiesOf, orchestrators } from './orchestrations.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Witness } from './witness.ts';

/** Bounds that are constants in production, drawn for one run so that a small world meets them. */
export interface SimulatedLimits {
  readonly commitBytesMax: number;
  readonly hotInstancesMax: number;
  readonly hotRunsMax: number;
  readonly cacheGatheredBytesMax: number;
}

export interface ProcessGiven {
  readonly name: string;
  readonly disk: Disk;
  readonly broker: MemoryBroker;
  readonly random: Random;
  readonly faults: Faults;
  readonly schedule: Schedule;
  readonly witness: Witness;
  readonly limits: SimulatedLimits;
  clockShown(process: string, nowMs: number): void;
  accuse(what: string): void;
}

export const commandsTopic: string = 'sim.commands';

export class WorkerProcess {
  readonly name: string;
  readonly disk: Disk;
  readonly worker: PartitionWorker;
  /** What the group has told it to own. */
  readonly holds: Set<number> = new Set();
  joined = false;
  /** It can run every orchestrator there is. */
  isComplete = true;
  stopping = false;
  private clockErrorMs: number;
  /** Activities that will not end before the faults do. */
  readonly hanging: (() => void)[] = [];
  private readonly memory: MemoryProcess;
  private readonly given: ProcessGiven;

  constructor(given: ProcessGiven) {
    const { name, disk, broker, random, faults, schedule, limits } = given;
    this.given = given;
    this.name = name;
    this.disk = disk;
    this.memory = broker.connect(name);
    this.clockErrorMs = faults.calm ? 0 : random.below(4_000) - 2_000;
    const runtime: Runtime = {
      nowMs: () => this.wallClockMs(),
      monotonicMs: () => schedule.nowMs,
      after: (delayMs, run) => schedule.after(name, delayMs, run),
      hex: (digits) => random.hex(digits),
      chance: () => random.next(),
      log: (level, event, fields) => {
        this.logged(level, event, fields ?? {});
      },
    };
    const host = createActivityHost({ activities: activitiesOf(() => this.activityEnds()) });
    this.worker = createPartitionWorker({
      log: this.memory.log,
      group: this.memory.group,
      stores: disk.openedBy(name),
      program: createProgram({ orchestrators: this.programs(), hotRunsMax: limits.hotRunsMax, drain: () => schedule.drain(name) }),
      activityHost: this.watched(host),
      runtime,
      workerName: name,
      commandsTopic,
      cacheAgeMaxMs,
      leaseMs: 6_000,
      hotInstancesMax: limits.hotInstancesMax,
      commitBytesMax: limits.commitBytesMax,
      cacheGatheredBytesMax: limits.cacheGatheredBytesMax,
      trimEveryCommands: 3,
      onFailed: (error) => {
        given.accuse(`${name} lost its membership: ${String(error)}`);
      },
    });
  }

  start(): void {
    void this.worker.start().then(() => (this.joined = true));
  }

  /** kill -9: what it sent may land, nothing else of it happens. Its disk stays. */
  kill(): void {
    this.given.schedule.bury(this.name);
    this.memory.kill();
    this.disk.stores.kill();
  }

  setClockBack(ms: number): void {
    this.clockErrorMs -= ms;
  }

  private wallClockMs(): number {
    const nowMs = this.given.schedule.nowMs + this.clockErrorMs;
    this.given.clockShown(this.name, nowMs);
    return nowMs;
  }

  /** A graceful stop; `done` when it has ended. */
  stop(graceMs: number, done: () => void): void {
    this.stopping = true;
    void this.worker.stop(graceMs).then(done, (error: unknown) => {
      this.given.accuse(`${this.name} cannot stop: ${String(error)}`);
    });
  }

  /** Whether some partition is stopped for good in this process. */
  brokenOn(partition: number): boolean {
    return this.worker.report().some((report) => report.partition === partition && report.phase === 'broken');
  }

  activeOn(partition: number): boolean {
    return this.worker.report().some((report) => report.partition === partition && report.phase === 'active');
  }

  /** In a deployment of mixed versions not every process can run everything. */
  private programs(): readonly OrchestratorToRegister[] {
    const { random, faults } = this.given;
    if (!faults.strikes('program missing in a process', 0.15)) return orchestrators;
    this.isComplete = false;
    return orchestrators.filter(() => random.chance(0.7));
  }

  private watched(host: ActivityHost): ActivityHost {
    const { witness, faults } = this.given;
    const run: ActivityHost['run'] = async (task, signal) => {
      if (witness.activityStarted(task)) faults.note('activity ran again');
      const outcome = await host.run(task, signal);
      if (signal.aborted) faults.note('activity result late');
      return outcome;
    };
    return { concurrencyOf: (name) => host.concurrencyOf(name), run };
  }

  private activityEnds(): Promise<void> {
    const { schedule, faults, name } = this.given;
    return new Promise((resolve) => {
      if (faults.strikes('activity never ended', 0.04)) this.hanging.push(resolve);
      else schedule.add({ kind: 'activity-ends', process: name, partition: null, run: resolve });
    });
  }

  private logged(level: string, event: string, fields: Readonly<Record<string, unknown>>): void {
    const { faults, accuse } = this.given;
    const why = String(fields['why']);
    if (event === 'cache rebuilt from the log' && why.endsWith('s old')) faults.note('cache too old');
    else if (event === 'instance stalled') {
      faults.note('instance stalled');
      if (fields['code'] !== 'OrchestratorNotRegistered') accuse(`an instance is stalled: ${String(fields['reason'])}`);
    }
    if (level !== 'error') return;
    const cause = fields['evidence'];
    const isInjected = cause instanceof Error && 'code' in cause && cause.code === 'BATCH_TOO_LARGE';
    if (!isInjected) accuse(`${this.name}: ${event}: ${String(fields['partition'])}: ${why}`);
  }
}
