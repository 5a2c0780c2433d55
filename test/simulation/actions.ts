/** What a driver may do to the world between two happenings. */
import type { Client } from './client.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** An action and its weight among all; `group` names what a seed may be wild or quiet in. */
interface Action {
  readonly weight: number;
  readonly group: string;
  readonly act: (world: World, client: Client) => void;
}

const actions: readonly Action[] = [
  { weight: 16, group: 'orders', act: (_world, client) => client.order() },
  { weight: 8, group: 'asking', act: ask },
  { weight: 8, group: 'assigning', act: assign },
  { weight: 3, group: 'revoking', act: revoke },
  { weight: 10, group: 'beating', act: beat },
  { weight: 5, group: 'compaction', act: compact },
  { weight: 2, group: 'noise', act: noise },
  { weight: 3, group: 'crashes', act: crash },
  { weight: 4, group: 'starts', act: start },
  { weight: 1, group: 'stops', act: stop },
  { weight: 2, group: 'freezing', act: freeze },
  { weight: 3, group: 'thawing', act: thaw },
  { weight: 1.2, group: 'long sleeps', act: sleep },
  { weight: 2, group: 'snapshots', act: snapshot },
  { weight: 10, group: 'waiting', act: (world) => world.schedule.advance(50 + world.random.below(1_000)) },
  { weight: 1, group: 'clocks set back', act: setClockBack },
  { weight: 1, group: 'jumps of minutes', act: jumpMinutes },
  { weight: 1.5, group: 'jumps of days', act: jumpDays },
];

/** What must go on in every seed, or nothing else would. */
const always = new Set(['orders', 'assigning', 'beating', 'starts', 'thawing', 'waiting']);

export function actRandomly(world: World, client: Client): void {
  const weights = actions.map(({ weight, group }) => weight * (always.has(group) ? 1 : world.faults.intensityOf(group)));
  let drawn = world.random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [at, action] of actions.entries()) {
    drawn -= weights[at] ?? 0;
    if (drawn >= 0) continue;
    world.digest.add(action.group);
    action.act(world, client);
    return;
  }
}

function anyProcess(world: World): WorkerProcess | undefined {
  return world.random.pick(world.processes.filter((process) => process.joined && !process.stopping));
}

function ask(world: World, client: Client): void {
  const process = anyProcess(world);
  if (process !== undefined && !world.isFrozen(process)) client.ask(process);
}

function assign(world: World): void {
  const process = anyProcess(world);
  if (process === undefined || world.isFrozen(process)) return;
  const partition = world.random.below(world.partitions);
  if (process.brokenOn(partition)) world.revoke(process, partition);
  if (world.processes.some((other) => other !== process && other.holds.has(partition))) world.faults.note('two owners at once');
  world.assign(process, partition);
}

function revoke(world: World): void {
  const process = anyProcess(world);
  if (process === undefined || world.isFrozen(process)) return;
  const partition = world.random.pick([...process.holds]);
  if (partition === undefined) return;
  world.faults.note('partition revoked');
  world.revoke(process, partition);
}

function beat(world: World): void {
  for (const process of world.processes)
    if (process.joined && !world.isFrozen(process) && world.random.chance(0.7)) world.broker.beat(process.name);
}

function compact(world: World): void {
  const { random, broker, schedule, faults } = world;
  const partition = random.below(world.partitions);
  const tombstones = (): number => broker.history(partition).live.filter(({ value }) => value === null).length;
  const before = tombstones();
  broker.clean(partition, broker.history(partition).next - random.below(12), schedule.nowMs, random.chance(0.3));
  faults.note('compaction');
  if (schedule.pending('read-piece').includes(partition)) faults.note('compaction during a restore');
  if (tombstones() < before) faults.note('tombstone expired');
}

function noise(world: World): void {
  const partition = world.random.below(world.partitions);
  if (world.random.chance(0.3)) {
    world.faults.note('command log: marker of a foreign transaction');
    world.broker.marker(partition);
  } else if (world.random.chance(0.5)) {
    world.faults.note('noise: control record');
    world.broker.noise(partition);
  } else {
    world.faults.note('noise: strange tombstone');
    world.broker.noise(partition, { key: `x/${String(world.random.below(3))}`, value: null });
  }
}

function crash(world: World): void {
  const process = world.random.pick(world.processes);
  if (process === undefined) return;
  world.faults.note('process crashed');
  world.kill(process);
  if (world.faults.strikes('cache lost its tail', 0.3))
    for (let partition = 0; partition < world.partitions; partition++) process.disk.stores.loseTail(partition, world.random.below(6));
}

/** A process starts on a free machine, whose disk may be its own, an old copy, another machine's, or empty. */
function start(world: World): void {
  const disk = world.random.pick(world.freeDisks());
  if (disk === undefined) return;
  const snapshot = world.random.pick(world.snapshots);
  if (world.faults.strikes('cache deleted', 0.1)) disk.wipe();
  else if (snapshot !== undefined && world.random.chance(0.4)) {
    world.faults.note(snapshot.disk === disk.number ? 'cache of another time' : 'cache of another worker');
    const hasTimers = [...snapshot.stores.partitions.values()].some((rows) => rows.some(([key]) => key.startsWith('T/')));
    if (hasTimers) world.faults.note('cache of another time with timers');
    disk.replace(snapshot.stores);
  }
  world.spawn(disk);
}

function stop(world: World): void {
  const process = anyProcess(world);
  if (process === undefined) return;
  process.stop(world.random.pick([0, 1_000]) ?? 0, () => {
    world.faults.note('process stopped gracefully');
    world.kill(process);
  });
}

function freeze(world: World): void {
  const process = world.random.pick(world.processes);
  if (process === undefined || world.isFrozen(process)) return;
  world.faults.note('process frozen');
  world.schedule.frozen.add(process.name);
}

/** A process sleeps while others may go on; when it wakes, tombstones that landed meanwhile are gone. */
function sleep(world: World): void {
  const { schedule, random, broker, partitions, faults } = world;
  const process = sleeper(world);
  if (process === undefined || world.isFrozen(process)) return;
  faults.note('process asleep longer than tombstones live');
  schedule.frozen.add(process.name);
  const wake = (): void => {
    schedule.frozen.delete(process.name);
    if (faults.calm) return;
    for (let pass = 0; pass < 2; pass++) {
      for (let partition = 0; partition < partitions; partition++)
        broker.clean(partition, broker.history(partition).next - 1, schedule.nowMs);
      schedule.advance(4 * dayMs);
    }
    for (let partition = 0; partition < partitions; partition++)
      broker.clean(partition, broker.history(partition).next - 1, schedule.nowMs);
  };
  schedule.add({ kind: 'wakes', process: null, partition: null, run: wake }, 10 + random.below(100));
}

/** Whoever has an append on its way, or works a partition that another has one on the way to: sleep is most dangerous then. */
function sleeper(world: World): WorkerProcess | undefined {
  const { random, schedule } = world;
  const partition = random.pick([...schedule.pending('append-lands'), ...schedule.pending('append-answers')]);
  const active = world.processes.filter((process) => partition !== undefined && process.activeOn(partition));
  const process = random.pick(active) ?? random.pick(world.processes);
  if (process !== undefined && random.chance(0.5))
    for (const held of process.holds) {
      const heir = random.pick(
        world.processes.filter((other) => other !== process && other.joined && !other.stopping && !world.isFrozen(other)),
      );
      if (heir !== undefined) world.assign(heir, held);
    }
  return process;
}

function thaw(world: World): void {
  const name = world.random.pick([...world.schedule.frozen]);
  if (name !== undefined) world.schedule.frozen.delete(name);
}

function snapshot(world: World): void {
  const disk = world.random.pick(world.disks);
  if (disk === undefined) return;
  world.snapshots.push({ disk: disk.number, takenAtMs: world.schedule.nowMs, stores: disk.snapshot() });
  if (world.snapshots.length > 6) world.snapshots.splice(world.random.below(6), 1);
}

/** As a time server does to a machine whose clock ran fast. */
function setClockBack(world: World): void {
  const process = world.random.pick(world.processes);
  if (process === undefined) return;
  world.faults.note('clock set back');
  process.setClockBack(1 + world.random.below(world.random.pick([5_000, 60_000]) ?? 1));
}

function jumpMinutes(world: World): void {
  world.faults.note('clock jump: minutes');
  world.schedule.advance((5 + world.random.below(15)) * minuteMs);
}

function jumpDays(world: World): void {
  world.faults.note('clock jump: days');
  world.schedule.advance(dayMs + world.random.below(3 * dayMs));
}
