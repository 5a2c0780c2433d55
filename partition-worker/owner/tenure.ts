/**
 * One tenure: from an effective claim to the moment this worker stops writing under it. The commit loop lives here.
 *
 *  1. One commit in flight. While it flies, inputs queue; when it is acked all that is queued goes into the next one. No linger timer.
 *  2. Commit, then speak (L6): no answer, activity, message, cache write or tombstone before the ack of the commit that holds its cause.
 *  3. Everything in memory is thrown away with the tenure when a commit's outcome is not `counted`; the log then says what happened.
 *  4. Readers see committed state only: who asks for an instance that the commit in flight touches waits for its ack.
 */
import { isInstanceFact, OperationalError, type ExecutionId, type InstanceId } from '../../schemas/index.ts';
import type { ClosedFact, FoldSink, InstanceState, PartitionState } from '../../engine/core/index.ts';
import type { PartitionLog } from '../../engine/log/index.ts';
import { CacheBatch, type PartitionCache } from '../../engine/state/index.ts';
import { commitCpuMs, commitInputsMax, commitTimersMax } from '../limits.ts';
import { appendCommit, isFenced, type CommitOutcome } from './append.ts';
import { batchesOf } from './batches.ts';
import { decodedCommand, Draft, type DraftGiven } from './draft.ts';
import { Effects } from './effects.ts';
import type { OwnerEnvironment } from './environment.ts';
import type { Sweep } from './generations.ts';
import { HotInstances } from './hot-instances.ts';
import { Inbox, type Slice } from './inbox.ts';
import { notOwner } from './not-owner.ts';
import { nothingToSweep } from './sweeper.ts';
import type { Takeover } from './takeover.ts';
import { Turns } from './turns.ts';

export type TenureEnd = { readonly kind: 'released' } | Exclude<CommitOutcome, { kind: 'counted' }>;

export interface TenureOptions {
  readonly environment: OwnerEnvironment;
  readonly partition: number;
  readonly log: PartitionLog;
  readonly cache: PartitionCache;
  readonly taken: Extract<Takeover, { kind: 'active' }>;
}

export class Tenure {
  readonly state: PartitionState;
  readonly hot: HotInstances;
  readonly turns: Turns;
  readonly effects: Effects;
  readonly cache: PartitionCache;
  private readonly options: TenureOptions;
  private readonly inbox = new Inbox();
  private readonly given: Omit<DraftGiven, 'atMs'>;
  private inFlight: { readonly touched: ReadonlySet<InstanceId>; readonly ended: Promise<void> } | undefined;
  private cacheWritten: Promise<void> = Promise.resolve();
  private wake: (() => void) | undefined;
  private released = false;
  /** When the state was last known to be the log's end. */
  private stampMs: number;
  /** Set before anyone who waited on a failed commit goes on: what memory holds then never became true. */
  private over = false;
  private draining = false;
  private finishing = false;
  private trouble: { readonly error: unknown } | undefined;

  constructor(options: TenureOptions) {
    const { environment, partition, log, cache, taken } = options;
    const { runtime } = environment;
    this.options = options;
    this.cache = cache;
    this.state = taken.state;
    this.stampMs = taken.stampMs;
    this.hot = new HotInstances(cache, environment.hotInstancesMax);
    const { historyEventsMax } = environment;
    this.turns = new Turns({ session: environment.program.session(), hot: this.hot, cache, runtime, historyEventsMax });
    this.effects = new Effects({
      environment,
      partition,
      log,
      cache,
      state: this.state,
      hot: this.hot,
      settled: (id) => this.settled(id),
      onResult: (result) => {
        this.inbox.addResult(result);
        this.nudge();
      },
      onTrouble: (error) => {
        this.fail(error);
      },
      wake: () => {
        this.nudge();
      },
    });
    this.given = {
      partition,
      partitions: environment.log.partitions,
      commandsTopic: environment.commandsTopic,
      newExecutionId: () => runtime.hex(32) as ExecutionId,
      onDropped: (what) => {
        runtime.log('debug', 'input dropped', { partition, what });
      },
    };
  }

  /** Runs until released or fenced. Throws what the cache, the command feed or an invariant throws. */
  async run(): Promise<TenureEnd> {
    try {
      return await this.work();
    } catch (error) {
      if (await this.isOvertaken(error)) return { kind: 'fenced' };
      throw error;
    } finally {
      this.over = true;
      this.effects.close();
      this.turns.close();
      this.options.log.close();
      await this.cacheWritten.catch(() => undefined);
    }
  }

  private async work(): Promise<TenureEnd> {
    await this.turns.begin();
    await this.effects.begin();
    this.consume();
    for (;;) {
      if (this.trouble !== undefined) throw this.trouble.error;
      if (this.released || (this.finishing && !this.inbox.hasResults && !this.turns.waiting)) return { kind: 'released' };
      if (this.hasWork) {
        const end = await this.commitOnce();
        if (end !== undefined) return end;
      } else await this.idle();
    }
  }

  /** Commands are missing: the next owner may have consumed and trimmed them while this process stood still, and the log says whether. */
  private async isOvertaken(error: unknown): Promise<boolean> {
    if (!(error instanceof OperationalError) || error.code !== 'COMMAND_LOG_MISMATCH') return false;
    const { log } = this.options;
    return await isFenced({ log, state: this.state, sink: this.sinkOf(new CacheBatch(), []) });
  }

  /** Takes no more commands and starts no more activities; results still come in and are committed. */
  drain(): void {
    this.draining = true;
    this.effects.drain();
  }

  /** Ends the tenure once every result that came in is committed; to be called after `drain`. */
  finish(): void {
    this.finishing = true;
    this.nudge();
  }

  /** Ends the tenure after the commit in flight. */
  release(): void {
    this.released = true;
    this.nudge();
  }

  get partition(): number {
    return this.options.partition;
  }

  get inboxDepth(): number {
    return this.inbox.depth;
  }

  /**
   * The instance's state as of the last acked commit. It is a copy, made in the same breath as the look at what is in flight: the next
   * commit changes states in place, and may begin before the asker goes on.
   */
  async committed(id: InstanceId): Promise<InstanceState | undefined> {
    for (;;) {
      if (this.over) throw notOwner(this.options.partition);
      if (this.inFlight?.touched.has(id) === true) {
        await this.inFlight.ended;
        continue;
      }
      const hot = this.hot.get(id);
      if (hot !== undefined) return { ...hot };
      await this.cacheWritten;
      return (await this.cache.instances([id])).get(id);
    }
  }

  /** Resolves when no commit in flight touches the instance and the cache holds all that was acked. */
  async settled(id: InstanceId): Promise<void> {
    while (this.inFlight?.touched.has(id) === true) await this.inFlight.ended;
    if (this.over) throw notOwner(this.options.partition);
    await this.cacheWritten;
  }

  private get hasWork(): boolean {
    if (this.effects.housekeeping.due || this.turns.waiting || this.inbox.hasResults) return true;
    return (this.effects.timers.due && !this.draining) || (this.takesCommands && this.inbox.hasCommands);
  }

  private get takesCommands(): boolean {
    return !this.draining && this.effects.roomForCommands;
  }

  private consume(): void {
    const feed = this.options.log.consume(this.state.marks.commandNext, {
      records: (batch) => {
        this.inbox.addCommands(batch);
        this.nudge();
      },
      failed: (error) => {
        this.fail(error);
      },
    });
    this.inbox.attach(feed);
  }

  private async commitOnce(): Promise<TenureEnd | undefined> {
    await this.cacheWritten;
    const { runtime } = this.options.environment;
    const draft = new Draft(this.state.marks, this.hot, { ...this.given, atMs: runtime.nowMs() });
    let ended = (): void => undefined;
    this.inFlight = { touched: draft.touched, ended: new Promise((resolve) => (ended = resolve)) };
    try {
      const sweep = this.effects.sweeper.due(this.state) ? await this.effects.sweeper.next(this.state) : nothingToSweep;
      await this.fill(draft);
      await this.turns.run(draft);
      const end = await this.commit(draft, sweep);
      this.over = end !== undefined;
      return end;
    } catch (error) {
      this.over = true;
      throw error;
    } finally {
      this.inFlight = undefined;
      ended();
    }
  }

  /** Decides what the inputs mean, slice by slice, until they or this commit's share of the CPU are used up. */
  private async fill(draft: Draft): Promise<void> {
    const { runtime } = this.options.environment;
    const untilMs = runtime.monotonicMs() + commitCpuMs;
    for (let taken = 0; taken < commitInputsMax;) {
      const slice = this.inbox.take(this.takesCommands);
      if (slice.size === 0) break;
      taken += slice.size;
      await this.decide(draft, slice);
      if (runtime.monotonicMs() > untilMs) break;
    }
    await this.fireTimers(draft);
    for (const id of draft.touched) this.turns.changed(id);
  }

  /** After the inputs that came before: a timer is the latest of what a commit takes in. */
  private async fireTimers(draft: Draft): Promise<void> {
    const { timers } = this.effects;
    if (!timers.due || this.draining) return;
    const rows = await timers.take(draft.atMs, commitTimersMax);
    await this.hot.load(rows.map((row) => row.instanceId));
    for (const row of rows) draft.addTimer(row);
  }

  private async decide(draft: Draft, slice: Slice): Promise<void> {
    const commands = slice.commands.map(decodedCommand);
    const wanted = slice.results.map((result) => result.instanceId);
    for (const decoded of commands) if (decoded.kind === 'command') wanted.push(decoded.command.body.instanceId);
    await this.hot.load(wanted);
    for (const result of slice.results) draft.addResult(result);
    for (const command of commands) draft.addCommand(command);
  }

  private async commit(draft: Draft, sweep: Sweep): Promise<TenureEnd | undefined> {
    const { environment, log, taken } = this.options;
    const { effects } = this;
    const nowMs = environment.runtime.nowMs();
    const housekeeping = effects.housekeeping.due;
    effects.housekeeping.due = false;
    if (housekeeping) draft.answersFrom = await effects.answers.expire(draft.answersFrom, nowMs);
    const tombstones = draft.idle && !housekeeping ? [] : sweep.keys;
    if (draft.idle && tombstones.length === 0 && !(housekeeping && effects.marksMoved)) {
      if (housekeeping) effects.armHousekeeping();
      await this.forget(draft, sweep);
      return undefined;
    }
    const before = this.state.marks;
    const batch = new CacheBatch();
    const closed: ClosedFact[] = [];
    const { epoch, claimant } = taken;
    const marks = draft.marks(effects.sentThrough);
    const content = { epoch, claimant, commit: this.state.commit + 1, atMs: nowMs, tombstones, bodies: draft.bodies, marks };
    const batches = batchesOf(content, environment.commitBytesMax);
    const isTooOld = (): boolean => environment.runtime.nowMs() - this.stampMs > environment.cacheAgeMaxMs;
    const outcome = await appendCommit({ log, state: this.state, sink: this.sinkOf(batch, closed), isTooOld }, batches);
    if (outcome.kind !== 'counted') return outcome;
    dropUsedUp(batch, draft, sweep);
    this.keep(draft, closed, batch, nowMs);
    effects.speak(closed, draft.touched, before);
    await effects.timers.taken();
    this.hot.trim((id) => {
      this.turns.evict(id);
    });
    return undefined;
  }

  /** Nothing to commit; what the cache alone knows of, and the log does not, goes by itself. */
  private async forget(draft: Draft, sweep: Sweep): Promise<void> {
    if (draft.dueTimers.length > 0 || sweep.swept.length > 0) {
      const batch = new CacheBatch();
      dropUsedUp(batch, draft, sweep);
      await this.cache.write(batch);
    }
    await this.effects.timers.taken();
  }

  private sinkOf(batch: CacheBatch, closed: ClosedFact[]): FoldSink {
    return {
      closed: (fact) => {
        batch.closed(fact);
        closed.push(fact);
      },
      removed: (key) => {
        batch.removed(key);
        this.effects.sweeper.removed(key);
      },
      voided: (key) => {
        batch.voided(key);
      },
    };
  }

  /**
   * L9: the cache gets the commit after its ack, together with the position it reaches. `stampMs` is from before the append: a process
   * that was stopped between ack and here must not take a log that went on without it for fresh.
   */
  private keep(draft: Draft, closed: readonly ClosedFact[], batch: CacheBatch, stampMs: number): void {
    for (const { body } of closed) if (isInstanceFact(body)) this.effects.timers.note(body);
    for (const before of draft.replaced) batch.ended(before);
    for (const id of draft.touched) {
      const state = this.hot.get(id);
      if (state !== undefined) batch.instance(state);
    }
    this.stampMs = stampMs;
    batch.header(this.state, stampMs, this.effects.timers.fromMs);
    this.cacheWritten = this.cache.write(batch);
    this.cacheWritten.catch((error: unknown) => {
      this.fail(error);
    });
  }

  private fail(error: unknown): void {
    this.trouble ??= { error };
    this.nudge();
  }

  private nudge(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }

  private idle(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }
}

/** Rows that no fact of this commit takes away. */
function dropUsedUp(batch: CacheBatch, draft: Draft, sweep: Sweep): void {
  for (const execution of sweep.swept) batch.executionSwept(execution);
  for (const row of draft.dueTimers) batch.timerGone(row);
}
