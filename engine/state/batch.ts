/**
 * The rows of one commit, or of one stretch of a restore: written as a whole.
 *
 *  1. A fact's own rows (`f`, `x`, `d`) stand as long as its record does in the log, whatever became of its execution.
 *  2. Rows of open tasks and timers are put for what `instance` finds open, never for a fact alone: a fact of an execution that was swept
 *     before it opens nothing.
 *  3. Such a row is put once in its life. That of a task which opens and closes in one batch is neither put nor deleted.
 */
import type { ExecutionId, Fact, InstanceId, InstanceStarted } from '../../schemas/index.ts';
import { isEnd, isInstanceFact, parseKey } from '../../schemas/index.ts';
import { isReady, isTerminal, restartPosition, type ClosedFact, type InstanceState, type PartitionState } from '../core/index.ts';
import { encodeEnded, encodeHeader, encodeInstance, encodeTask, type Ended } from './encoding.ts';
import {
  endedRow,
  eventIdRow,
  eventRow,
  firstNumberRow,
  headerRow,
  instanceRow,
  readyRow,
  rowOfFact,
  rowOfKey,
  taskRow,
  timerRow,
  voidRow,
  type TimerRow,
} from './rows.ts';

const empty = Buffer.alloc(0);

interface Execution {
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
}

export class CacheBatch {
  /** Values by row; null deletes. */
  readonly rows: Map<string, Buffer | null> = new Map();
  /** Rows without a value: whether they shall be there. The cache knows which of them are. */
  readonly flags: Map<string, boolean> = new Map();
  /** Tasks and timers that facts of this batch opened and none closed, by execution. 0 is a scheduled start. */
  private readonly opened = new Map<string, Set<number>>();
  private readonly over = new Set<string>();
  private readonly endings = new Map<string, Ended>();

  closed(fact: ClosedFact): void {
    const { body, bytes } = fact;
    this.rows.set(rowOfFact(fact), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (!isInstanceFact(body)) return;
    if (body.kind === 'EventRaised') {
      this.rows.set(eventRow(body.instanceId, body.number, fact), Buffer.from(fact.key));
      if (body.eventId !== '') this.rows.set(eventIdRow(body.instanceId, body.number, fact), Buffer.from(body.eventId));
    } else this.follow(body);
  }

  /** The fact under this key has a tombstone. */
  removed(logKey: string): void {
    const row = rowOfKey(logKey);
    if (row !== undefined) this.rows.set(row, null);
    const key = parseKey(logKey);
    if (key.kind === 'inbox') {
      this.drop(eventRow(key.instanceId, key.number, key));
      this.drop(eventIdRow(key.instanceId, key.number, key));
    }
    this.flags.set(voidRow(logKey), false);
  }

  voided(logKey: string): void {
    this.flags.set(voidRow(logKey), true);
  }

  /** The state of an instance after the batch's facts. To be called once they are all in, and after `ended`. */
  instance(state: InstanceState): void {
    const { instanceId } = state;
    this.rows.set(instanceRow(instanceId), encodeInstance(state));
    this.flags.set(readyRow(instanceId), isReady(state));
    if (isTerminal(state)) this.dropOpen(state);
    else for (const seq of this.openedIn(state) ?? []) this.putOpen(state, seq);
    this.opened.delete(nameOf(state));
  }

  /** The state that an InstanceStarted of this batch took the place of, as it stood then. */
  ended(before: InstanceState): void {
    if (!isTerminal(before) || this.over.has(nameOf(before))) this.dropOpen(before);
    this.opened.delete(nameOf(before));
    this.end(before, { first: before.generation === 1 });
  }

  /** A timer that nobody waits for, or that fired. */
  timerGone(row: TimerRow): void {
    if (row.seq === 0) this.openedIn(row)?.delete(0);
    this.drop(timerRow(row));
  }

  /** Nothing is left of an execution that another one followed. */
  executionSwept({ instanceId, executionId }: Execution): void {
    this.rows.set(endedRow(instanceId, executionId), null);
  }

  /** `timersFromMs`: no timer row stands below it. */
  header(state: PartitionState, stampMs: number, timersFromMs = 0): void {
    this.rows.set(headerRow, encodeHeader({ ...state, position: restartPosition(state) }, stampMs, timersFromMs));
  }

  private follow(fact: Exclude<Fact, { kind: 'EventRaised' }>): void {
    if ('scheduledSeq' in fact) this.settled(fact);
    else if (fact.kind === 'TaskScheduled' || fact.kind === 'ChildScheduled' || fact.kind === 'TimerCreated') this.open(fact, fact.seq);
    else if (fact.kind === 'InstanceStarted') this.started(fact);
    else if (fact.kind === 'StartDue') this.openedIn(fact)?.delete(0);
    else if (isEnd(fact)) {
      this.over.add(nameOf(fact));
      if (fact.kind === 'ContinuedAsNew') this.end(fact, {});
    }
  }

  /** A task that was opened in this very batch has no row, nor has none (0). */
  private settled(fact: Extract<Fact, { scheduledSeq: number }>): void {
    const { instanceId, executionId, scheduledSeq: seq } = fact;
    if (seq === 0 || this.openedIn(fact)?.delete(seq) === true) return;
    this.drop(taskRow(instanceId, executionId, seq));
    if ('fireAtMs' in fact) this.drop(timerRow({ instanceId, executionId, seq, fireAtMs: fact.fireAtMs }));
  }

  private started(fact: InstanceStarted): void {
    const { instanceId, previousExecutionId, inboxNext } = fact;
    if (fact.startAtMs !== null) this.open(fact, 0);
    if (previousExecutionId === '') return;
    const isNew = fact.generation === 1;
    if (isNew) this.rows.set(firstNumberRow(instanceId), Buffer.from(String(inboxNext)));
    this.end({ instanceId, executionId: previousExecutionId as ExecutionId }, isNew ? { discardBelow: inboxNext } : {});
  }

  private end({ instanceId, executionId }: Execution, more: Partial<Ended>): void {
    const row = endedRow(instanceId, executionId);
    const ended = { discardBelow: null, first: false, ...this.endings.get(row), ...more };
    this.endings.set(row, ended);
    this.rows.set(row, encodeEnded(ended));
  }

  private openedIn(execution: Execution): Set<number> | undefined {
    return this.opened.get(nameOf(execution));
  }

  private open(execution: Execution, seq: number): void {
    const seqs = this.openedIn(execution) ?? new Set();
    this.opened.set(nameOf(execution), seqs.add(seq));
  }

  private drop(row: string): void {
    this.rows.set(row, null);
  }

  private putOpen(state: InstanceState, seq: number): void {
    const { instanceId, executionId, startAtMs } = state;
    if (seq === 0) {
      if (startAtMs !== null) this.rows.set(timerRow({ instanceId, executionId, seq, fireAtMs: startAtMs }), empty);
      return;
    }
    const task = state.openTasks.get(seq);
    if (task === undefined) return;
    this.rows.set(taskRow(instanceId, executionId, seq), encodeTask(task));
    if (task.kind === 'timer') this.rows.set(timerRow({ instanceId, executionId, seq, fireAtMs: task.fireAtMs }), empty);
  }

  private dropOpen(state: InstanceState): void {
    const { instanceId, executionId, startAtMs } = state;
    const opened = this.openedIn(state);
    if (startAtMs !== null && opened?.has(0) !== true) this.drop(timerRow({ instanceId, executionId, seq: 0, fireAtMs: startAtMs }));
    for (const [seq, task] of state.openTasks) {
      if (opened?.has(seq) === true) continue;
      this.drop(taskRow(instanceId, executionId, seq));
      if (task.kind === 'timer') this.drop(timerRow({ instanceId, executionId, seq, fireAtMs: task.fireAtMs }));
    }
  }
}

const nameOf = ({ instanceId, executionId }: Execution): string => `${executionId}/${instanceId}`;
