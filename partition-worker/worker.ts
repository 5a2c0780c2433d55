/**
 * One worker: the owners of its partitions, their common activities, and the readers' way to them.
 *
 *  1. What it owns follows the group's signals; whether its writes count is decided by the log alone (L1–L5).
 *  2. Stopping hands over: no more commands, activities in flight get a grace, the last commits are acked, then the group is left.
 */
import { partitionOf, type WorkerReads } from '../schemas/index.ts';
import type { Group } from '../engine/log/index.ts';
import type { ActivityHost } from '../engine/program/index.ts';
import { createActivityDispatch, type ActivityDispatch } from './dispatch/index.ts';
import { activitiesRunningMax, hotInstancesMax } from './limits.ts';
import type { OwnerEnvironment } from './owner/index.ts';
import { Ownership, type PartitionReport } from './ownership.ts';
import { createReads } from './reads.ts';
import type { Runtime } from './runtime.ts';

export interface PartitionWorkerOptions extends Omit<OwnerEnvironment, 'activities' | 'hotInstancesMax'> {
  readonly group: Group;
  readonly activityHost: ActivityHost;
  /** Default 100. */
  readonly activitiesRunningMax?: number;
  /** Default 10,000 a partition. */
  readonly hotInstancesMax?: number;
  /** The membership ended by itself: the worker cannot go on. */
  readonly onFailed: (error: Error) => void;
}

export interface PartitionWorker {
  readonly reads: WorkerReads;
  start(): Promise<void>;
  /** True when it is a member and every partition the group gave it is active. */
  ready(): boolean;
  report(): readonly PartitionReport[];
  /** Hands everything over. Activities still running get `graceMs` to finish; the next owner runs again what did not. */
  stop(graceMs: number): Promise<void>;
}

export function createPartitionWorker(options: PartitionWorkerOptions): PartitionWorker {
  const { group, log, runtime } = options;
  const activities = createActivityDispatch(options.activityHost, options.activitiesRunningMax ?? activitiesRunningMax);
  const environment: OwnerEnvironment = { ...options, activities, hotInstancesMax: options.hotInstancesMax ?? hotInstancesMax };
  const ownership = new Ownership(environment, options.onFailed);
  let stopping = false;
  return {
    reads: createReads(ownership, (instanceId) => partitionOf(instanceId, log.partitions)),
    start: () => group.join(ownership),
    ready: () => !stopping && ownership.settled,
    report: () => ownership.report(),
    async stop(graceMs) {
      stopping = true;
      ownership.drain();
      await idleWithin(activities, graceMs, runtime);
      await ownership.end();
      await group.leave();
      await log.close();
    },
  };
}

async function idleWithin(activities: ActivityDispatch, graceMs: number, runtime: Runtime): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = runtime.after(graceMs, resolve);
    activities.onIdle(() => {
      cancel();
      resolve();
    });
  });
}
