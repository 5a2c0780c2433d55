import { createMemoryStores, type MemoryStores } from '../../../engine/state/index.ts';
import { createNodeRuntime, createPartitionWorker, type PartitionWorker } from '../../../partition-worker/index.ts';
import { ControlledGroup, FaultyLog } from './faults.ts';
import { createTinyProgram, TinyHost } from './tiny-program.ts';
import type { ProtocolProcess, ProtocolWorld } from './world.ts';

export interface LogLine {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface NodeOptions {
  /** The disks of an earlier process. */
  readonly stores?: MemoryStores;
  /** How far its clock is ahead. */
  readonly aheadMs?: number;
  readonly cacheAgeMaxMs?: number;
}

export const dayMs: number = 24 * 3_600_000;

/** One worker process in a world, with everything a test may want to see of it or do to it. */
export class Node {
  readonly log: FaultyLog;
  readonly group: ControlledGroup;
  readonly host: TinyHost;
  readonly worker: PartitionWorker;
  readonly stores: MemoryStores;
  readonly lines: LogLine[] = [];
  private readonly process: ProtocolProcess;
  private waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
  private state: 'new' | 'running' | 'over' = 'new';

  constructor(name: string, process: ProtocolProcess, options: NodeOptions) {
    const changed = (): void => {
      this.changed();
    };
    this.process = process;
    this.log = new FaultyLog(process.log, changed);
    this.group = new ControlledGroup(process.group, changed);
    this.host = new TinyHost(changed);
    this.stores = options.stores ?? createMemoryStores();
    const runtime = createNodeRuntime((_level, event, fields) => {
      this.lines.push({ event, fields });
      changed();
    });
    const { aheadMs = 0 } = options;
    this.worker = createPartitionWorker({
      log: this.log,
      group: this.group,
      stores: this.stores,
      program: createTinyProgram(),
      activityHost: this.host,
      runtime: { ...runtime, nowMs: () => runtime.nowMs() + aheadMs },
      workerName: name,
      commandsTopic: 'test.commands',
      cacheAgeMaxMs: options.cacheAgeMaxMs ?? 3.5 * dayMs,
      leaseMs: Infinity,
      onFailed: (error) => {
        throw error;
      },
    });
  }

  async start(): Promise<this> {
    this.state = 'running';
    await this.worker.start();
    return this;
  }

  /** Resolves as soon as a condition over what happened to this node holds: tests wait for events, never for time. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ holds, resolve }));
  }

  /** Resolves when it has taken the partition `times` times. */
  taken(partition: number, times = 1): Promise<void> {
    return this.until(() => this.count('partition taken', partition) >= times);
  }

  count(event: string, partition: number): number {
    return this.lines.filter((line) => line.event === event && line.fields['partition'] === partition).length;
  }

  /** Dies as a process does: at once, in the middle of whatever it did. The group finds out. */
  async crash(): Promise<void> {
    this.state = 'over';
    this.log.die();
    this.stores.kill();
    this.group.deaf = true;
    this.group.muted = true;
    await this.process.group.leave();
  }

  async stop(): Promise<void> {
    if (this.state === 'running') {
      this.state = 'over';
      this.group.listen();
      await this.worker.stop(1_000);
    }
    await this.process.close();
  }

  private changed(): void {
    const met = this.waiting.filter(({ holds }) => holds());
    if (met.length === 0) return;
    this.waiting = this.waiting.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }
}

export async function openNode(world: ProtocolWorld, name: string, options: NodeOptions = {}): Promise<Node> {
  return new Node(name, await world.open(name), options);
}
