/** Starts: SEMANTICS S7. */
import { describe, expect, test } from 'vitest';
import { defineEvent, defineOrchestrator } from '../../sdk/index.ts';
import type { TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf, kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const go = defineEvent<string>()('go');
const startMs = Date.UTC(2026, 0, 1);

/** Ends as the event says; shows a status, and has a timer and a child open. */
const worker = defineOrchestrator('worker', async (ctx, who: string): Promise<string> => {
  ctx.setCustomStatus(who);
  void ctx.createTimer('1h');
  if (who === 'before') void ctx.callSubOrchestrator(listener, undefined, { instanceId: 'child' });
  const how = await ctx.waitForExternalEvent(go);
  if (how === 'fail') throw new Error('as told');
  return how === 'renew' ? ctx.continueAsNew() : `${who}: ${how}`;
});
const listener = defineOrchestrator('listener', (ctx) => ctx.waitForExternalEvent(go));
const programs = { orchestrators: [worker, listener] };

const policies = ['error', 'useExisting', 'replaceTerminal', 'terminateAndReplace'] as const;
type Policy = (typeof policies)[number];

const statusOf = async (env: TestEnvironment, instanceId: string): Promise<string | undefined> =>
  (await env.client.getOrchestrationState(instanceId))?.runtimeStatus;

const live = ['Pending', 'Running', 'Renewed', 'Suspended'] as const;
const over = ['Completed', 'Failed', 'Terminated', 'Canceled'] as const;
type Existing = 'nothing' | (typeof live)[number] | (typeof over)[number];

/** Brings an instance `it` there. */
async function bring(env: TestEnvironment, existing: Existing): Promise<void> {
  if (existing === 'nothing') return;
  const startAt = existing === 'Pending' ? { startAt: new Date(startMs + 86_400_000) } : {};
  const handle = await env.client.scheduleNewOrchestration(worker, 'before', { instanceId: 'it', tags: { of: 'before' }, ...startAt });
  await env.settled();
  if (existing === 'Suspended') await handle.suspend();
  if (existing === 'Renewed') await handle.raise(go, 'renew');
  if (existing === 'Completed') await handle.raise(go, 'over');
  if (existing === 'Failed') await handle.raise(go, 'fail');
  if (existing === 'Terminated') await handle.terminate();
  if (existing === 'Canceled') await handle.cancel();
  await env.settled();
  expect(await statusOf(env, 'it')).toBe(existing === 'Renewed' ? 'Running' : existing);
}

type Outcome = 'starts' | 'is refused' | 'takes it as it is' | 'takes its place' | 'ends it and takes its place';

function expected(policy: Policy, existing: Existing): Outcome {
  if (existing === 'nothing') return 'starts';
  if (policy === 'error') return 'is refused';
  if (policy === 'useExisting') return 'takes it as it is';
  if (over.some((status) => status === existing)) return 'takes its place';
  return policy === 'replaceTerminal' ? 'is refused' : 'ends it and takes its place';
}

const table = policies.flatMap((policy) =>
  (['nothing', ...live, ...over] as const).map((existing) => ({ policy, existing, outcome: expected(policy, existing) })),
);

describe.for(rooms)('starts, $name', (room) => {
  test.for(table)('[S7] $policy × $existing: the start $outcome', async ({ policy, existing, outcome }) => {
    await using env = await openRoom(room, programs);
    await bring(env, existing);
    const before = await env.client.getOrchestrationState('it');
    const histories = env.histories('it').length;
    const start = env.client.scheduleNewOrchestration(worker, 'after', { instanceId: 'it', onConflict: policy });
    if (outcome === 'is refused') await expect(start).rejects.toMatchObject({ code: 'INSTANCE_ALREADY_EXISTS' });
    else await start;
    await env.settled();
    const after = await env.client.getOrchestrationState('it');
    if (outcome === 'is refused' || outcome === 'takes it as it is') {
      expect(after).toEqual(before);
      return;
    }
    expect(after).toMatchObject({ runtimeStatus: 'Running', input: 'after', customStatus: 'after', generation: 1 });
    expect({ ...after?.tags }).toEqual({});
    expect(env.histories('it')).toHaveLength(histories + 1);
    const last = existing === 'nothing' ? undefined : kindsOf(env.histories('it').at(-2) ?? env.history('it')).at(-1);
    if (outcome === 'ends it and takes its place') expect(last).toBe('InstanceTerminated');
    await env.client.raiseOrchestrationEvent('it', go, 'over');
    expect(await env.client.getOrchestration(worker, 'it').result()).toBe('after: over');
  });

  test('[S7] what takes a place takes nothing with it: no events, no timers; and the children of what was ended are ended', async () => {
    await using env = await openRoom(room, programs);
    await bring(env, 'Suspended');
    await env.client.raiseOrchestrationEvent('it', go, 'for the one before');
    await env.client.scheduleNewOrchestration(worker, 'after', { instanceId: 'it', onConflict: 'terminateAndReplace' });
    await env.settled();
    expect(await statusOf(env, 'child')).toBe('Terminated');
    expect(await statusOf(env, 'it')).toBe('Running');
    await env.crash();
    await env.advance('2h');
    expect(factsOf(env.histories('it'), 'TimerFired')).toHaveLength(1);
    await env.client.raiseOrchestrationEvent('it', go, 'mine');
    expect(await env.client.getOrchestration(worker, 'it').result()).toBe('after: mine');
  });

  test.for(policies)('[S7] 100 concurrent starts of one id, %s: one instance, and 100 clear answers', async (onConflict) => {
    await using env = await openRoom(room, programs);
    const starts = Array.from({ length: 100 }, (_, at) =>
      env.client.scheduleNewOrchestration(worker, String(at), { instanceId: 'it', onConflict }),
    );
    const answers = await Promise.allSettled(starts);
    await env.settled();
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    for (const reason of refused) expect(reason).toMatchObject({ code: 'INSTANCE_ALREADY_EXISTS' });
    expect(refused).toHaveLength(onConflict === 'error' || onConflict === 'replaceTerminal' ? 99 : 0);
    const histories = env.histories('it');
    expect(histories).toHaveLength(onConflict === 'terminateAndReplace' ? 100 : 1);
    expect(histories.filter((history) => kindsOf(history).at(-1) === 'InstanceTerminated')).toHaveLength(histories.length - 1);
    const winner = factsOf(histories, 'InstanceStarted').at(-1)?.input;
    expect(await env.client.getOrchestrationState('it')).toMatchObject({
      runtimeStatus: 'Running',
      input: JSON.parse(winner ?? '') as unknown,
    });
  });

  test.for(policies)('[S7] a start repeated under its own command id is accepted and starts nothing: %s', async (onConflict) => {
    await using env = await openRoom(room, { ...programs, deliverTwice: true });
    const options = { instanceId: 'it', onConflict, commandId: 'mine' } as const;
    for (const ack of ['never-sent', 'lost'] as const) {
      const crashed = env.crash({ at: env.commits + 1, ack });
      const handle = await env.client.scheduleNewOrchestration(worker, 'once', options);
      if (ack === 'never-sent') await handle.raise(go, 'over');
      else await env.client.scheduleNewOrchestration(worker, 'other');
      expect(await crashed).toBe(true);
      expect(await env.client.getOrchestration(worker, 'it').result()).toBe('once: over');
    }
    await env.client.scheduleNewOrchestration(worker, 'something else', options);
    expect(env.histories('it')).toHaveLength(1);
    expect(await statusOf(env, 'it')).toBe('Completed');
  });

  test('[S7] nor does it after the instance went on as a new generation', async () => {
    await using env = await openRoom(room, programs);
    const options = { instanceId: 'it', commandId: 'mine' } as const;
    const handle = await env.client.scheduleNewOrchestration(worker, 'once', options);
    await handle.raise(go, 'renew');
    await env.crash();
    for (const onConflict of policies) await env.client.scheduleNewOrchestration(worker, 'once', { ...options, onConflict });
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Running', generation: 2 });
    expect(env.histories('it')).toHaveLength(2);
  });

  test('[S7, O2] a client takes the place of a child: its parent hears that it was terminated, and nothing of the new one', async () => {
    const parent = defineOrchestrator('parent', async (ctx): Promise<unknown> => {
      const [child] = await Promise.allSettled([ctx.callSubOrchestrator(listener, undefined, { instanceId: 'it' })]);
      await ctx.waitForExternalEvent(go);
      return child.status === 'rejected' ? String(child.reason) : child.value;
    });
    await using env = await openRoom(room, { orchestrators: [parent, listener] });
    const handle = await env.client.scheduleNewOrchestration(parent);
    await env.settled();
    const next = await env.client.scheduleNewOrchestration(listener, undefined, { instanceId: 'it', onConflict: 'terminateAndReplace' });
    await next.raise(go, 'of the new one');
    expect(await next.result()).toBe('of the new one');
    expect((await next.state())?.parent).toBeUndefined();
    await handle.raise(go, '');
    expect(await handle.result()).toMatch(/OrchestrationTerminatedError: replaced by a new start/);
    expect(kindsOf(env.history(handle.instanceId)).filter((kind) => kind.startsWith('Child'))).toEqual(['ChildScheduled', 'ChildFailed']);
  });

  test('[S7] without an id it gets one of 32 hex digits', async () => {
    await using env = await openRoom(room, programs);
    const handles = await Promise.all([1, 2, 3].map(() => env.client.scheduleNewOrchestration(listener)));
    for (const { instanceId } of handles) expect(instanceId).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(handles.map(({ instanceId }) => instanceId)).size).toBe(3);
  });

  describe('[S7] startAt', () => {
    test('[S7] Pending until then, over crashes and a lost cache; then it runs, with the events that came meanwhile in order', async () => {
      const collecting = defineOrchestrator('collecting', async (ctx): Promise<readonly unknown[]> => {
        const began = ctx.currentUtcDateTime.getTime();
        return [began, await ctx.waitForExternalEvent(go), await ctx.waitForExternalEvent(go), await ctx.waitForExternalEvent(go)];
      });
      await using env = await openRoom(room, { orchestrators: [collecting] });
      const startAt = new Date(startMs + 400 * 86_400_000);
      const handle = await env.client.scheduleNewOrchestration(collecting, undefined, { startAt });
      const began = env.client.waitForOrchestrationStart(handle);
      expect(await handle.raise(go, 'a')).toBe('delivered');
      await env.crash();
      await env.advance('200d');
      await handle.raise(go, 'b');
      await env.crash({ cache: 'kept' });
      await env.advance({ days: 200, milliseconds: -1 });
      expect(await handle.state()).toMatchObject({ runtimeStatus: 'Pending', startAt });
      expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'EventRaised', 'EventRaised']);
      await env.advance(1);
      expect((await began)?.runtimeStatus).toBe('Running');
      await handle.raise(go, 'c');
      expect(await handle.result()).toEqual([startAt.getTime(), 'a', 'b', 'c']);
      expect(factsOf([env.history(handle.instanceId)], 'StartDue')).toHaveLength(1);
    });

    test.for(['never-sent', 'lost'] as const)('[S7] due when its owner died (%s): it starts at once at the next, and once', async (ack) => {
      await using env = await openRoom(room, programs);
      const handle = await env.client.scheduleNewOrchestration(listener, undefined, { startAt: new Date(startMs + 60_000) });
      await env.settled();
      const crashed = env.crash({ at: env.commits + 1, ack });
      await env.advance('1m');
      expect(await crashed).toBe(true);
      expect(await statusOf(env, handle.instanceId)).toBe('Running');
      expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'StartDue', 'TurnStarted']);
    });

    test('[S7] past or now: at once', async () => {
      await using env = await openRoom(room, programs);
      for (const startAt of [new Date(0), new Date(startMs - 1), new Date(startMs)]) {
        const handle = await env.client.scheduleNewOrchestration(listener, undefined, { startAt });
        await env.settled();
        expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'TurnStarted']);
      }
    });

    test('[S7] terminated or replaced meanwhile it never runs', async () => {
      await using env = await openRoom(room, programs);
      const startAt = new Date(startMs + 60_000);
      const ended = await env.client.scheduleNewOrchestration(worker, 'ended', { startAt });
      const replaced = await env.client.scheduleNewOrchestration(worker, 'first', { instanceId: 'it', startAt });
      await ended.terminate();
      const later = { instanceId: 'it', startAt: new Date(startMs + 120_000), onConflict: 'terminateAndReplace' } as const;
      await env.client.scheduleNewOrchestration(worker, 'second', later);
      await env.crash();
      await env.advance('1m');
      expect(await statusOf(env, ended.instanceId)).toBe('Terminated');
      expect(await statusOf(env, replaced.instanceId)).toBe('Pending');
      await env.advance('1m');
      expect(await env.client.getOrchestrationState('it')).toMatchObject({ runtimeStatus: 'Running', input: 'second' });
      expect(factsOf(env.histories('it'), 'TurnStarted')).toHaveLength(1);
    });

    test('[S7] with the clock set back it is not early', async () => {
      await using env = await openRoom(room, programs);
      const handle = await env.client.scheduleNewOrchestration(listener, undefined, { startAt: new Date(startMs + 60_000) });
      await env.settled();
      env.clockBack('1h');
      await env.advance('60m');
      expect(await statusOf(env, handle.instanceId)).toBe('Pending');
      await env.advance('1m');
      expect(await statusOf(env, handle.instanceId)).toBe('Running');
    });
  });
});
