import type { CommandSink } from '../../engine/log/index.ts';
import { CommandBatcher } from '../../engine/log/index.ts';
import type { LogSink } from '../../partition-worker/index.ts';
import { createInProcessClient, type DurableClient } from '../client/index.ts';
import type { ActivityToRegister, OrchestratorToRegister } from '../define/index.ts';
import { installGuards } from '../guards/index.ts';
import { durationMs, type DataConverter, type Duration } from '../values/index.ts';
import { aside, createGate, type Gate } from './activity-runs.ts';
import { openEmbedded, openMemory } from './backing.ts';
import { Deliveries } from './deliveries.ts';
import { Faults, type Ack } from './faults.ts';
import type { RecordedHistory } from './recorded-history.ts';
import { Succession } from './succession.ts';
import { VirtualTime } from './virtual-time.ts';
import { Witness } from './witness.ts';
import type { World } from './worker-life.ts';

/** The programs that a worker runs. */
export interface TestCode {
  readonly orchestrators: readonly OrchestratorToRegister[];
  readonly activities?: readonly ActivityToRegister[];
}

export interface TestEnvironmentOptions extends TestCode {
  /** `memory` (default), or `embedded`: the embedded worker's own log and cache, in a directory that is removed at the end. */
  readonly log?: 'memory' | 'embedded';
  /** Default 1. With more, orchestrations and their children live on different ones. */
  readonly partitions?: number;
  /** Live functions kept between turns; a run that is not kept is replayed. Default 10,000. */
  readonly hotRunsMax?: number;
  /** States kept in memory; one that is not kept is read from the cache. Default 10,000. */
  readonly hotInstancesMax?: number;
  /** Default 50,000. */
  readonly historyEventsMax?: number;
  /** Activities running at once. Default 100. */
  readonly activitiesRunningMax?: number;
  /** `fail` (default): an orchestration whose code does not fit its history fails. `stall`: it is held, as in production. */
  readonly onCodeFault?: 'fail' | 'stall';
  /** What an orchestrator's `Date.now()`, `Math.random()`, `setTimeout()`, … do: `throw` (default), `warn` or nothing. For the whole process. */
  readonly guards?: 'throw' | 'warn' | 'off';
  /** What the clock shows in the beginning. Default 2026-01-01T00:00:00Z. */
  readonly startTime?: Date;
  /** The version of sub-orchestrations, and of orchestrations that `env.client` starts, whose call names none. Default: none. */
  readonly defaultVersion?: string;
  readonly dataConverter?: DataConverter;
  /** Every command and every message between orchestrations is delivered twice. Default false. */
  readonly deliverTwice?: boolean;
  /** Takes what orchestrators log, and what the worker has to say. Default: nothing is logged. */
  readonly onLog?: LogSink;
}

export interface CrashOptions {
  /** `now` (default), or at that commit: see `commits`. */
  readonly at?: 'now' | number;
  /** With a commit: whether it dies before the write (`never-sent`, default), or after it, before it hears of it (`lost`). */
  readonly ack?: Ack;
  /** What the next worker finds of the cache: nothing (default), or what was written. */
  readonly cache?: 'kept' | 'deleted';
}

export interface TestEnvironment extends AsyncDisposable {
  readonly client: DurableClient;
  /** The time as the worker sees it. It stands still but for `advance` and `clockBack`. */
  readonly now: Date;
  /** Moves time on, from one due timer to the next, and settles after each. */
  advance(duration: Duration): Promise<void>;
  /**
   * Resolves when nothing can happen any more unless time passes, a command comes, or a gate opens. An activity counts as under way until it
   * returns, unless it waits in `sleep` or at a gate.
   * @throws Error after 20 s of real time, with what is still under way; or when the worker has stopped a partition
   */
  settled(): Promise<void>;
  /** The wall clock is set back; timers that run go on running. */
  clockBack(duration: Duration): void;
  /** For activities: a wait that ends when time has been moved on so far. */
  sleep(duration: Duration): Promise<void>;
  /** Makes a place where activities wait for the test. */
  gate<T = void>(): Gate<T>;
  /**
   * Kills the worker and lets another take over from the log: every orchestration is replayed, and activities that were running run again.
   * A test that passes with a crash in the middle shows that the code is deterministic where it must be. With a commit to die at it
   * resolves when that has happened; false: the environment was closed before.
   */
  crash(options?: CrashOptions): Promise<boolean>;
  /** Stops the worker in good order and starts another, with other programs if some are given: a deployment. */
  restart(code?: TestCode): Promise<void>;
  /** Durable writes of the worker so far: batches of history and of messages to other partitions. Its claims are not counted. */
  readonly commits: number;
  /** The next send to a command log, of the client or of the worker, is written twice. */
  duplicateNextDelivery(): void;
  /** The history of the instance's newest execution, as `replayHistory` takes it. @throws RangeError there is no such instance */
  history(instanceId: string): RecordedHistory;
  /** The histories of all its executions, oldest first. */
  histories(instanceId: string): readonly RecordedHistory[];
  /** Every instance that was started so far, sub-orchestrations included. */
  readonly instanceIds: readonly string[];
  /** Ends it, as `await using` does. */
  stop(): Promise<void>;
}

const startTimeDefault = new Date('2026-01-01T00:00:00Z');
/** Every commit reaches the cache at once: a crash then finds all that may be there. */
const cacheGatheredBytes = 1;

/**
 * Runs a whole worker in this process under a clock that moves only when told, so that a month passes in a moment and every test ends in
 * the same way each time it is run.
 *
 * @throws OperationalError `DUPLICATE_NAME`, `INVALID_NAME`
 *
 * @example
 * await using env = await createTestEnvironment({ orchestrators: [remind], activities: [sendMail] });
 * const handle = await env.client.scheduleNewOrchestration(remind, 'mia');
 * await env.advance('30d');
 * expect(await handle.result()).toBe('reminded');
 */
export async function createTestEnvironment(options: TestEnvironmentOptions): Promise<TestEnvironment> {
  const world = await worldOf(options);
  const succession = new Succession(world, codeOf(options));
  const uninstallGuards = installGuards(options.guards ?? 'throw', (error, { name, instanceId }) => {
    world.log('warn', 'call that a replay would not repeat', { orchestrator: name, instanceId, error });
  });
  await succession.begin();
  const { time, faults, deliveries, witness } = world;
  const client = clientOf(options, world, succession);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    uninstallGuards();
    stopping ??= client.close().then(() => succession.end());
    return stopping;
  };
  return {
    client,
    get now() {
      return new Date(time.nowMs);
    },
    settled: () => succession.settled(),
    async advance(duration) {
      const untilMs = time.monotonicMs + durationMs(duration, 'the time to advance');
      await succession.settled();
      while (time.nextDueMs <= untilMs) {
        time.moveTo(time.nextDueMs);
        await succession.settled();
      }
      time.moveTo(untilMs);
      await succession.settled();
    },
    clockBack(duration) {
      time.setWallBack(durationMs(duration, 'the time to go back'));
    },
    sleep: (duration) => aside(new Promise((resolve) => time.after(durationMs(duration, 'the time to sleep'), resolve))),
    gate: createGate,
    crash: ({ at = 'now', ack = 'never-sent', cache = 'deleted' } = {}) =>
      at === 'now' ? succession.crash(cache).then(() => true) : succession.crashAt(at, { ack, cache }),
    restart: (code) => succession.restart(code === undefined ? undefined : codeOf(code)),
    get commits() {
      return faults.commits;
    },
    duplicateNextDelivery() {
      deliveries.doubleNext();
    },
    history(instanceId) {
      const history = witness.histories(instanceId).at(-1);
      if (history === undefined) throw new RangeError(`there is no instance ${JSON.stringify(instanceId)}`);
      return history;
    },
    histories: (instanceId) => witness.histories(instanceId),
    get instanceIds() {
      return witness.instanceIds;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function codeOf({ orchestrators, activities = [] }: TestCode): Required<TestCode> {
  return { orchestrators, activities };
}

async function worldOf(options: TestEnvironmentOptions): Promise<World> {
  const { log = 'memory', partitions = 1, onCodeFault = 'fail', startTime = startTimeDefault, defaultVersion, dataConverter } = options;
  const time = new VirtualTime(startTime.getTime());
  const faults = new Faults();
  const deliveries = new Deliveries(options.deliverTwice ?? false);
  const backing = log === 'memory' ? openMemory(partitions) : await openEmbedded(partitions, time);
  const { hotRunsMax, hotInstancesMax, historyEventsMax, activitiesRunningMax } = options;
  return {
    backing,
    time,
    faults,
    deliveries,
    witness: new Witness(),
    dataConverter,
    program: {
      onCodeFault,
      ...(hotRunsMax === undefined ? {} : { hotRunsMax }),
      ...(defaultVersion === undefined ? {} : { defaultVersion }),
      ...(dataConverter === undefined ? {} : { dataConverter }),
    },
    limits: {
      cacheGatheredBytesMax: cacheGatheredBytes,
      ...(hotInstancesMax === undefined ? {} : { hotInstancesMax }),
      ...(historyEventsMax === undefined ? {} : { historyEventsMax }),
      ...(activitiesRunningMax === undefined ? {} : { activitiesRunningMax }),
    },
    log: (level, event, fields) => options.onLog?.(level, event, fields ?? {}),
  };
}

function clientOf(options: TestEnvironmentOptions, { backing, deliveries }: World, succession: Succession): DurableClient {
  const { defaultVersion, dataConverter } = options;
  const sink: CommandSink = {
    partitions: backing.partitions,
    send: (partition, records) =>
      succession.metered('a command', () => deliveries.send(partition, records, () => backing.sink.send(partition, records))),
    close: () => Promise.resolve(),
  };
  return createInProcessClient({
    commands: new CommandBatcher(sink, { overloadedCode: 'CLIENT_OVERLOADED' }),
    reads: succession.reads,
    ...(defaultVersion === undefined ? {} : { defaultVersion }),
    ...(dataConverter === undefined ? {} : { dataConverter }),
  });
}
