import { describe, expect, test } from 'vitest';
import type { AppendOutcome, LogRecord, PartitionLog } from '../../../engine/log/index.ts';
import {
  createMemoryBroker,
  type AppendFate,
  type MemoryBroker,
  type MemoryHooks,
  type SendFate,
  type StepKind,
} from '../../../engine/log/memory/index.ts';
import { CommandProbe, GroupProbe, record } from '../../contract/log/world.ts';

/** Holds every step until the test lets it happen. */
class Driver {
  readonly held: { readonly kind: StepKind; readonly process: string; readonly run: () => void }[] = [];
  appendFate: AppendFate = 'acked';
  sendFate: SendFate = 'acked';
  pieceRecords = 1_000;
  readsOn = false;

  readonly hooks: MemoryHooks = {
    schedule: ({ kind, process }, run) => this.held.push({ kind, process, run }),
    appendFate: () => this.appendFate,
    sendFate: () => this.sendFate,
    readPieceRecords: () => this.pieceRecords,
    readsOn: () => this.readsOn,
    commandPieceRecords: () => this.pieceRecords,
  };

  kinds(): readonly StepKind[] {
    return this.held.map(({ kind }) => kind);
  }

  /** Lets the oldest step of `kind` happen, and what waits for it go on. */
  async release(kind: StepKind): Promise<void> {
    const at = this.held.findIndex((step) => step.kind === kind);
    const [step] = at === -1 ? [] : this.held.splice(at, 1);
    if (step === undefined) throw new Error(`no ${kind} is held, only ${this.kinds().join()}`);
    step.run();
    await settled();
  }

  async releaseAll(): Promise<void> {
    for (let step = this.held.shift(); step !== undefined; step = this.held.shift()) {
      step.run();
      await settled();
    }
  }
}

/** Everything that the last step set free has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(options: { readonly assignment?: 'auto' | 'manual' } = {}): { driver: Driver; broker: MemoryBroker; log: PartitionLog } {
  const driver = new Driver();
  const broker = createMemoryBroker({ partitions: 2, hooks: driver.hooks, ...options });
  return { driver, broker, log: broker.connect('a').log.open(0) };
}

const keysIn = (broker: MemoryBroker): readonly (string | null)[] => broker.history(0).full.map(({ key }) => key);

/** The outcomes heard so far of an append under way. */
function heard(append: Promise<AppendOutcome>): AppendOutcome['kind'][] {
  const kinds: AppendOutcome['kind'][] = [];
  void append.then(({ kind }) => kinds.push(kind));
  return kinds;
}

describe('the fates of an append', () => {
  test('acked: it lands, then its writer hears where', async () => {
    const { driver, broker, log } = setUp();
    const outcomes = heard(log.append([record('x', '1'), record('y', '2')]));
    expect(driver.kinds()).toEqual(['append-lands']);
    await driver.release('append-lands');
    expect([keysIn(broker), outcomes]).toEqual([['x', 'y'], []]);
    await driver.release('append-answers');
    expect(outcomes).toEqual(['acked']);
  });

  test('[L5] ack-lost: it lands, and its writer hears unknown', async () => {
    const { driver, broker, log } = setUp();
    driver.appendFate = 'ack-lost';
    const outcomes = heard(log.append([record('x', '1')]));
    await driver.releaseAll();
    expect([keysIn(broker), outcomes]).toEqual([['x'], ['unknown']]);
  });

  test('[L5] late: its writer gives up, another writes, and then it lands behind', async () => {
    const { driver, broker, log } = setUp();
    driver.appendFate = 'late';
    const outcomes = heard(log.append([record('late', '1')]));
    await driver.release('append-answers');
    driver.appendFate = 'acked';
    const other = heard(
      broker
        .connect('b')
        .log.open(0)
        .append([record('takeover', '1')]),
    );
    const [late, takeover] = driver.held;
    takeover?.run();
    late?.run();
    driver.held.splice(0, 2);
    await driver.release('append-answers');
    expect([keysIn(broker), outcomes, other]).toEqual([['takeover', 'late'], ['unknown'], ['acked']]);
  });

  test('[L5] lost and refused: nothing ever lands; the writer hears unknown, or broken', async () => {
    for (const [fate, kind] of [
      ['lost', 'unknown'],
      ['refused', 'broken'],
    ] as const) {
      const { driver, broker, log } = setUp();
      driver.appendFate = fate;
      const outcomes = heard(log.append([record('x', '1')]));
      await driver.releaseAll();
      expect([keysIn(broker), outcomes]).toEqual([[], [kind]]);
    }
  });

  test('doubled: it lands again at any later time, which only a mutant may choose', async () => {
    const { driver, broker, log } = setUp();
    driver.appendFate = 'doubled';
    const outcomes = heard(log.append([record('x', '1')]));
    await driver.release('append-lands');
    await driver.release('append-answers');
    expect([keysIn(broker), outcomes]).toEqual([['x'], ['acked']]);
    await driver.release('append-lands');
    expect(keysIn(broker)).toEqual(['x', 'x']);
  });

  test('a second append in flight is a bug of the caller', async () => {
    const { driver, log } = setUp();
    const first = log.append([record('x', '1')]);
    await expect(log.append([record('y', '1')])).rejects.toMatchObject({ code: 'LOG_DISCIPLINE' });
    await driver.releaseAll();
    expect((await first).kind).toBe('acked');
  });

  test('a killed process hears nothing, and what it sent lands', async () => {
    const driver = new Driver();
    const broker = createMemoryBroker({ partitions: 2, hooks: driver.hooks });
    const process = broker.connect('a');
    const outcomes = heard(process.log.open(0).append([record('x', '1')]));
    process.kill();
    await driver.releaseAll();
    expect([keysIn(broker), outcomes]).toEqual([['x'], []]);
  });
});

describe('reading', () => {
  test('[L1] compaction may run between two pieces; the end is the one at the call unless the driver reads on', async () => {
    const { driver, broker, log } = setUp();
    for (const key of ['a', 'b', 'a', 'b']) broker.noise(0, record(key, '1'));
    driver.pieceRecords = 1;
    const offsets: number[] = [];
    const reading = log.read(0, (records: readonly LogRecord[]) => {
      offsets.push(...records.map(({ offset }) => offset));
    });
    await driver.release('read-piece');
    broker.clean(0, 4, 0);
    broker.noise(0, record('after', '1'));
    await driver.releaseAll();
    expect(await reading).toBe(4);
    expect(offsets).toEqual([0, 2, 3]);
    driver.readsOn = true;
    const further = log.read(3, () => {
      if (broker.history(0).next < 7) broker.noise(0, record('more', '1'));
    });
    await driver.releaseAll();
    expect(await further).toBe(7);
  });

  test('control records take offsets and are never seen, not even at the end', async () => {
    const { driver, broker, log } = setUp();
    broker.noise(0, record('a', '1'));
    broker.noise(0);
    const offsets: number[] = [];
    const reading = log.read(0, (records) => {
      offsets.push(...records.map(({ offset }) => offset));
    });
    await driver.releaseAll();
    expect([await reading, offsets]).toEqual([2, [0]]);
  });

  test('[L8] cleaning keeps a tombstone for the retention; eager cleaning heeds records above the horizon', () => {
    const broker = createMemoryBroker({ partitions: 1, tombstoneRetention: 10 });
    for (const [key, value] of [
      ['k', '1'],
      ['k', null],
      ['x', '1'],
      ['x', '2'],
    ] as const)
      broker.noise(0, record(key, value));
    const live = (): readonly number[] => broker.history(0).live.map(({ offset }) => offset);
    broker.clean(0, 3, 100);
    expect(live()).toEqual([1, 2, 3]);
    broker.clean(0, 3, 109);
    expect(live()).toEqual([1, 2, 3]);
    broker.clean(0, 3, 109, true);
    expect(live()).toEqual([1, 3]);
    broker.clean(0, 3, 110);
    expect(live()).toEqual([3]);
    expect(broker.history(0).full.length).toBe(4);
  });
});

describe('sending', () => {
  test('[L7] unknown, late and lost reject; doubled stands twice', async () => {
    for (const [fate, landed, outcome] of [
      ['acked', 1, 'acked'],
      ['unknown', 1, 'rejected'],
      ['late', 1, 'rejected'],
      ['lost', 0, 'rejected'],
      ['doubled', 2, 'acked'],
    ] as const) {
      const { driver, broker } = setUp();
      driver.sendFate = fate;
      const sent = broker
        .connect('a')
        .sink.send(1, [{ key: 'k', value: Buffer.from('v') }])
        .then(
          () => 'acked',
          () => 'rejected',
        );
      await driver.releaseAll();
      expect([fate, broker.commands(1).full.length, await sent]).toEqual([fate, landed, outcome]);
    }
  });

  test('[L7] commands trimmed under a feed end it with COMMAND_LOG_MISMATCH', async () => {
    const { driver, broker, log } = setUp();
    for (const text of ['1', '2', '3']) broker.order(0, 'k', Buffer.from(text));
    const probe = new CommandProbe();
    log.consume(0, probe);
    void log.trim(2);
    await driver.release('trim-lands');
    await driver.releaseAll();
    expect(probe.failures).toMatchObject([{ code: 'COMMAND_LOG_MISMATCH' }]);
    expect(broker.commands(0)).toMatchObject({ start: 2, next: 3 });
  });
});

describe('the group', () => {
  test('[P7] manual assignment may tell two processes that they own one partition, or none', async () => {
    const { driver, broker } = setUp({ assignment: 'manual' });
    const [one, two] = [new GroupProbe(), new GroupProbe()];
    void broker.connect('one').group.join(one);
    void broker.connect('two').group.join(two);
    await driver.releaseAll();
    expect([one.calls, two.calls, one.aliveCalls]).toEqual([[], [], 1]);
    broker.assign('one', 0);
    broker.assign('two', 0);
    expect([[...one.owned], [...two.owned]]).toEqual([[0], [0]]);
    broker.revoke('one', 0);
    broker.beat('one');
    expect([[...one.owned], [...two.owned], one.aliveCalls]).toEqual([[], [0], 2]);
  });

  test('[P7] automatic assignment moves what it must, tells when the scheduler lets it, and takes over from the dead', async () => {
    const { driver, broker } = setUp();
    const [one, two] = [new GroupProbe(), new GroupProbe()];
    const first = broker.connect('one');
    void first.group.join(one);
    await driver.releaseAll();
    expect([...one.owned]).toEqual([0, 1]);
    void broker.connect('two').group.join(two);
    await driver.release('joined');
    expect(driver.kinds()).toEqual(['revoked', 'assigned']);
    await driver.release('assigned');
    expect([one.owned.size, two.owned.size]).toEqual([2, 1]);
    await driver.releaseAll();
    expect([one.owned.size, two.owned.size]).toEqual([1, 1]);
    first.kill();
    await driver.releaseAll();
    expect([...two.owned].toSorted()).toEqual([0, 1]);
    expect(one.calls.length).toBe(3);
  });
});
