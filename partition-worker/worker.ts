/**
 * One worker: the owners of its partitions, their common activities, and the readers' way to them.
 *
 *  1. What it owns follows the group's signals; whether its writes count is decided by the log alone (L1–L5).
 *  2. Stopping hands over: no more commands, activities in flight get a grace, the last commits are acked, then the group is left.
 */
import { partitionOf, type InstanceId, type WorkerReads } from '../schemas/index.ts';
import type { Group } from '../engine/log/index.ts';
import type { ActivityHost } from '../engine/program/index.ts';
import { createActivityDispatch } from './dispatch/index.ts';
import { activitiesRunningMax, hotInstancesMax } from './limits.ts';
import {
  notOwner,
  PartitionOwner,
  readAnswer,
  readHistory,
  readState,
  readWait,
  waitForCommand,
  type OwnerEnvironment,
  type OwnerPhase,
  type Tenure,
} from './owner/index.ts';

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

export interface PartitionReport {
  readonly partition: number;
  readonly phase: OwnerPhase;
  readonly epoch: number | null;
  readonly inboxDepth: number;
  readonly fault: string | null;
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
  const { group, runtime, log, leaseMs } = options;
  const activities = createActivityDispatch(options.activityHost, options.activitiesRunningMax ?? activitiesRunningMax);
  const environment: OwnerEnvironment = { ...options, activities, hotInstancesMax: options.hotInstancesMax ?? hotInstancesMax };
  const owners = new Map<number, PartitionOwner>();
  /** The end of the last owner of each partition: its store must be closed before the next opens it. */
  const ends = new Map<number, Promise<void>>();
  let aliveAtMs = -Infinity;
  let joined = false;
  let stopping = false;

  const listener = {
    assigned(partition: number): void {
      if (stopping || owners.has(partition)) return;
      const owner = new PartitionOwner(environment, partition, ends.get(partition) ?? Promise.resolve());
      owners.set(partition, owner);
      ends.set(partition, owner.stopped);
    },
    revoked(partition: number): void {
      owners.get(partition)?.release();
      owners.delete(partition);
    },
    alive(): void {
      joined = true;
      aliveAtMs = runtime.monotonicMs();
      for (const owner of owners.values()) owner.alive();
    },
    failed(error: Error): void {
      for (const owner of owners.values()) owner.release();
      options.onFailed(error);
    },
  };

  /** @throws OperationalError `NOT_OWNER`: not owned, not active, or not sure to be the owner (SEMANTICS R5). */
  function tenureOf(partition: number): Tenure {
    const tenure = owners.get(partition)?.tenure;
    if (tenure === undefined || runtime.monotonicMs() - aliveAtMs > leaseMs) throw notOwner(partition);
    return tenure;
  }
  const home = (instanceId: string): number => partitionOf(instanceId, log.partitions);

  const reads: WorkerReads = {
    answer: async (place, timeoutMs) => await readAnswer(tenureOf(place.partition), place.offset, timeoutMs),
    async state(instanceId, after) {
      const tenure = tenureOf(home(instanceId));
      await waitForCommand(tenure, after);
      return await readState(tenure, instanceId as InstanceId);
    },
    async history(instanceId, { from = 1, limit = 500, after } = {}) {
      const tenure = tenureOf(home(instanceId));
      await waitForCommand(tenure, after);
      return await readHistory(tenure, instanceId as InstanceId, from, limit);
    },
    async wait(instanceId, what, timeoutMs, after) {
      const tenure = tenureOf(home(instanceId));
      await waitForCommand(tenure, after);
      return await readWait(tenure, instanceId as InstanceId, what, timeoutMs);
    },
  };

  async function drained(graceMs: number): Promise<void> {
    for (const owner of owners.values()) owner.drain();
    if (activities.running === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = runtime.after(graceMs, resolve);
      activities.onIdle(() => {
        cancel();
        resolve();
      });
    });
  }

  return {
    reads,
    start: () => group.join(listener),
    ready: () => joined && !stopping && [...owners.values()].every((owner) => owner.phase === 'active'),
    report: () =>
      [...owners.values()].map((owner) => ({
        partition: owner.partition,
        phase: owner.phase,
        epoch: owner.tenure?.state.epoch ?? null,
        inboxDepth: owner.tenure?.inboxDepth ?? 0,
        fault: owner.fault === undefined ? null : String(owner.fault),
      })),
    async stop(graceMs) {
      stopping = true;
      await drained(graceMs);
      for (const owner of owners.values()) owner.finish();
      await Promise.all(ends.values());
      owners.clear();
      await group.leave();
      await log.close();
    },
  };
}
