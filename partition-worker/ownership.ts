/** Keeps one owner for each partition the group has given this worker, and none for the others. */
import type { GroupListener } from '../engine/log/index.ts';
import { notOwner, PartitionOwner, type OwnerEnvironment, type OwnerPhase, type Tenure } from './owner/index.ts';

export interface PartitionReport {
  readonly partition: number;
  readonly phase: OwnerPhase;
  readonly epoch: number | null;
  readonly inboxDepth: number;
  readonly fault: string | null;
}

export class Ownership implements GroupListener {
  private readonly owners = new Map<number, PartitionOwner>();
  /** The end of the last owner of each partition: its store must be closed before the next opens it. */
  private readonly ends = new Map<number, Promise<void>>();
  private readonly environment: OwnerEnvironment;
  private readonly onFailed: (error: Error) => void;
  /** When the last request that the group answered well was sent, by the monotonic clock: the lease counts from there. */
  private aliveAtMs = -Infinity;
  private draining = false;

  constructor(environment: OwnerEnvironment, onFailed: (error: Error) => void) {
    this.environment = environment;
    this.onFailed = onFailed;
  }

  assigned(partition: number): void {
    if (this.draining || this.owners.has(partition)) return;
    const owner = new PartitionOwner(this.environment, partition, this.ends.get(partition) ?? Promise.resolve());
    this.owners.set(partition, owner);
    this.ends.set(partition, owner.stopped);
  }

  revoked(partition: number): void {
    this.owners.get(partition)?.release();
    this.owners.delete(partition);
  }

  alive(sentAgoMs: number): void {
    const sentAtMs = this.environment.runtime.monotonicMs() - sentAgoMs;
    this.aliveAtMs = Math.max(this.aliveAtMs, sentAtMs);
    for (const owner of this.owners.values()) owner.alive(sentAtMs);
  }

  failed(error: Error): void {
    for (const owner of this.owners.values()) owner.release();
    this.onFailed(error);
  }

  /** True when it is a member and works all it was given. */
  get settled(): boolean {
    return this.aliveAtMs > -Infinity && [...this.owners.values()].every((owner) => owner.phase === 'active');
  }

  /** @throws OperationalError `NOT_OWNER`: not owned, not active, or not sure to be the owner (SEMANTICS R5). */
  tenureOf(partition: number): Tenure {
    const tenure = this.owners.get(partition)?.tenure;
    const sinceAliveMs = this.environment.runtime.monotonicMs() - this.aliveAtMs;
    if (tenure === undefined || sinceAliveMs > this.environment.leaseMs) throw notOwner(partition);
    return tenure;
  }

  report(): readonly PartitionReport[] {
    return [...this.owners.values()].map(({ partition, phase, tenure, fault }) => ({
      partition,
      phase,
      epoch: tenure?.state.epoch ?? null,
      inboxDepth: tenure?.inboxDepth ?? 0,
      fault: fault === undefined ? null : faultText(fault),
    }));
  }

  /** Takes no more commands, starts no more activities, accepts no more partitions. */
  drain(): void {
    this.draining = true;
    for (const owner of this.owners.values()) owner.drain();
  }

  /** Commits what came in and lets everything go. */
  async end(): Promise<void> {
    for (const owner of this.owners.values()) owner.finish();
    await Promise.all(this.ends.values());
    this.owners.clear();
  }
}

/** With the code, when it has one: it is what an operator looks up. */
function faultText(fault: Error): string {
  return 'code' in fault && typeof fault.code === 'string' ? `${fault.code}: ${fault.message}` : fault.message;
}
