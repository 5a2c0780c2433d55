/** Sub-orchestrations: SEMANTICS O1, O2. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineEvent, defineOrchestrator, TaskFailedError, type SubOptions } from '../../sdk/index.ts';
import { factsOf, kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const go = defineEvent<string>()('go');

/** Waits for the event and returns what came with it. */
const listener = defineOrchestrator('listener', (ctx) => ctx.waitForExternalEvent(go));
const echo = defineOrchestrator('echo', (_ctx, word: string): Promise<string> => Promise.resolve(`${word}!`));
const failing = defineOrchestrator('failing', (): Promise<never> => Promise.reject(new RangeError('out of it')));

interface Answer {
  readonly value?: string;
  readonly failure?: { readonly errorType: string; readonly nonRetriable: boolean };
}

async function answerOf(task: PromiseLike<string>): Promise<Answer> {
  try {
    return { value: await task };
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    return { failure: { errorType: error.details.errorType, nonRetriable: error.details.nonRetriable } };
  }
}

const inUse: Answer = { failure: { errorType: 'OrchestrationAlreadyExistsError', nonRetriable: true } };

/** Calls a child under the id that it is given, and then again, each time it is told to; tells what came of each. */
const caller = defineOrchestrator('caller', async (ctx, { instanceId, calls }: { instanceId: string; calls: number }) => {
  const answers: Answer[] = [];
  while (answers.length < calls) {
    if (answers.length > 0) await ctx.waitForExternalEvent(go);
    const options: SubOptions = { instanceId, retry: { maxAttempts: 5, firstRetryInterval: '1h' } };
    answers.push(await answerOf(ctx.callSubOrchestrator(echo, String(answers.length + 1), options)));
  }
  return answers;
});

const all = { orchestrators: [listener, echo, failing, caller] };

describe.for(rooms)('sub-orchestrations, $name', (room) => {
  test('[O1] the id of a child contains the execution, so that generations never collide', async () => {
    const renewed = defineOrchestrator('renewed', async (ctx, generation: number): Promise<string> => {
      const words = await Promise.all(['a', 'b'].map((word) => ctx.callSubOrchestrator(echo, `${word}${String(generation)}`)));
      return generation < 3 ? ctx.continueAsNew(generation + 1) : words.join();
    });
    await using env = await openRoom(room, { ...all, orchestrators: [echo, renewed] });
    const handle = await env.client.scheduleNewOrchestration(renewed, 1);
    expect(await handle.result()).toBe('a3!,b3!');
    const children = factsOf(env.histories(handle.instanceId), 'ChildScheduled');
    expect(new Set(children.map(({ childInstanceId }) => childInstanceId)).size).toBe(6);
    for (const { childInstanceId, executionId } of children) {
      expect(childInstanceId).toContain(executionId);
      expect(await env.client.getOrchestrationState(childInstanceId)).toMatchObject({ runtimeStatus: 'Completed', generation: 1 });
    }
  });

  const flaky = defineOrchestrator('flaky', async (ctx, succeedsAt: number): Promise<string> => {
    const attempt = await ctx.callActivity(counted);
    if (attempt < succeedsAt) throw new Error(`attempt ${String(attempt)}`);
    return `attempt ${String(attempt)}`;
  });
  const retrying = defineOrchestrator('retrying', (ctx, instanceId: string | null) =>
    ctx.callSubOrchestrator(flaky, 3, {
      retry: { maxAttempts: 3, firstRetryInterval: '1m' },
      tags: { kept: 'yes' },
      ...(instanceId === null ? {} : { instanceId }),
    }),
  );
  let runs = 0;
  const counted = defineActivity('counted', () => ++runs);

  test('[O1] each attempt of a retry is a child of its own: the id gets the number of the attempt', async () => {
    runs = 0;
    await using env = await openRoom(room, { orchestrators: [flaky, retrying], activities: [counted] });
    const handle = await env.client.scheduleNewOrchestration(retrying, null);
    await env.advance('5m');
    expect(await handle.result()).toBe('attempt 3');
    const attempts = factsOf([env.history(handle.instanceId)], 'ChildScheduled');
    const [first] = attempts;
    const id = first?.childInstanceId ?? '';
    expect(attempts.map(({ childInstanceId }) => childInstanceId)).toEqual([id, `${id}:2`, `${id}:3`]);
    expect(attempts.map(({ attempt, firstTaskId }) => [attempt, firstTaskId])).toEqual([1, 2, 3].map((at) => [at, at === 1 ? 0 : 1]));
    const states = await Promise.all(attempts.map(({ childInstanceId }) => env.client.getOrchestrationState(childInstanceId)));
    expect(states.map((state) => state?.runtimeStatus)).toEqual(['Failed', 'Failed', 'Completed']);
    for (const state of states) expect({ ...state?.tags }).toEqual({ kept: 'yes' });
  });

  test('[O1] under an id of its own each attempt takes the place of the one before', async () => {
    runs = 0;
    await using env = await openRoom(room, { orchestrators: [flaky, retrying], activities: [counted] });
    const handle = await env.client.scheduleNewOrchestration(retrying, 'mine');
    await env.advance('5m');
    expect(await handle.result()).toBe('attempt 3');
    expect(env.histories('mine').map((history) => kindsOf(history).at(-1))).toEqual([
      'InstanceFailed',
      'InstanceFailed',
      'InstanceCompleted',
    ]);
  });

  describe('[O1] an explicit id that is in use fails the task at once, without a retry', () => {
    test('[O1] by an instance that somebody else started, whether it runs or has ended', async () => {
      await using env = await openRoom(room, all);
      const other = await env.client.scheduleNewOrchestration(listener, undefined, { instanceId: 'other' });
      const handle = await env.client.scheduleNewOrchestration(caller, { instanceId: 'other', calls: 2 });
      await env.settled();
      expect((await other.state())?.runtimeStatus).toBe('Running');
      await other.raise(go, 'over');
      expect(await other.result()).toBe('over');
      await handle.raise(go, '');
      expect(await handle.result()).toEqual([inUse, inUse]);
      expect(factsOf([env.history(handle.instanceId)], 'TimerCreated')).toEqual([]);
      expect(factsOf([env.history(handle.instanceId)], 'ChildScheduled')).toHaveLength(2);
      expect(env.histories('other')).toHaveLength(1);
    });

    test('[O1] by itself', async () => {
      await using env = await openRoom(room, all);
      const handle = await env.client.scheduleNewOrchestration(caller, { instanceId: 'me', calls: 1 }, { instanceId: 'me' });
      expect(await handle.result()).toEqual([inUse]);
      expect(env.histories('me')).toHaveLength(1);
    });

    test('[O1] by a child of another parent, whether it runs or has ended', async () => {
      const mother = defineOrchestrator('mother', (ctx) => ctx.callSubOrchestrator(listener, undefined, { instanceId: 'hers' }));
      await using env = await openRoom(room, { orchestrators: [...all.orchestrators, mother] });
      const hers = await env.client.scheduleNewOrchestration(mother);
      await env.settled();
      const handle = await env.client.scheduleNewOrchestration(caller, { instanceId: 'hers', calls: 2 });
      await env.settled();
      await env.client.raiseOrchestrationEvent('hers', go, 'hers');
      expect(await hers.result()).toBe('hers');
      await handle.raise(go, '');
      expect(await handle.result()).toEqual([inUse, inUse]);
      expect(env.histories('hers')).toHaveLength(1);
    });

    test('[O1] by a child of its own that runs, of this generation or an earlier one', async () => {
      const double = defineOrchestrator('double', async (ctx, generation: number): Promise<unknown> => {
        const first = ctx.callSubOrchestrator(listener, undefined, { instanceId: 'child' });
        if (generation === 1) {
          const second = await answerOf(ctx.callSubOrchestrator(listener, undefined, { instanceId: 'child' }));
          return ctx.continueAsNew(second.failure?.errorType === 'OrchestrationAlreadyExistsError' ? 2 : 3);
        }
        return [generation, await answerOf(first)];
      });
      await using env = await openRoom(room, { orchestrators: [listener, double] });
      const handle = await env.client.scheduleNewOrchestration(double, 1);
      expect(await handle.result()).toEqual([2, inUse]);
      expect((await env.client.getOrchestrationState('child'))?.runtimeStatus).toBe('Running');
      expect(env.histories('child')).toHaveLength(1);
    });
  });

  test('[O1] a child of this parent that has ended is replaced: of this generation, of an earlier one, of an earlier life of the parent', async () => {
    const again = defineOrchestrator('again', async (ctx, generation: number): Promise<readonly string[]> => {
      const words: string[] = [];
      for (const word of ['x', 'y'])
        words.push(await ctx.callSubOrchestrator(echo, `${word}${String(generation)}`, { instanceId: 'child' }));
      return generation === 2 ? words : ctx.continueAsNew(2);
    });
    await using env = await openRoom(room, { orchestrators: [echo, again] });
    const options = { instanceId: 'parent', onConflict: 'replaceTerminal' } as const;
    expect(await (await env.client.scheduleNewOrchestration(again, 1, options)).result()).toEqual(['x2!', 'y2!']);
    await env.crash();
    expect(await (await env.client.scheduleNewOrchestration(again, 1, options)).result()).toEqual(['x2!', 'y2!']);
    const children = env.histories('child');
    expect(factsOf(children, 'InstanceCompleted').map(({ output }) => output)).toEqual(
      ['x1!', 'y1!', 'x2!', 'y2!', 'x1!', 'y1!', 'x2!', 'y2!'].map((word) => JSON.stringify(word)),
    );
    expect(new Set(factsOf(children, 'InstanceStarted').map(({ executionId }) => executionId)).size).toBe(8);
  });

  test('[O1] every message delivered twice: each task starts one child, also when that has ended before the second', async () => {
    const parent = defineOrchestrator('parent', async (ctx): Promise<readonly string[]> => {
      const own = ctx.callSubOrchestrator(echo, 'own');
      const named = ctx.callSubOrchestrator(echo, 'named', { instanceId: 'named' });
      const free = ctx.startOrchestration(echo, 'free', { instanceId: 'free' });
      return [await own, await named, free];
    });
    await using env = await openRoom(room, { orchestrators: [echo, parent], partitions: 4, deliverTwice: true });
    const handle = await env.client.scheduleNewOrchestration(parent);
    expect(await handle.result()).toEqual(['own!', 'named!', 'free']);
    await env.settled();
    const [own] = factsOf([env.history(handle.instanceId)], 'ChildScheduled');
    for (const id of ['named', 'free', own?.childInstanceId ?? '']) {
      expect(env.histories(id)).toHaveLength(1);
      expect((await env.client.getOrchestrationState(id))?.runtimeStatus).toBe('Completed');
    }
    expect(factsOf([env.history(handle.instanceId)], 'ChildCompleted')).toHaveLength(2);
    expect(factsOf([env.history(handle.instanceId)], 'ChildFailed')).toEqual([]);
  });

  test('[O1] a death at every write, acknowledged or not: one child, and one answer', async () => {
    const parent = defineOrchestrator('parent', (ctx) => ctx.callSubOrchestrator(echo, 'once', { instanceId: 'the child' }));
    for (const ack of ['never-sent', 'lost'] as const) {
      let deaths = 0;
      for (let tried = 0; tried === deaths; tried++) {
        await using env = await openRoom(room, { orchestrators: [echo, parent] });
        const cache = tried % 2 === 0 ? 'kept' : 'deleted';
        void env.crash({ at: tried + 1, ack, cache }).then((happened) => (deaths += happened ? 1 : 0));
        const handle = await env.client.scheduleNewOrchestration(parent);
        expect(await handle.result()).toBe('once!');
        await env.settled();
        expect(env.histories('the child')).toHaveLength(1);
        expect(factsOf([env.history(handle.instanceId)], 'ChildCompleted')).toHaveLength(1);
      }
      expect(deaths).toBeGreaterThanOrEqual(4);
      expect(deaths).toBeLessThan(20);
    }
  });
});
