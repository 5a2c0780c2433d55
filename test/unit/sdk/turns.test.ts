import { describe, expect, test } from 'vitest';
import { defineOrchestrator, type OrchestrationContext, type OrchestratorToRegister } from '../../../sdk/define/index.ts';
import { createProgram, runningUserCode, type UserCode } from '../../../sdk/replay/index.ts';
import { TaskFailedError } from '../../../sdk/values/index.ts';
import type { ProgramSession } from '../../../engine/program/index.ts';
import { actionsOf, executionId, failureOf, outputOf, Recording, startedAtMs } from './recording.ts';

function sessionOf(...orchestrators: OrchestratorToRegister[]): ProgramSession {
  return createProgram({ orchestrators }).session();
}

function scheduled(taskId: number, name: string, input: string | null = null): unknown {
  return { kind: 'ScheduleTask', taskId, name, input, version: '', tags: [], attempt: 1, firstTaskId: 0 };
}

/** Runs a function that is told to end at once, and gives its output. */
async function outputAtOnce(
  fn: (ctx: OrchestrationContext, input: never) => Promise<unknown>,
  input: string | null = null,
): Promise<unknown> {
  const session = sessionOf(defineOrchestrator('o', fn));
  return outputOf(await new Recording({ name: 'o' }).started(input).turn(session));
}

describe('[A1] every kind of function', () => {
  test('[A1] an async function, call by call', async () => {
    const session = sessionOf(
      defineOrchestrator('o', async (ctx, city: string) => {
        const a = await ctx.callActivity<string>('hello', city);
        const b = await ctx.callActivity<string>('hello', a);
        return [a, b];
      }),
    );
    const recording = new Recording({ name: 'o' }).started('"x"');
    expect(actionsOf(await recording.turn(session))).toEqual([scheduled(1, 'hello', '"x"')]);
    expect(actionsOf(await recording.completed(1, '"y"').turn(session))).toEqual([scheduled(2, 'hello', '"y"')]);
    expect(outputOf(await recording.completed(2, '"z"').turn(session))).toEqual(['y', 'z']);
    expect(recording.pastReads).toBe(0);
  });

  test('[A1] a plain function under its own name, and one that is not async', async () => {
    async function plain(ctx: OrchestrationContext): Promise<string> {
      await ctx.callActivity(hello);
      return 'done';
    }
    function hello(): void {
      return undefined;
    }
    const recording = new Recording({ name: 'plain' }).started();
    const session = sessionOf(
      plain,
      defineOrchestrator('now', () => Promise.resolve(7)),
    );
    expect(actionsOf(await recording.turn(session))).toEqual([scheduled(1, 'hello')]);
    expect(outputOf(await recording.completed(1).turn(session))).toBe('done');
    expect(outputOf(await new Recording({ name: 'now', instanceId: 'i2' }).started().turn(session))).toBe(7);
  });

  test('[A1] a generator: results come back, failures are thrown in, finally runs', async () => {
    const session = sessionOf(
      defineOrchestrator('o', function* (ctx, input: number) {
        const one = (yield ctx.callActivity<number>('add', input)) as number;
        try {
          yield ctx.callActivity('fail');
        } catch (error) {
          if (!(error instanceof TaskFailedError)) throw error;
          const both = (yield Promise.all([ctx.callActivity<number>('add', one), ctx.callActivity<number>('add', 5)])) as number[];
          return [error.taskName, both];
        } finally {
          yield ctx.callActivity('tidy');
        }
        return 'not reached';
      }),
    );
    const recording = new Recording({ name: 'o' }).started('1');
    await recording.turn(session);
    expect(actionsOf(await recording.completed(1, '2').turn(session))).toEqual([scheduled(2, 'fail')]);
    expect(actionsOf(await recording.failed(2, { message: 'no' }).turn(session))).toEqual([
      scheduled(3, 'add', '2'),
      scheduled(4, 'add', '5'),
    ]);
    expect(actionsOf(await recording.completed(4, '40').completed(3, '30').turn(session))).toEqual([scheduled(5, 'tidy')]);
    expect(outputOf(await recording.completed(5).turn(session))).toEqual(['fail', [30, 40]]);
  });

  test('[A1] a generator that yields what is no task, and an async generator, fail with the reason', async () => {
    const session = sessionOf(
      defineOrchestrator('wrong', function* (): Generator<PromiseLike<unknown>, void> {
        yield 5 as never;
      }),
      defineOrchestrator('foreign', (() => (async function* () {})()) as never),
    );
    expect(failureOf(await new Recording({ name: 'wrong' }).started().turn(session))).toMatchObject({ errorType: 'TypeError' });
    expect(failureOf(await new Recording({ name: 'foreign', instanceId: 'i2' }).started().turn(session)).message).toContain(
      'async generator',
    );
  });
});

describe('[A2] a durable task is a real promise', () => {
  test('[A2] Promise.all, allSettled, race and any settle in the order of the history', async () => {
    const session = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        const tasks = ['a', 'b', 'c'].map((name) => ctx.callActivity<string>(name));
        expect(tasks.every((task) => task instanceof Promise)).toBe(true);
        const [first, any, settled] = await Promise.all([Promise.race(tasks), Promise.any(tasks), Promise.allSettled(tasks)]);
        return { first, any, settled: settled.map(({ status }) => status) };
      }),
    );
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    recording.completed(3, '"c"').failed(1, { message: 'no' }).completed(2, '"b"');
    expect(outputOf(await recording.turn(session))).toEqual({ first: 'c', any: 'c', settled: ['rejected', 'fulfilled', 'fulfilled'] });
  });

  test('[A2] one event at a time: what follows from the first is done before the second is fed', async () => {
    const session = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        // b is slow to go on, so that fed together a would overtake it.
        const follow = async (name: string): Promise<void> => {
          await ctx.callActivity(name);
          for (let tick = 0; name === 'b' && tick < 20; tick++) await Promise.resolve();
          await ctx.callActivity(`after ${name}`);
        };
        await Promise.all([follow('a'), follow('b')]);
      }),
    );
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    expect(actionsOf(await recording.completed(2).completed(1).turn(session))).toEqual([scheduled(3, 'after b'), scheduled(4, 'after a')]);
  });

  test('[A2] try, catch and finally work, and what they call is scheduled', async () => {
    const session = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        try {
          await ctx.callActivity('charge');
        } finally {
          await ctx.callActivity('tidy');
        }
      }),
    );
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    expect(actionsOf(await recording.failed(1, { errorType: 'CardDeclined', message: 'no funds' }).turn(session))).toEqual([
      scheduled(2, 'tidy'),
    ]);
    const failure = failureOf(await recording.completed(2).turn(session));
    expect(failure).toMatchObject({ errorType: 'TaskFailedError', cause: { errorType: 'CardDeclined', message: 'no funds' } });
  });

  test('[A2] many instances in one batch do not meet', async () => {
    const session = sessionOf(defineOrchestrator('o', async (ctx, n: number) => (await ctx.callActivity<number>('add', n)) + n));
    const recordings = Array.from({ length: 50 }, (_, at) =>
      new Recording({ name: 'o', instanceId: `i${String(at)}` }).started(String(at)),
    );
    const batch = async (): Promise<void> => {
      const outcomes = await session.turns(recordings.map((recording) => recording.request()));
      outcomes.forEach((outcome, at) => recordings[at]?.note(outcome));
    };
    await batch();
    recordings.forEach((recording, at) => recording.completed(1, String(at * 100)));
    await batch();
    const ends = recordings.map(({ facts }) => facts.at(-1));
    expect(ends).toEqual(ends.map((_, at) => expect.objectContaining({ kind: 'InstanceCompleted', output: String(at * 101) }) as unknown));
  });

  test('[A2] losing siblings raise nothing; a floating rejection is charged to its instance and fails nothing', async () => {
    const charged: [string, UserCode | undefined][] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => charged.push([String(reason), runningUserCode()]));
    try {
      const session = sessionOf(
        defineOrchestrator('o', async (ctx) => {
          const [lost, late] = [ctx.callActivity('lost'), ctx.callActivity('late')];
          const floating = async (): Promise<void> => {
            await ctx.callActivity('other');
            throw new Error('floating');
          };
          void floating();
          await Promise.all([lost, late]).catch(() => undefined);
          await ctx.callActivity('end');
          void ctx.callActivity('never awaited');
          await ctx.callActivity('very end');
        }),
      );
      const recording = new Recording({ name: 'o', instanceId: 'i9' }).started();
      await recording.turn(session);
      await recording.failed(1, {}).turn(session);
      await recording.failed(2, {}).turn(session);
      expect(charged).toEqual([]);
      expect(actionsOf(await recording.completed(3).turn(session))).toEqual([]);
      expect(charged).toEqual([['Error: floating', { kind: 'orchestrator', name: 'o', instanceId: 'i9', executionId }]]);
      await recording.completed(4).turn(session);
      await recording.failed(5, {}).turn(session);
      expect(charged).toHaveLength(1);
      expect(outputOf(await recording.completed(6).turn(session))).toBe(undefined);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of others) process.on('unhandledRejection', listener);
    }
  });
});

describe('[A4] what the context tells is the same at every replay', () => {
  const tell = defineOrchestrator('o', async (ctx) => {
    const told: unknown[] = [];
    const note = (): unknown => told.push([ctx.currentUtcDateTime.getTime() - startedAtMs, ctx.historyLength, ctx.newGuid(), ctx.random()]);
    note();
    note();
    await ctx.callActivity('a');
    note();
    await ctx.callActivity('b');
    return { told, of: [ctx.instanceId, ctx.executionId, ctx.version] };
  });

  test('[A4] time, history length, guids and random numbers', async () => {
    const live = new Recording({ name: 'o', version: '' }).started();
    const session = sessionOf(tell);
    await live.turn(session);
    await live.completed(1).turn(session);
    live.completed(2);
    const [cold] = await sessionOf(tell).turns([live.request()]);
    const output = outputOf(await live.turn(session)) as { told: [number, number, string, number][]; of: unknown };
    expect(output.of).toEqual(['i1', executionId, '']);
    // The turn's marker is event 2: one event before it. The next turn's is event 5.
    expect(output.told.map(([atMs, length]) => [atMs, length])).toEqual([
      [2000, 1],
      [2000, 1],
      [5000, 4],
    ]);
    expect(new Set(output.told.map(([, , guid]) => guid)).size).toBe(3);
    expect(new Set(output.told.map(([, , , random]) => random)).size).toBe(3);
    for (const [, , guid, random] of output.told) {
      expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(random >= 0 && random < 1).toBe(true);
    }
    expect(live.pastReads).toBe(1);
    expect(cold).toMatchObject({ kind: 'completed', actions: [{ output: JSON.stringify(output) }] });
  });

  test('[A4] golden values: they must never change under a running instance', async () => {
    const drawn = await outputAtOnce((ctx) => Promise.resolve([ctx.newGuid(), ctx.newGuid(), ctx.random(), ctx.random()]));
    expect(drawn).toMatchInlineSnapshot(`
      [
        "54830dfd-6093-55f6-8c9f-61a0e19fbe81",
        "1951ed35-c22a-5cf5-93fe-870c41bf19c1",
        0.3412418496243278,
        0.36250495357771617,
      ]
    `);
  });

  test('[A4] log is silent on replay', async () => {
    const lines: unknown[] = [];
    const loud = defineOrchestrator('o', async (ctx) => {
      ctx.log.info('before %s', 'a', ctx.isReplaying);
      await ctx.callActivity('a');
      ctx.log.warn('after');
    });
    const program = createProgram({
      orchestrators: [loud],
      log: (level, event, fields) => lines.push([level, event, fields['message'], fields['instanceId']]),
    });
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(program.session());
    expect(lines).toEqual([['info', 'orchestrator_log', 'before a false', 'i1']]);
    await recording.completed(1).turn(program.session());
    expect(recording.pastReads).toBe(1);
    expect(lines.slice(1)).toEqual([['warn', 'orchestrator_log', 'after', 'i1']]);
  });
});

describe('[T1] results go to open tasks only', () => {
  test('[T1] ids are taken at the call, from 1; a result for an unknown or resolved task is dropped', async () => {
    const session = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        const [a, b] = [ctx.callActivity('a'), ctx.callActivity('b')];
        expect([a.id, b.id]).toEqual([1, 2]);
        return [await b, await a];
      }),
    );
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    const dropped = recording.completed(7, '"unknown"').failed(7, {}).completed(1, '"a"').completed(1, '"again"').failed(1, {});
    expect(actionsOf(await dropped.turn(session))).toEqual([]);
    expect(outputOf(await recording.completed(2, '"b"').turn(session))).toEqual(['b', 'a']);
  });

  test('[T2] details and message of a failed task', async () => {
    const session = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        const error: unknown = await ctx.callActivity('charge').catch((reason: unknown) => reason);
        return (
          error instanceof TaskFailedError && {
            ...error.details,
            task: error.taskName,
            is: error.details.is('CardDeclined'),
            stack: error.stack,
          }
        );
      }),
    );
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    const output = outputOf(
      await recording.failed(1, { errorType: 'CardDeclined', message: 'no', properties: '{"cents":5}' }).turn(session),
    );
    const stack =
      "TaskFailedError: activity 'charge' (task 1) failed: CardDeclined: no\n    (the stack of the activity is in details.stack)";
    expect(output).toMatchObject({ errorType: 'CardDeclined', properties: { cents: 5 }, task: 'charge', is: true, stack });
  });

  test('[T1] a result that is not JSON fails its task, not the instance', async () => {
    const session = sessionOf(defineOrchestrator('o', (ctx) => ctx.callActivity('a').catch((error: unknown) => String(error))));
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    expect(outputOf(await recording.completed(1, '{oops').turn(session))).toContain('SerializationError');
  });
});

describe('[A7] values at the edges of an orchestrator', () => {
  test('[A7] input and output', async () => {
    const echo = (_ctx: OrchestrationContext, input: unknown): Promise<unknown> => Promise.resolve({ type: typeof input, input });
    expect(await outputAtOnce(echo)).toEqual({ type: 'undefined' });
    expect(await outputAtOnce(echo, 'null')).toEqual({ type: 'object', input: null });
    expect(await outputAtOnce(() => Promise.resolve(undefined))).toBe(undefined);
  });

  test('[A7] a bad input is refused at the call, takes no task id, and can be caught', async () => {
    const session = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        try {
          await ctx.callActivity('a', { at: [1n] });
        } catch (error) {
          await ctx.callActivity('b', String(error));
        }
      }),
    );
    const [action] = actionsOf(await new Recording({ name: 'o' }).started().turn(session));
    expect(action).toMatchObject({
      taskId: 1,
      name: 'b',
      input: expect.stringContaining("the input of activity 'a' cannot be kept as JSON: $.at[0] is a BigInt") as string,
    });
  });

  test('[A7] an output that has no JSON form, and an input that is none, fail the instance', async () => {
    const session = sessionOf(defineOrchestrator('o', () => Promise.resolve(new Map())));
    expect(failureOf(await new Recording({ name: 'o' }).started().turn(session))).toMatchObject({ errorType: 'SerializationError' });
    expect(failureOf(await new Recording({ name: 'o', instanceId: 'i2' }).started('{oops').turn(session))).toMatchObject({
      errorType: 'SerializationError',
    });
  });
});

describe('[S8] the end of the function is the end', () => {
  test('[S8] what was called before is sent, what is called after is not', async () => {
    const afterwards: string[] = [];
    const session = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        const straggle = async (): Promise<void> => {
          await ctx.callActivity('a');
          for (let tick = 0; tick < 20; tick++) await Promise.resolve();
          void ctx.callActivity('too late');
        };
        straggle().catch((error: unknown) => afterwards.push(String(error)));
        await ctx.callActivity('b');
        void ctx.callActivity('c');
        return 'done';
      }),
    );
    const recording = new Recording({ name: 'o' }).started();
    await recording.turn(session);
    expect(actionsOf(await recording.completed(1).turn(session))).toEqual([scheduled(3, 'too late')]);
    expect(actionsOf(await recording.completed(2).turn(session))).toEqual([
      scheduled(4, 'c'),
      { kind: 'CompleteInstance', output: '"done"' },
    ]);

    const other = sessionOf(
      defineOrchestrator('o', async (ctx) => {
        await ctx.callActivity('a');
        void Promise.resolve().then(async () => {
          for (let tick = 0; tick < 20; tick++) await Promise.resolve();
          try {
            void ctx.callActivity('too late');
          } catch (error) {
            afterwards.push(String(error));
          }
        });
      }),
    );
    const late = new Recording({ name: 'o' }).started();
    await late.turn(other);
    expect(actionsOf(await late.completed(1).turn(other))).toEqual([{ kind: 'CompleteInstance', output: null }]);
    expect(afterwards).toEqual(["Error: ctx.callActivity was called after 'o' had ended"]);
  });

  test('[S8] a throw fails the instance with what was thrown', async () => {
    const session = sessionOf(
      defineOrchestrator('o', () => {
        throw new RangeError('at once', { cause: 'why' });
      }),
    );
    const failure = failureOf(await new Recording({ name: 'o' }).started().turn(session));
    expect(failure).toMatchObject({ errorType: 'RangeError', message: 'at once', cause: { message: 'why' } });
  });
});
