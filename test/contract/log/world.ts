import type {
  AppendRecord,
  CommandFeed,
  CommandListener,
  CommandRecord,
  CommandSink,
  Group,
  GroupListener,
  Log,
  LogRecord,
  Offset,
  PartitionLog,
} from '../../../engine/log/index.ts';

/** One process's view of the log. */
export interface LogProcess {
  readonly log: Log;
  readonly group: Group;
  readonly sink: CommandSink;
  close(): Promise<void>;
}

/** A dead letter as it stands in the log. */
export interface StoredMessage {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A fresh namespace for the suite. Its history may begin with records of the adapter's own; the suite starts where they end. */
export interface LogWorld {
  /** At least 2. */
  readonly partitions: number;
  /** Opens a process; at most one is open at a time. A later one finds what an earlier one wrote. */
  open(): Promise<LogProcess>;
  /** Opens a second process beside the first, which reads and appends without the group's leave: a zombie. */
  rival?(): Promise<LogProcess>;
  /** Compacts a history partition up to its last record at least once; tombstones stay. */
  compact?(partition: number): Promise<void>;
  /** Everything in the dead-letter log, in order. */
  deadLetters(): Promise<readonly StoredMessage[]>;
  close(): Promise<void>;
}

/** What a world can do beyond the port; without it the tests that need it are not part of the suite. */
export interface Capabilities {
  readonly rival: boolean;
  readonly compact: boolean;
}

/** A process that has joined the group, with every partition open. */
export interface Bench {
  readonly world: LogWorld;
  readonly process: LogProcess;
  readonly partitions: readonly PartitionLog[];
  close(): Promise<void>;
}

export async function openBench(world: LogWorld): Promise<Bench> {
  const process = await world.open();
  const group = new GroupProbe();
  await process.group.join(group);
  await group.until(() => group.owned.size === world.partitions);
  const partitions = Array.from({ length: world.partitions }, (_, partition) => process.log.open(partition));
  return {
    world,
    process,
    partitions,
    close: async () => {
      for (const log of partitions) log.close();
      await process.group.leave();
      await process.close();
      await world.close();
    },
  };
}

export function partitionOf(bench: Bench, partition: number): PartitionLog {
  const log = bench.partitions[partition];
  if (log === undefined) throw new RangeError(`the world has no partition ${String(partition)}`);
  return log;
}

/** Resolves when a condition over what arrived so far holds: tests wait for events, never for time. */
abstract class Probe {
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }));
  }

  protected changed(): void {
    const met = this.#waiting.filter(({ holds }) => holds());
    this.#waiting = this.#waiting.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }
}

export class GroupProbe extends Probe implements GroupListener {
  readonly owned: Set<number> = new Set();
  readonly calls: string[] = [];
  aliveCalls = 0;
  /** Of every sign of membership, in milliseconds. */
  readonly ages: number[] = [];

  assigned(partition: number): void {
    this.owned.add(partition);
    this.calls.push(`assigned ${String(partition)}`);
    this.changed();
  }

  revoked(partition: number): void {
    this.owned.delete(partition);
    this.calls.push(`revoked ${String(partition)}`);
    this.changed();
  }

  alive(sentAgoMs: number): void {
    this.aliveCalls++;
    this.ages.push(sentAgoMs);
    this.changed();
  }

  failed(error: Error): void {
    throw error;
  }
}

export class CommandProbe extends Probe implements CommandListener {
  readonly received: CommandRecord[] = [];
  readonly failures: Error[] = [];

  records(batch: readonly CommandRecord[]): void {
    this.received.push(...batch);
    this.changed();
  }

  failed(error: Error): void {
    this.failures.push(error);
    this.changed();
  }

  get offsets(): readonly Offset[] {
    return this.received.map(({ offset }) => offset);
  }

  get texts(): readonly string[] {
    return this.received.map(({ value }) => value?.toString() ?? 'null');
  }
}

/** Consumes from `from` until `count` commands have come, then stops. */
export async function take(log: PartitionLog, from: Offset, count: number): Promise<readonly CommandRecord[]> {
  const probe = new CommandProbe();
  const feed: CommandFeed = log.consume(from, probe);
  await probe.until(() => probe.received.length >= count || probe.failures.length > 0);
  feed.stop();
  const [failure] = probe.failures;
  if (failure !== undefined) throw failure;
  return probe.received;
}

/** The error that ends a feed from `from`. */
export async function feedFailure(log: PartitionLog, from: Offset): Promise<Error | undefined> {
  const probe = new CommandProbe();
  const feed = log.consume(from, probe);
  await probe.until(() => probe.failures.length > 0);
  feed.stop();
  return probe.failures[0];
}

export interface Reading {
  readonly records: readonly LogRecord[];
  readonly end: Offset;
}

export async function readFrom(log: PartitionLog, from: Offset): Promise<Reading> {
  const records: LogRecord[] = [];
  const end = await log.read(from, (piece) => {
    records.push(...piece);
  });
  return { records, end };
}

export async function endOf(log: PartitionLog): Promise<Offset> {
  return (await readFrom(log, 0)).end;
}

/** Appends and answers the offset of the first record. */
export async function append(log: PartitionLog, ...records: readonly AppendRecord[]): Promise<Offset> {
  const outcome = await log.append(records);
  if (outcome.kind !== 'acked') throw new Error(`append was ${outcome.kind}`, { cause: outcome.cause });
  return outcome.base;
}

export function record(key: string, text: string | null): AppendRecord {
  return { key, value: text === null ? null : Buffer.from(text) };
}

export function entries(records: readonly LogRecord[]): readonly (readonly [offset: Offset, key: string, text: string | null])[] {
  return records.map(({ offset, key, value }) => [offset, key, value === null ? null : value.toString()]);
}
