import { describe, expect, test } from 'vitest';
import { createMemoryStores, type MemoryStores, type StoresSnapshot } from '../../../engine/state/index.ts';
import { gate, idOn, startCommand, type Bench } from './bench.ts';
import { dayMs, type Node, type NodeOptions } from './node.ts';

type Row = readonly [key: string, value: Buffer];

/** The snapshot with some of its rows changed; undefined takes a row away. */
function changed(snapshot: StoresSnapshot, change: (key: string, value: Buffer) => Buffer | undefined): MemoryStores {
  const stores = createMemoryStores();
  stores.restore({
    partitions: new Map(
      [...snapshot.partitions].map(([partition, rows]) => [
        partition,
        rows.flatMap(([key, value]): Row[] => {
          const next = change(key, value);
          return next === undefined ? [] : [[key, next]];
        }),
      ]),
    ),
  });
  return stores;
}

function withHeader(snapshot: StoresSnapshot, change: (header: Record<string, unknown>) => Record<string, unknown>): MemoryStores {
  return changed(snapshot, (key, value) =>
    key === 'm' ? Buffer.from(JSON.stringify(change(JSON.parse(value.toString()) as Record<string, unknown>))) : value,
  );
}

interface Left {
  readonly early: StoresSnapshot;
  readonly late: StoresSnapshot;
}

const rebuilt = (node: Node, partition: number): number => node.count('cache rebuilt from the log', partition);

const variants: readonly [string, (left: Left) => NodeOptions, boolean][] = [
  ['as it was left', ({ late }) => ({ stores: changed(late, (_key, value) => value) }), false],
  ['deleted', () => ({}), false],
  ['an older snapshot', ({ early }) => ({ stores: changed(early, (_key, value) => value) }), false],
  ['older than the log keeps tombstones', ({ late }) => ({ stores: changed(late, (_key, value) => value), aheadMs: 4 * dayMs }), true],
  ['from the future', ({ late }) => ({ stores: changed(late, (_key, value) => value), aheadMs: -4 * dayMs }), true],
  [
    'with a header that is not JSON',
    ({ late }) => ({ stores: changed(late, (key, value) => (key === 'm' ? Buffer.from('{') : value)) }),
    true,
  ],
  ['of another format', ({ late }) => ({ stores: withHeader(late, (header) => ({ ...header, format: 999 })) }), true],
  ['past the end of the log', ({ late }) => ({ stores: withHeader(late, (header) => ({ ...header, position: 1_000_000 })) }), true],
  [
    'of another log, whose last commit is not in this one',
    ({ late }) => ({
      stores: withHeader(late, (header) => ({ ...header, tip: { ...(header['tip'] as object), claimant: 'ffffffffffffffff' } })),
    }),
    true,
  ],
];

export function cacheContract(open: () => Bench): void {
  describe('the cache', () => {
    test.each(variants)('[L9] %s: the next owner ends with the same states and histories', async (_what, variant, saysSo) => {
      const bench = open();
      const first = await bench.owner('first');
      const ids = Array.from({ length: 6 }, (_, at) => idOn(at % 2, `n${String(at)}`));
      for (const id of ids.slice(0, 4)) await bench.run(first, id, { tasks: 2 });
      const early = first.stores.snapshot();
      for (const id of ids.slice(4)) await bench.run(first, id, { tasks: 2 });
      const held = gate();
      first.host.gate = held.opened;
      const half = idOn(0, 'half');
      await first.worker.reads.wait(half, 'start', 20_000, await bench.order(startCommand(half, { tasks: 2 })));
      await first.until(() => first.host.ran.some(({ instanceId }) => instanceId === half));
      const before = await Promise.all(ids.map((id) => first.worker.reads.state(id)));
      const histories = await Promise.all(ids.map((id) => first.worker.reads.history(id)));
      const late = first.stores.snapshot();
      await first.crash();
      held.open();
      const second = await bench.owner('second', variant({ early, late }));
      expect(await Promise.all(ids.map((id) => second.worker.reads.state(id)))).toEqual(before);
      expect(await Promise.all(ids.map((id) => second.worker.reads.history(id)))).toEqual(histories);
      expect(await bench.completion(second, half)).toMatchObject({ output: '2' });
      expect([rebuilt(second, 0) > 0, rebuilt(second, 1) > 0]).toEqual([saysSo, saysSo]);
    });

    test('[L9] a row that cannot be read is found when it is needed: the cache is rebuilt, and says so', async () => {
      const bench = open();
      const first = await bench.owner('first');
      const id = idOn(0, 'x');
      const held = gate();
      first.host.gate = held.opened;
      const place = await bench.order(startCommand(id, { tasks: 2 }));
      await first.until(() => first.host.ran.length === 1);
      await first.worker.reads.state(id, place);
      // What it was gathering in memory reaches its disk.
      await first.worker.stop(0);
      held.open();
      const stores = changed(first.stores.snapshot(), (key, value) => (key === `s/${id}` ? Buffer.from('not a state') : value));
      const second = await (await bench.node('second', { stores })).start();
      await second.until(() => rebuilt(second, 0) > 0);
      await second.until(() => second.log.acked.some((append) => append.has('InstanceCompleted')));
      expect(await bench.completion(second, id)).toMatchObject({ output: '2' });
    });

    test('[L9] is written after the ack, and holds what the log holds: a takeover from it reads no record twice', async () => {
      const bench = open();
      const first = await bench.owner('first');
      for (let at = 0; at < 10; at++) await bench.run(first, idOn(0, `n${String(at)}`), { tasks: 1 });
      await first.worker.stop(1_000);
      const second = await bench.owner('second', { stores: first.stores });
      const taken = second.lines.find(({ event, fields }) => event === 'partition taken' && fields['partition'] === 0);
      expect(taken?.fields['recordsRead']).toBe(1);
    });
  });
}
