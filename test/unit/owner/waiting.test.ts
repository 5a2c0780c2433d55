import { describe, expect, test } from 'vitest';
import { waitersMax } from '../../../partition-worker/limits.ts';
import { Housekeeping } from '../../../partition-worker/owner/housekeeping.ts';
import { notOwner } from '../../../partition-worker/owner/not-owner.ts';
import { Waiters } from '../../../partition-worker/owner/waiters.ts';
import { FakeRuntime } from './fakes.ts';

describe('waiters', () => {
  test('wake for what they wait for, and only for that', async () => {
    const runtime = new FakeRuntime();
    const waiters = new Waiters<string>(runtime);
    const woken: string[] = [];
    const start = waiters.wait('a', 100, 'start').then((how) => woken.push(`start ${how}`));
    const completion = waiters.wait('a', 100, 'completion').then((how) => woken.push(`completion ${how}`));
    const other = waiters.wait('b', 100, 'start').then((how) => woken.push(`other ${how}`));
    waiters.reached('a', ['start']);
    await start;
    expect(woken).toEqual(['start reached']);
    waiters.reached('a', ['start', 'completion']);
    await completion;
    runtime.advance(100);
    await other;
    expect(woken).toEqual(['start reached', 'completion reached', 'other timed out']);
    expect([waiters.size, runtime.pendingTimers]).toEqual([0, 0]);
  });

  test('without a wish wake at anything; a key nobody waits for is nothing', async () => {
    const waiters = new Waiters<number>(new FakeRuntime());
    const waiting = waiters.wait(1, 10);
    waiters.reached(2);
    expect([waiters.has(1), waiters.has(2), [...waiters.keys]]).toEqual([true, false, [1]]);
    waiters.reached(1);
    expect(await waiting).toBe('reached');
  });

  test('all end with the tenure, and later ones are refused with its reason', async () => {
    const runtime = new FakeRuntime();
    const waiters = new Waiters<number>(runtime);
    const ended = expect(Promise.all([waiters.wait(1, 10), waiters.wait(2, 10)])).rejects.toMatchObject({
      code: 'NOT_OWNER',
      retryable: true,
    });
    waiters.close(notOwner(3));
    await ended;
    await expect(waiters.wait(1, 10)).rejects.toMatchObject({ code: 'NOT_OWNER' });
    expect(runtime.pendingTimers).toBe(0);
  });

  test('are bounded, and their places free up', async () => {
    const waiters = new Waiters<number>(new FakeRuntime());
    const waiting = Array.from({ length: waitersMax }, (_, at) => waiters.wait(at, 10));
    await expect(waiters.wait(0, 10)).rejects.toMatchObject({ code: 'TOO_MANY_WAITS', retryable: true });
    waiters.reached(5);
    await waiting[5];
    const next = waiters.wait(0, 10);
    waiters.reached(0);
    expect(await next).toBe('reached');
  });
});

describe('housekeeping', () => {
  const made = (): { runtime: FakeRuntime; housekeeping: Housekeeping; woken: () => number } => {
    const runtime = new FakeRuntime();
    let count = 0;
    const housekeeping = new Housekeeping(runtime, () => count++);
    return { runtime, housekeeping, woken: () => count };
  };

  test('wakes at the earliest wish, once', () => {
    const { runtime, housekeeping, woken } = made();
    housekeeping.arm(500);
    housekeeping.arm(200);
    housekeeping.arm(300);
    runtime.advance(199);
    expect([housekeeping.due, woken()]).toEqual([false, 0]);
    runtime.advance(1);
    expect([housekeeping.due, woken()]).toEqual([true, 1]);
    runtime.advance(1_000);
    expect(woken()).toBe(1);
    expect(runtime.pendingTimers).toBe(0);
  });

  test('can be armed again once it was seen to; a wish in the past comes at once', () => {
    const { runtime, housekeeping, woken } = made();
    housekeeping.arm(10);
    runtime.advance(10);
    housekeeping.due = false;
    housekeeping.arm(-5);
    runtime.advance(0);
    expect(woken()).toBe(2);
  });

  test('closed, it never wakes again', () => {
    const { runtime, housekeeping, woken } = made();
    housekeeping.arm(10);
    housekeeping.close();
    housekeeping.arm(5);
    runtime.advance(100);
    expect([woken(), runtime.pendingTimers]).toEqual([0, 0]);
  });
});
