import { expect, test } from 'vitest';
import type { GroupListener } from '../../../engine/log/index.ts';
import { createMemoryBroker } from '../../../engine/log/memory/index.ts';
import { createMemoryStores } from '../../../engine/state/index.ts';
import { createPartitionWorker } from '../../../partition-worker/index.ts';
import { createTinyProgram, TinyHost } from '../../contract/protocol/tiny-program.ts';
import { FakeRuntime, settle } from './fakes.ts';

const leaseMs = 6_000;

test('[R5] reads are answered for a lease counted from when the group was asked, not from when its answer was heard', async () => {
  const runtime = new FakeRuntime();
  const listeners: GroupListener[] = [];
  const { log } = createMemoryBroker({ partitions: 1 }).connect('w');
  const worker = createPartitionWorker({
    log,
    group: {
      join: (listener) => {
        listeners.push(listener);
        return Promise.resolve();
      },
      members: () => Promise.resolve([]),
      leave: () => Promise.resolve(),
    },
    stores: createMemoryStores(),
    program: createTinyProgram(),
    activityHost: new TinyHost(() => undefined),
    runtime,
    workerName: 'w',
    commandsTopic: 'c',
    cacheAgeMaxMs: Infinity,
    leaseMs,
    onFailed: (error) => {
      throw error;
    },
  });
  await worker.start();
  const [listener] = listeners;
  if (listener === undefined) throw new Error('it did not join');
  listener.alive(1_000);
  listener.assigned(0);
  while (!worker.ready()) await settle();
  const reads = (): Promise<unknown> => worker.reads.state('x').then(() => 'answered');
  const refused = { code: 'NOT_OWNER' };

  runtime.advance(leaseMs - 1_000);
  expect(await reads()).toBe('answered');
  runtime.advance(1);
  await expect(reads()).rejects.toMatchObject(refused);
  // It slept: the answer had waited for it.
  runtime.advance(60_000);
  listener.alive(60_300);
  await expect(reads()).rejects.toMatchObject(refused);
  listener.alive(100);
  expect(await reads()).toBe('answered');
  runtime.advance(leaseMs - 100);
  // An older request than the last sign's takes nothing back.
  listener.alive(leaseMs);
  expect(await reads()).toBe('answered');
  runtime.advance(1);
  await expect(reads()).rejects.toMatchObject(refused);
});
