/**
 * Runs local activities: those of every partition this worker owns, under one bound (a bound per worker and one per activity name).
 *
 *  1. A task is given in only after the commit that scheduled it was acked (L6).
 *  2. A result goes to the tenure that gave the task in, and to nobody once that tenure is over: the next owner runs the task again.
 *  3. What nobody waits for any more is aborted; its result, if one comes, is dropped by the engine like any other late one.
 *  4. First in, first out, except that a name at its own limit does not hold up the others: names take turns.
 */
import type { ActivityHost, ActivityOutcome, ActivityTask } from '../../engine/program/index.ts';
import { Fifo } from './fifo.ts';

/** A task that waits for its turn. A large input is fetched only when it runs, so that waiting tasks cost no payloads. */
export interface QueuedTask {
  readonly name: string;
  readonly executionId: string;
  readonly scheduledSeq: number;
  load(): ActivityTask | Promise<ActivityTask>;
}

export interface ActivitySession {
  run(task: QueuedTask): void;
  /** Nobody waits for this task any more: it is not begun, or its signal aborts. */
  abort(executionId: string, scheduledSeq: number): void;
  /** The same for all tasks of an execution. */
  abortAll(executionId: string): void;
  /** Starts nothing more of this session. */
  drain(): void;
  /** Aborts what runs; results are dropped from here on. */
  close(): void;
}

export interface SessionListener {
  result(task: ActivityTask, outcome: ActivityOutcome): void;
  /** The task could not be loaded. */
  trouble(error: unknown): void;
}

export interface ActivityDispatch {
  open(listener: SessionListener): ActivitySession;
  /** Calls `idle` once, as soon as nothing runs. */
  onIdle(idle: () => void): void;
}

export function createActivityDispatch(host: ActivityHost, runningMax: number): ActivityDispatch {
  return new Dispatch(host, runningMax);
}

interface Session {
  readonly listener: SessionListener;
  /** What waits or runs, by execution and scheduling event. */
  readonly entries: Map<string, Map<number, Entry>>;
  accepting: boolean;
  closed: boolean;
}

interface Entry {
  readonly session: Session;
  readonly task: QueuedTask;
  readonly abort: AbortController;
}

interface NameQueue {
  readonly max: number;
  readonly entries: Fifo<Entry>;
  running: number;
}

class Dispatch implements ActivityDispatch {
  private readonly host: ActivityHost;
  private readonly runningMax: number;
  private readonly queues = new Map<string, NameQueue>();
  private readonly idlers: (() => void)[] = [];
  private running = 0;

  constructor(host: ActivityHost, runningMax: number) {
    this.host = host;
    this.runningMax = runningMax;
  }

  open(listener: SessionListener): ActivitySession {
    const session: Session = { listener, entries: new Map(), accepting: true, closed: false };
    return {
      run: (task) => {
        const entry: Entry = { session, task, abort: new AbortController() };
        enter(session, entry);
        this.queueOf(task.name).entries.push(entry);
        this.pump();
      },
      abort: (executionId, scheduledSeq) => {
        session.entries.get(executionId)?.get(scheduledSeq)?.abort.abort();
      },
      abortAll: (executionId) => {
        for (const entry of session.entries.get(executionId)?.values() ?? []) entry.abort.abort();
      },
      drain: () => {
        session.accepting = false;
      },
      close: () => {
        session.accepting = false;
        session.closed = true;
        for (const entries of session.entries.values()) for (const entry of entries.values()) entry.abort.abort();
        for (const [name, queue] of this.queues) {
          queue.entries.remove((entry) => entry.session === session);
          this.forget(name, queue);
        }
      },
    };
  }

  onIdle(idle: () => void): void {
    if (this.running === 0) idle();
    else this.idlers.push(idle);
  }

  private pump(): void {
    while (this.running < this.runningMax) {
      const entry = this.next();
      if (entry === undefined) return;
      if (entry.session.accepting && !entry.abort.signal.aborted) void this.start(entry);
      else leave(entry);
    }
  }

  private next(): Entry | undefined {
    for (const [name, queue] of this.queues) {
      if (queue.running >= queue.max) continue;
      const entry = queue.entries.shift();
      if (entry === undefined) continue;
      this.queues.delete(name);
      this.queues.set(name, queue);
      return entry;
    }
    return undefined;
  }

  private async start(entry: Entry): Promise<void> {
    const { session, task, abort } = entry;
    const queue = this.queueOf(task.name);
    this.running++;
    queue.running++;
    try {
      const loaded = await task.load();
      const outcome = await this.host.run(loaded, abort.signal);
      if (!session.closed) session.listener.result(loaded, outcome);
    } catch (error) {
      if (!session.closed) session.listener.trouble(error);
    } finally {
      this.running--;
      queue.running--;
      leave(entry);
      this.forget(task.name, queue);
      this.pump();
      if (this.running === 0) for (const idle of this.idlers.splice(0)) idle();
    }
  }

  /** Names come from user code and may never come again. */
  private forget(name: string, queue: NameQueue): void {
    if (queue.running === 0 && queue.entries.length === 0) this.queues.delete(name);
  }

  private queueOf(name: string): NameQueue {
    const known = this.queues.get(name);
    if (known !== undefined) return known;
    const queue: NameQueue = { max: this.host.concurrencyOf(name) ?? Infinity, entries: new Fifo(), running: 0 };
    this.queues.set(name, queue);
    return queue;
  }
}

function enter(session: Session, entry: Entry): void {
  const { executionId, scheduledSeq } = entry.task;
  const entries = session.entries.get(executionId);
  if (entries === undefined) session.entries.set(executionId, new Map([[scheduledSeq, entry]]));
  else entries.set(scheduledSeq, entry);
}

function leave({ session, task }: Entry): void {
  const entries = session.entries.get(task.executionId);
  entries?.delete(task.scheduledSeq);
  if (entries?.size === 0) session.entries.delete(task.executionId);
}
