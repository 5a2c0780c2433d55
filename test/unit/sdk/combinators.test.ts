import { describe, expect, test } from 'vitest';
import type { OrchestrationContext } from '../../../sdk/define/index.ts';
import { isWaitTask } from '../../../sdk/context/index.ts';
import { CancelledError, TaskFailedError } from '../../../sdk/values/index.ts';
import { begun, outputAtOnce, Play } from './playing.ts';

describe('[A3] whenAll', () => {
  test('[A3] waits for every task and gives results in the order of the arguments', async () => {
    const play = await begun(async (ctx) => await ctx.whenAll([ctx.callActivity('a'), ctx.createTimer('1m'), ctx.callActivity('b')]));
    expect(await play.actions((recording) => recording.completed(3, '"b"').fired(2))).toEqual([]);
    expect(await play.output((recording) => recording.completed(1, '"a"'))).toEqual(['a', null, 'b']);
  });

  test('[A3] [] gives []', async () => {
    expect(await outputAtOnce(async (ctx) => await ctx.whenAll([]))).toEqual([]);
  });

  test('[A3] throws the first failure by arrival, and only after every task has settled', async () => {
    const play = await begun(async (ctx) => {
      try {
        return await ctx.whenAll(['a', 'b', 'c'].map((name) => ctx.callActivity(name)));
      } catch (error) {
        return error instanceof TaskFailedError && error.taskName;
      }
    });
    expect(await play.actions((recording) => recording.failed(3, {}))).toEqual([]);
    expect(await play.actions((recording) => recording.failed(1, {}))).toEqual([]);
    expect(await play.output((recording) => recording.completed(2))).toBe('c');
  });

  test('[A3] nests, shares tasks, and takes the promises of helpers', async () => {
    const play = await begun(async (ctx) => {
      const shared = ctx.callActivity<number>('a');
      const helper = async (): Promise<number> => (await ctx.callActivity<number>('b')) + (await shared);
      return await ctx.whenAll([ctx.whenAll([shared, helper()]), shared, Promise.all([shared]), Promise.resolve(7)]);
    });
    await play.turn((recording) => recording.completed(2, '10'));
    expect(await play.output((recording) => recording.completed(1, '1'))).toEqual([[1, 11], 1, [1], 7]);
  });
});

describe('[A3] whenAny', () => {
  test('[A3] the record form names the winner', async () => {
    const play = await begun(async (ctx) => {
      const first = await ctx.whenAny({ a: ctx.callActivity<number>('a'), b: ctx.callActivity<string>('b') });
      return { ...first };
    });
    expect(await play.output((recording) => recording.completed(2, '"x"'))).toEqual({ winner: 'b', value: 'x' });
  });

  test('[A3] the array form gives the winning task itself, settled', async () => {
    const play = await begun(async (ctx) => {
      const tasks = [ctx.callActivity<number>('a'), ctx.callActivity<number>('b')];
      const { index, task } = await ctx.whenAny(tasks);
      return [index, task === tasks[1], await task];
    });
    expect(await play.output((recording) => recording.completed(2, '5'))).toEqual([1, true, 5]);
  });

  test('[A3] a failed task wins too, and throws when it is read', async () => {
    const play = await begun(async (ctx) => {
      const [a, b] = [ctx.callActivity('a'), ctx.callActivity('b')];
      const first = await ctx.whenAny({ a, b });
      const second = await ctx.whenAny([a]);
      try {
        return first.value;
      } catch (error) {
        return [first.winner, error instanceof TaskFailedError, await second.task.catch(() => 'the same')];
      }
    });
    expect(await play.output((recording) => recording.failed(1, {}))).toEqual(['a', true, 'the same']);
  });

  test('[A3] of those settled already, the first in the list', async () => {
    const play = await begun(async (ctx) => {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => ctx.callActivity(name));
      await Promise.all([b, c]);
      const before = await ctx.whenAny([a, Promise.resolve(c), c, b].filter((task) => task !== undefined));
      const late = ctx.whenAny([c, a].filter((task) => task !== undefined));
      a?.cancel();
      return [before.index, (await late).index];
    });
    expect(await play.output((recording) => recording.completed(3).completed(2))).toEqual([2, 0]);
  });

  test('[A3] one that settled before the combinator was awaited keeps its place', async () => {
    const play = await begun(async (ctx) => {
      const any = ctx.whenAny([ctx.callActivity('a'), ctx.callActivity('b')]);
      await ctx.callActivity('c');
      return (await any).index;
    });
    expect(await play.output((recording) => recording.completed(2).completed(1).completed(3))).toBe(1);
  });

  test('[A3] without any task it throws at the call', async () => {
    const outputs = await outputAtOnce((ctx) => {
      const refused = [[], {}].map((none) => {
        try {
          void ctx.whenAny(none);
          return 'taken';
        } catch (error) {
          return String(error);
        }
      });
      return Promise.resolve(refused);
    });
    expect(outputs).toEqual([expect.stringMatching(/^TypeError/), expect.stringMatching(/^TypeError/)]);
  });

  test('[A3] names like __proto__ are names', async () => {
    const play = await begun(async (ctx) => {
      const tasks = Object.fromEntries([['__proto__', ctx.callActivity('a')]]);
      return (await ctx.whenAny(tasks)).winner;
    });
    expect(await play.output((recording) => recording.completed(1))).toBe('__proto__');
  });

  test('[A3] nested: whenAny of whenAll and a timer', async () => {
    const code = async (ctx: OrchestrationContext): Promise<unknown> => {
      const both = ctx.whenAll([ctx.callActivity('a'), ctx.callActivity('b')]);
      return (await ctx.whenAny({ both, late: ctx.createTimer('1m') })).winner;
    };
    const late = await begun(code);
    await late.turn((recording) => recording.completed(1));
    expect(await late.output((recording) => recording.fired(3))).toBe('late');
    const inTime = await begun(code);
    expect(await inTime.output((recording) => recording.completed(1).completed(2).fired(3))).toBe('both');
  });
});

describe('[A5] quiescence sees through combinators', () => {
  const gate = new Promise<never>(() => undefined);

  test.each<[string, (ctx: OrchestrationContext) => Promise<unknown>]>([
    ['whenAny of something foreign alone', async (ctx) => await ctx.whenAny([gate])],
    ['whenAll that waits for something foreign only', async (ctx) => await ctx.whenAll([Promise.resolve(1), gate])],
    [
      'a loser of whenAny is awaited no more',
      async (ctx) => {
        void ctx.callActivity('a');
        await ctx.whenAny([ctx.callActivity('b'), Promise.resolve()]);
        await gate;
      },
    ],
  ])('[A5] %s', async (_what, code) => {
    const play = new Play(code);
    play.recording.started();
    expect(await play.recording.turn(play.session)).toMatchObject({ kind: 'stalled', code: 'NonDurableAwaitError' });
  });

  test('[A5] a combinator that is not awaited awaits nothing', async () => {
    const play = new Play(async (ctx) => {
      void ctx.whenAll([ctx.callActivity('a')]);
      await gate;
    });
    play.recording.started();
    expect(await play.recording.turn(play.session)).toMatchObject({ kind: 'stalled' });
  });

  test('[A5] what an event wait is, and what it is not', async () => {
    const seen: boolean[] = [];
    await begun(async (ctx) => {
      const wait = ctx.waitForExternalEvent('x');
      seen.push(...[wait, wait.then(() => 1), ctx.createTimer(1), ctx.whenAll([wait]), 5, null].map(isWaitTask));
      await wait;
    });
    expect(seen.slice(0, 6)).toEqual([true, false, false, false, false, false]);
  });
});

test('[A3] combinators are durable tasks with id 0; cancel gives up their own outcome only', async () => {
  const play = await begun(async (ctx) => {
    const a = ctx.callActivity('a');
    const all = ctx.whenAll([a]);
    const any = ctx.whenAny([a]);
    const cancelled = [all.id, any.id, all.cancel(), all.cancel()];
    const error: unknown = await all.catch((reason: unknown) => reason);
    return [cancelled, error instanceof CancelledError, (await any).index, any.cancel(), await a];
  });
  expect(await play.output((recording) => recording.completed(1, '9'))).toEqual([[0, 0, true, false], true, 0, false, 9]);
});

test('[A2] losing siblings of combinators raise nothing', async () => {
  const raised: unknown[] = [];
  const listener = (reason: unknown): void => void raised.push(reason);
  process.on('unhandledRejection', listener);
  try {
    const play = await begun(async (ctx) => {
      const helper = async (name: string): Promise<void> => {
        await ctx.callActivity(name);
      };
      await ctx.whenAny([helper('a'), helper('b'), ctx.whenAll([helper('c'), helper('d')])]);
      await ctx.callActivity('e');
    });
    await play.turn((recording) => recording.completed(1).failed(2, {}).failed(3, {}).failed(4, {}));
    await new Promise((resolve) => setImmediate(resolve));
    expect(raised).toEqual([]);
  } finally {
    process.off('unhandledRejection', listener);
  }
});
