/**
 * Bringing a partition's state up to the log's end, from its cache or from nothing (L1, L9).
 *
 *  1. State changes by folding the log only; what is folded goes to the cache with the position it reaches, in one batch.
 *  2. A cache is thrown away, with a line saying why, when it is too old, damaged, or not of this log.
 *  3. Facts of an execution that sweeping has left holes in change no state: they wait in the cache for their own tombstones.
 *  4. The stamp is the last time the state was known to be the log's end: before a read that reached the end began.
 */
import {
  BrokenError,
  decodeHistory,
  isInstanceFact,
  OperationalError,
  type Fact,
  type HistoryRecord,
  type InstanceId,
  type InstanceStarted,
} from '../../schemas/index.ts';
import {
  emptyPartition,
  evolve,
  foldRecord,
  type ClosedFact,
  type FoldRecord,
  type InstanceState,
  type PartitionState,
  type Tip,
} from '../../engine/core/index.ts';
import type { LogRecord, Offset, PartitionLog } from '../../engine/log/index.ts';
import { CacheBatch, type PartitionCache } from '../../engine/state/index.ts';
import { hotInstancesMax, restoreChunkRecords } from '../limits.ts';
import type { Runtime } from '../runtime.ts';

export interface RestoreOptions {
  readonly partition: number;
  readonly log: PartitionLog;
  readonly cache: PartitionCache;
  readonly runtime: Runtime;
  /** Half of `delete.retention.ms`: an older cache may have missed a tombstone that is gone. */
  readonly cacheAgeMaxMs: number;
}

type Folded =
  | { readonly kind: 'closed'; readonly fact: ClosedFact }
  | { readonly kind: 'removed'; readonly key: string }
  | { readonly kind: 'voided'; readonly key: string };

export class Restore {
  state: PartitionState = emptyPartition();
  /** Events folded since the start, for the log line. */
  recordsRead = 0;
  /** When the state was last known to be the log's end. */
  stampMs = 0;
  /** No timer stands below it. */
  private timersFromMs = 0;
  private fromCache = false;
  private readonly instances = new Map<InstanceId, InstanceState>();
  private readonly options: RestoreOptions;

  constructor(options: RestoreOptions) {
    this.options = options;
  }

  /** Loads the cache's header, or starts from nothing. */
  async begin(): Promise<void> {
    const header = await this.options.cache.header();
    // Without a tip it was folded from a log that had no claim yet: nothing in it is worth a check.
    if (header === undefined || header.state.tip === null) {
      await this.startFromNothing(undefined);
      return;
    }
    this.state = header.state;
    this.stampMs = header.stampMs;
    this.timersFromMs = header.timersFrom;
    this.fromCache = true;
  }

  /** Reads and folds to the log's end; resolves with that end. */
  async toEnd(): Promise<Offset> {
    for (let age = this.tooOld(); ; age = this.tooOld()) {
      if (age !== undefined) await this.startFromNothing(age);
      const beganMs = this.options.runtime.nowMs();
      const fault = await this.readOnce();
      if (fault !== undefined) {
        await this.startFromNothing(fault);
        const second = await this.readOnce();
        if (second !== undefined) throw new OperationalError('LOG_TRUNCATED', second, { retryable: true });
      }
      // A process may stand still in the middle of a read: tombstones for what it had read before may be gone from what it read after.
      if (this.tooOld() !== undefined) continue;
      this.stampMs = beganMs;
      return this.state.position;
    }
  }

  private tooOld(): string | undefined {
    const { runtime, cacheAgeMaxMs } = this.options;
    const ageMs = runtime.nowMs() - this.stampMs;
    return Math.abs(ageMs) > cacheAgeMaxMs ? `it is ${String(Math.round(ageMs / 1000))} s old` : undefined;
  }

  /** One pass from the position to the end; answers why the state does not belong to this log, if it does not. */
  private async readOnce(): Promise<string | undefined> {
    const { log } = this.options;
    const check = this.fromCache ? new TipCheck(this.state.tip) : undefined;
    const from = check === undefined ? this.state.position : Math.min(check.offset, this.state.position);
    let end: Offset;
    try {
      end = await log.read(from, async (records) => {
        for (let at = 0; at < records.length; at += restoreChunkRecords)
          await this.absorb(records.slice(at, at + restoreChunkRecords), check);
      });
    } catch (error) {
      if (error instanceof OperationalError && error.code === 'LOG_TRUNCATED' && this.fromCache) return error.message;
      throw error;
    }
    if (end < this.state.position) return `the log ends at ${String(end)}, the cache at ${String(this.state.position)}`;
    if (check !== undefined && !check.holds) return 'the log does not hold the last commit the cache knows';
    if (this.state.strangers > 0) {
      if (this.fromCache) return 'the log has a writer whose claim the cache never saw';
      throw new BrokenError('HISTORY_DIVERGED', `partition ${String(this.options.partition)}: records by a writer without a claim`);
    }
    this.state.position = end;
    this.fromCache = false;
    return undefined;
  }

  private async absorb(records: readonly LogRecord[], check: TipCheck | undefined): Promise<void> {
    const folded: Folded[] = [];
    const sink = {
      closed: (fact: ClosedFact): void => void folded.push({ kind: 'closed', fact }),
      removed: (key: string): void => void folded.push({ kind: 'removed', key }),
      voided: (key: string): void => void folded.push({ kind: 'voided', key }),
    };
    for (const raw of records) {
      const record = decoded(raw);
      check?.see(record);
      if (raw.offset < this.state.position) continue;
      this.recordsRead++;
      foldRecord(this.state, record, sink);
    }
    await this.keep(folded);
  }

  private async keep(folded: readonly Folded[]): Promise<void> {
    await this.load(folded);
    const batch = new CacheBatch();
    const touched = new Set<InstanceId>();
    for (const step of folded) {
      if (step.kind === 'removed') batch.removed(step.key);
      else if (step.kind === 'voided') batch.voided(step.key);
      else {
        batch.closed(step.fact);
        const body = step.fact.body;
        if (isInstanceFact(body) && this.evolve(body, batch)) touched.add(body.instanceId);
      }
    }
    for (const id of touched) {
      const state = this.instances.get(id);
      if (state !== undefined) batch.instance(state);
    }
    batch.header(this.state, this.stampMs, this.timersFromMs);
    await this.options.cache.write(batch);
    while (this.instances.size > hotInstancesMax) {
      const oldest = this.instances.keys().next();
      if (oldest.done === true) break;
      this.instances.delete(oldest.value);
    }
  }

  /** False when the fact changes no state: it is of an execution that is being swept, or was swept but for this. */
  private evolve(fact: Fact, batch: CacheBatch): boolean {
    const before = this.instances.get(fact.instanceId);
    if (fact.kind === 'InstanceStarted') {
      if (before !== undefined) batch.ended(before);
      this.timerSet(fact.startAtMs);
      this.changed(evolve(isWholePredecessor(before, fact) ? before : undefined, fact));
      return true;
    }
    if (before?.executionId !== fact.executionId || fact.seq !== before.lastSeq + 1) return false;
    const { instanceId, executionId, startAtMs } = before;
    // The fact itself does not say when it was due.
    if (fact.kind === 'StartDue' && startAtMs !== null) batch.timerGone({ fireAtMs: startAtMs, instanceId, executionId, seq: 0 });
    if (fact.kind === 'TimerCreated') this.timerSet(fact.fireAtMs);
    this.changed(evolve(before, fact));
    return true;
  }

  private changed(next: InstanceState | undefined): void {
    if (next !== undefined) this.instances.set(next.instanceId, next);
  }

  private timerSet(atMs: number | null): void {
    if (atMs !== null) this.timersFromMs = Math.min(this.timersFromMs, atMs);
  }

  private async load(folded: readonly Folded[]): Promise<void> {
    const missing = new Set<InstanceId>();
    for (const step of folded) {
      if (step.kind !== 'closed' || !isInstanceFact(step.fact.body)) continue;
      const { instanceId } = step.fact.body;
      if (!this.instances.has(instanceId)) missing.add(instanceId);
    }
    if (missing.size === 0) return;
    for (const [id, state] of await this.options.cache.instances([...missing])) this.instances.set(id, state);
  }

  private async startFromNothing(why: string | undefined): Promise<void> {
    const { cache, runtime, partition } = this.options;
    if (why !== undefined) runtime.log('warn', 'cache rebuilt from the log', { partition, why });
    await cache.clear();
    this.instances.clear();
    this.timersFromMs = 0;
    this.state = emptyPartition();
    this.stampMs = runtime.nowMs();
    this.fromCache = false;
  }
}

/** One that compaction took pieces of tells nothing about what its follower takes over; the follower's own facts do. */
function isWholePredecessor(before: InstanceState | undefined, started: InstanceStarted): boolean {
  return before !== undefined && before.executionId === started.previousExecutionId && before.life.status === 'ContinuedAsNew';
}

export function decoded(raw: LogRecord): FoldRecord {
  return { offset: raw.offset, key: raw.key, bytes: raw.value, record: raw.value === null ? null : decodeOrBreak(raw, raw.value) };
}

/** Only owners write history: what cannot be read there is evidence, not a bad command. */
function decodeOrBreak(raw: LogRecord, value: Buffer): HistoryRecord {
  try {
    return decodeHistory(value);
  } catch (cause) {
    throw new BrokenError('HISTORY_UNDECODABLE', `the history record ${raw.key} at offset ${String(raw.offset)} cannot be decoded`, {
      cause,
    });
  }
}

/**
 * Does the log still hold what the cache was folded from? The last closing record it knows must stand where it stood, or be gone
 * because its own writer wrote that key again: then a later commit of the same claimant comes before any higher claim.
 */
class TipCheck {
  readonly offset: Offset;
  holds = false;
  private decided = false;
  private readonly tip: Tip | null;

  constructor(tip: Tip | null) {
    this.tip = tip;
    this.offset = tip?.offset ?? 0;
  }

  see(record: FoldRecord): void {
    const tip = this.tip;
    if (this.decided || tip === null || record.offset < tip.offset || record.record === null) return;
    const { epoch, claimant, commit, body } = record.record;
    if (record.offset === tip.offset) {
      this.decided = true;
      this.holds = body.kind === tip.kind && epoch === tip.epoch && claimant === tip.claimant && commit === tip.commit;
    } else if (body.kind === 'Claim' && epoch > tip.epoch) this.decided = true;
    else if (body.kind === 'Progress' && claimant === tip.claimant && commit > tip.commit) {
      this.decided = true;
      this.holds = true;
    }
  }
}
