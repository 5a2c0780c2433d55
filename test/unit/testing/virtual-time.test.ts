import { describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../sdk/testing/virtual-time.ts';

describe('VirtualTime', () => {
  test('runs what is due in the order of times, then of arming', () => {
    const time = new VirtualTime(1_000);
    const ran: string[] = [];
    for (const [name, delayMs] of [
      ['c', 20],
      ['a', 10],
      ['d', 20],
      ['b', 10],
    ] as const)
      time.after(delayMs, () => ran.push(name));
    expect(time.nextDueMs).toBe(10);
    time.moveTo(10);
    expect(ran).toEqual(['a', 'b']);
    time.moveTo(25);
    expect(ran).toEqual(['a', 'b', 'c', 'd']);
    expect(time.nowMs).toBe(1_025);
    expect(time.nextDueMs).toBe(Infinity);
  });

  test('a cancelled timer does not run, one armed by another at its time does', () => {
    const time = new VirtualTime(0);
    const ran: string[] = [];
    const cancel = time.after(5, () => ran.push('never'));
    time.after(5, () => time.after(0, () => ran.push('at once')));
    cancel();
    time.moveTo(5);
    expect(ran).toEqual(['at once']);
  });

  test('what is due at once runs by itself, but not in the call', async () => {
    const time = new VirtualTime(0);
    const ran: string[] = [];
    time.after(-5, () => ran.push('now'));
    expect(ran).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toEqual(['now']);
  });

  test('setting the wall clock back moves no timer', () => {
    const time = new VirtualTime(10_000);
    const ran: number[] = [];
    time.after(100, () => ran.push(time.nowMs));
    time.setWallBack(5_000);
    expect(time.nowMs).toBe(5_000);
    time.moveTo(100);
    expect(ran).toEqual([5_100]);
  });
});
