import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  append,
  CommandProbe,
  entries,
  GroupProbe,
  type LogProcess,
  type LogWorld,
  openBench,
  partitionOf,
  readFrom,
  record,
  take,
} from './world.ts';

export function groupContract(makeWorld: () => Promise<LogWorld>): void {
  let made: LogWorld | undefined;
  const world = (): LogWorld => {
    if (made === undefined) throw new Error('the world did not open');
    return made;
  };
  beforeAll(async () => {
    made = await makeWorld();
  });
  afterAll(async () => {
    await made?.close();
  });
  const opened = async <T>(use: (process: LogProcess) => Promise<T>): Promise<T> => {
    const process = await world().open();
    try {
      return await use(process);
    } finally {
      await process.close();
    }
  };

  test('[P7] a process that joins alone is assigned every partition once, and hears that it is alive', () =>
    opened(async ({ group }) => {
      const probe = new GroupProbe();
      await group.join(probe);
      await probe.until(() => probe.owned.size === world().partitions && probe.aliveCalls > 0);
      expect(probe.calls.toSorted()).toEqual(Array.from({ length: world().partitions }, (_, at) => `assigned ${String(at)}`).toSorted());
      await group.leave();
    }));

  test('[P7] a process that leaves has every partition revoked and hears nothing after', () =>
    opened(async ({ group }) => {
      const probe = new GroupProbe();
      await group.join(probe);
      await probe.until(() => probe.owned.size === world().partitions);
      await group.leave();
      expect([...probe.owned]).toEqual([]);
      expect(probe.calls.filter((call) => call.startsWith('revoked')).length).toBe(world().partitions);
    }));

  test('[P7] members lists the process itself with its partitions', () =>
    opened(async ({ group }) => {
      const probe = new GroupProbe();
      await group.join(probe);
      await probe.until(() => probe.owned.size === world().partitions);
      const members = await group.members();
      expect(members.map(({ partitions }) => partitions)).toEqual([Array.from({ length: world().partitions }, (_, at) => at)]);
      await group.leave();
    }));

  test('a closed partition delivers nothing any more', async () => {
    const process = await world().open();
    const group = new GroupProbe();
    await process.group.join(group);
    await group.until(() => group.owned.size === world().partitions);
    const [log, other] = [process.log.open(0), process.log.open(1)];
    const probe = new CommandProbe();
    log.consume(await process.sink.send(0, [{ key: 'k', value: Buffer.from('1') }]), probe);
    await probe.until(() => probe.received.length === 1);
    log.close();
    await process.sink.send(0, [{ key: 'k', value: Buffer.from('2') }]);
    const witness = await process.sink.send(1, [{ key: 'k', value: Buffer.from('3') }]);
    expect((await take(other, witness, 1)).length).toBe(1);
    expect(probe.received.length).toBe(1);
    expect(probe.failures).toEqual([]);
    other.close();
    await process.group.leave();
    await process.close();
  });

  test('[P3] what was acked is there for the process that comes next: records, offsets, commands and what was trimmed', async () => {
    const first = await openBench(worldWithoutClose(world()));
    const base = await append(partitionOf(first, 0), record('stays', '1'), record('stays too', null));
    const commands = await first.process.sink.send(
      0,
      [0, 1, 2, 3].map((at) => ({ key: `k${String(at)}`, value: Buffer.from(String(at)) })),
    );
    await partitionOf(first, 0).trim(commands + 2);
    await first.close();

    const second = await openBench(worldWithoutClose(world()));
    const log = partitionOf(second, 0);
    expect(entries((await readFrom(log, base)).records)).toEqual([
      [base, 'stays', '1'],
      [base + 1, 'stays too', null],
    ]);
    expect(await append(log, record('next', '1'))).toBe(base + 2);
    expect((await take(log, commands + 2, 2)).map(({ value }) => value?.toString())).toEqual(['2', '3']);
    expect(await second.process.sink.send(0, [{ key: 'k4', value: Buffer.from('4') }])).toBe(commands + 4);
    await second.close();
  });
}

/** A bench closes its world; this one is shared by the tests of a describe. */
function worldWithoutClose(world: LogWorld): LogWorld {
  return {
    partitions: world.partitions,
    open: () => world.open(),
    deadLetters: () => world.deadLetters(),
    close: () => Promise.resolve(),
  };
}
