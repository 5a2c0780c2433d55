/** What becomes of sub-orchestrations, of their parents, and of starts that nobody waits for: SEMANTICS O2. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineEvent, defineOrchestrator, TaskFailedError } from '../../sdk/index.ts';
import type { TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf, kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const go = defineEvent<string>()('go');

const listener = defineOrchestrator('listener', (ctx) => ctx.waitForExternalEvent(go));

/** What the failure of a child tells its parent. */
interface Told {
  readonly message: string;
  readonly errorType: string;
  readonly said: string;
  readonly cause: string | undefined;
}

/** Calls a child of that name and id, and tells what it gave or what its failure says. */
const parent = defineOrchestrator('parent', async (ctx, { name, id }: { name: string; id: string }): Promise<string | Told> => {
  try {
    return await ctx.callSubOrchestrator<string>(name, undefined, { instanceId: id });
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    const { errorType, message: said, cause } = error.details;
    return { message: error.message, errorType, said, cause: cause?.errorType };
  }
});

const statusOf = async (env: TestEnvironment, instanceId: string): Promise<string | undefined> =>
  (await env.client.getOrchestrationState(instanceId))?.runtimeStatus;

describe.for(rooms)('children and their parents, $name', (room) => {
  test('[O2] the version is that of the call, else of the definition, else the default of the worker; never that of the parent', async () => {
    const versioned = (name: string, version?: string) =>
      defineOrchestrator(version === undefined ? { name } : { name, version }, (ctx): Promise<string> => Promise.resolve(ctx.version));
    const plain = versioned('plain');
    const defined = versioned('defined', '3.0');
    const asking = defineOrchestrator({ name: 'asking', version: '9.9' }, async (ctx): Promise<readonly string[]> => {
      const free = ctx.startOrchestration(plain, undefined, { version: '5.0' });
      const seen = await ctx.whenAll([
        ctx.callSubOrchestrator(plain, undefined, { version: '4.0' }),
        ctx.callSubOrchestrator(defined, undefined, { version: '4.0' }),
        ctx.callSubOrchestrator(defined),
        ctx.callSubOrchestrator(plain),
        ctx.callSubOrchestrator(plain, undefined, { version: '' }),
      ]);
      return [free, ctx.version, ...seen];
    });
    const orchestrators = [plain, defined, versioned('defined', '4.0'), asking];
    await using env = await openRoom(room, { orchestrators, defaultVersion: '1.5' });
    const handle = await env.client.scheduleNewOrchestration(asking);
    const [free = '', ...versions] = await handle.result();
    expect(versions).toEqual(['9.9', '4.0', '4.0', '3.0', '1.5', '']);
    expect((await env.client.getOrchestrationState(free))?.version).toBe('5.0');
    const stamped = factsOf([env.history(handle.instanceId)], 'ChildScheduled').map(({ version }) => version);
    expect(stamped).toEqual(['4.0', '4.0', '3.0', '1.5', '']);
  });

  test('[O2] the failure of a child is a TaskFailedError in the parent, with the causes', async () => {
    const broken = defineActivity('broken', () => {
      throw new RangeError('out of it');
    });
    const failing = defineOrchestrator('failing', (ctx) => ctx.callActivity(broken));
    await using env = await openRoom(room, { orchestrators: [parent, failing], activities: [broken] });
    const handle = await env.client.scheduleNewOrchestration(parent, { name: 'failing', id: 'child' });
    const said = "activity 'broken' (task 1) failed: RangeError: out of it";
    expect(await handle.result()).toEqual({
      message: `sub-orchestration 'failing' (task 1) failed: TaskFailedError: ${said}`,
      errorType: 'TaskFailedError',
      said,
      cause: 'RangeError',
    });
  });

  test.for([
    ['terminate', 'OrchestrationTerminatedError', 'enough'],
    ['cancel', 'CancelledError', 'it was canceled'],
  ] as const)('[O2] so is an end from outside: %s', async ([order, errorType, said]) => {
    await using env = await openRoom(room, { orchestrators: [parent, listener] });
    const handle = await env.client.scheduleNewOrchestration(parent, { name: 'listener', id: 'child' });
    await env.settled();
    await env.client.getOrchestration(listener, 'child')[order]({ reason: 'enough' });
    const message = `sub-orchestration 'listener' (task 1) failed: ${errorType}: ${said}`;
    expect(await handle.result()).toEqual({ message, errorType, said, cause: undefined });
  });

  test('[O2] a failure that the parent lets pass is its own', async () => {
    const failing = defineOrchestrator('failing', (): Promise<never> => Promise.reject(new RangeError('out of it')));
    const passing = defineOrchestrator('passing', (ctx) => ctx.callSubOrchestrator(failing));
    await using env = await openRoom(room, { orchestrators: [failing, passing] });
    const handle = await env.client.scheduleNewOrchestration(passing);
    await env.settled();
    const failureDetails = { errorType: 'TaskFailedError', cause: { errorType: 'RangeError', message: 'out of it' } };
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Failed', failureDetails });
  });

  describe('[O2] a parent that is gone does not get the result', () => {
    /** Ends with its child open. */
    const hasty = defineOrchestrator('hasty', (ctx, fails: boolean): Promise<string> => {
      void ctx.callSubOrchestrator(listener, undefined, { instanceId: 'child' });
      return fails ? Promise.reject(new Error('it failed')) : Promise.resolve('it returned');
    });

    test.for(['returned', 'failed'] as const)('[O2] it %s', async (how) => {
      await using env = await openRoom(room, { orchestrators: [hasty, listener], partitions: 4 });
      const handle = await env.client.scheduleNewOrchestration(hasty, how === 'failed');
      await env.settled();
      const before = kindsOf(env.history(handle.instanceId));
      await env.client.raiseOrchestrationEvent('child', go, 'late');
      expect(await env.client.getOrchestration(listener, 'child').result()).toBe('late');
      await env.settled();
      expect(kindsOf(env.history(handle.instanceId))).toEqual(before);
      expect(await statusOf(env, handle.instanceId)).toBe(how === 'failed' ? 'Failed' : 'Completed');
    });

    test('[O2] it was terminated without its children, and another took its id', async () => {
      await using env = await openRoom(room, { orchestrators: [parent, listener], partitions: 4 });
      const handle = await env.client.scheduleNewOrchestration(parent, { name: 'listener', id: 'first' }, { instanceId: 'parent' });
      await env.settled();
      await handle.terminate({ recursive: false });
      const options = { instanceId: 'parent', onConflict: 'replaceTerminal' } as const;
      const next = await env.client.scheduleNewOrchestration(parent, { name: 'listener', id: 'second' }, options);
      await env.settled();
      // The same task number, of an execution that is over.
      await env.client.raiseOrchestrationEvent('first', go, 'of the first');
      expect(await env.client.getOrchestration(listener, 'first').result()).toBe('of the first');
      await env.settled();
      expect(await statusOf(env, 'parent')).toBe('Running');
      await env.client.raiseOrchestrationEvent('second', go, 'of the second');
      expect(await next.result()).toBe('of the second');
    });

    test('[O2, M2] a child that was given up is asked to end, and its report is dropped', async () => {
      const fickle = defineOrchestrator('fickle', async (ctx): Promise<string> => {
        const child = ctx.callSubOrchestrator(listener, undefined, { instanceId: 'child' });
        const heard = child.catch((error: unknown) => (error instanceof Error ? error.name : ''));
        await ctx.waitForExternalEvent(go);
        child.cancel();
        await ctx.createTimer('1h');
        return await heard;
      });
      await using env = await openRoom(room, { orchestrators: [fickle, listener] });
      const handle = await env.client.scheduleNewOrchestration(fickle);
      await handle.raise(go, '');
      await env.settled();
      expect(await statusOf(env, 'child')).toBe('Canceled');
      await env.advance('1h');
      expect(await handle.result()).toBe('CancelledError');
      expect(kindsOf(env.history(handle.instanceId))).not.toContain('ChildFailed');
    });
  });

  test('[O2] startOrchestration is fire-and-forget: an id at once, no parent, no answer; under an id in use it vanishes', async () => {
    const starting = defineOrchestrator('starting', (ctx): Promise<readonly string[]> => {
      const ids = [
        ctx.startOrchestration(listener),
        ctx.startOrchestration(listener, undefined, { instanceId: 'named', tags: { of: 'starting' } }),
      ];
      ctx.startOrchestration('nobody knows it', 1, { instanceId: 'in use' });
      return Promise.resolve([...ids, ctx.executionId]);
    });
    await using env = await openRoom(room, { orchestrators: [starting, listener], partitions: 4 });
    const other = await env.client.scheduleNewOrchestration(listener, undefined, { instanceId: 'in use' });
    const handle = await env.client.scheduleNewOrchestration(starting);
    const [first = '', second = '', executionId = ''] = await handle.result();
    expect(first).toContain(executionId);
    expect(second).toBe('named');
    await env.crash();
    await env.settled();
    for (const id of [first, second]) {
      expect((await env.client.getOrchestrationState(id))?.parent).toBeUndefined();
      await env.client.raiseOrchestrationEvent(id, go, id);
      expect(await env.client.getOrchestration(listener, id).result()).toBe(id);
    }
    expect({ ...(await env.client.getOrchestrationState('named'))?.tags }).toEqual({ of: 'starting' });
    await other.raise(go, 'untouched');
    expect(await other.result()).toBe('untouched');
    expect(kindsOf(env.history(handle.instanceId))).toEqual([
      'InstanceStarted',
      'TurnStarted',
      'StartSent',
      'StartSent',
      'StartSent',
      'InstanceCompleted',
    ]);
  });

  test('[O2] 10 children × 3 activities over 4 partitions, with a death in the middle: each result once', async () => {
    const held: { wait: () => Promise<void> } = { wait: () => Promise.resolve() };
    const step = defineActivity('step', async (_ctx, name: string) => {
      await held.wait();
      return name;
    });
    const child = defineOrchestrator('child', async (ctx, number: number): Promise<readonly string[]> => {
      const done: string[] = [];
      for (const letter of ['a', 'b', 'c']) done.push(await ctx.callActivity(step, `${letter}${String(number)}`));
      return done;
    });
    const root = defineOrchestrator('root', async (ctx, count: number): Promise<readonly string[]> => {
      const children = Array.from({ length: count }, (_, at) => ctx.callSubOrchestrator(child, at));
      return (await ctx.whenAll(children)).flat();
    });
    await using env = await openRoom(room, { orchestrators: [child, root], activities: [step], partitions: 4 });
    const gate = env.gate();
    held.wait = () => gate.wait();
    const handle = await env.client.scheduleNewOrchestration(root, 10);
    await env.settled();
    for (let passed = 0; passed < 15; passed++) {
      gate.pass();
      await env.settled();
    }
    await env.crash();
    gate.open();
    expect(await handle.result()).toEqual(
      Array.from({ length: 10 }, (_, at) => ['a', 'b', 'c'].map((letter) => `${letter}${String(at)}`)).flat(),
    );
    const ids = factsOf([env.history(handle.instanceId)], 'ChildScheduled').map(({ childInstanceId }) => childInstanceId);
    expect(new Set(ids).size).toBe(10);
    for (const id of ids) expect(factsOf(env.histories(id), 'TaskCompleted')).toHaveLength(3);
  });
});
