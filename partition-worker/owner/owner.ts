/**
 * Owns one partition as long as the group says so: takes it, works it, and takes it again when the log tells a doubt (L5).
 *
 *  1. Fenced, or a claim lost: it claims again only after a sign of membership asked for later than the fencing, and only while assigned.
 *  2. Unknown: the producer and everything in memory are gone; after a back-off the log is read again and says what happened.
 *  3. Broken: the partition stays stopped in this worker, with the evidence logged; it does not loop.
 *  4. The store is opened by one tenure at a time; the next waits for the last one's end.
 */
import { BrokenError, OperationalError } from '../../schemas/index.ts';
import { createPartitionCache, type PartitionCache } from '../../engine/state/index.ts';
import type { PartitionLog } from '../../engine/log/index.ts';
import { retakeFirstMs, retakeLongestMs } from '../limits.ts';
import type { OwnerEnvironment } from './environment.ts';
import { takeOver } from './takeover.ts';
import { Tenure, type TenureEnd } from './tenure.ts';

export type OwnerPhase = 'taking' | 'active' | 'waiting' | 'broken' | 'stopped';

type Round = TenureEnd | { readonly kind: 'unwanted' };

export class PartitionOwner {
  readonly partition: number;
  phase: OwnerPhase = 'taking';
  /** Why it is broken. */
  fault: Error | undefined;
  tenure: Tenure | undefined;
  /** Settles when nothing of this owner runs any more. */
  readonly stopped: Promise<void>;
  private readonly environment: OwnerEnvironment;
  private wanted = true;
  private waitsForSignSinceMs: number | undefined;
  private nextSign: (() => void) | undefined;
  private log: PartitionLog | undefined;

  /** `after`: the end of the partition's last owner in this process. */
  constructor(environment: OwnerEnvironment, partition: number, after: Promise<void>) {
    this.environment = environment;
    this.partition = partition;
    this.stopped = after.then(() => this.run());
  }

  /** A sign of membership: a join or heartbeat succeeded that was sent at `sentAtMs` of the monotonic clock. */
  alive(sentAtMs: number): void {
    if (this.waitsForSignSinceMs === undefined || sentAtMs < this.waitsForSignSinceMs) return;
    this.waitsForSignSinceMs = undefined;
    this.nextSign?.();
  }

  /** Takes no more commands and starts no more activities; a partition still being taken is let go. */
  drain(): void {
    if (this.tenure === undefined) this.release();
    else this.tenure.drain();
  }

  /** Stops once what came in is committed; to be called after `drain`. */
  finish(): void {
    if (this.tenure === undefined) {
      this.release();
      return;
    }
    this.wanted = false;
    this.tenure.finish();
  }

  /** Stops after the commit in flight; nothing new is begun. Safe to call more than once. */
  release(): void {
    this.wanted = false;
    if (this.tenure === undefined) this.log?.close();
    else this.tenure.release();
    this.nextSign?.();
  }

  private async run(): Promise<void> {
    let backOffMs = retakeFirstMs;
    while (this.wanted) {
      const beganMs = this.environment.runtime.monotonicMs();
      const round = await this.round();
      // Not as soon as it is taken: where every first commit fails (a full disk), each round would leave a claim in the log, 20 a second.
      if (this.environment.runtime.monotonicMs() - beganMs > retakeLongestMs) backOffMs = retakeFirstMs;
      if (round.kind === 'released' || round.kind === 'unwanted') break;
      if (round.kind === 'broken') {
        this.fault = round.cause instanceof Error ? round.cause : new Error(String(round.cause));
        this.report('error', 'partition stopped', { why: String(round.cause), evidence: round.cause });
        this.phase = 'broken';
        return;
      }
      this.phase = 'waiting';
      if (round.kind === 'fenced') {
        this.report('warn', 'fenced by another worker', {});
        await this.signOfMembership();
        backOffMs = retakeFirstMs;
      } else {
        this.report('warn', 'outcome unknown, taking the partition again', { why: String(round.cause) });
        await this.pause(backOffMs);
        backOffMs = Math.min(backOffMs * 2, retakeLongestMs);
      }
    }
    this.phase = 'stopped';
  }

  private async round(): Promise<Round> {
    let cache: PartitionCache | undefined;
    this.phase = 'taking';
    try {
      const store = await this.environment.stores.open(this.partition, (why) => {
        this.report('warn', 'cache rebuilt from the log', { why });
      });
      cache = createPartitionCache(store, this.environment.cacheGatheredBytesMax);
      this.log = this.environment.log.open(this.partition);
      return await this.takeAndWork(this.log, cache);
    } catch (error) {
      // No reader may take a cache that is being cleared for one without its instance.
      this.tenure = undefined;
      return await this.judge(error, cache);
    } finally {
      this.tenure = undefined;
      this.log?.close();
      this.log = undefined;
      await cache?.close().catch(() => undefined);
    }
  }

  private async takeAndWork(log: PartitionLog, cache: PartitionCache): Promise<Round> {
    const { runtime, workerName, cacheAgeMaxMs } = this.environment;
    const startedMs = runtime.monotonicMs();
    const wanted = (): boolean => this.wanted;
    const taken = await takeOver({
      partition: this.partition,
      partitions: this.environment.log.partitions,
      log,
      cache,
      runtime,
      cacheAgeMaxMs,
      workerName,
      wanted,
    });
    if (taken.kind !== 'active') return taken;
    if (!this.wanted) return { kind: 'unwanted' };
    this.tenure = new Tenure({ environment: this.environment, partition: this.partition, log, cache, taken });
    this.report('info', 'partition taken', {
      epoch: taken.epoch,
      recordsRead: taken.recordsRead,
      tookMs: Math.round(runtime.monotonicMs() - startedMs),
    });
    this.phase = 'active';
    return await this.tenure.run();
  }

  /** What an error means for the partition. A damaged cache is cleared here, so that the next round folds the log again. */
  private async judge(error: unknown, cache: PartitionCache | undefined): Promise<Round> {
    if (!this.wanted) return { kind: 'unwanted' };
    if (error instanceof OperationalError && error.code === 'CACHE_CORRUPT') {
      this.report('warn', 'cache rebuilt from the log', { why: error.message });
      await cache?.clear().catch(() => undefined);
      return { kind: 'unknown', cause: error };
    }
    if (error instanceof OperationalError && error.retryable) return { kind: 'unknown', cause: error };
    if (error instanceof OperationalError || error instanceof BrokenError) return { kind: 'broken', cause: error };
    return {
      kind: 'broken',
      cause: new BrokenError('UNEXPECTED', `partition ${String(this.partition)}: ${String(error)}`, { cause: error }),
    };
  }

  private async signOfMembership(): Promise<void> {
    this.waitsForSignSinceMs = this.environment.runtime.monotonicMs();
    while (this.waits())
      await new Promise<void>((resolve) => {
        this.nextSign = resolve;
      });
  }

  /** A method, because both change while it is awaited and the compiler would believe the last assignment. */
  private waits(): boolean {
    return this.wanted && this.waitsForSignSinceMs !== undefined;
  }

  private async pause(ms: number): Promise<void> {
    if (!this.wanted) return;
    await new Promise<void>((resolve) => {
      const cancel = this.environment.runtime.after(ms, resolve);
      this.nextSign = () => {
        if (this.wanted) return;
        cancel();
        resolve();
      };
    });
  }

  private report(level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>): void {
    this.environment.runtime.log(level, event, { partition: this.partition, ...fields });
  }
}
