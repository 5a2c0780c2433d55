import { describe, expect, test } from 'vitest';
import { BrokenError } from '../../../schemas/index.ts';
import { defineOrchestrator, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { createProgram } from '../../../sdk/replay/index.ts';
import type { ProgramSession } from '../../../engine/program/index.ts';
import { actionsOf, outputOf, Recording } from './recording.ts';

type Orchestration = (ctx: OrchestrationContext) => Promise<unknown>;

function sessionOf(fn: Orchestration): ProgramSession {
  return createProgram({ orchestrators: [defineOrchestrator('o', fn)] }).session();
}

/** A promise that only the test settles: what fetch or a timer is to an orchestrator. */
function foreign(): { readonly promise: Promise<void>; settle(): Promise<void> } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return {
    promise,
    async settle() {
      resolve();
      await new Promise((done) => setImmediate(done));
    },
  };
}

/** Records two steps of `first`, then goes on cold with the code of `second`. */
async function redeployed(first: Orchestration, second: Orchestration): Promise<unknown> {
  const recording = new Recording({ name: 'o' }).started();
  const session = sessionOf(first);
  await recording.turn(session);
  await recording.completed(1).turn(session);
  return await recording.completed(2).turn(sessionOf(second));
}

const original: Orchestration = async (ctx) => {
  await ctx.callActivity('a');
  await ctx.callActivity('b');
  await ctx.callActivity('c');
};

describe('[D1] code that does not fit its history is held, with step, expected and actual', () => {
  test('[D1] unchanged code goes on', async () => {
    expect(await redeployed(original, original)).toMatchObject({ kind: 'completed', actions: [{ taskId: 3, name: 'c' }] });
  });

  test('[D1] another name', async () => {
    const outcome = await redeployed(original, async (ctx) => {
      await ctx.callActivity('a');
      await ctx.callActivity('other');
    });
    const reason = `step 6: the history has callActivity "b" (task 2), the code has callActivity "other" (task 2)`;
    expect(outcome).toMatchObject({ kind: 'stalled', code: 'NonDeterminismError', reason });
  });

  test('[D1] another order', async () => {
    const outcome = await redeployed(
      async (ctx) => await Promise.all([ctx.callActivity('a'), ctx.callActivity('b')]),
      async (ctx) => await Promise.all([ctx.callActivity('b'), ctx.callActivity('a')]),
    );
    expect(outcome).toMatchObject({
      code: 'NonDeterminismError',
      reason: expect.stringMatching(/^step 3: .*"a" \(task 1\).*"b" \(task 1\)/) as string,
    });
  });

  test('[D1] more than the history has', async () => {
    const outcome = await redeployed(original, async (ctx) => {
      await Promise.all([ctx.callActivity('a'), ctx.callActivity('new')]);
    });
    const reason = 'step 4: the history has nothing more in this turn, the code has callActivity "new" (task 2)';
    expect(outcome).toMatchObject({ kind: 'stalled', code: 'NonDeterminismError', reason });
  });

  test('[D1] less than the history has', async () => {
    const outcome = await redeployed(
      async (ctx) => await Promise.all([ctx.callActivity('a'), ctx.callActivity('b')]),
      async (ctx) => await ctx.callActivity('a'),
    );
    const reason = 'step 4: the history has callActivity "b" (task 2), the code has nothing more in this turn';
    expect(outcome).toMatchObject({ kind: 'stalled', code: 'NonDeterminismError', reason });
  });

  test('[D1] an end that the history has not', async () => {
    expect(await redeployed(original, async (ctx) => await ctx.callActivity('a'))).toMatchObject({
      code: 'NonDeterminismError',
      reason: 'step 6: the history has callActivity "b" (task 2), the code has the return',
    });
  });

  test('[D1] held, not failed: with the old code back it goes on', async () => {
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(sessionOf(original));
    recording.completed(1);
    const length = recording.facts.length;
    expect((await recording.turn(sessionOf(async (ctx) => await ctx.callActivity('x')))).kind).toBe('stalled');
    expect(recording.facts).toHaveLength(length);
    expect(actionsOf(await recording.turn(sessionOf(original)))).toMatchObject([{ name: 'b' }]);
  });

  test('[D1] an orchestrator nobody has registered, by name or by version', async () => {
    const program = createProgram({ orchestrators: [defineOrchestrator({ name: 'o', version: '2' }, original)] });
    expect(program.programs).toEqual([{ name: 'o', version: '2' }]);
    expect(await new Recording({ name: 'p' }).started().turn(program.session())).toMatchObject({
      kind: 'stalled',
      code: 'OrchestratorNotRegistered',
      reason: "orchestrator 'p' is not registered in this worker",
    });
    expect(await new Recording({ name: 'o', version: '1' }).started().turn(program.session())).toMatchObject({
      code: 'OrchestratorNotRegistered',
    });
    expect((await new Recording({ name: 'o', version: '2' }).started().turn(program.session())).kind).toBe('completed');
  });
});

describe('[A5] an orchestrator that awaits something foreign is held', () => {
  const stalled = (reason: RegExp): unknown => ({
    kind: 'stalled',
    code: 'NonDurableAwaitError',
    reason: expect.stringMatching(reason) as string,
  });

  test('[A5] pending, with nothing durable awaited', async () => {
    const session = sessionOf(async (ctx) => {
      await ctx.callActivity('a');
      await foreign().promise;
    });
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    expect(await recording.completed(1).turn(session)).toEqual(stalled(/^orchestrator 'o' waits for something.*callActivity 'a', task 1/));
  });

  test('[A5] a durable task that was called but is not awaited does not hide it', async () => {
    const outcome = await new Recording({ name: 'o' }).started().turn(
      sessionOf(async (ctx) => {
        void ctx.callActivity('a');
        await foreign().promise;
      }),
    );
    expect(outcome).toEqual(stalled(/waits for something/));
  });

  test('[A5] a ctx call outside a turn throws, and the run is discarded', async () => {
    const [gate, thrown] = [foreign(), [] as unknown[]];
    const session = sessionOf(async (ctx) => {
      await Promise.race([ctx.callActivity('a'), gate.promise]);
      try {
        void ctx.callActivity('b');
      } catch (error) {
        thrown.push(error);
      }
      await ctx.callActivity('c');
    });
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    await gate.settle();
    expect(thrown).toEqual([expect.objectContaining({ name: 'NonDurableAwaitError', code: 'NonDurableAwaitError' }) as unknown]);
    expect(await recording.completed(1).turn(session)).toEqual(stalled(/called ctx\.callActivity after/));
  });

  test.each([
    ['return', () => 'early'],
    [
      'throw',
      () => {
        throw new Error('early');
      },
    ],
  ])('[A5] a %s outside a turn does not become the result', async (_how, end) => {
    const gate = foreign();
    const session = sessionOf(async (ctx) => {
      await Promise.race([ctx.callActivity('a'), gate.promise]);
      return end();
    });
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    await gate.settle();
    expect(await recording.completed(1).turn(session)).toEqual(stalled(/(returned|threw) after/));
  });

  test('[A5] it stays within its instance', async () => {
    const gate = foreign();
    const program = createProgram({
      orchestrators: [
        defineOrchestrator('bad', async () => await gate.promise),
        defineOrchestrator('good', async (ctx) => await ctx.callActivity('a')),
      ],
    });
    const session = program.session();
    const [bad, good] = [
      new Recording({ name: 'bad', instanceId: 'b' }).started(),
      new Recording({ name: 'good', instanceId: 'g' }).started(),
    ];
    const outcomes = await session.turns([bad.request(), good.request()]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stalled', 'completed']);
    outcomes.forEach((outcome, at) => [bad, good][at]?.note(outcome));
    expect(outputOf(await good.completed(1, '5').turn(session))).toBe(5);
  });
});

describe('the session', () => {
  test('refuses two turns of one instance at once, and turns after close', async () => {
    const session = sessionOf(original);
    const request = new Recording({ name: 'o' }).started().request();
    await expect(session.turns([request, request])).rejects.toBeInstanceOf(BrokenError);
    expect((await session.turns([request]))[0]?.kind).toBe('completed');
    session.close();
    await expect(session.turns([request])).rejects.toBeInstanceOf(BrokenError);
  });

  test('a past that cannot be read rejects the batch, and what it touched is replayed', async () => {
    const session = sessionOf(original);
    const [live, cold] = [new Recording({ name: 'o', instanceId: 'l' }).started(), new Recording({ name: 'o', instanceId: 'c' }).started()];
    await live.turn(session);
    await cold.turn(session);
    session.evict(cold.request().instanceId);
    live.completed(1);
    cold.completed(1);
    const unreadable = { ...cold.request(), past: () => Promise.reject(new Error('disk')) };
    await expect(session.turns([live.request(), unreadable])).rejects.toThrow('disk');
    expect(actionsOf(await live.turn(session))).toMatchObject([{ name: 'b', taskId: 2 }]);
    expect(actionsOf(await cold.turn(session))).toMatchObject([{ name: 'b', taskId: 2 }]);
    expect([live.pastReads, cold.pastReads]).toEqual([1, 1]);
  });
});
