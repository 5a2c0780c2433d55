/**
 * Worker processes, for tests to start, stop, kill and put to sleep.
 *
 *  1. Whatever was started here ends with `end`, or with the test process at the latest.
 *  2. A test waits for what a worker says in its log, not for time to pass.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

interface CommonSettings {
  /** Where runs of steps are noted. */
  readonly journal: string;
  readonly withLatecomer?: boolean;
}

export type WorkerSettings = CommonSettings &
  (
    | {
        readonly brokers: readonly string[];
        readonly namespace: string;
        readonly cacheDir: string;
        /** Default 3,000 ms. */
        readonly sessionTimeoutMs?: number;
        readonly dataDir?: never;
      }
    | { readonly dataDir: string }
  );

/** One line of a worker's log. */
export interface LogLine {
  readonly at: string;
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

interface Listener {
  readonly matches: (line: LogLine) => boolean;
  readonly resolve: (line: LogLine) => void;
}

/** A busy machine starts a process in some seconds; a takeover takes a session timeout and a little. */
const patienceMs = 45_000;

export class WorkerProcess {
  readonly child: ChildProcess;
  readonly lines: LogLine[] = [];
  apiUrl = '';
  private readonly text: string[] = [];
  private readonly listeners = new Set<Listener>();

  constructor(child: ChildProcess) {
    this.child = child;
    if (child.stderr !== null) createInterface(child.stderr).on('line', (line) => this.take(line));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Marks this moment in the log: `heard` can be asked for what comes after it. */
  mark(): number {
    return this.lines.length;
  }

  /** Resolves with the first line from `mark` on that matches, as soon as it is there. */
  async heard(matches: (line: LogLine) => boolean, mark = 0): Promise<LogLine> {
    const known = this.lines.slice(mark).find(matches);
    if (known !== undefined) return known;
    let listener: Listener | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<LogLine>((resolve, reject) => {
        listener = { matches, resolve };
        this.listeners.add(listener);
        timer = setTimeout(() => {
          reject(new Error(`worker ${String(this.pid)} did not say it within ${String(patienceMs)} ms; it said:\n${this.tail()}`));
        }, patienceMs);
      });
    } finally {
      clearTimeout(timer);
      if (listener !== undefined) this.listeners.delete(listener);
    }
  }

  /** Sends a signal. */
  signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  /** Sends a signal that ends it; resolves with its exit code when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.running) {
      const exit = once(this.child, 'exit');
      this.child.kill(signal);
      if (signal === 'SIGKILL') this.child.kill('SIGCONT');
      await exit;
    }
    return this.child.exitCode;
  }

  /** The end of what it said, for people. */
  tail(): string {
    return this.text.slice(-40).join('\n');
  }

  private take(text: string): void {
    this.text.push(text);
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as LogLine;
    this.lines.push(line);
    for (const { matches, resolve } of this.listeners) if (matches(line)) resolve(line);
  }
}

export class WorkerProcesses {
  private readonly all: WorkerProcess[] = [];
  private readonly onExit = (): void => {
    for (const worker of this.all) if (worker.running) worker.signal('SIGKILL');
  };

  constructor() {
    process.once('exit', this.onExit);
  }

  /** Starts a worker; resolves when it has joined. */
  async start(settings: WorkerSettings): Promise<WorkerProcess> {
    const script = fileURLToPath(new URL('e2e-worker.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const worker = new WorkerProcess(child);
    this.all.push(worker);
    worker.apiUrl = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once('line', resolve);
      child.once('exit', (code) => {
        reject(new Error(`worker ${String(child.pid)} ended with code ${String(code)}:\n${worker.tail()}`));
      });
    });
    return worker;
  }

  /** Kills what still runs. */
  async end(): Promise<void> {
    process.off('exit', this.onExit);
    await Promise.all(this.all.map((worker) => worker.end('SIGKILL')));
  }
}
