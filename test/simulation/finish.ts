/** The end of a run: faults stop, everything is drained within bounds, and what the log and the caches hold is audited. */
import { commandsTopic, type WorkerProcess } from './worker-process.ts';
import { auditCache, auditLog } from './audit.ts';
import type { Client } from './client.ts';
import { isOver } from './life.ts';
import { isEndless } from './outcomes.ts';
import type { PartitionJudge } from './partition-judge.ts';
import { unsweptFacts } from './tombstones.ts';
import { decoded } from './consequences.ts';
import { deadLettersIn } from './witness.ts';
import type { World } from './world.ts';

/** Happenings until everything must be drained: far more than any run has needed. */
const drainStepsMax = 6_000;
const beatEveryMs = 300;

export async function finish(world: World, client: Client): Promise<void> {
  calmDown(world);
  await drain(world, 'drained', client);
  if (world.violations.length > 0) return;
  checkOutcomes(world);
  await checkAnswers(world);
  world.schedule.advance(16 * 60_000);
  await drain(world, 'swept');
  await checkQuiet(world);
  auditLogs(world, 'the log');
  if (world.violations.length > 0) return;
  await auditTakeovers(world);
}

/** No more faults: what hangs goes on, what is frozen thaws, and every partition has one owner. */
function calmDown(world: World): void {
  const { faults, schedule, random } = world;
  faults.calm = true;
  schedule.frozen.clear();
  if (random.chance(0.5)) for (const process of [...world.processes]) world.kill(process);
  for (const process of [...world.processes]) if (!process.isComplete) world.kill(process);
  for (const process of world.processes) for (const end of process.hanging.splice(0)) end();
}

async function drain(world: World, what: 'drained' | 'swept', client?: Client): Promise<void> {
  for (let step = 0; world.violations.length === 0; step++) {
    world.schedule.step++;
    if (step > drainStepsMax) {
      world.accuse(
        `not ${what} after ${String(drainStepsMax)} steps: ${restOf(world, what)
          .map(({ text }) => text)
          .join('; ')}`,
      );
      return;
    }
    if (await world.happen()) continue;
    assignAll(world);
    const rest = restOf(world, what);
    if (rest.length === 0) return;
    if (client !== undefined && rest.every((left) => left.isInstance)) client.tidy();
    for (const process of world.processes) if (process.joined && !process.stopping) world.broker.beat(process.name);
    world.schedule.advance(Math.min(world.schedule.nextTimerMs ?? beatEveryMs, beatEveryMs));
    await world.schedule.settle();
  }
}

/**
 * The group in its right mind: one owner a partition, and whoever believes it owned the partition all along, while another has taken it
 * since, must take it anew.
 */
function assignAll(world: World): void {
  for (let partition = 0; partition < world.partitions; partition++) {
    const holders = world.processes.filter((process) => process.holds.has(partition) && !process.stopping);
    const [owner, ...others] = holders;
    for (const other of others) world.revoke(other, partition);
    const isOvertaken = owner?.activeOn(partition) === true && owner.name !== world.judges[partition]?.owner;
    if (owner !== undefined && (isOvertaken || owner.brokenOn(partition))) world.revoke(owner, partition);
    else if (owner === undefined) {
      const candidates = world.processes.filter((process) => process.joined && !process.stopping);
      const chosen = world.random.pick(candidates);
      if (chosen !== undefined) world.assign(chosen, partition);
      else if (world.processes.every((process) => process.stopping)) {
        const disk = world.freeDisks()[0];
        if (disk !== undefined) world.spawn(disk);
      }
    }
  }
}

interface Left {
  readonly text: string;
  /** An instance that has not ended: what it waits for may be the client's to send. */
  readonly isInstance: boolean;
}

/** What is still to be done. */
function restOf(world: World, what: 'drained' | 'swept'): readonly Left[] {
  return world.judges.flatMap((judge, partition) => {
    const rest: string[] = [];
    const next = (world.broker.commands(partition).full.at(-1)?.offset ?? -1) + 1;
    if (!world.processes.some((process) => process.activeOn(partition))) rest.push('has no active owner');
    if (judge.marks.commandNext < next) rest.push(`has consumed ${String(judge.marks.commandNext)} of ${String(next)} commands`);
    const waits = openInstances(judge);
    for (const { lane, number } of judge.outbound)
      if (judge.sentThrough(lane) < number) rest.push(`has not sent message ${String(number)}`);
    if (what === 'swept') rest.push(...unsweptKeys(judge));
    const left = (isInstance: boolean) => (text: string) => ({ text: `p${String(partition)} ${text}`, isInstance });
    return [...rest.map(left(false)), ...waits.map(left(true))];
  });
}

function openInstances(judge: PartitionJudge): readonly string[] {
  return [...judge.instances.keys()].flatMap((id) => {
    const life = judge.lifeOf(id);
    if (life === undefined || isOver(life) || (isEndless(life.started.name) && !life.suspended)) return [];
    return [`has ${id} (${life.started.name}) ${life.status}${life.suspended ? ', suspended' : ''}`];
  });
}

function unsweptKeys(judge: PartitionJudge): readonly string[] {
  const keys = [...judge.voidsSeen(), ...[...judge.kept].filter((key) => /^[or]\//.test(key)), ...unsweptFacts(judge)];
  return keys.map((key) => `has not swept ${key}`);
}

function checkOutcomes(world: World): void {
  const letters = deadLettersIn(world.broker);
  for (const [partition, judge] of world.judges.entries()) {
    for (const { offset, value } of world.broker.commands(partition).full)
      if (decoded(value) === undefined && !letters.has(`${commandsTopic}/${String(partition)}/${String(offset)}`))
        world.accuse(`p${String(partition)}: command ${String(offset)} cannot be decoded and is in no dead letter`);
    for (let source = 0; source < world.partitions; source++) {
      const sent = world.judges[source]?.outbound.filter(({ lane }) => lane === `c/${String(partition)}`).at(-1)?.number ?? 0;
      const received = judge.marks.received.find((mark) => mark.source === source)?.number ?? 0;
      if (sent !== received)
        world.accuse(`p${String(partition)} received up to ${String(received)} of ${String(sent)} from p${String(source)}`);
    }
  }
}

/** Whoever asks for a command now is told what became of it, however often its owner changed. */
async function checkAnswers(world: World): Promise<void> {
  for (const [partition, judge] of world.judges.entries()) {
    const owner = world.processes.find((process) => process.activeOn(partition));
    if (owner === undefined) continue;
    world.broker.beat(owner.name);
    const outcomes: (string | undefined)[] = [];
    for (let offset = 0; offset < judge.marks.commandNext; offset++) {
      const place = { partition, offset };
      owner.worker.reads.answer(place, 0).then(
        (answer) => {
          outcomes[offset] = answer.outcome;
          world.witness.answered(place, answer);
        },
        (error: unknown) => world.accuse(`command ${String(offset)} of p${String(partition)} has no answer: ${String(error)}`),
      );
    }
    await world.schedule.settle();
    for (let offset = 0; offset < judge.marks.commandNext; offset++) {
      const kept = offset >= judge.marks.answersFrom;
      const outcome = outcomes[offset];
      const fact = judge.answers.get(offset);
      const expected = !kept ? 'expired' : fact === undefined ? 'accepted' : fact.kind === 'CommandRefused' ? 'refused' : 'forwarded';
      if (outcome !== expected)
        world.accuse(`command ${String(offset)} of p${String(partition)} is answered ${String(outcome)}, not ${expected}`);
    }
  }
}

/** With nothing to do, nothing is written. */
async function checkQuiet(world: World): Promise<void> {
  const sizes = (): string => world.judges.map((_, partition) => world.broker.history(partition).next).join();
  const before = sizes();
  for (let tick = 0; tick < 20; tick++) {
    world.schedule.advance(tick < 15 ? beatEveryMs : 600_000);
    for (let step = 0; step < 20 && (await world.happen()); step++);
  }
  if (sizes() !== before) world.accuse(`the log grows though there is nothing to do: from ${before} to ${sizes()}`);
}

/** The whole log, the compacted log, and the log compacted until every tombstone is gone: all fold to what the judge holds. */
function auditLogs(world: World, what: string): void {
  for (const [partition, judge] of world.judges.entries()) {
    const topic = world.broker.history(partition);
    const accuse = (fault: string): void => {
      world.accuse(`p${String(partition)}: ${fault}`);
    };
    auditLog(`${what}, whole`, topic.full, judge, accuse);
    auditLog(`${what}, compacted`, topic.live, judge, accuse);
    world.broker.clean(partition, topic.next - 1, world.schedule.nowMs);
    world.schedule.advance(8 * 24 * 3_600_000);
    world.broker.clean(partition, topic.next - 1, world.schedule.nowMs);
    auditLog(`${what}, compacted to the end`, topic.live, judge, accuse);
  }
}

/** Real processes take over from every kind of cache there is left; what they then hold is what the judge holds. */
async function auditTakeovers(world: World): Promise<void> {
  for (const process of [...world.processes]) world.kill(process);
  const snapshot = world.random.pick(world.snapshots);
  const kinds = ['an empty disk', 'its own disk', 'an old copy'] as const;
  for (const from of [world.random.pick(kinds), world.random.pick(kinds)]) {
    const disk = world.random.pick(world.disks);
    if (disk === undefined || from === undefined || (from === 'an old copy' && snapshot === undefined)) continue;
    if (from === 'an empty disk') disk.wipe();
    else if (from === 'an old copy' && snapshot !== undefined) disk.replace(snapshot.stores);
    const process = world.spawn(disk);
    await drain(world, 'swept');
    await linger(world);
    if (world.violations.length > 0) return;
    await auditOne(world, process, from);
  }
}

/** What the caches alone still hold of the swept goes with nothing but time. */
async function linger(world: World): Promise<void> {
  for (let tick = 0; tick < 5; tick++) {
    for (const process of world.processes) if (process.joined && !process.stopping) world.broker.beat(process.name);
    world.schedule.advance(beatEveryMs);
    for (let step = 0; step < drainStepsMax && (await world.happen()); step++);
  }
}

async function auditOne(world: World, process: WorkerProcess, from: string): Promise<void> {
  const { stores } = process.disk;
  // A graceful end writes on what the cache has gathered in memory.
  const ended: string[] = [];
  process.stop(0, () => void ended.push(process.name));
  for (let step = 0; step < drainStepsMax && ended.length === 0; step++) if (!(await world.happen())) world.schedule.advance(beatEveryMs);
  if (ended.length === 0) world.accuse(`${process.name} does not stop`);
  world.kill(process);
  for (const [partition, judge] of world.judges.entries())
    await auditCache(`the cache from ${from}`, await stores.open(partition, () => undefined), judge, (fault) => {
      world.accuse(`p${String(partition)}: ${fault}`);
    });
  stores.kill();
}
