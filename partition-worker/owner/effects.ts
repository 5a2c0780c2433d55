/**
 * What a commit causes once it is true (L6): activities, outbound messages, answers, waiting readers, trimming.
 *
 *  1. `speak` is called with acked facts only, and nothing here acts on anything else.
 *  2. All of it is derived from facts and marks, so that the next owner finds the same effects still to be done.
 */
import {
  isEnd,
  isInstanceFact,
  OperationalError,
  type ExecutionId,
  type Fact,
  type InstanceId,
  type OutboundQueued,
  type TaskScheduled,
} from '../../schemas/index.ts';
import { isTerminal, runtimeStatus, type ClosedFact, type Marks, type PartitionState, type TaskResult } from '../../engine/core/index.ts';
import type { PartitionLog } from '../../engine/log/index.ts';
import type { ActivityTask } from '../../engine/program/index.ts';
import type { PartitionCache } from '../../engine/state/index.ts';
import { Lanes, type ActivitySession } from '../dispatch/index.ts';
import { hotPayloadBytesMax, housekeepingDelayMs, outboundQueuedMax, trimEveryCommands } from '../limits.ts';
import { Answers } from './answers.ts';
import type { OwnerEnvironment } from './environment.ts';
import { Generations } from './generations.ts';
import type { HotInstances } from './hot-instances.ts';
import { Housekeeping } from './housekeeping.ts';
import { notOwner } from './not-owner.ts';
import { Sweeper } from './sweeper.ts';
import { Timers } from './timers.ts';
import { Waiters } from './waiters.ts';

export interface EffectsGiven {
  readonly environment: OwnerEnvironment;
  readonly partition: number;
  readonly log: PartitionLog;
  readonly cache: PartitionCache;
  readonly state: PartitionState;
  readonly hot: HotInstances;
  /** Resolves when nothing of the instance is in flight and the cache is up to date. */
  readonly settled: (id: InstanceId) => Promise<void>;
  readonly onResult: (result: TaskResult) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly wake: () => void;
}

/** Where an open task stands in its instance. */
interface OpenPlace {
  readonly executionId: ExecutionId;
  readonly seq: number;
}

export class Effects {
  readonly answers: Answers;
  readonly sweeper: Sweeper;
  readonly housekeeping: Housekeeping;
  readonly timers: Timers;
  /** Readers that wait for a command offset to be consumed. */
  readonly consumed: Waiters<number>;
  /** Readers that wait for an instance. */
  readonly instances: Waiters<InstanceId>;
  private readonly lanes: Lanes;
  private readonly activities: ActivitySession;
  private readonly given: EffectsGiven;
  private trimmedTo: number;
  private spokenMarks: Marks;
  private closed = false;

  constructor(given: EffectsGiven) {
    const { environment, partition, cache, state } = given;
    const { runtime } = environment;
    this.given = given;
    this.answers = new Answers(cache, state.marks.commandNext);
    this.sweeper = new Sweeper(this.answers, new Generations(cache, given.hot));
    this.housekeeping = new Housekeeping(runtime, given.wake);
    this.timers = new Timers({ cache, runtime, wake: given.wake });
    this.consumed = new Waiters(runtime);
    this.instances = new Waiters(runtime);
    this.trimmedTo = state.marks.commandNext;
    this.spokenMarks = state.marks;
    this.activities = environment.activities.open({
      result: ({ instanceId, executionId, scheduledSeq }, outcome) => {
        given.onResult({ instanceId, executionId, scheduledSeq, outcome });
      },
      trouble: given.onTrouble,
    });
    this.lanes = new Lanes({
      partition,
      log: environment.log,
      runtime,
      sentThrough: state.marks.sentThrough,
      onSent: (lane, messages, base) => {
        this.sent(lane.kind === 'commands', messages, base);
      },
    });
  }

  /** Takes up what earlier owners left: messages not sent through are sent again, open local activities run again (L7). */
  async begin(): Promise<void> {
    const { cache, state } = this.given;
    for (const { body } of await this.sweeper.begin(cache)) if (body.kind === 'OutboundQueued') this.lanes.add(body);
    await this.answers.begin(state.marks.answersFrom);
    this.armHousekeeping();
    await this.timers.begin();
    // Listed before the first commit, whose own tasks are dispatched when it speaks: none must be found here as well.
    const open = new Map<InstanceId, OpenPlace[]>();
    for await (const { instanceId, executionId, seq, kind } of cache.openTasks()) {
      if (kind !== 'activity') continue;
      const places = open.get(instanceId);
      if (places === undefined) open.set(instanceId, [{ executionId, seq }]);
      else places.push({ executionId, seq });
    }
    void this.dispatchAgain(open).catch(this.given.onTrouble);
  }

  /**
   * The marks of the newest commit that has spoken. Readers go by these: the fold moves the state's own marks before the answers of that
   * commit are noted, and would move them for another owner's commits, too, when it finds that this one is fenced.
   */
  get spoken(): Marks {
    return this.spokenMarks;
  }

  get sentThrough(): ReadonlyMap<string, number> {
    return this.lanes.sentThrough;
  }

  /** False while so many messages wait for their destinations that no more commands should be taken. */
  get roomForCommands(): boolean {
    return this.lanes.queued < outboundQueuedMax;
  }

  /** True when a commit would carry news of the lanes. */
  get marksMoved(): boolean {
    const known = this.given.state.marks.sentThrough;
    for (const [lane, number] of this.lanes.sentThrough) if (number !== known.get(lane)) return true;
    return false;
  }

  speak(
    closed: readonly ClosedFact[],
    touched: Iterable<InstanceId>,
    before: { readonly commandNext: number; readonly answersFrom: number },
  ): void {
    const { marks } = this.given.state;
    for (const fact of closed) this.act(fact);
    if (marks.answersFrom !== before.answersFrom) {
      this.answers.moved(marks.answersFrom);
      this.sweeper.answersEnded();
    }
    this.spokenMarks = marks;
    this.wakeConsumed(before.commandNext, marks.commandNext);
    for (const id of touched) this.wakeInstance(id);
    this.armHousekeeping();
    this.trim();
  }

  /** Starts no more activities; those that run go on and their results are taken. */
  drain(): void {
    this.activities.drain();
  }

  close(): void {
    this.closed = true;
    const error = notOwner(this.given.partition);
    this.consumed.close(error);
    this.instances.close(error);
    this.activities.close();
    this.timers.close();
    this.lanes.close();
    this.housekeeping.close();
  }

  private act({ body, epoch, claimant }: ClosedFact): void {
    if (isInstanceFact(body)) {
      this.given.hot.note(body);
      this.actOn(body);
    } else if (body.kind === 'OutboundQueued') {
      this.sweeper.keep({ body, epoch, claimant });
      this.lanes.add(body);
    } else this.answers.note(body);
  }

  private actOn(fact: Fact): void {
    if (fact.kind === 'TaskScheduled') this.dispatch(fact);
    else if (fact.kind === 'TaskCancelled') this.activities.abort(fact.executionId, fact.scheduledSeq);
    else if (fact.kind === 'InstanceStarted' && fact.previousExecutionId !== '') this.sweeper.executionEnded();
    else if (isEnd(fact)) this.activities.abortAll(fact.executionId);
  }

  private async dispatchAgain(open: ReadonlyMap<InstanceId, readonly OpenPlace[]>): Promise<void> {
    const { cache, hot, settled } = this.given;
    for (const [instanceId, places] of open) {
      await settled(instanceId);
      // Once an instance: reading a cold one reads all its open tasks.
      const cold = hot.get(instanceId) ?? (await cache.instances([instanceId])).get(instanceId);
      for (const { executionId, seq } of places) {
        const state = hot.get(instanceId) ?? cold;
        if (this.closed || state === undefined || isTerminal(state)) break;
        if (state.executionId !== executionId || state.openTasks.get(seq)?.kind !== 'activity') continue;
        const [scheduled] = await cache.facts(instanceId, state.executionId, seq, 1);
        if (scheduled?.kind === 'TaskScheduled') this.dispatch(scheduled);
      }
    }
  }

  private dispatch(scheduled: TaskScheduled): void {
    const { instanceId, executionId, seq, taskId, name, input, attempt, tags } = scheduled;
    const task: ActivityTask = { instanceId, executionId, scheduledSeq: seq, taskId, name, input, attempt, tags };
    if (input === null || input.length <= hotPayloadBytesMax) {
      this.activities.run({ name, executionId, scheduledSeq: seq, load: () => task });
      return;
    }
    const small = { ...task, input: null };
    this.activities.run({ name, executionId, scheduledSeq: seq, load: async () => ({ ...small, input: await this.inputOf(small) }) });
  }

  private async inputOf(task: ActivityTask): Promise<string | null> {
    await this.given.settled(task.instanceId);
    const [fact] = await this.given.cache.facts(task.instanceId, task.executionId, task.scheduledSeq, 1);
    if (fact?.kind === 'TaskScheduled') return fact.input;
    throw new OperationalError('CACHE_CORRUPT', 'a scheduled task has no event in the cache', { retryable: true });
  }

  private wakeConsumed(from: number, to: number): void {
    if (this.consumed.size === 0) return;
    if (to - from < this.consumed.size) for (let offset = from; offset < to; offset++) this.consumed.reached(offset);
    else for (const offset of [...this.consumed.keys]) if (offset < to) this.consumed.reached(offset);
  }

  private wakeInstance(id: InstanceId): void {
    if (!this.instances.has(id)) return;
    const state = this.given.hot.get(id);
    if (state === undefined || runtimeStatus(state) === 'Pending') return;
    this.instances.reached(id, isTerminal(state) ? ['start', 'completion'] : ['start']);
  }

  private sent(toCommands: boolean, messages: readonly OutboundQueued[], base: number): void {
    if (toCommands) for (const [at, message] of messages.entries()) this.answers.arrived(message.number, base + at);
    this.armHousekeeping();
    this.given.wake();
  }

  /** To be called when a look found nothing to do, too: the timer it answered may have stood in for a later wish. */
  armHousekeeping(): void {
    if (this.marksMoved || this.sweeper.due(this.given.state)) this.housekeeping.arm(housekeepingDelayMs);
    const expiresAtMs = this.answers.expiresAtMs;
    if (expiresAtMs !== undefined) this.housekeeping.arm(expiresAtMs - this.given.environment.runtime.nowMs());
  }

  /** The log may delete commands behind an acked Progress, never before (L7). */
  private trim(): void {
    const { state, log, environment } = this.given;
    if (state.marks.commandNext - this.trimmedTo < (environment.trimEveryCommands ?? trimEveryCommands)) return;
    this.trimmedTo = state.marks.commandNext;
    void log.trim(this.trimmedTo);
  }
}
