import { describe, expect, test } from 'vitest';
import { defineOrchestrator, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { createProgram } from '../../../sdk/replay/index.ts';
import { actionsOf, eventsTakenOf, failureOf, outputOf, Recording } from './recording.ts';
import { begun, Play } from './playing.ts';

function next(fields: object = {}): unknown {
  return { kind: 'ContinueAsNew', input: null, version: '', preserveEvents: true, ...fields };
}

describe('[C1] continueAsNew', () => {
  test('[C1] throws, and takes effect when the function settles: finally runs, and durable calls in it work', async () => {
    const passed: string[] = [];
    const play = new Play(async (ctx) => {
      try {
        ctx.continueAsNew(2);
      } finally {
        passed.push('finally');
        await ctx.callActivity('tidy');
      }
    });
    expect(await play.start('1')).toMatchObject([{ kind: 'ScheduleTask', name: 'tidy' }]);
    expect(await play.actions((recording) => recording.completed(1))).toEqual([next({ input: '2' })]);
    expect(passed).toEqual(['finally', 'finally', 'finally']);
  });

  test('[C1] a swallowed sentinel still continues, whatever the function returns', async () => {
    const play = new Play((ctx) => {
      try {
        return ctx.continueAsNew(2);
      } catch {
        return Promise.resolve('swallowed');
      }
    });
    expect(await play.start()).toEqual([next({ input: '2' })]);
  });

  test('[C1] another error thrown afterwards fails the instance', async () => {
    const play = new Play((ctx) => {
      try {
        return ctx.continueAsNew();
      } catch (cause) {
        throw new RangeError('afterwards', { cause });
      }
    });
    expect(failureOf(await play.turn((recording) => recording.started()))).toMatchObject({
      errorType: 'RangeError',
      message: 'afterwards',
    });
  });

  test.each<[string, (ctx: OrchestrationContext) => never, string | null]>([
    ['no argument keeps the input', (ctx) => ctx.continueAsNew(), '{"a":1}'],
    ['undefined is an input without a value', (ctx) => ctx.continueAsNew(undefined), null],
    ['null', (ctx) => ctx.continueAsNew(null), 'null'],
    ['0', (ctx) => ctx.continueAsNew(0), '0'],
  ])('[C1] [A7] %s', async (_what, code, input) => {
    const play = new Play((ctx) => Promise.resolve(code(ctx)));
    expect(await play.start('{"a":1}')).toEqual([next({ input })]);
  });

  test('[C1] of two calls the last counts', async () => {
    const play = new Play((ctx) => {
      try {
        return ctx.continueAsNew(1);
      } catch {
        return ctx.continueAsNew(2, { newVersion: '2.0', preserveEvents: false });
      }
    });
    expect(await play.start()).toEqual([next({ input: '2', version: '2.0', preserveEvents: false })]);
  });

  test('[C1] [A7] a bad input or version is refused at the call, and the function goes on', async () => {
    const play = new Play((ctx) => {
      const refused: unknown[] = [];
      for (const attempt of [() => ctx.continueAsNew(1n), () => ctx.continueAsNew(1, { newVersion: '\ud800' })])
        try {
          attempt();
        } catch (error) {
          refused.push(error instanceof Error && 'code' in error && error.code);
        }
      return Promise.resolve(refused);
    });
    expect(await play.output((recording) => recording.started())).toEqual(['SERIALIZATION_ERROR', 'VERSION_INVALID']);
  });

  test('[C1] the next generation begins anew: ids, guids, history', async () => {
    const play = new Play(async (ctx, round: number) => {
      const told = [ctx.historyLength, ctx.newGuid(), ctx.executionId];
      const task = ctx.callActivity('a', told);
      if (round < 2) ctx.continueAsNew(round + 1);
      return await task;
    });
    const [first] = await play.start('1');
    const [second] = await play.actions();
    expect([first, second]).toMatchObject([
      { kind: 'ScheduleTask', taskId: 1 },
      { kind: 'ScheduleTask', taskId: 1 },
    ]);
    expect(first).not.toEqual(second);
    // The result of the old generation's task is no answer to the new one's.
    expect(await play.output((recording) => recording.completed(1, '"new"'))).toBe('new');
  });
});

const counter = defineOrchestrator('o', async (ctx, seen: number): Promise<unknown> => {
  const value = await ctx.waitForExternalEvent<number>('x');
  return value === -1 ? seen : ctx.continueAsNew(seen + 1);
});

describe('[C1] unread events go on to the next generation', () => {
  test.each([10, 0])('[C1] 1,000 events into a counter that continues on each give 1,000 (room for %i runs)', async (hotRunsMax) => {
    const session = createProgram({ orchestrators: [counter], hotRunsMax }).session();
    const recording = new Recording({ name: 'o' }).started('0');
    const count = hotRunsMax === 0 ? 50 : 1000;
    for (let at = 0; at < count; at++) recording.raised('x', '1');
    recording.raised('x', '-1');
    for (let turn = 0; turn < count; turn++) {
      const outcome = await recording.turn(session);
      expect(eventsTakenOf(outcome)).toEqual([{ number: turn + 1, bytes: 1 }]);
    }
    expect(outputOf(await recording.turn(session))).toBe(count);
    expect(recording.pastReads).toBe(hotRunsMax === 0 ? count : 0);
  });

  test('[C1] also those that came in with the turn, behind its end, and those that came before its commit; in order', async () => {
    const play = new Play(async (ctx, seen: number[]): Promise<unknown> => {
      const value = await ctx.waitForExternalEvent<number>('x');
      return value === -1 ? seen : ctx.continueAsNew([...seen, value]);
    });
    await play.start('[]');
    await play.turn((recording) => recording.raised('x', '1').raised('x', '2').raised('y').raised('x', '3'));
    await play.turn((recording) => recording.raised('x', '4'));
    await play.turn((recording) => recording.raised('x', '-1'));
    await play.turn();
    expect(await play.output()).toEqual([1, 2, 3, 4]);
  });

  test('[C1] preserveEvents: false leaves them behind', async () => {
    const play = await begun(async (ctx, seen: number[] | undefined): Promise<unknown> => {
      const value = await ctx.waitForExternalEvent<number>('x');
      return seen === undefined ? ctx.continueAsNew([value], { preserveEvents: false }) : [...seen, value];
    });
    await play.turn((recording) => recording.raised('x', '1').raised('x', '2'));
    expect(eventsTakenOf(await play.turn())).toEqual([]);
    expect(await play.output((recording) => recording.raised('x', '3'))).toEqual([1, 3]);
  });

  test('[C1] what is left over is bounded as runs are, and of use to the very next generation only', async () => {
    const program = createProgram({ orchestrators: [counter], hotRunsMax: 1 });
    const session = program.session();
    const [a, b] = ['a', 'b'].map((instanceId) => new Recording({ name: 'o', instanceId }).started('0').raised('x', '1').raised('x', '-1'));
    if (a === undefined || b === undefined) throw new Error('two were asked for');
    await a.turn(session);
    await b.turn(session);
    // b's took the room of a's.
    expect(outputOf(await a.turn(session))).toBe(1);
    expect(a.pastReads).toBe(1);
    session.evict(b.request().instanceId);
    expect(outputOf(await b.turn(session))).toBe(1);
    expect(b.pastReads).toBe(1);
  });

  test('[C1] a turn that was answered but never committed: asked again, it is the same', async () => {
    const session = createProgram({ orchestrators: [counter] }).session();
    const recording = new Recording({ name: 'o' }).started('0').raised('x', '1').raised('x', '-1');
    const [lost] = await session.turns([recording.request()]);
    expect(await recording.turn(session)).toEqual(lost);
    const [lostAgain] = await session.turns([recording.request()]);
    const again = await recording.turn(session);
    expect(again).toEqual(lostAgain);
    expect(actionsOf(again)).toEqual([{ kind: 'CompleteInstance', output: '1' }]);
  });
});
