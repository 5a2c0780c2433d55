import { describe, expect, test } from 'vitest';
import type { ActivityHost, ActivityOutcome, ActivityTask } from '../../../engine/program/index.ts';
import {
  createActivityDispatch,
  type ActivityDispatch,
  type ActivitySession,
  type QueuedTask,
} from '../../../partition-worker/dispatch/index.ts';
import type { ExecutionId, InstanceId } from '../../../schemas/index.ts';
import { settle } from './fakes.ts';

const done: ActivityOutcome = { kind: 'completed', result: null };

function taskOf(taskId: number, name: string): ActivityTask {
  return {
    instanceId: 'x' as InstanceId,
    executionId: 'e' as ExecutionId,
    scheduledSeq: taskId,
    taskId,
    name,
    input: null,
    attempt: 1,
    tags: [],
  };
}

function queued(taskId: number, name: string): QueuedTask {
  return { name, executionId: 'e', scheduledSeq: taskId, load: () => taskOf(taskId, name) };
}

/** A host whose activities return when the test says so. */
class Host implements ActivityHost {
  readonly running = new Map<number, { readonly signal: AbortSignal; end(): void }>();
  readonly started: number[] = [];
  private readonly limits: Readonly<Record<string, number>>;

  constructor(limits: Readonly<Record<string, number>> = {}) {
    this.limits = limits;
  }

  concurrencyOf(name: string): number | undefined {
    return this.limits[name];
  }

  run(task: ActivityTask, signal: AbortSignal): Promise<ActivityOutcome> {
    this.started.push(task.taskId);
    return new Promise((resolve) => {
      this.running.set(task.taskId, {
        signal,
        end: () => {
          this.running.delete(task.taskId);
          resolve(done);
        },
      });
    });
  }

  async end(...taskIds: readonly number[]): Promise<void> {
    for (const taskId of taskIds) this.running.get(taskId)?.end();
    await settle();
  }
}

interface Made {
  readonly host: Host;
  readonly dispatch: ActivityDispatch;
  readonly results: number[];
  readonly troubles: unknown[];
  session(): ActivitySession;
}

function made(runningMax: number, limits?: Readonly<Record<string, number>>): Made {
  const host = new Host(limits);
  const dispatch = createActivityDispatch(host, runningMax);
  const results: number[] = [];
  const troubles: unknown[] = [];
  const session = (): ActivitySession =>
    dispatch.open({ result: (task) => void results.push(task.taskId), trouble: (error) => void troubles.push(error) });
  return { host, dispatch, results, troubles, session };
}

const give = async (session: ActivitySession, name: string, ...taskIds: readonly number[]): Promise<void> => {
  for (const taskId of taskIds) session.run(queued(taskId, name));
  await settle();
};

describe('local activities', () => {
  test('run at most so many at once in a worker, first in, first out, over all partitions', async () => {
    const { host, session, results } = made(2);
    const [one, other] = [session(), session()];
    await give(one, 'a', 1, 2, 3);
    await give(other, 'a', 4);
    expect(host.started).toEqual([1, 2]);
    await host.end(2);
    expect(host.started).toEqual([1, 2, 3]);
    await host.end(1, 3);
    expect(host.started).toEqual([1, 2, 3, 4]);
    await host.end(4);
    expect(results).toEqual([2, 1, 3, 4]);
  });

  test('keep to the limit of their own name, which does not hold up the others', async () => {
    const { host, session } = made(10, { slow: 1 });
    const one = session();
    await give(one, 'slow', 1, 2, 3);
    await give(one, 'fast', 4, 5);
    expect(host.started).toEqual([1, 4, 5]);
    await host.end(1);
    expect(host.started).toEqual([1, 4, 5, 2]);
  });

  test('take turns by name when the worker is full', async () => {
    const { host, session } = made(1);
    const one = session();
    await give(one, 'a', 1, 2, 3);
    await give(one, 'b', 4, 5);
    for (let at = 0; at < 5; at++) await host.end(host.started.at(-1) ?? 0);
    expect(host.started).toEqual([1, 2, 4, 3, 5]);
  });

  test('of a closed session are aborted, their results dropped, and what waits never starts', async () => {
    const { host, session, results } = made(1);
    const [over, next] = [session(), session()];
    await give(over, 'a', 1, 2);
    await give(next, 'a', 3);
    const { signal } = host.running.get(1) ?? {};
    over.close();
    expect(signal?.aborted).toBe(true);
    await host.end(1);
    await host.end(3);
    expect(host.started).toEqual([1, 3]);
    expect(results).toEqual([3]);
  });

  test('[T5] that nobody waits for any more are aborted, or never begin', async () => {
    const { host, session } = made(1);
    const one = session();
    await give(one, 'a', 1, 2, 3);
    one.abort('e', 2);
    one.abort('e', 1);
    expect(host.running.get(1)?.signal.aborted).toBe(true);
    await host.end(1);
    expect(host.started).toEqual([1, 3]);
    one.abortAll('another');
    expect(host.running.get(3)?.signal.aborted).toBe(false);
    one.abortAll('e');
    expect(host.running.get(3)?.signal.aborted).toBe(true);
  });

  test('of a draining session finish, and no other of it starts', async () => {
    const { host, session, results, dispatch } = made(1);
    const one = session();
    await give(one, 'a', 1, 2);
    one.drain();
    let idle = 0;
    dispatch.onIdle(() => idle++);
    expect(idle).toBe(0);
    await host.end(1);
    expect([host.started, results, idle]).toEqual([[1], [1], 1]);
    dispatch.onIdle(() => idle++);
    expect(idle).toBe(2);
  });

  test('that cannot be loaded are trouble for their session, unless it is over', async () => {
    const { session, troubles, host } = made(1);
    const [one, over] = [session(), session()];
    const failing = { ...queued(1, 'a'), load: () => Promise.reject(new Error('no row')) };
    over.run(failing);
    over.close();
    one.run(failing);
    await settle();
    expect(troubles).toEqual([new Error('no row')]);
    await give(one, 'a', 7);
    expect(host.started).toEqual([7]);
  });

  test('10,000 of one name and one each of 1,000 names all run', async () => {
    const { host, session, results } = made(100);
    const one = session();
    await give(one, 'many', ...Array.from({ length: 10_000 }, (_, at) => at));
    for (let at = 0; at < 1_000; at++) one.run({ ...queued(20_000 + at, 'x'), name: `name ${String(at)}` });
    while (host.running.size > 0) await host.end(...host.running.keys());
    expect(results).toHaveLength(11_000);
  });
});
