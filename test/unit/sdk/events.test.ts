import { describe, expect, test } from 'vitest';
import { defineEvent, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { CancelledError, TimeoutError } from '../../../sdk/values/index.ts';
import { eventsTakenOf } from './recording.ts';
import { begun, Play } from './playing.ts';

describe('[E1] names', () => {
  test.each([
    ['Approval', 'APPROVAL'],
    ['constructor', 'Constructor'],
    ['__proto__', '__PROTO__'],
    ['toString', 'tostring'],
    ['é', 'e\u0301'],
    ['Å', '\u212b'],
    ['😀 ok?/#', '😀 OK?/#'],
  ])('[E1] %j matches %j', async (waited, raised) => {
    const play = await begun((ctx) => ctx.waitForExternalEvent(waited));
    expect(await play.output((recording) => recording.raised(raised, '5'))).toBe(5);
  });

  test.each([
    ['a', 'b'],
    ['straße', 'STRASSE'],
    ['I', 'ı'],
    ['a', 'a '],
  ])('[E1] %j does not match %j', async (waited, raised) => {
    const play = await begun((ctx) => ctx.waitForExternalEvent(waited));
    const outcome = await play.turn((recording) => recording.raised(raised, '5'));
    expect(outcome).toEqual({ kind: 'completed', actions: [], eventsTaken: [] });
  });
});

describe('[E2] unread events wait, and are taken at quiescence', () => {
  test('[E2] FIFO per name, whatever came between; early ones wait', async () => {
    const play = await begun(async (ctx) => {
      await ctx.callActivity('a');
      return [await ctx.waitForExternalEvent('x'), await ctx.waitForExternalEvent('y'), await ctx.waitForExternalEvent('x')];
    });
    expect(await play.actions((recording) => recording.raised('x', '1').raised('x', '2').raised('y', '3').raised('x', '4'))).toEqual([]);
    const outcome = await play.turn((recording) => recording.completed(1));
    expect(outcome).toMatchObject({ actions: [{ output: '[1,3,2]' }] });
    expect(eventsTakenOf(outcome)).toEqual([
      { number: 1, bytes: 1 },
      { number: 3, bytes: 1 },
      { number: 2, bytes: 1 },
    ]);
    expect(play.recording.facts.filter(({ kind }) => kind === 'TurnStarted').at(-1)).toMatchObject({
      eventsTaken: [{ from: 1, through: 3 }],
      eventBytesTaken: 3,
    });
  });

  test('[E2] an event that came before the start is there', async () => {
    const play = new Play((ctx) => ctx.waitForExternalEvent('x'));
    expect(await play.output((recording) => recording.started().raised('x', '"early"'))).toBe('early');
  });

  test('[E2] the oldest arrival that matches an armed wait, one a drain', async () => {
    const order: string[] = [];
    const play = await begun(async (ctx) => {
      const read = async (name: string): Promise<void> => {
        const value = await ctx.waitForExternalEvent<number>(name);
        order.push(`${name}${String(value)}`);
        // Slow to go on: were two events taken in one drain, the second reader would overtake.
        for (let tick = 0; tick < 10; tick++) await Promise.resolve();
        order.push(`/${name}`);
      };
      await ctx.callActivity('a');
      await Promise.all([read('y'), read('x'), read('z')]);
      return order.splice(0).join(' ');
    });
    await play.actions((recording) => recording.raised('x', '1').raised('z', '2').raised('y', '3'));
    expect(await play.output((recording) => recording.completed(1))).toBe('x1 /x z2 /z y3 /y');
  });

  test('[E2] FIFO among the waits of a name, in the order of their calls', async () => {
    const play = await begun(async (ctx) => {
      const [first, second, third] = [1, 2, 3].map(() => ctx.waitForExternalEvent<number>('x'));
      // Awaited in another order than called; the third is not awaited at all and takes nothing.
      void third;
      return await Promise.all([second, first]);
    });
    await play.actions((recording) => recording.raised('x', '1'));
    expect(await play.output((recording) => recording.raised('x', '2'))).toEqual([2, 1]);
  });

  test('[E2] a wait that nobody awaits takes nothing', async () => {
    const play = await begun(async (ctx) => {
      const early = ctx.waitForExternalEvent<number>('x');
      const late = await ctx.waitForExternalEvent<number>('x');
      return [late, await early];
    });
    await play.actions((recording) => recording.raised('x', '1'));
    expect(await play.output((recording) => recording.raised('x', '2'))).toEqual([1, 2]);
  });

  const eventOrTimer = async (ctx: OrchestrationContext): Promise<unknown> => {
    const seen: unknown[] = [];
    while (seen.length < 4) {
      const first = await ctx.whenAny({ event: ctx.waitForExternalEvent<number>('x'), late: ctx.createTimer('1m') });
      seen.push(first.winner === 'late' ? 'T' : first.value);
    }
    return seen;
  };

  test('[E2] loop "event or timer": one timeout, then 1, 2, 3, gives [T,1,2,3]', async () => {
    const play = await begun(eventOrTimer);
    await play.turn((recording) => recording.fired(2));
    await play.turn((recording) => recording.raised('x', '1'));
    await play.turn((recording) => recording.raised('x', '2'));
    expect(await play.output((recording) => recording.raised('x', '3'))).toEqual(['T', 1, 2, 3]);
  });

  test('[E2] the same when all of it is fed in one turn', async () => {
    const play = await begun(eventOrTimer);
    const outcome = await play.turn((recording) => recording.fired(2).raised('x', '1').raised('x', '2').raised('x', '3'));
    expect(outcome).toMatchObject({
      actions: [{ kind: 'CreateTimer' }, { kind: 'CreateTimer' }, { kind: 'CreateTimer' }, { output: '["T",1,2,3]' }],
    });
  });

  test('[E2] a loser of whenAny takes nothing until it is awaited again', async () => {
    const play = await begun(async (ctx) => {
      const wait = ctx.waitForExternalEvent<number>('x');
      await ctx.whenAny([wait, ctx.createTimer('1m')]);
      await ctx.callActivity('a');
      return [await ctx.waitForExternalEvent<number>('x'), await wait];
    });
    await play.turn((recording) => recording.fired(2));
    expect(eventsTakenOf(await play.turn((recording) => recording.raised('x', '1')))).toEqual([]);
    await play.turn((recording) => recording.completed(3));
    expect(await play.output((recording) => recording.raised('x', '2'))).toEqual([1, 2]);
  });

  test('[E2] a loser whose second awaiter is still there stays armed', async () => {
    const play = await begun(async (ctx) => {
      const wait = ctx.waitForExternalEvent<number>('x');
      const other = wait.then((value) => value * 10);
      await ctx.whenAny([wait, ctx.createTimer('1m')]);
      await ctx.callActivity('a');
      return await other;
    });
    await play.turn((recording) => recording.fired(2));
    expect(eventsTakenOf(await play.turn((recording) => recording.raised('x', '1')))).toHaveLength(1);
    expect(await play.output((recording) => recording.completed(3))).toBe(10);
  });

  test('[E2] a loser inside a nested combinator is disarmed with it', async () => {
    const play = await begun(async (ctx) => {
      const both = ctx.whenAll([ctx.waitForExternalEvent('x'), ctx.waitForExternalEvent('y')]);
      await ctx.whenAny([both, ctx.createTimer('1m')]);
      return await ctx.waitForExternalEvent('y');
    });
    await play.turn((recording) => recording.raised('x', '1'));
    await play.turn((recording) => recording.fired(3));
    expect(await play.output((recording) => recording.raised('y', '2'))).toBe(2);
  });

  test('[E2] a wait in a native race stays armed', async () => {
    const play = await begun(async (ctx) => {
      const wait = ctx.waitForExternalEvent<number>('x');
      await Promise.race([wait, ctx.createTimer('1m')]);
      await ctx.callActivity('a');
      return await ctx.waitForExternalEvent('x');
    });
    await play.turn((recording) => recording.fired(2));
    // The lost wait swallows it: this is why A5 warns of native races.
    expect(eventsTakenOf(await play.turn((recording) => recording.raised('x', '1')))).toHaveLength(1);
  });

  test('[E2] bytes are those of the payload in UTF-8; no value has none', async () => {
    const play = await begun(async (ctx) => [await ctx.waitForExternalEvent('x'), await ctx.waitForExternalEvent('x')]);
    const outcome = await play.turn((recording) => recording.raised('x').raised('x', '"é😀"'));
    expect(eventsTakenOf(outcome).map(({ bytes }) => bytes)).toEqual([0, 8]);
  });

  test('[E2] ten thousand events wait without slowing each other down, nor do as many names', async () => {
    const count = 10_000;
    const many = new Play(async (ctx) => {
      await ctx.callActivity('a');
      const values = await Promise.all(Array.from({ length: count }, (_, at) => ctx.waitForExternalEvent<number>(`n${String(at)}`)));
      return values.length;
    });
    many.recording.started();
    await many.recording.turn(many.session);
    for (let at = 0; at < count; at++) many.recording.raised(`N${String(count - 1 - at)}`, '1');
    const startedMs = performance.now();
    const outcome = await many.recording.completed(1).turn(many.session);
    expect(eventsTakenOf(outcome)).toHaveLength(count);
    // Quadratic work would take minutes.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

describe('[E3] a timeout', () => {
  test('[E3] rejects with TimeoutError, from the call, and leaves no waiter behind', async () => {
    const play = new Play(async (ctx) => {
      const wait = ctx.waitForExternalEvent('x', { timeout: '1m' });
      try {
        return await wait;
      } catch (error) {
        return [error instanceof TimeoutError, String(error), await ctx.waitForExternalEvent('x')];
      }
    });
    expect(await play.start()).toEqual([{ kind: 'CreateTimer', taskId: 2, when: { kind: 'after', delayMs: 60_000 } }]);
    expect(await play.actions((recording) => recording.fired(2))).toEqual([]);
    const output = await play.output((recording) => recording.raised('x', '7'));
    expect(output).toEqual([true, "TimeoutError: event 'x' did not come within 60000 ms", 7]);
  });

  test('[E3] the event cancels the timer', async () => {
    const play = await begun(async (ctx) => {
      const value = await ctx.waitForExternalEvent('x', { timeout: '1m' });
      await ctx.callActivity('a', value);
    });
    expect(await play.actions((recording) => recording.raised('x', '1'))).toMatchObject([
      { kind: 'CancelTimer', taskId: 2 },
      { kind: 'ScheduleTask' },
    ]);
  });

  test('[E3] an event that waits already: neither timer nor cancel is recorded', async () => {
    const play = await begun(async (ctx) => {
      await ctx.callActivity('a');
      return await ctx.waitForExternalEvent('x', { timeout: '1m' });
    });
    await play.turn((recording) => recording.raised('x', '1'));
    expect(await play.actions((recording) => recording.completed(1))).toEqual([{ kind: 'CompleteInstance', output: '1' }]);
  });

  test('[E3] the event first, then the timer in the same turn: the event wins', async () => {
    const play = await begun((ctx) => ctx.waitForExternalEvent('x', { timeout: '1m' }));
    expect(await play.actions((recording) => recording.raised('x', '1').fired(2))).toMatchObject([
      { kind: 'CancelTimer' },
      { output: '1' },
    ]);
  });

  test('[E3] runs though nobody awaits the wait yet', async () => {
    const play = await begun(async (ctx) => {
      const wait = ctx.waitForExternalEvent('x', { timeout: '1m' });
      await ctx.callActivity('a');
      return await wait.catch(String);
    });
    await play.turn((recording) => recording.fired(2).raised('x', '1'));
    expect(await play.output((recording) => recording.completed(3))).toMatch(/^TimeoutError/);
  });
});

describe('[E2] what is read', () => {
  test('[E2] a schema parses it, and what it throws is thrown by the wait', async () => {
    const amount = defineEvent<number>()('amount', {
      parse(value) {
        if (typeof value !== 'number') throw new TypeError('not a number');
        return value * 2;
      },
    });
    const play = await begun(async (ctx) => [await ctx.waitForExternalEvent(amount).catch(String), await ctx.waitForExternalEvent(amount)]);
    const outcome = await play.turn((recording) => recording.raised('amount', '"x"').raised('Amount', '21'));
    expect(outcome).toMatchObject({ actions: [{ output: '["TypeError: not a number",42]' }] });
    expect(eventsTakenOf(outcome)).toHaveLength(2);
  });

  test('[A7] a payload that is not JSON fails the wait', async () => {
    const play = await begun((ctx) => ctx.waitForExternalEvent('x').catch((error: unknown) => error instanceof Error && error.name));
    expect(await play.output((recording) => recording.raised('x', '{oops'))).toBe('SerializationError');
  });

  test('[M2] cancel of a wait: CancelledError, its timer freed, its event left to the next', async () => {
    const play = await begun(async (ctx) => {
      const wait = ctx.waitForExternalEvent('x', { timeout: '1m' });
      await ctx.callActivity('a');
      const cancelled = [wait.cancel(), wait.cancel()];
      const error: unknown = await wait.catch((reason: unknown) => reason);
      return [cancelled, error instanceof CancelledError, await ctx.waitForExternalEvent('x')];
    });
    expect(await play.actions((recording) => recording.completed(3))).toEqual([{ kind: 'CancelTimer', taskId: 2 }]);
    expect(await play.output((recording) => recording.raised('x', '1'))).toEqual([[true, false], true, 1]);
  });
});
