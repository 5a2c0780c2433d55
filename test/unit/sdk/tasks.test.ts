import { describe, expect, test } from 'vitest';
import type { ExecutionId, InstanceId } from '../../../schemas/index.ts';
import { defineActivity, defineEvent, defineOrchestrator, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { CancelledError, TaskFailedError } from '../../../sdk/values/index.ts';
import { executionId, failureOf, startedAtMs } from './recording.ts';
import { begun, outputAtOnce, Play } from './playing.ts';

/** What a call throws, as text; the function goes on. */
async function refusals(calls: (ctx: OrchestrationContext) => readonly (() => unknown)[]): Promise<unknown> {
  const play = new Play((ctx) =>
    Promise.resolve(
      calls(ctx).map((call) => {
        try {
          call();
          return 'taken';
        } catch (error) {
          return error instanceof Error ? ('code' in error ? error.code : error.name) : 'no error';
        }
      }),
    ),
  );
  const actions = await play.start();
  expect(actions).toHaveLength(1);
  return actions[0]?.kind === 'CompleteInstance' && actions[0].output !== null ? JSON.parse(actions[0].output) : actions;
}

describe('[M1] timers', () => {
  test.each<[unknown, unknown]>([
    ['5m', { kind: 'after', delayMs: 300_000 }],
    [{ days: 400 }, { kind: 'after', delayMs: 34_560_000_000 }],
    [0, { kind: 'after', delayMs: 0 }],
    [-5, { kind: 'after', delayMs: 0 }],
    [1.2, { kind: 'after', delayMs: 2 }],
    [new Date(5), { kind: 'at', atMs: 5 }],
    [new Date(-5), { kind: 'at', atMs: 0 }],
    [new Date(253_402_300_799_999), { kind: 'at', atMs: 253_402_300_799_999 }],
  ])('[A6] [M1] %j', async (when, expected) => {
    const play = new Play(async (ctx) => {
      await ctx.createTimer(when as Date);
      return 'fired';
    });
    expect(await play.start()).toEqual([{ kind: 'CreateTimer', taskId: 1, when: expected }]);
    expect(await play.output((recording) => recording.fired(1))).toBe('fired');
  });

  test('[A6] refused at the call', async () => {
    const wrong = [
      NaN,
      Infinity,
      -Infinity,
      '5 minutes',
      '5',
      {},
      null,
      undefined,
      new Date(NaN),
      new Date(253_402_300_800_000),
      { days: 3e6 },
    ];
    const names = await refusals((ctx) => wrong.map((when) => () => ctx.createTimer(when as Date)));
    expect(names).toEqual(wrong.map(() => expect.stringMatching(/^(Range|Type)Error$/) as unknown));
  });

  test('[T1] a result for another kind of task is dropped', async () => {
    const play = await begun(async (ctx) => {
      await ctx.createTimer('1m');
    });
    expect(await play.actions((recording) => recording.completed(1).childCompleted(1).failed(1, {}))).toEqual([]);
    expect(await play.output((recording) => recording.fired(1))).toBe(undefined);
  });
});

describe('[M2] cancel()', () => {
  test('[M2] gives an awaiter CancelledError, and true only once', async () => {
    const play = await begun(async (ctx) => {
      const tasks = [ctx.createTimer('1h'), ctx.callActivity('a'), ctx.callSubOrchestrator('c')];
      await ctx.createTimer('1m');
      const answers = tasks.map((task) => [task.cancel(), task.cancel()]);
      const settled = await Promise.allSettled(tasks);
      return [answers, settled.map((one) => one.status === 'rejected' && one.reason instanceof CancelledError && one.reason.message)];
    });
    expect(await play.actions((recording) => recording.fired(4))).toMatchObject([
      { kind: 'CancelTimer', taskId: 1 },
      { kind: 'CancelTask', taskId: 2 },
      { kind: 'CancelTask', taskId: 3 },
      {
        output: JSON.stringify([
          [1, 2, 3].map(() => [true, false]),
          ['the timer (task 1) was canceled', "activity 'a' (task 2) was canceled", "sub-orchestration 'c' (task 3) was canceled"],
        ]),
      },
    ]);
  });

  test('[M2] created and canceled in one turn: nothing is recorded, and the ids are used up', async () => {
    const play = new Play(async (ctx) => {
      for (const task of [
        ctx.createTimer('1h'),
        ctx.callActivity('a'),
        ctx.callSubOrchestrator('c'),
        ctx.waitForExternalEvent('x', { timeout: 5 }),
      ])
        task.cancel();
      await ctx.callActivity('b');
    });
    expect(await play.start()).toMatchObject([{ kind: 'ScheduleTask', name: 'b', taskId: 6 }]);
  });

  test('[M2] a settled task is not canceled; a late answer to a canceled one is dropped', async () => {
    const play = await begun(async (ctx) => {
      const [a, b] = [ctx.callActivity('a'), ctx.callActivity('b')];
      await a;
      const answers = [a.cancel(), b.cancel()];
      await ctx.callActivity('c');
      return answers;
    });
    await play.turn((recording) => recording.completed(1));
    expect(await play.actions((recording) => recording.completed(2, '5'))).toEqual([]);
    expect(await play.output((recording) => recording.completed(3))).toEqual([false, true]);
  });

  test("[M2] a call's own signal gives it up, and is let go of when the call has settled", async () => {
    const play = await begun(async (ctx) => {
      const giveUp = new AbortController();
      const tasks = [1, 2, 3].map((n) => ctx.callActivity('a', n, { signal: giveUp.signal }));
      await tasks[0];
      giveUp.abort();
      return (await Promise.allSettled(tasks)).map(({ status }) => status);
    });
    expect(await play.actions((recording) => recording.completed(1))).toMatchObject([
      { kind: 'CancelTask', taskId: 2 },
      { kind: 'CancelTask', taskId: 3 },
      { output: '["fulfilled","rejected","rejected"]' },
    ]);
  });
});

describe('[O1] [O2] other orchestrations', () => {
  const child = defineOrchestrator({ name: 'child', version: '3' }, (_ctx, n: number) => Promise.resolve(n));

  test('[O1] [O2] ids by execution; the version of the options, else of the definition, else the default', async () => {
    const play = new Play(
      async (ctx) =>
        await Promise.all([
          ctx.callSubOrchestrator('c', 1, { tags: { a: 'b' } }),
          ctx.callSubOrchestrator(child, 1),
          ctx.callSubOrchestrator(child, 1, { version: '4', instanceId: 'mine' }),
        ]),
      { defaultVersion: '2' },
      { version: '9' },
    );
    const called = { kind: 'ScheduleChild', input: '1', attempt: 1, firstTaskId: 0 };
    expect(await play.start()).toEqual([
      { ...called, taskId: 1, name: 'c', version: '2', tags: [{ key: 'a', value: 'b' }], childInstanceId: `${executionId}:1` },
      { ...called, taskId: 2, name: 'child', version: '3', tags: [], childInstanceId: `${executionId}:2` },
      { ...called, taskId: 3, name: 'child', version: '4', tags: [], childInstanceId: 'mine' },
    ]);
    expect(await play.output((recording) => recording.childCompleted(3, '3').childCompleted(1, '1').childCompleted(2, '2'))).toEqual([
      1, 2, 3,
    ]);
  });

  test('[O2] [T2] a failed child is a TaskFailedError', async () => {
    const play = await begun(async (ctx) => {
      const error: unknown = await ctx.callSubOrchestrator('c').catch((reason: unknown) => reason);
      return error instanceof TaskFailedError && [error.message, error.taskName, error.attempt, error.details.errorType, error.stack];
    });
    const message = "sub-orchestration 'c' (task 1) failed: OrchestrationTerminatedError: enough";
    const output = await play.output((recording) =>
      recording.childFailed(1, { errorType: 'OrchestrationTerminatedError', message: 'enough' }),
    );
    const stack = `TaskFailedError: ${message}\n    (the stack of the sub-orchestration is in details.stack)`;
    expect(output).toEqual([message, 'c', 1, 'OrchestrationTerminatedError', stack]);
  });

  test('[O2] startOrchestration waits for nothing and gives the id', async () => {
    const play = new Play((ctx) =>
      Promise.resolve([ctx.startOrchestration(child, 5), ctx.startOrchestration('d', undefined, { instanceId: 'mine' })]),
    );
    expect(await play.start()).toMatchObject([
      { kind: 'StartInstance', taskId: 1, name: 'child', version: '3', input: '5', childInstanceId: `${executionId}:1` },
      { kind: 'StartInstance', taskId: 2, name: 'd', version: '', input: null, childInstanceId: 'mine' },
      { output: JSON.stringify([`${executionId}:1`, 'mine']) },
    ]);
  });

  test('[E4] sendEvent is an action of its own', async () => {
    const done = defineEvent<{ n: number }>()('Done');
    const play = new Play((ctx) => {
      ctx.sendEvent('other', done, { n: 1 });
      ctx.sendEvent('other', 'plain');
      return Promise.resolve();
    });
    const sent = { kind: 'SendEvent', targetInstanceId: 'other' };
    expect((await play.start()).slice(0, 2)).toEqual([
      { ...sent, taskId: 1, name: 'Done', payload: '{"n":1}' },
      { ...sent, taskId: 2, name: 'plain', payload: null },
    ]);
  });

  test('[A7] [S7] what the log could not carry is refused at the call, and takes no id', async () => {
    const long = 'x'.repeat(257);
    const codes = await refusals((ctx) => [
      () => ctx.callSubOrchestrator('c', 1n),
      () => ctx.callSubOrchestrator('c', 1, { instanceId: '@c' }),
      () => ctx.callSubOrchestrator('c', 1, { instanceId: long }),
      () => ctx.callSubOrchestrator(long),
      () => ctx.callSubOrchestrator('c', 1, { version: '\ud800' }),
      () => ctx.callActivity('a', 1, { tags: { '': 'x' } }),
      () => ctx.callActivity('a', 1, { tags: { x: 5 as never } }),
      () => ctx.callActivity('a', 1, { retry: { maxAttempts: 0, firstRetryInterval: 1 } }),
      () => ctx.startOrchestration('c', 1, { instanceId: '' }),
      () => ctx.sendEvent('', 'x'),
      () => ctx.sendEvent('other', long),
      () => ctx.sendEvent('other', 'x', new Map()),
      () => ctx.waitForExternalEvent(''),
      () => ctx.patched(''),
      () => ctx.setCustomStatus(NaN),
      () => ctx.setCustomStatus('x'.repeat(16 * 1024)),
    ]);
    expect(codes).toEqual([
      'SERIALIZATION_ERROR',
      'INSTANCE_ID_INVALID',
      'INSTANCE_ID_INVALID',
      'INVALID_NAME',
      'VERSION_INVALID',
      'TAGS_INVALID',
      'TypeError',
      'RangeError',
      'INSTANCE_ID_INVALID',
      'INSTANCE_ID_INVALID',
      'INVALID_NAME',
      'SERIALIZATION_ERROR',
      'INVALID_NAME',
      'NAME_INVALID',
      'SERIALIZATION_ERROR',
      'PAYLOAD_TOO_LARGE',
    ]);
  });
});

describe('[S9] custom status', () => {
  test('[S9] the last of a turn counts; the longest there may be; undefined takes it away', async () => {
    const longest = 'x'.repeat(16 * 1024 - 2);
    const play = new Play(async (ctx) => {
      ctx.setCustomStatus(1);
      const task = ctx.callActivity('a');
      ctx.setCustomStatus(longest);
      await task;
      ctx.setCustomStatus(undefined);
    });
    expect(await play.start()).toMatchObject([{ kind: 'SetCustomStatus', value: JSON.stringify(longest) }, { kind: 'ScheduleTask' }]);
    expect(await play.actions((recording) => recording.completed(1))).toMatchObject([{ kind: 'SetCustomStatus', value: null }, {}]);
  });
});

describe('[V4] patched and versions', () => {
  test('[V4] an execution that comes here first with this code is on the new side, and is marked once', async () => {
    const play = new Play(async (ctx) => {
      const first = [ctx.patched('p'), ctx.patched('p')];
      await ctx.callActivity('a');
      return [...first, ctx.patched('p'), ctx.patched('q')];
    });
    expect(await play.start()).toMatchObject([{ kind: 'MarkPatch', id: 'p' }, { kind: 'ScheduleTask' }]);
    expect(await play.actions((recording) => recording.completed(1))).toEqual([
      { kind: 'MarkPatch', id: 'q' },
      { kind: 'CompleteInstance', output: '[true,true,true,true]' },
    ]);
  });

  test('[V4] one that had passed it without a mark stays on the old side for good, and is not held', async () => {
    const old = await begun(async (ctx) => {
      await ctx.callActivity('a');
      await ctx.callActivity('b');
    });
    const patched = new Play(async (ctx) => {
      const before = ctx.patched('p');
      await ctx.callActivity('a');
      await ctx.callActivity(ctx.patched('p') ? 'new' : 'b');
      return [before, ctx.patched('p'), ctx.patched('later')];
    });
    const { recording } = old;
    const again = await recording.completed(1).turn(patched.session);
    expect(again).toMatchObject({ kind: 'completed', actions: [{ name: 'b' }] });
    expect(await recording.completed(2).turn(patched.session)).toMatchObject({
      actions: [{ kind: 'MarkPatch', id: 'later' }, { output: '[false,false,true]' }],
    });
  });

  test('[V4] [V1] the version, and its order', async () => {
    const play = new Play(
      (ctx) => Promise.resolve([ctx.version, ctx.compareVersionTo('1.10'), ctx.compareVersionTo('v1.2.0')]),
      {},
      { version: '1.2' },
    );
    expect(await play.output((recording) => recording.started())).toEqual(['1.2', -1, 0]);
  });
});

test('[A4] the parent, and when it is time to continue as new', async () => {
  const parent = { instanceId: 'p1' as InstanceId, executionId: 'f'.repeat(32) as ExecutionId, scheduledSeq: 3, name: 'par' };
  const tell = (ctx: OrchestrationContext): Promise<unknown> =>
    Promise.resolve([ctx.parent ?? 'none', ctx.continueAsNewSuggested, ctx.signal.aborted]);
  expect(await outputAtOnce(tell)).toEqual(['none', false, false]);
  const play = new Play(tell, {}, { parent });
  expect(await play.output((recording) => recording.started())).toEqual([{ instanceId: 'p1', name: 'par' }, false, false]);
  const long = new Play(async (ctx) => {
    await Promise.all(Array.from({ length: 5000 }, () => ctx.callActivity('a')));
    return [ctx.historyLength, ctx.continueAsNewSuggested, ctx.currentUtcDateTime.getTime() - startedAtMs];
  });
  await long.start();
  for (let taskId = 1; taskId < 5000; taskId++) long.recording.completed(taskId);
  expect(await long.output((recording) => recording.completed(5000))).toEqual([10_002, true, 10_003_000]);
});

test('[D1] a guard that was not heeded is a fault of the code', async () => {
  const { NonDeterministicCallError } = await import('../../../sdk/values/index.ts');
  const code = (): never => {
    throw new NonDeterministicCallError('Date.now()', 'ctx.currentUtcDateTime');
  };
  const stalled = new Play(code);
  stalled.recording.started();
  expect(await stalled.recording.turn(stalled.session)).toMatchObject({ kind: 'stalled', code: 'NonDeterministicCallError' });
  const failing = new Play(code, { onCodeFault: 'fail' });
  const failure = failureOf(await failing.turn((recording) => recording.started()));
  expect(failure).toMatchObject({ errorType: 'NonDeterministicCallError', nonRetriable: true, stack: null });
});

test('[A7] a data converter writes and reads every payload of a run', async () => {
  const upside = {
    serialize: (value: unknown) => JSON.stringify({ v: value }),
    deserialize: (payload: string | null) => (payload === null ? undefined : (JSON.parse(payload) as { v: unknown }).v),
  };
  const add = defineActivity('add', (_ctx, n: number) => n + 1);
  const play = new Play(
    async (ctx, n: number) => {
      ctx.setCustomStatus('s');
      return [await ctx.callActivity(add, n), await ctx.waitForExternalEvent('x')];
    },
    { dataConverter: upside },
  );
  expect(await play.start('{"v":4}')).toMatchObject([{ value: '{"v":"s"}' }, { input: '{"v":4}' }]);
  await play.turn((recording) => recording.completed(1, '{"v":5}'));
  expect(await play.actions((recording) => recording.raised('x', '{"v":"e"}'))).toEqual([
    { kind: 'CompleteInstance', output: '{"v":[5,"e"]}' },
  ]);
});
