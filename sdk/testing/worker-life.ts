/** One worker of a test environment, from its start to its death or its stop. */
import type { WorkerReads } from '../../schemas/index.ts';
import type { Group } from '../../engine/log/index.ts';
import { createPartitionWorker, type PartitionWorker, type PartitionWorkerOptions, type Runtime } from '../../partition-worker/index.ts';
import { createActivityHost, createProgram, type ProgramOptions } from '../replay/index.ts';
import type { ActivityToRegister } from '../define/index.ts';
import type { DataConverter } from '../values/index.ts';
import { meteredHost } from './activity-runs.ts';
import type { Backing } from './backing.ts';
import type { Deliveries } from './deliveries.ts';
import type { Faults, PlannedCrash } from './faults.ts';
import { Life, runtimeOf } from './life.ts';
import { livedLog } from './lived-log.ts';
import { livedStores } from './lived-stores.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Witness } from './witness.ts';

export interface World {
  readonly backing: Backing;
  readonly time: VirtualTime;
  readonly faults: Faults;
  readonly deliveries: Deliveries;
  readonly witness: Witness;
  readonly program: Omit<ProgramOptions, 'orchestrators' | 'log' | 'drain'>;
  readonly dataConverter: DataConverter | undefined;
  readonly limits: Pick<
    PartitionWorkerOptions,
    'hotInstancesMax' | 'historyEventsMax' | 'activitiesRunningMax' | 'cacheGatheredBytesMax' | 'commitBytesMax'
  >;
  readonly log: Runtime['log'];
}

export interface WorkerCode {
  readonly orchestrators: ProgramOptions['orchestrators'];
  readonly activities: readonly ActivityToRegister[];
}

export class WorkerLife {
  readonly life: Life;
  isStopping = false;
  private readonly worker: PartitionWorker;

  constructor(world: World, code: WorkerCode, number: number, onCrash: (crash: PlannedCrash) => void) {
    const life = new Life(world.time);
    const { dataConverter, backing } = world;
    const name = `worker ${String(number)}`;
    this.life = life;
    this.worker = createPartitionWorker({
      ...world.limits,
      log: livedLog({ ...world, life, log: backing.connect(name), onCrash }),
      group: groupOfOne(backing.partitions),
      stores: livedStores(life, backing.stores()),
      runtime: runtimeOf(life, number, world.log),
      program: meteredProgram(
        life,
        createProgram({ ...world.program, orchestrators: code.orchestrators, log: world.log, drain: drain(life) }),
      ),
      activityHost: meteredHost(
        life,
        createActivityHost({ activities: code.activities, ...(dataConverter === undefined ? {} : { dataConverter }) }),
      ),
      workerName: name,
      commandsTopic: 'commands',
      // Nobody else writes this log: nothing it lacks can have come and gone.
      cacheAgeMaxMs: Infinity,
      leaseMs: Infinity,
      onFailed: () => undefined,
    });
  }

  get reads(): WorkerReads {
    return this.worker.reads;
  }

  /** Resolves when every partition is taken. @throws Error a partition is broken. */
  async start(): Promise<void> {
    await this.worker.start();
    while (!this.worker.ready() && !this.life.isDead) {
      this.throwIfBroken();
      await nextMacrotask();
    }
  }

  /** @throws Error a partition is broken: a test would otherwise wait for it in vain. */
  throwIfBroken(): void {
    const broken = this.worker.report().find(({ phase }) => phase === 'broken');
    if (broken !== undefined) throw new Error(`partition ${String(broken.partition)} is broken: ${String(broken.fault)}`);
  }

  /** Hands everything over; activities still running are left to the next worker. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.worker.stop(0);
    await this.kill();
  }

  async kill(): Promise<void> {
    this.life.die();
    await this.life.bury();
  }
}

/** Whoever asks owns everything: the log alone says who may write. */
function groupOfOne(partitions: number): Group {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  let leave = (): void => undefined;
  return {
    join: (listener) => {
      listener.alive(0);
      for (const partition of all) listener.assigned(partition);
      leave = () => {
        for (const partition of all) listener.revoked(partition);
      };
      return Promise.resolve();
    },
    members: () => Promise.resolve([{ apiUrl: null, programs: [], partitions: all }]),
    leave: () => {
      leave();
      return Promise.resolve();
    },
  };
}

type Program = PartitionWorkerOptions['program'];

function meteredProgram(life: Life, program: Program): Program {
  return {
    programs: program.programs,
    session: () => {
      const session = program.session();
      return {
        turns: (requests) => life.work('a turn', () => session.turns(requests)),
        evict: (instanceId) => {
          session.evict(instanceId);
        },
        close: () => {
          session.close();
        },
      };
    },
  };
}

/** A dead worker's turns end where they are. */
function drain(life: Life): () => Promise<void> {
  return async () => {
    await nextMacrotask();
    if (life.isDead) await new Promise<never>(() => undefined);
  };
}

/** After it no microtask is left. */
export function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
