import { describe, expect, test } from 'vitest';
import { defineOrchestrator, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { createProgram, type ProgramOptions } from '../../../sdk/replay/index.ts';
import type { ProgramSession, TurnOutcome } from '../../../engine/program/index.ts';
import { failureOf, Recording } from './recording.ts';

type Code = (ctx: OrchestrationContext) => Promise<unknown>;

function sessionOf(code: Code, options: Partial<ProgramOptions> = {}): ProgramSession {
  return createProgram({ orchestrators: [defineOrchestrator('o', code)], ...options }).session();
}

/** Records a first turn of `first` and what `happen` does, then goes on cold with the code of `second`. */
async function redeployed(
  first: Code,
  second: Code,
  happen: (recording: Recording) => unknown = (recording) => recording.completed(9),
  options: Partial<ProgramOptions> = {},
): Promise<TurnOutcome> {
  const recording = new Recording({ name: 'o' }).started();
  await recording.turn(sessionOf(first));
  happen(recording);
  return await recording.turn(sessionOf(second, options));
}

describe('[D1] what of an action must be the same', () => {
  const end: Code = async (ctx) => await ctx.createTimer('1h');
  test.each<[string, Code, Code, RegExp]>([
    [
      'the kind',
      async (ctx) => await ctx.callActivity('x'),
      async (ctx) => await ctx.callSubOrchestrator('x'),
      /history has callActivity "x" \(task 1\), the code has callSubOrchestrator "x" for instance "[^"]+" \(task 1\)$/,
    ],
    [
      "a child's id",
      async (ctx) => await ctx.callSubOrchestrator('x', 1, { instanceId: 'one' }),
      async (ctx) => await ctx.callSubOrchestrator('x', 1, { instanceId: 'two' }),
      /history has callSubOrchestrator "x" for instance "one" \(task 1\), the code has callSubOrchestrator "x" for instance "two"/,
    ],
    [
      'whom a start is for',
      async (ctx) => [ctx.startOrchestration('x', 1, { instanceId: 'one' }), await end(ctx)],
      async (ctx) => [ctx.startOrchestration('x', 1, { instanceId: 'two' }), await end(ctx)],
      /startOrchestration "x" for instance "one".*startOrchestration "x" for instance "two"/,
    ],
    [
      'whom an event is for',
      async (ctx) => {
        ctx.sendEvent('one', 'x');
        await end(ctx);
      },
      async (ctx) => {
        ctx.sendEvent('two', 'x');
        await end(ctx);
      },
      /sendEvent "x" for instance "one".*sendEvent "x" for instance "two"/,
    ],
    [
      'the name of an event',
      async (ctx) => {
        ctx.sendEvent('one', 'x');
        await end(ctx);
      },
      async (ctx) => {
        ctx.sendEvent('one', 'y');
        await end(ctx);
      },
      /sendEvent "x".*sendEvent "y"/,
    ],
    [
      'the task id',
      async (ctx) => [ctx.createTimer('1m').cancel(), await end(ctx)],
      end,
      /history has createTimer \(task 2\), the code has createTimer \(task 1\)/,
    ],
    ['an end', end, (ctx) => Promise.reject(new Error(ctx.instanceId)), /history has createTimer \(task 1\), the code has the failure$/],
    ['continuing as new', end, (ctx) => ctx.continueAsNew(), /the code has continueAsNew$/],
  ])('[D1] %s', async (_what, first, second, reason) => {
    expect(await redeployed(first, second)).toMatchObject({
      kind: 'stalled',
      code: 'NonDeterminismError',
      reason: expect.stringMatching(reason) as string,
    });
  });

  test('[D1] a cancellation that the code has not, and one that the history has not', async () => {
    const both = async (ctx: OrchestrationContext, cancels: boolean): Promise<void> => {
      const [task, timer] = [ctx.callActivity('a'), ctx.createTimer('1h')];
      await ctx.waitForExternalEvent('go');
      if (cancels) for (const given of [task, timer]) given.cancel();
      await ctx.callActivity('b');
    };
    const play = async (first: boolean, second: boolean): Promise<TurnOutcome> => {
      const recording = new Recording({ name: 'o' }).started();
      const session = sessionOf((ctx) => both(ctx, first));
      await recording.turn(session);
      await recording.raised('go').turn(session);
      return await recording.completed(4).turn(sessionOf((ctx) => both(ctx, second)));
    };
    expect(await play(true, false)).toMatchObject({
      reason: expect.stringContaining('history has the cancellation of a task (task 1), the code') as string,
    });
    expect(await play(false, true)).toMatchObject({
      reason: expect.stringContaining('code has the cancellation of a task (task 1)') as string,
    });
    expect(await play(true, true)).toMatchObject({ kind: 'completed' });
  });

  test('[D1] the external events that were read', async () => {
    const reads =
      (name: string) =>
      async (ctx: OrchestrationContext): Promise<unknown> => {
        const wait = ctx.waitForExternalEvent(name);
        await ctx.whenAny([wait, ctx.createTimer('1h')]);
        return await ctx.waitForExternalEvent('end');
      };
    const recording = new Recording({ name: 'o' }).started();
    const session = sessionOf(reads('x'));
    await recording.turn(session);
    await recording.raised('x').turn(session);
    expect(await recording.raised('z').turn(sessionOf(reads('y')))).toMatchObject({
      kind: 'stalled',
      code: 'NonDeterminismError',
      difference: { step: 5, expected: 'external events 1 read in this turn', actual: 'no external event read in this turn' },
      reason: 'step 5: the history has external events 1 read in this turn, the code has no external event read in this turn',
    });
  });

  test('[D1] [S9] [V4] exempt: the custom status, and patch markers', async () => {
    const first: Code = async (ctx) => {
      ctx.setCustomStatus('old');
      return [ctx.patched('p'), await ctx.callActivity('a')];
    };
    const second: Code = async (ctx) => await ctx.callActivity('a');
    const third: Code = async (ctx) => {
      const task = ctx.callActivity('a');
      ctx.setCustomStatus('new');
      return await task;
    };
    for (const code of [first, second, third])
      expect(await redeployed(first, code, (recording) => recording.completed(1))).toMatchObject({ kind: 'completed' });
    expect(await redeployed(second, first, (recording) => recording.completed(1))).toMatchObject({ actions: [{ output: '[false,null]' }] });
  });
});

describe("[D1] onCodeFault: 'fail' ends the instance as failed", () => {
  test('[D1] nondeterminism', async () => {
    const outcome = await redeployed(
      (ctx) => ctx.callActivity('a'),
      (ctx) => ctx.callActivity('b'),
      (recording) => recording.completed(1),
      { onCodeFault: 'fail' },
    );
    const failure = failureOf(outcome);
    expect(failure).toMatchObject({ errorType: 'NonDeterminismError', nonRetriable: true, stack: null });
    expect(failure.message).toMatch(/^step 3: the history has callActivity "a"/);
  });

  test('[A5] [D1] a foreign await: what was called before it in this turn is not done', async () => {
    const recording = new Recording({ name: 'o' }).started();
    const code: Code = async (ctx) => {
      void ctx.callActivity('a');
      await new Promise(() => undefined);
    };
    const outcome = await recording.turn(sessionOf(code, { onCodeFault: 'fail' }));
    expect(outcome).toMatchObject({ actions: [{ kind: 'FailInstance', failure: { errorType: 'NonDurableAwaitError' } }], eventsTaken: [] });
  });

  test('[D1] an orchestrator nobody has registered', async () => {
    const recording = new Recording({ name: 'other' }).started();
    const outcome = await recording.turn(sessionOf((ctx) => ctx.callActivity('a'), { onCodeFault: 'fail' }));
    expect(failureOf(outcome)).toMatchObject({ errorType: 'OrchestratorNotRegistered', nonRetriable: true });
  });
});
