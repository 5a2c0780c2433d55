/**
 * Runs local activities: those of every partition this worker owns, under one bound (a bound per worker and one per activity name).
 *
 *  1. A task is given in only after the commit that scheduled it was acked (L6).
 *  2. A result goes to the tenure that gave the task in, and to nobody once that tenure is over: the next owner runs the task again.
 *  3. First in, first out, except that a name at its own limit does not hold up the others: names take turns.
 */
import type { ActivityHost, ActivityOutcome, ActivityTask } from '../../engine/program/index.ts';
import { Fifo } from './fifo.ts';

/** A task that waits for its turn. A large input is fetched only when it runs, so that waiting tasks cost no payloads. */
export interface QueuedTask {
  readonly name: string;
  load(): ActivityTask | Promise<ActivityTask>;
}

export interface ActivitySession {
  run(task: QueuedTask): void;
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
  readonly abort: AbortController;
  accepting: boolean;
  closed: boolean;
}

interface Entry {
  readonly session: Session;
  readonly task: QueuedTask;
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
    const session: Session = { listener, abort: new AbortController(), accepting: true, closed: false };
    return {
      run: (task) => {
        this.queueOf(task.name).entries.push({ session, task });
        this.pump();
      },
      drain: () => {
        session.accepting = false;
      },
      close: () => {
        session.accepting = false;
        session.closed = true;
        session.abort.abort();
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
      if (entry.session.accepting) void this.start(entry);
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

  private async start({ session, task }: Entry): Promise<void> {
    const queue = this.queueOf(task.name);
    this.running++;
    queue.running++;
    try {
      const loaded = await task.load();
      const outcome = await this.host.run(loaded, session.abort.signal);
      if (!session.closed) session.listener.result(loaded, outcome);
    } catch (error) {
      if (!session.closed) session.listener.trouble(error);
    } finally {
      this.running--;
      queue.running--;
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
