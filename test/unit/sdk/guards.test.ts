import nodeCrypto, { randomUUID } from 'node:crypto';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isWaitTask, openTask } from '../../../sdk/context/index.ts';
import { installGuards, type GuardWarning } from '../../../sdk/guards/index.ts';
import { asOurCode, asUserCode, type UserCode } from '../../../sdk/replay/index.ts';
import { NonDeterministicCallError } from '../../../sdk/values/index.ts';

const orchestrator: UserCode = { kind: 'orchestrator', name: 'order', instanceId: 'o-1', executionId: 'e'.repeat(32) };
const activity: UserCode = { ...orchestrator, kind: 'activity' };

const undo: (() => void)[] = [];
function install(mode: 'throw' | 'warn' | 'off', onWarn: GuardWarning = () => undefined): () => void {
  const uninstall = installGuards(mode, onWarn);
  undo.push(uninstall);
  return uninstall;
}
afterEach(() => {
  for (const uninstall of undo.splice(0)) uninstall();
});

function task(kind: 'wait' | 'timer'): Promise<unknown> {
  return openTask(kind, 1, { wanted: () => undefined, unwanted: () => undefined, cancel: () => undefined }).promise;
}

/** What the call throws as code of the orchestrator. */
function accusation(call: () => unknown): unknown {
  try {
    asUserCode(orchestrator, call);
    return undefined;
  } catch (error) {
    return error;
  }
}

const RealDate = Date;
const realNow = Date.now;
const realRandom = Math.random;
const guardedCalls: [call: string, cure: string, run: () => unknown][] = [
  ['Date.now()', 'ctx.currentUtcDateTime', () => Date.now()],
  ['new Date()', 'ctx.currentUtcDateTime', () => new Date()],
  ['Date()', 'ctx.currentUtcDateTime', () => Date()],
  ['performance.now()', 'ctx.currentUtcDateTime', () => performance.now()],
  ['Math.random()', 'ctx.random()', () => Math.random()],
  ['crypto.randomUUID()', 'ctx.newGuid()', () => globalThis.crypto.randomUUID()],
  ['crypto.randomUUID()', 'ctx.newGuid()', () => nodeCrypto.randomUUID()],
  ['crypto.randomUUID()', 'ctx.newGuid()', () => randomUUID()],
  ['crypto.getRandomValues()', 'ctx.random()', () => globalThis.crypto.getRandomValues(new Uint8Array(1))],
  ['crypto.randomBytes()', 'ctx.random()', () => nodeCrypto.randomBytes(1)],
  ['crypto.randomInt()', 'ctx.random()', () => nodeCrypto.randomInt(5)],
  ['setTimeout()', 'ctx.createTimer', () => clearTimeout(setTimeout(() => undefined, 1))],
  ['setInterval()', 'ctx.createTimer', () => clearInterval(setInterval(() => undefined, 1))],
  ['setImmediate()', 'ctx.createTimer', () => clearImmediate(setImmediate(() => undefined))],
  ['setTimeout()', 'ctx.createTimer', () => clearTimeout(timers.setTimeout(() => undefined, 1))],
  ['timers/promises setTimeout()', 'ctx.createTimer', () => timersPromises.setTimeout(0)],
  ['fetch()', 'an activity', () => fetch('data:,x').then((response) => response.text())],
  ['Promise.race() of a wait for an event', 'ctx.whenAny', () => Promise.race([task('timer'), task('wait')])],
  ['Promise.any() of a wait for an event', 'ctx.whenAny', () => Promise.any(new Set([task('wait')]))],
];

describe('[A5] guards in an orchestrator', () => {
  test.each(guardedCalls)('[A5] %s throws and names %s', (call, cure, run) => {
    install('throw');
    const error = accusation(run);
    expect(error).toBeInstanceOf(NonDeterministicCallError);
    expect(error).toMatchObject({ name: 'NonDeterministicCallError', code: 'NonDeterministicCallError', call });
    expect((error as NonDeterministicCallError).message).toContain(`use ${cure}`);
  });

  test.each(guardedCalls)('[A5] %s is nobody else’s fault', async (call, _cure, run) => {
    install('throw');
    const given = [run(), asUserCode(activity, run), asUserCode(orchestrator, () => asOurCode(run))];
    // A race of waits never settles here; everything else is awaited, so that nothing is left running.
    if (!call.startsWith('Promise')) await Promise.all(given);
  });

  test('[A5] what is deterministic passes', () => {
    install('throw');
    expect(
      accusation(() => {
        expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
        expect([Date.UTC(1970), Date.parse('1970-01-01'), new Date(2020, 1).getMonth()]).toEqual([0, 0, 1]);
        expect(Math.max(1, 2)).toBe(2);
        void Promise.race([task('timer'), Promise.resolve(1)]);
        void Promise.all([task('wait')]);
        void Promise.allSettled([task('wait')]);
        queueMicrotask(() => undefined);
      }),
    ).toBe(undefined);
  });

  test('[A5] it is accused wherever it has got to: after an await, in a promise callback, in a called function', async () => {
    install('throw');
    const helper = async (): Promise<number> => {
      await Promise.resolve();
      return Promise.resolve(1).then(() => Date.now());
    };
    await expect(asUserCode(orchestrator, helper)).rejects.toBeInstanceOf(NonDeterministicCallError);
    await expect(asUserCode(activity, helper)).resolves.toBeTypeOf('number');
  });

  test('[A5] an activity started beside it, and its own timers, are left alone', async () => {
    install('throw');
    const both = await Promise.all([
      asUserCode(orchestrator, async () => {
        await Promise.resolve();
        return accusation(() => Math.random());
      }),
      asUserCode(activity, async () => {
        await timersPromises.setTimeout(0);
        return Math.random();
      }),
    ]);
    expect(both[0]).toBeInstanceOf(NonDeterministicCallError);
    expect(both[1]).toBeTypeOf('number');
  });
});

describe('[A5] races', () => {
  test('[A5] a race takes any iterable, once, and refuses what the original refuses', async () => {
    install('throw');
    function* given(): Generator<Promise<number>> {
      yield Promise.resolve(1);
      yield Promise.resolve(2);
    }
    function* failing(): Generator<Promise<number>> {
      yield Promise.resolve(1);
      throw new Error('no more');
    }
    await asUserCode(orchestrator, async () => {
      expect(await Promise.race(given())).toBe(1);
      expect(await Promise.any(given())).toBe(1);
      await expect(Promise.race(failing())).rejects.toThrow('no more');
      await expect(Reflect.apply(Promise.race, Promise, [5]) as Promise<unknown>).rejects.toThrow(TypeError);
      await expect(Promise.any([])).rejects.toThrow(AggregateError);
    });
    expect(accusation(() => Promise.race([task('wait')].values()))).toBeInstanceOf(NonDeterministicCallError);
  });

  test('[A5] the class a race is called on makes its promise', () => {
    install('throw');
    class Own<T> extends Promise<T> {}
    expect(Own.race([Promise.resolve(1)])).toBeInstanceOf(Own);
    expect(isWaitTask(task('wait'))).toBe(true);
  });
});

describe('[A5] warnings', () => {
  test('[A5] warn reports each call of an orchestrator once, and lets it pass', () => {
    const onWarn = vi.fn<GuardWarning>();
    install('warn', onWarn);
    const run = (): unknown[] => [Date.now(), Date.now(), new Date()];
    expect(asUserCode(orchestrator, run)).toEqual([expect.any(Number), expect.any(Number), expect.any(RealDate)]);
    asUserCode({ ...orchestrator, name: 'other' }, run);
    asUserCode(activity, run);
    expect(onWarn.mock.calls.map(([error, code]) => [error.call, code.name])).toEqual([
      ['Date.now()', 'order'],
      ['new Date()', 'order'],
      ['Date.now()', 'other'],
      ['new Date()', 'other'],
    ]);
  });

  test('[A5] whoever takes the warning may ask the time', () => {
    const times: number[] = [];
    install('warn', () => times.push(Date.now()));
    asUserCode(orchestrator, () => Math.random());
    expect(times).toHaveLength(1);
  });

  test('[A5] with two workers in one process the stricter one decides', () => {
    const onWarn = vi.fn<GuardWarning>();
    install('warn', onWarn);
    const uninstall = install('throw');
    expect(accusation(() => Date.now())).toBeInstanceOf(NonDeterministicCallError);
    expect(onWarn).not.toHaveBeenCalled();
    uninstall();
    expect(accusation(() => Date.now())).toBe(undefined);
    expect(onWarn).toHaveBeenCalledOnce();
  });
});

describe('[A5] nothing is patched when off', () => {
  const snapshot = (): unknown[] => [
    ...['Date', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'].map((key) => Object.getOwnPropertyDescriptor(globalThis, key)),
    ...[Date, Math, Promise, Date.prototype, nodeCrypto, timers, timersPromises, performance, globalThis.crypto].flatMap((holder) => [
      Object.getOwnPropertyDescriptors(holder),
      Object.getOwnPropertyDescriptors(Object.getPrototypeOf(holder) as object),
    ]),
    [randomUUID],
  ];

  /** By identity: two functions that look alike are not the same. */
  function differences(before: unknown[], after: unknown[]): number {
    const flat = (value: unknown): unknown[] =>
      typeof value === 'object' && value !== null
        ? Reflect.ownKeys(value).flatMap((key) => {
            const descriptor: unknown = Reflect.get(value, key);
            return typeof descriptor === 'object' && descriptor !== null
              ? Reflect.ownKeys(descriptor).map((part) => Reflect.get(descriptor, part) as unknown)
              : [descriptor];
          })
        : [value];
    const [left, right] = [before.flatMap(flat), after.flatMap(flat)];
    return left.length === right.length ? left.filter((value, at) => !Object.is(value, right[at])).length : Number.NaN;
  }

  test('[A5] off touches nothing, and the end of the last installation puts everything back exactly', () => {
    const before = snapshot();
    install('off')();
    expect(differences(before, snapshot())).toBe(0);
    const first = install('throw');
    const second = install('warn');
    expect(differences(before, snapshot())).toBeGreaterThan(10);
    first();
    first();
    expect(Date).not.toBe(RealDate);
    second();
    expect(differences(before, snapshot())).toBe(0);
    expect([Date, Date.now, new Date().constructor]).toEqual([RealDate, realNow, RealDate]);
    expect(accusation(() => Date.now())).toBe(undefined);
  });

  test('[A5] what is patched looks as before', async () => {
    const [dateNames, timerName] = [Object.getOwnPropertyNames(Date), setTimeout.name];
    const old = new Date(0);
    install('throw');
    expect([Object.getOwnPropertyNames(Date), setTimeout.name]).toEqual([dateNames, timerName]);
    expect([old instanceof Date, new Date(5).constructor === Date, Date.prototype === RealDate.prototype]).toEqual([true, true, true]);
    class Day extends Date {}
    expect(new Day(0)).toBeInstanceOf(Day);
    expect(Date.length).toBe(7);
    await promisify(setTimeout)(0);
  });

  test('[A5] what somebody else patched over ours stays theirs, and passes', () => {
    const uninstall = install('throw');
    const ours = Math.random;
    const theirs = (): number => ours() / 2;
    Math.random = theirs;
    uninstall();
    expect(Math.random).toBe(theirs);
    expect(asUserCode(orchestrator, () => Math.random())).toBeLessThan(1);
    Math.random = realRandom;
  });
});
