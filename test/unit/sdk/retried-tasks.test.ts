import { describe, expect, test } from 'vitest';
import { defineOrchestrator, type CallOptions, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { createProgram } from '../../../sdk/replay/index.ts';
import { TaskFailedError } from '../../../sdk/values/index.ts';
import type { ProgramSession } from '../../../engine/program/index.ts';
import { actionsOf, executionId, outputOf, Recording } from './recording.ts';

function sessionOf(fn: (ctx: OrchestrationContext) => Promise<unknown>): ProgramSession {
  return createProgram({ orchestrators: [defineOrchestrator('o', fn)] }).session();
}

async function begun(fn: (ctx: OrchestrationContext) => Promise<unknown>): Promise<{ recording: Recording; session: ProgramSession }> {
  const session = sessionOf(fn);
  const recording = new Recording({ name: 'o' }).started();
  await recording.turn(session);
  return { recording, session };
}

function attemptsOf(options: CallOptions): (ctx: OrchestrationContext) => Promise<unknown> {
  return async (ctx) => {
    try {
      return await ctx.callActivity('charge', 5, { tags: { tenant: 'a' }, version: '2', ...options });
    } catch (error) {
      return error instanceof TaskFailedError ? [error.attempt, error.taskName, error.details.message] : String(error);
    }
  };
}

const policy = { maxAttempts: 3, firstRetryInterval: '10s', backoffCoefficient: 2 } as const;

test('[T3] each attempt is its own task, linked to the first, with its tags, version and input', async () => {
  const { recording, session } = await begun(attemptsOf({ retry: policy }));
  const attempt = { kind: 'ScheduleTask', name: 'charge', input: '5', version: '2', tags: [{ key: 'tenant', value: 'a' }] };
  expect(recording.facts.slice(2)).toMatchObject([{ kind: 'TaskScheduled', taskId: 1, attempt: 1, firstTaskId: 0 }]);
  expect(actionsOf(await recording.failed(1, { message: 'one' }).turn(session))).toEqual([
    { kind: 'CreateTimer', taskId: 2, when: { kind: 'after', delayMs: 10_000 } },
  ]);
  expect(actionsOf(await recording.fired(2).turn(session))).toEqual([{ ...attempt, taskId: 3, attempt: 2, firstTaskId: 1 }]);
  expect(actionsOf(await recording.failed(3, { message: 'two' }).turn(session))).toMatchObject([{ taskId: 4, when: { delayMs: 20_000 } }]);
  expect(actionsOf(await recording.fired(4).turn(session))).toEqual([{ ...attempt, taskId: 5, attempt: 3, firstTaskId: 1 }]);
  // No timer after the last attempt.
  const last = await recording.failed(5, { message: 'three' }).turn(session);
  expect(actionsOf(last)).toHaveLength(1);
  expect(outputOf(last)).toEqual([3, 'charge', 'three']);
});

test('[T3] a success ends it; a late failure of an attempt before is dropped', async () => {
  const { recording, session } = await begun(attemptsOf({ retry: policy }));
  await recording.failed(1, {}).turn(session);
  await recording.fired(2).turn(session);
  expect(actionsOf(await recording.failed(1, {}).turn(session))).toEqual([]);
  expect(outputOf(await recording.completed(3, '"paid"').turn(session))).toBe('paid');
});

test('[T3] nonRetriable stops at once, and so does a handler that throws: the original error surfaces', async () => {
  const once = await begun(attemptsOf({ retry: policy }));
  expect(outputOf(await once.recording.failed(1, { message: 'final', nonRetriable: true }).turn(once.session))).toEqual([
    1,
    'charge',
    'final',
  ]);
  const throwing = await begun(
    attemptsOf({
      retry: () => {
        throw new Error('from the handler');
      },
    }),
  );
  expect(outputOf(await throwing.recording.failed(1, { message: 'original' }).turn(throwing.session))).toEqual([1, 'charge', 'original']);
});

test("[T3] a function that says true tries again at once, without a timer; elapsedMs is the orchestration's time", async () => {
  const elapsed: number[] = [];
  const { recording, session } = await begun(
    attemptsOf({
      retry: ({ attempt, elapsedMs }) => {
        elapsed.push(elapsedMs);
        return attempt < 3;
      },
    }),
  );
  expect(actionsOf(await recording.failed(1, {}).turn(session))).toMatchObject([{ taskId: 2, attempt: 2, firstTaskId: 1 }]);
  expect(actionsOf(await recording.failed(2, {}).turn(session))).toMatchObject([{ taskId: 3, attempt: 3, firstTaskId: 1 }]);
  expect(outputOf(await recording.failed(3, { message: 'third' }).turn(session))).toEqual([3, 'charge', 'third']);
  expect(elapsed).toEqual([3000, 6000, 9000]);
});

test('[T3] the timeout runs on ctx time from the first scheduling, and the same on replay', async () => {
  const code = attemptsOf({ retry: { maxAttempts: 9, firstRetryInterval: '2s', retryTimeout: '9s' } });
  const { recording, session } = await begun(code);
  // The turns are 3 seconds apart: at 3 s, 6 s remain; at 9 s, none do.
  expect(actionsOf(await recording.failed(1, {}).turn(session))).toMatchObject([{ kind: 'CreateTimer' }]);
  await recording.fired(2).turn(session);
  recording.failed(3, { message: 'late' });
  const [cold] = await sessionOf(code).turns([recording.request()]);
  const live = await recording.turn(session);
  expect(cold).toEqual(live);
  expect(outputOf(live)).toEqual([2, 'charge', 'late']);
});

test("[T3] jitter is drawn from a stream of its own: the user's numbers do not move", async () => {
  const draw = (jitter: number) => async (ctx: OrchestrationContext) => {
    const before = ctx.random();
    await ctx.callActivity('a', undefined, { retry: { maxAttempts: 2, firstRetryInterval: '10s', jitter } });
    return [before, ctx.random()];
  };
  const outputs: unknown[] = [];
  const delays: unknown[] = [];
  for (const jitter of [0, 0.5]) {
    const { recording, session } = await begun(draw(jitter));
    const [timer] = actionsOf(await recording.failed(1, {}).turn(session));
    delays.push(timer?.kind === 'CreateTimer' && timer.when.kind === 'after' ? timer.when.delayMs : timer);
    await recording.fired(2).turn(session);
    outputs.push(outputOf(await recording.completed(3).turn(session)));
  }
  expect(outputs[0]).toEqual(outputs[1]);
  expect(delays[0]).toBe(10_000);
  expect(delays[1]).toBeGreaterThan(5000);
  expect(delays[1]).toBeLessThan(10_000);
});

test('[T3] the retry timer moves no user code, and the task stays awaited between attempts', async () => {
  let resumed = 0;
  const { recording, session } = await begun(async (ctx) => {
    await ctx.callActivity('a', undefined, { retry: policy });
    resumed += 1;
  });
  await recording.failed(1, {}).turn(session);
  await recording.fired(2).turn(session);
  expect(resumed).toBe(0);
  await recording.completed(3).turn(session);
  expect(resumed).toBe(1);
});

describe('[O1] a sub-orchestration that is tried again', () => {
  test('[O1] gets an attempt suffix on its default id', async () => {
    const { recording, session } = await begun(async (ctx) => await ctx.callSubOrchestrator('child', 1, { retry: policy }));
    await recording.childFailed(1, {}).turn(session);
    expect(actionsOf(await recording.fired(2).turn(session))).toMatchObject([
      { kind: 'ScheduleChild', taskId: 3, attempt: 2, firstTaskId: 1, childInstanceId: `${executionId}:1:2` },
    ]);
  });

  test('[O1] and keeps an explicit one', async () => {
    const { recording, session } = await begun(async (ctx) => {
      await ctx.callSubOrchestrator('child', 1, { instanceId: 'mine', retry: () => true });
    });
    expect(actionsOf(await recording.childFailed(1, {}).turn(session))).toMatchObject([{ attempt: 2, childInstanceId: 'mine' }]);
  });
});

test('[M2] cancel between two attempts frees the retry timer; within one it gives the attempt up', async () => {
  for (const isBetween of [true, false]) {
    const { recording, session } = await begun(async (ctx) => {
      const task = ctx.callActivity('a', undefined, { retry: policy });
      await ctx.whenAny([task, ctx.waitForExternalEvent('stop')]);
      task.cancel();
      return await task.catch(String);
    });
    await recording.failed(1, {}).turn(session);
    if (!isBetween) await recording.fired(3).turn(session);
    const actions = actionsOf(await recording.raised('stop').turn(session));
    expect(actions[0]).toEqual(isBetween ? { kind: 'CancelTimer', taskId: 3 } : { kind: 'CancelTask', taskId: 4 });
    expect(actions[1]).toMatchObject({ kind: 'CompleteInstance', output: `"CancelledError: activity 'a' (task 1) was canceled"` });
  }
});
