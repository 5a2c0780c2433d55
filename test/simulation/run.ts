/** One seed, one run. */
import { actRandomly } from './actions.ts';
import { Client } from './client.ts';
import type { FaultCounts } from './faults.ts';
import { finish } from './finish.ts';
import { World } from './world.ts';

export const stepsDefault = 400;

export interface Outcome {
  readonly seed: number;
  /** The driver's steps until the end or the first violation. */
  readonly step: number;
  readonly violations: readonly string[];
  readonly faults: FaultCounts;
  readonly digest: string;
  readonly instances: number;
  readonly records: number;
}

export async function run(seed: number, steps: number): Promise<Outcome> {
  const world = new World(seed);
  const client = new Client(world);
  const stray = (error: unknown): void => {
    world.accuse(`an error that nobody caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  process.on('unhandledRejection', stray);
  try {
    for (let count = 0; count < 2; count++) {
      const disk = world.freeDisks()[0];
      if (disk !== undefined) world.spawn(disk);
    }
    for (let step = 0; step < steps && world.violations.length === 0; step++) await doStep(world, client);
    if (world.violations.length === 0) await finish(world, client);
  } catch (error) {
    stray(error);
  } finally {
    process.off('unhandledRejection', stray);
  }
  return {
    seed,
    step: world.schedule.step,
    violations: [...new Set(world.violations)],
    faults: world.faults.counts,
    digest: world.digest.text,
    instances: world.judges.reduce((sum, judge) => sum + judge.instances.size, 0),
    records: world.judges.reduce((sum, _, partition) => sum + world.broker.history(partition).next, 0),
  };
}

async function doStep(world: World, client: Client): Promise<void> {
  const { schedule, random } = world;
  schedule.step++;
  schedule.advance(random.below(10));
  if (random.chance(0.65) && (await world.happen())) return;
  actRandomly(world, client);
  await schedule.settle();
}
