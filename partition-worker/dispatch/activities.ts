/**
 * Runs local activities: those of every partition this worker owns, under one bound (DESIGN: bounded per worker and per activity name).
 *
 *  1. A task is given in only after the commit that scheduled it was acked (L6).
 *  2. A result goes to the tenure that gave the task in, and to nobody once that tenure is over: the next owner runs the task again.
 *  3. First in, first out, except that a name at its own limit does not hold up the others.
 */
import type { ActivityHost, ActivityOutcome, ActivityTask } from '../../engine/program/index.ts';

/** A task that waits for its turn. Its input is fetched when it runs, so that waiting tasks cost no payloads. */
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
  /** Tasks of this session that run now. */
  readonly running: number;
}

export interface ActivityDispatch {
  open(onResult: (task: ActivityTask, outcome: ActivityOutcome) => void, onTrouble: (error: unknown) => void): ActivitySession;
  readonly running: number;
  readonly waiting: number;
  /** Calls `idle` once, as soon as nothing runs. */
  onIdle(idle: () => void): void;
}

interface Entry {
  readonly session: Session;
  readonly task: QueuedTask;
}

export function createActivityDispatch(host: ActivityHost, runningMax: number): ActivityDispatch {
  const queues = new Map<string, Queue>();
  const idlers: (() => void)[] = [];
  let running = 0;

  function next(): Entry | undefined {
    for (const [name, queue] of queues) {
      if (queue.running >= queue.max) continue;
      const entry = queue.shift();
      if (entry === undefined) continue;
      // To the end of the line: names take turns.
      queues.delete(name);
      queues.set(name, queue);
      return entry;
    }
    return undefined;
  }

  function pump(): void {
    while (running < runningMax) {
      const entry = next();
      if (entry === undefined) return;
      if (entry.session.accepting) void start(entry);
    }
  }

  async function start(entry: Entry): Promise<void> {
    const queue = queueOf(entry.task.name);
    running++;
    queue.running++;
    entry.session.running++;
    try {
      const task = await entry.task.load();
      const outcome = await host.run(task, entry.session.abort.signal);
      if (!entry.session.closed) entry.session.onResult(task, outcome);
    } catch (error) {
      if (!entry.session.closed) entry.session.onTrouble(error);
    } finally {
      running--;
      queue.running--;
      entry.session.running--;
      pump();
      if (running === 0) for (const idle of idlers.splice(0)) idle();
    }
  }

  function queueOf(name: string): Queue {
    let queue = queues.get(name);
    if (queue === undefined) queues.set(name, (queue = new Queue(host.concurrencyOf(name) ?? Infinity)));
    return queue;
  }

  return {
    open(onResult, onTrouble) {
      const session = new Session(onResult, onTrouble);
      return {
        run(task) {
          queueOf(task.name).push({ session, task });
          pump();
        },
        drain() {
          session.accepting = false;
        },
        close() {
          session.accepting = false;
          session.closed = true;
          session.abort.abort();
          for (const queue of queues.values()) queue.forget(session);
        },
        get running() {
          return session.running;
        },
      };
    },
    get running() {
      return running;
    },
    onIdle(idle) {
      if (running === 0) idle();
      else idlers.push(idle);
    },
    get waiting() {
      let waiting = 0;
      for (const queue of queues.values()) waiting += queue.length;
      return waiting;
    },
  };
}

class Session {
  running = 0;
  accepting = true;
  closed = false;
  readonly abort = new AbortController();
  readonly onResult: (task: ActivityTask, outcome: ActivityOutcome) => void;
  readonly onTrouble: (error: unknown) => void;

  constructor(onResult: (task: ActivityTask, outcome: ActivityOutcome) => void, onTrouble: (error: unknown) => void) {
    this.onResult = onResult;
    this.onTrouble = onTrouble;
  }
}

/** First in, first out, in constant time: a fan-out of 10,000 waits here. */
class Queue {
  running = 0;
  readonly max: number;
  private entries: Entry[] = [];
  private head = 0;

  constructor(max: number) {
    this.max = max;
  }

  get length(): number {
    return this.entries.length - this.head;
  }

  push(entry: Entry): void {
    this.entries.push(entry);
  }

  shift(): Entry | undefined {
    const entry = this.entries[this.head];
    if (entry === undefined) return undefined;
    this.head++;
    if (this.head > 1_000 && this.head * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
    return entry;
  }

  forget(session: Session): void {
    this.entries = this.entries.slice(this.head).filter((entry) => entry.session !== session);
    this.head = 0;
  }
}
