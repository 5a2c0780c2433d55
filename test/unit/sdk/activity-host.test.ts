import { describe, expect, test } from 'vitest';
import { defineActivity, type ActivityContext, type ActivityToRegister } from '../../../sdk/define/index.ts';
import { createActivityHost, runningUserCode } from '../../../sdk/replay/index.ts';
import { NonRetriableError } from '../../../sdk/values/index.ts';
import type { ActivityOutcome, ActivityTask } from '../../../engine/program/index.ts';
import { executionId } from './recording.ts';

const signal = new AbortController().signal;

function taskOf(name: string, input: string | null = null): ActivityTask {
  return { instanceId: 'i1' as ActivityTask['instanceId'], executionId, scheduledSeq: 12, taskId: 3, name, input, attempt: 2, tags: [] };
}

async function run(activity: ActivityToRegister, input: string | null = null): Promise<ActivityOutcome> {
  return await createActivityHost({ activities: [activity] }).run(taskOf(activity.name, input), signal);
}

describe('[A1] one run of an activity', () => {
  test('[A1] sync, async and plain functions, with their input', async () => {
    function plain(_ctx: ActivityContext, input: number): number {
      return input + 1;
    }
    expect(await run(plain, '4')).toEqual({ kind: 'completed', result: '5' });
    expect(
      await run(
        defineActivity('a', async (_ctx, input: { n: number }) => Promise.resolve([input.n])),
        '{"n":1}',
      ),
    ).toEqual({ kind: 'completed', result: '[1]' });
    expect(await run(defineActivity('a', () => undefined))).toEqual({ kind: 'completed', result: null });
    expect(await run(defineActivity('a', () => null))).toEqual({ kind: 'completed', result: 'null' });
  });

  test('[T5] what it knows of itself; the key names the task as the engine does', async () => {
    let seen: ActivityContext | undefined;
    await run(defineActivity('a', (ctx) => void (seen = ctx)));
    expect(seen).toEqual({ instanceId: 'i1', executionId, taskId: 3, attempt: 2, idempotencyKey: `i1/${executionId}/12`, signal });
    expect(seen?.signal).toBe(signal);
  });

  test('[A2] its code is known as its own, also after an await', async () => {
    const own = defineActivity('a', async () => {
      await new Promise((done) => setImmediate(done));
      return runningUserCode();
    });
    expect(await run(own)).toEqual({
      kind: 'completed',
      result: JSON.stringify({ kind: 'activity', name: 'a', instanceId: 'i1', executionId }),
    });
    expect(runningUserCode()).toBe(undefined);
  });

  test('its own limit of runs at once', () => {
    const host = createActivityHost({ activities: [defineActivity('a', () => 1, { concurrency: 4 }), defineActivity('b', () => 1)] });
    expect([host.concurrencyOf('a'), host.concurrencyOf('b'), host.concurrencyOf('c')]).toEqual([4, undefined, undefined]);
  });
});

describe('[T2] what goes wrong is an outcome', () => {
  test('[T2] a throw, sync or async, of anything', async () => {
    const sync = await run(
      defineActivity('a', () => {
        throw new NonRetriableError('bad', { properties: { cents: 1 } });
      }),
    );
    expect(sync).toMatchObject({
      kind: 'failed',
      failure: { errorType: 'NonRetriableError', nonRetriable: true, properties: '{"cents":1}' },
    });
    // eslint's rule is about our code; users throw what they like.
    const thrown: unknown = null;
    expect(await run(defineActivity('a', async () => await Promise.reject(thrown as Error)))).toMatchObject({
      kind: 'failed',
      failure: { errorType: 'ThrownValue', message: 'null' },
    });
  });

  test('[A7] a result that has no JSON form, and an input that is none', async () => {
    expect(await run(defineActivity('a', () => new Set([1])))).toMatchObject({
      kind: 'failed',
      failure: { errorType: 'SerializationError', message: expect.stringContaining("the result of activity 'a'") as string },
    });
    expect(await run(defineActivity('a', () => 'x'.repeat(1024 * 1024)))).toMatchObject({
      failure: { errorType: 'SerializationError', properties: '{"code":"PAYLOAD_TOO_LARGE"}' },
    });
    expect(
      await run(
        defineActivity('a', () => 1),
        '{oops',
      ),
    ).toMatchObject({ kind: 'failed', failure: { errorType: 'SerializationError' } });
  });

  test('[T4] an unknown name fails as nonRetriable ActivityNotRegistered', async () => {
    const outcome = await createActivityHost({ activities: [] }).run(taskOf('nobody'), signal);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { errorType: 'ActivityNotRegistered', nonRetriable: true, stack: null } });
  });
});
