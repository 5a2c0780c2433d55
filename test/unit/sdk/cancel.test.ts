import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../sdk/values/index.ts';
import { failureOf } from './recording.ts';
import { begun, Play } from './playing.ts';

describe('[S4] a request to end', () => {
  test('[S4] aborts the signal, rejects every open task, and gives up what is behind it', async () => {
    const play = await begun(async (ctx) => {
      const tasks = [
        ctx.callActivity('a'),
        ctx.callSubOrchestrator('c'),
        ctx.createTimer('1h'),
        ctx.waitForExternalEvent('x', { timeout: '1h' }),
        ctx.callActivity('r', undefined, { retry: { maxAttempts: 3, firstRetryInterval: '1h' } }),
      ];
      const settled = await Promise.allSettled(tasks);
      const names = settled.map((one) => one.status === 'rejected' && one.reason instanceof CancelledError);
      return [ctx.signal.aborted, names];
    });
    await play.turn((recording) => recording.failed(6, {}));
    expect(await play.actions((recording) => recording.cancelRequested())).toEqual([
      { kind: 'CancelTask', taskId: 1 },
      { kind: 'CancelTask', taskId: 2 },
      { kind: 'CancelTimer', taskId: 3 },
      { kind: 'CancelTimer', taskId: 5 },
      { kind: 'CancelTimer', taskId: 7 },
      { kind: 'CancelInstance', output: '[true,[true,true,true,true,true]]' },
    ]);
  });

  test('[S4] a CancelledError that gets out ends it without an output; finally runs, and tasks called later work', async () => {
    const play = await begun(async (ctx) => {
      try {
        await ctx.callActivity('a');
      } finally {
        await ctx.callActivity('tidy');
      }
    });
    expect(await play.actions((recording) => recording.cancelRequested())).toMatchObject([{ kind: 'CancelTask' }, { name: 'tidy' }]);
    expect(await play.actions((recording) => recording.completed(2))).toEqual([{ kind: 'CancelInstance', output: null }]);
  });

  test('[S4] another error fails it', async () => {
    const play = await begun(async (ctx) => {
      await ctx.callActivity('a').catch(() => undefined);
      throw new RangeError('in cleaning up');
    });
    expect(failureOf(await play.turn((recording) => recording.cancelRequested()))).toMatchObject({ errorType: 'RangeError' });
  });

  test('[S4] CancelledError without a request is a failure like any other', async () => {
    const play = new Play(async (ctx) => {
      const task = ctx.callActivity('a');
      task.cancel();
      await task;
    });
    expect(failureOf(await play.turn((recording) => recording.started()))).toMatchObject({ errorType: 'CancelledError' });
  });

  test('[S4] the signal: listeners run in the turn, throwIfAborted throws a CancelledError, calls with it are given up at once', async () => {
    const play = await begun(async (ctx) => {
      const heard: unknown[] = [];
      ctx.signal.addEventListener('abort', () => {
        heard.push('heard');
        void ctx.callActivity('from the listener');
      });
      await ctx.callActivity('a').catch(() => undefined);
      heard.push(await ctx.callActivity('b', undefined, { signal: ctx.signal }).catch((error: unknown) => error instanceof CancelledError));
      try {
        ctx.signal.throwIfAborted();
      } catch (error) {
        heard.push(error instanceof CancelledError);
      }
      return heard;
    });
    expect(await play.actions((recording) => recording.cancelRequested())).toMatchObject([
      { kind: 'ScheduleTask', name: 'from the listener' },
      { kind: 'CancelTask', taskId: 1 },
      { kind: 'CancelInstance', output: '["heard",true,true]' },
    ]);
  });

  test('[S4] continue-as-new after it ends the instance instead', async () => {
    const play = await begun(async (ctx) => {
      await ctx.callActivity('a').catch(() => undefined);
      return ctx.continueAsNew(1);
    });
    expect(await play.actions((recording) => recording.cancelRequested())).toMatchObject([
      { kind: 'CancelTask' },
      { kind: 'CancelInstance', output: null },
    ]);
  });

  test('[S4] and so when it stands behind the end of the function in the same turn', async () => {
    const play = await begun(async (ctx) => {
      await ctx.callActivity('a');
      return ctx.continueAsNew(1);
    });
    const outcome = await play.actions((recording) => recording.completed(1).cancelRequested());
    expect(outcome).toEqual([{ kind: 'CancelInstance', output: null }]);
  });
});
