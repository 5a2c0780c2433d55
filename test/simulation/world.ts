/** Everything that exists in one run: the broker, the machines, the processes, and those who watch them. */
import { createMemoryBroker, type MemoryBroker, type TopicView } from '../../engine/log/memory/index.ts';
import { namespaceRecord } from '../../engine/log/index.ts';
import type { StoresSnapshot } from '../../engine/state/index.ts';
import { Digest } from './digest.ts';
import { Disk, tombstoneRetentionMs } from './disks.ts';
import { Faults } from './faults.ts';
import { hooksOf } from './hooks.ts';
import { PartitionJudge } from './partition-judge.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';
import { WorkerProcess, type SimulatedLimits } from './worker-process.ts';
import { Witness } from './witness.ts';

const machines = 4;

export interface Snapshot {
  readonly disk: number;
  readonly takenAtMs: number;
  readonly stores: StoresSnapshot;
}

export class World {
  readonly random: Random;
  readonly faults: Faults;
  readonly schedule: Schedule;
  readonly digest: Digest = new Digest();
  readonly partitions: number;
  readonly broker: MemoryBroker;
  readonly judges: readonly PartitionJudge[];
  readonly witness: Witness;
  readonly disks: readonly Disk[];
  readonly snapshots: Snapshot[] = [];
  processes: WorkerProcess[] = [];
  readonly violations: string[] = [];
  private readonly limits: SimulatedLimits;
  private started = 0;
  private trimmed = 0;
  /** The latest that each process's clock has shown. */
  private readonly clocks = new Map<string, number>();

  constructor(seed: number) {
    const random = new Random(seed);
    this.random = random;
    this.faults = new Faults(random);
    this.schedule = new Schedule(random, this.faults);
    const { faults, schedule } = this;
    const accuse = (what: string): void => void this.violations.push(what);
    this.partitions = 2 + random.below(2);
    this.limits = {
      commitBytesMax: random.chance(0.7) ? 1_500 + random.below(4_000) : 3_500_000,
      hotInstancesMax: random.chance(0.5) ? 1 + random.below(4) : 10_000,
      hotRunsMax: random.chance(0.5) ? random.below(3) : 10_000,
      cacheGatheredBytesMax: random.pick([1, 1, 3_000, 1_000_000]) ?? 1,
    };
    if (this.limits.hotInstancesMax === 1) this.faults.note('room for one instance');
    if (this.limits.hotRunsMax === 0) this.faults.note('room for no run');
    this.judges = Array.from({ length: this.partitions }, (_, partition) => {
      const commands = (): TopicView => this.broker.commands(partition);
      return new PartitionJudge({
        partition,
        partitions: this.partitions,
        faults,
        commands,
        clockMaxMsOf: (process) => this.clocks.get(process) ?? 0,
        accuse,
      });
    });
    this.broker = createMemoryBroker({
      partitions: this.partitions,
      assignment: 'manual',
      tombstoneRetention: tombstoneRetentionMs,
      firstRecord: namespaceRecord(this.partitions),
      hooks: hooksOf({ random, faults, schedule, messagesSent: (attempt) => this.witness.messagesSent(attempt) }),
      landed: (partition, records) => {
        for (const record of records) {
          this.digest.add(record.key ?? '');
          this.digest.addBytes(record.value);
        }
        this.judges[partition]?.land(records);
      },
    });
    this.witness = new Witness({ judges: this.judges, broker: this.broker, accuse });
    const { witness } = this;
    this.disks = Array.from({ length: machines }, (_, number) => new Disk(number, { random, faults, schedule, witness }));
  }

  accuse(what: string): void {
    this.violations.push(what);
  }

  /** Starts a process on a machine that has none. */
  spawn(disk: Disk): WorkerProcess {
    const { broker, random, faults, schedule, witness, limits } = this;
    const name = `w${String(disk.number)}.${String(++this.started)}`;
    const accuse = (what: string): void => {
      this.accuse(what);
    };
    const clockShown = (shown: string, nowMs: number): void => {
      if (nowMs > (this.clocks.get(shown) ?? 0)) this.clocks.set(shown, nowMs);
    };
    const process = new WorkerProcess({ name, disk, broker, random, faults, schedule, witness, limits, clockShown, accuse });
    this.processes.push(process);
    process.start();
    return process;
  }

  freeDisks(): readonly Disk[] {
    return this.disks.filter((disk) => !this.processes.some((process) => process.disk === disk));
  }

  kill(process: WorkerProcess): void {
    this.forget(process);
    process.kill();
  }

  /** The process has ended by itself. */
  forget(process: WorkerProcess): void {
    this.processes = this.processes.filter((other) => other !== process);
    this.schedule.frozen.delete(process.name);
  }

  assign(process: WorkerProcess, partition: number): void {
    process.holds.add(partition);
    this.broker.assign(process.name, partition);
  }

  revoke(process: WorkerProcess, partition: number): void {
    process.holds.delete(partition);
    this.broker.revoke(process.name, partition);
  }

  isFrozen(process: WorkerProcess): boolean {
    return this.schedule.frozen.has(process.name);
  }

  private checkTrims(): void {
    const trimmed = this.judges.reduce((sum, _, partition) => sum + this.broker.commands(partition).start, 0);
    if (trimmed === this.trimmed) return;
    this.trimmed = trimmed;
    this.faults.note('commands trimmed');
    this.witness.commandsTrimmed();
  }

  /** One thing happens, and all that follows from it at once. */
  async happen(): Promise<boolean> {
    const happening = this.schedule.happen();
    if (happening !== undefined) this.digest.add(`${happening.kind} ${happening.process ?? ''} ${String(happening.partition)}`);
    await this.schedule.settle();
    this.checkTrims();
    return happening !== undefined;
  }
}
