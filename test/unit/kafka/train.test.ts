import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BrokerLine } from '../../../engine/log/kafka/broker-line.ts';
import { ProduceError } from '../../../engine/log/kafka/produce-faults.ts';
import type { Parcel, ParcelAnswer, ProducerIdentity } from '../../../engine/log/kafka/produce.ts';
import { createTrain, type Carriage, type Train } from '../../../engine/log/kafka/train.ts';

const notLeader = 6;
const tooLarge = 10;
const outOfOrder = 45;

interface Request {
  readonly node: string;
  readonly parcels: readonly Parcel[];
  /** Offsets, or negative: an error's number. Acks at 0 whom it does not name. */
  answer(bases?: Readonly<Record<number, number>>): Promise<void>;
  lose(): Promise<void>;
}

/** Brokers that answer by hand. */
class Network {
  readonly requests: Request[] = [];
  readonly leaders = new Map<number, string>();
  refreshes = 0;
  closed = 0;
  readonly train: Train = createTrain(this, () => undefined);

  leaderOf(partition: number): string | undefined {
    return this.leaders.has(partition) ? this.leaders.get(partition) : '1';
  }

  refresh(): Promise<void> {
    this.refreshes++;
    return Promise.resolve();
  }

  lineTo(node: string): BrokerLine {
    return {
      produce: (parcels) => new Promise((resolve, reject) => this.requests.push(request(node, parcels, resolve, reject))),
      producerId: (): Promise<ProducerIdentity> => Promise.resolve({ producerId: 1n, producerEpoch: 0 }),
      reset: () => void this.requests.findLast((sent) => sent.node === node)?.lose(),
      close: () => {
        this.closed++;
      },
    };
  }

  carry(partition: number, bytes = 10): Carriage {
    return this.train.carry({ partition, batch: Buffer.alloc(bytes, partition) });
  }

  get(at: number): Request {
    const found = this.requests[at];
    if (found === undefined) throw new Error(`there were ${String(this.requests.length)} requests`);
    return found;
  }

  /** Where the requests went, and with whom. */
  get trips(): string[] {
    return this.requests.map(({ node, parcels }) => `${node}: ${parcels.map(({ partition }) => String(partition)).join(' ')}`);
  }
}

function request(
  node: string,
  parcels: readonly Parcel[],
  resolve: (answers: Map<number, ParcelAnswer>) => void,
  reject: (error: Error) => void,
): Request {
  return {
    node,
    parcels,
    answer: async (bases = {}) => {
      const answers = parcels.map(({ partition }): [number, ParcelAnswer] => {
        const base = bases[partition] ?? 0;
        return [partition, base < 0 ? { error: new ProduceError(-base) } : { base }];
      });
      resolve(new Map(answers));
      await settled();
    },
    lose: async () => {
      reject(new Error('the connection is gone'));
      await settled();
    },
  };
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const later = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1000);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('who finds the leader free leaves at once and alone; who comes meanwhile goes together in the next', async () => {
  const network = new Network();
  const carriages = [0, 1, 2, 3].map((partition) => network.carry(partition));
  expect(network.trips).toEqual(['1: 0']);
  await later();
  expect(network.trips).toEqual(['1: 0']);
  await network.get(0).answer({ 0: 7 });
  expect(network.trips).toEqual(['1: 0', '1: 1 2 3']);
  await network.get(1).answer({ 1: 11, 2: 12, 3: 13 });
  const outcomes = await Promise.all(carriages.map(({ outcome }) => outcome));
  expect(outcomes).toEqual([7, 11, 12, 13].map((base) => ({ kind: 'acked', base })));
  network.carry(5);
  expect(network.trips.at(-1)).toBe('1: 5');
});

test('every leader has a train of its own, and none waits for another', () => {
  const network = new Network();
  for (const [partition, node] of ['1', '2', '1', '2', '2'].entries()) network.leaders.set(partition, node);
  for (let partition = 0; partition < 5; partition++) network.carry(partition);
  expect(network.trips).toEqual(['1: 0', '2: 1']);
});

test('one request takes about a mebibyte along, the rest goes with the next', async () => {
  const network = new Network();
  for (let partition = 0; partition < 24; partition++) network.carry(partition, 64 << 10);
  await network.get(0).answer();
  await network.get(1).answer();
  expect(network.requests.map(({ parcels }) => parcels.length)).toEqual([1, 16, 7]);
});

test('a partition whose leader has moved follows it with the same bytes; the others aboard do not notice', async () => {
  const network = new Network();
  const [first, moved, other] = [network.carry(0), network.carry(1), network.carry(2)];
  await network.get(0).answer();
  network.leaders.set(1, '2');
  await network.get(1).answer({ 1: -notLeader, 2: 5 });
  expect([await first.outcome, await other.outcome]).toEqual([
    { kind: 'acked', base: 0 },
    { kind: 'acked', base: 5 },
  ]);
  await later();
  expect(network.refreshes).toBe(1);
  expect(network.trips.at(-1)).toBe('2: 1');
  expect(network.get(2).parcels[0]?.batch).toBe(network.get(1).parcels[0]?.batch);
  await network.get(2).answer({ 1: 6 });
  expect(await moved.outcome).toEqual({ kind: 'acked', base: 6 });
});

test('a lost answer sends all aboard again, and who waited behind it looks for its leader anew', async () => {
  const network = new Network();
  const [sent, waiting] = [network.carry(0), network.carry(1)];
  network.leaders.set(1, '2');
  await network.get(0).lose();
  await later();
  expect(network.trips).toEqual(['1: 0', '1: 0', '2: 1']);
  expect(network.get(1).parcels[0]?.batch).toBe(network.get(0).parcels[0]?.batch);
  await network.get(1).answer({ 0: 3 });
  await network.get(2).answer({ 1: 4 });
  expect([await sent.outcome, await waiting.outcome]).toEqual([
    { kind: 'acked', base: 3 },
    { kind: 'acked', base: 4 },
  ]);
});

test('a refusal is broken for the partition that is refused, and for nobody else', async () => {
  const network = new Network();
  const carriages = [network.carry(0), network.carry(1), network.carry(2)];
  await network.get(0).answer();
  await network.get(1).answer({ 1: -tooLarge, 2: 8 });
  const outcomes = await Promise.all(carriages.map(({ outcome }) => outcome));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['acked', 'broken', 'acked']);
});

test('[L5] a refusal after a lost answer is unknown, because the attempt before may have landed', async () => {
  const network = new Network();
  const carriage = network.carry(0);
  await network.get(0).lose();
  await later();
  await network.get(1).answer({ 0: -tooLarge });
  expect((await carriage.outcome).kind).toBe('unknown');
});

test('[L5] a sequence that the broker does not know is unknown, and is not tried again', async () => {
  const network = new Network();
  const carriage = network.carry(0);
  await network.get(0).answer({ 0: -outOfOrder });
  expect((await carriage.outcome).kind).toBe('unknown');
  await later();
  expect(network.requests.length).toBe(1);
});

test('what is given up is not sent again, waiting or on its way, and takes nobody along', async () => {
  const network = new Network();
  network.carry(9);
  const [away, waiting, other] = [network.carry(0), network.carry(1), network.carry(2)];
  waiting.giveUp();
  await network.get(0).answer();
  expect(network.trips.at(-1)).toBe('1: 0 2');
  away.giveUp();
  await network.get(1).lose();
  await later();
  expect(network.trips.at(-1)).toBe('1: 2');
  await network.get(2).answer({ 2: 9 });
  expect(await other.outcome).toEqual({ kind: 'acked', base: 9 });
});

test('a request that everybody aboard has given up holds nobody up', async () => {
  const network = new Network();
  const [away, other] = [network.carry(0), network.carry(1)];
  away.giveUp();
  await later();
  expect(network.trips).toEqual(['1: 0', '1: 1']);
  await network.get(1).answer({ 1: 9 });
  expect(await other.outcome).toEqual({ kind: 'acked', base: 9 });
});

test('without a leader a batch waits until there is one', async () => {
  const network = new Network();
  const leaderOf = vi.spyOn(network, 'leaderOf').mockReturnValue(undefined);
  const carriage = network.carry(0);
  await later();
  expect(network.requests).toEqual([]);
  leaderOf.mockRestore();
  await later();
  await network.get(0).answer({ 0: 2 });
  expect(await carriage.outcome).toEqual({ kind: 'acked', base: 2 });
});

test('closing makes all that is under way unknown, and takes nothing more', async () => {
  const network = new Network();
  const carriages = [network.carry(0), network.carry(1)];
  network.train.close();
  carriages.push(network.carry(2));
  for (const { outcome } of carriages) expect((await outcome).kind).toBe('unknown');
  expect(network.closed).toBe(1);
  await expect(network.train.producerId(0)).rejects.toMatchObject({ code: 'LOG_CLOSED' });
});
