/** A worker without an engine: readings that answer what a test puts in, a log that keeps what it is sent. */
import { CommandBatcher, type CommandSink, type Offset, type OutboundRecord } from '../../../engine/log/index.ts';
import {
  OperationalError,
  type CommandAnswer,
  type CommandPlace,
  type HistoryPage,
  type InstanceSnapshot,
  type WaitFor,
  type WorkerReads,
} from '../../../schemas/index.ts';
import { startApiServer, type ApiServer } from '../../../partition-worker/api/index.ts';

export function snapshot(instanceId: string, changes: Partial<InstanceSnapshot> = {}): InstanceSnapshot {
  return {
    instanceId,
    executionId: '0'.repeat(32),
    name: 'hello',
    version: '',
    runtimeStatus: 'Running',
    createdAtMs: 1_700_000_000_000,
    lastUpdatedAtMs: 1_700_000_000_500,
    completedAtMs: null,
    input: '"Tokyo"',
    output: null,
    failure: null,
    customStatus: null,
    tags: [],
    parent: null,
    generation: 1,
    startAtMs: null,
    historyLength: 3,
    stalledReason: null,
    ...changes,
  };
}

export function completed(instanceId: string, output: string | null = '"Hello Tokyo!"'): InstanceSnapshot {
  return snapshot(instanceId, { runtimeStatus: 'Completed', output, completedAtMs: 1_700_000_001_000 });
}

interface Waiter {
  readonly timer: NodeJS.Timeout;
  readonly settle: () => void;
}

/** Committed state that a test sets, with long polls that end when it changes. */
export class FakeReads implements WorkerReads {
  readonly instances: Map<string, InstanceSnapshot> = new Map();
  readonly answers: Map<string, CommandAnswer> = new Map();
  readonly pages: Map<string, HistoryPage> = new Map();
  /** Every call, for what a test wants to know of it. */
  readonly calls: {
    readonly name: string;
    readonly about: string;
    readonly after?: CommandPlace | undefined;
    readonly timeoutMs?: number;
  }[] = [];
  /** Throws for what this worker does not own. */
  refuse: (about: string) => Error | undefined = () => undefined;
  private readonly waiters: Set<Waiter> = new Set();

  put(instance: InstanceSnapshot): void {
    this.instances.set(instance.instanceId, instance);
    this.wake();
  }

  putAnswer(place: CommandPlace, answer: CommandAnswer): void {
    this.answers.set(placeKey(place), answer);
    this.wake();
  }

  get waiting(): number {
    return this.waiters.size;
  }

  async answer(place: CommandPlace, timeoutMs: number): Promise<CommandAnswer> {
    this.called('answer', placeKey(place), undefined, timeoutMs);
    await this.until(() => this.answers.has(placeKey(place)), timeoutMs);
    return this.answers.get(placeKey(place)) ?? { outcome: 'pending' };
  }

  async state(instanceId: string, after?: CommandPlace): Promise<InstanceSnapshot | undefined> {
    this.called('state', instanceId, after);
    return Promise.resolve(this.instances.get(instanceId));
  }

  async history(
    instanceId: string,
    options: { from?: number; limit?: number; after?: CommandPlace | undefined } = {},
  ): Promise<HistoryPage | undefined> {
    this.called('history', instanceId, options.after);
    const page = this.pages.get(instanceId);
    if (page === undefined) return Promise.resolve(undefined);
    const from = options.from ?? 1;
    const events = page.events.filter((event) => event.seq >= from).slice(0, options.limit);
    const last = events.at(-1)?.seq ?? 0;
    return Promise.resolve({ events, next: page.events.some((event) => event.seq > last) ? last + 1 : null });
  }

  async wait(instanceId: string, what: WaitFor, timeoutMs: number, after?: CommandPlace): Promise<InstanceSnapshot | undefined> {
    this.called('wait', instanceId, after, timeoutMs);
    await this.until(() => {
      const instance = this.instances.get(instanceId);
      if (instance === undefined) return true;
      return what === 'start' ? instance.runtimeStatus !== 'Pending' : instance.completedAtMs !== null;
    }, timeoutMs);
    return this.instances.get(instanceId);
  }

  private called(name: string, about: string, after?: CommandPlace, timeoutMs?: number): void {
    this.calls.push({ name, about, after, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    const refusal = this.refuse(about);
    if (refusal !== undefined) throw refusal;
  }

  private async until(reached: () => boolean, timeoutMs: number): Promise<void> {
    const endAtMs = performance.now() + timeoutMs;
    while (!reached() && performance.now() < endAtMs) {
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          clearTimeout(waiter.timer);
          this.waiters.delete(waiter);
          resolve();
        };
        const waiter: Waiter = { settle, timer: setTimeout(settle, endAtMs - performance.now()) };
        this.waiters.add(waiter);
      });
    }
  }

  private wake(): void {
    for (const waiter of this.waiters) waiter.settle();
  }
}

export function placeKey(place: CommandPlace): string {
  return `${String(place.partition)}:${String(place.offset)}`;
}

export function notOwner(): OperationalError {
  return new OperationalError('NOT_OWNER', 'this worker does not own it', { retryable: true });
}

export interface Sent {
  readonly partition: number;
  readonly records: readonly OutboundRecord[];
}

/** A log that hands out offsets, or whatever error a test wants. */
export class FakeSink implements CommandSink {
  readonly partitions: number;
  readonly sends: Sent[] = [];
  failure: Error | undefined;
  /** While set, sends wait for it. */
  gate: Promise<void> | undefined;
  inFlight = 0;
  inFlightMost = 0;
  private readonly ends: Map<number, Offset> = new Map();

  constructor(partitions = 4) {
    this.partitions = partitions;
  }

  async send(partition: number, records: readonly OutboundRecord[]): Promise<Offset> {
    this.inFlightMost = Math.max(this.inFlightMost, ++this.inFlight);
    this.sends.push({ partition, records });
    await this.gate;
    this.inFlight -= 1;
    if (this.failure !== undefined) throw this.failure;
    const base = this.ends.get(partition) ?? 0;
    this.ends.set(partition, base + records.length);
    return base;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface FakeWorker {
  readonly server: ApiServer;
  readonly reads: FakeReads;
  readonly sink: FakeSink;
}

/** A served fake on a free port. */
export async function serveFake(options: { reads?: WorkerReads; partitions?: number } = {}): Promise<FakeWorker> {
  const local = new FakeReads();
  const sink = new FakeSink(options.partitions);
  const commands = new CommandBatcher(sink, { overloadedCode: 'OVERLOADED' });
  const server = await startApiServer({
    port: 0,
    local,
    reads: options.reads ?? local,
    commands: () => commands,
    health: () => ({ healthy: true, details: { partitions: [] } }),
    ready: () => true,
    log: () => undefined,
  });
  return { server, reads: local, sink };
}
