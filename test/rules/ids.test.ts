/** What instances, events, functions and tags may be called: SEMANTICS S7, E1. */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineOrchestrator } from '../../sdk/index.ts';
import type { TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf, kindsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

/** As many bytes in UTF-8 as asked for, of one character. */
const ofBytes = (bytes: number, character = 'x'): string => {
  const size = Buffer.byteLength(character);
  return character.repeat(Math.floor(bytes / size)) + 'y'.repeat(bytes % size);
};

const names: readonly string[] = [
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype', 'null', 'undefined', '0', '-1'],
  // The same to the eye, composed and decomposed.
  ...['caf\u00e9', 'cafe\u0301', '\u212b', '\u00c5'],
  ...['🙂', '👩‍👩‍👧‍👦', '🇯🇵', '東京', '\u202eabc', '\ufeff', '\uffff', '\u{10ffff}'],
  ...['/', '//', 'a/b', '..', '.', '?', '?a=b&c', '#', '#x', '/ ? #', '%', '%2F', '%00', '+', '&', '\\', '"', "'", '`', ':', '|', '*'],
  ...[' ', '  ', ' a', 'a ', 'a b', '\t', '\n', '\r\n', '\u0000', '\u007f', '\u00a0', 'x@', 'a@b'],
  ...[ofBytes(256), ofBytes(256, 'é'), ofBytes(256, '東'), ofBytes(256, '🙂')],
];

const notIds: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['@ in front', '@entity@key'],
  ['@ alone', '@'],
  ['half a character', 'a\ud83d'],
  ['the other half', '\ude42b'],
  ['257 bytes', ofBytes(257)],
  ['257 bytes in fewer characters', ofBytes(257, '🙂')],
];
const notNames = notIds.filter(([, name]) => !name.startsWith('@'));

const listener = defineOrchestrator('listener', async (ctx, name: string): Promise<readonly unknown[]> => {
  const data = await ctx.waitForExternalEvent(name);
  return [ctx.instanceId, data];
});

/** Calls a child of each id, tells it to end by an event, and gives what each returned. */
const parent = defineOrchestrator('parent', async (ctx, ids: readonly string[]): Promise<readonly unknown[]> => {
  const children = ids.map((instanceId) => ctx.callSubOrchestrator(listener, 'go', { instanceId }));
  for (const id of ids) ctx.sendEvent(id, 'go', id);
  return await ctx.whenAll(children);
});

const codeOf = async (called: () => unknown): Promise<unknown> => {
  try {
    await called();
    return 'it did';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};

describe.for(rooms)('names, $name', (room) => {
  test('[S7] ids: each is an instance of its own, for every call, over a crash', async () => {
    await using env = await openRoom(room, { orchestrators: [listener] });
    const handles = await Promise.all(names.map((instanceId) => env.client.scheduleNewOrchestration(listener, 'go', { instanceId })));
    expect(handles.map(({ instanceId }) => instanceId)).toEqual(names);
    await Promise.all(handles.map((handle) => handle.suspend()));
    await env.crash();
    const suspended = await Promise.all(names.map((id) => env.client.getOrchestrationState(id)));
    expect(suspended.map((state) => [state?.instanceId, state?.runtimeStatus])).toEqual(names.map((id) => [id, 'Suspended']));
    await Promise.all(names.map((id) => env.client.resumeOrchestration(id)));
    await Promise.all(names.map((id) => env.client.raiseOrchestrationEvent(id, 'go', id)));
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(names.map((id) => [id, id]));
    for (const id of names) {
      const types: string[] = [];
      for await (const event of env.client.getOrchestrationHistory(id)) types.push(event.type);
      expect(types).toEqual(kindsOf(env.history(id)));
    }
    for (const id of names)
      expect(await codeOf(() => env.client.scheduleNewOrchestration(listener, 'go', { instanceId: id }))).toBe('INSTANCE_ALREADY_EXISTS');
  });

  test('[S7, O1] ids: of children and of those that are sent events', async () => {
    await using env = await openRoom(room, { orchestrators: [listener, parent] });
    const handle = await env.client.scheduleNewOrchestration(parent, names, { instanceId: 'parent' });
    expect(await handle.result()).toEqual(names.map((id) => [id, id]));
    expect(factsOf(env.histories('🙂'), 'InstanceStarted')).toMatchObject([{ parent: { instanceId: 'parent' } }]);
  });

  test('[S7] ids: terminated and canceled under any of them', async () => {
    await using env = await openRoom(room, { orchestrators: [listener] });
    const ended = async (id: string, order: 'terminate' | 'cancel'): Promise<unknown> => {
      const handle = await env.client.scheduleNewOrchestration(listener, 'go', { instanceId: id, onConflict: 'replaceTerminal' });
      await env.settled();
      await handle[order]();
      await env.settled();
      return (await handle.state())?.runtimeStatus;
    };
    for (const id of names.slice(0, 12))
      expect([await ended(id, 'terminate'), await ended(id, 'cancel')]).toEqual(['Terminated', 'Canceled']);
  });

  test.for(notIds)('[S7] no id: %s', async ([, id]) => {
    const trying = defineOrchestrator('trying', async (ctx): Promise<readonly unknown[]> => [
      await codeOf(() => ctx.callSubOrchestrator(listener, 'go', { instanceId: id })),
      await codeOf(() => ctx.startOrchestration(listener, 'go', { instanceId: id })),
      await codeOf(() => {
        ctx.sendEvent(id, 'go');
      }),
    ]);
    await using env = await openRoom(room, { orchestrators: [listener, trying] });
    const { client } = env;
    const calls: readonly (() => Promise<unknown>)[] = [
      () => client.scheduleNewOrchestration(listener, 'go', { instanceId: id }),
      () => client.raiseOrchestrationEvent(id, 'go'),
      () => client.raiseOrchestrationEvent(id, 'go', 1, { startIfMissing: { orchestrator: listener, input: 'go' } }),
      () => client.suspendOrchestration(id),
      () => client.resumeOrchestration(id),
      () => client.terminateOrchestration(id),
      () => client.cancelOrchestration(id),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('INSTANCE_ID_INVALID');
    const handle = await client.scheduleNewOrchestration(trying);
    expect(await handle.result()).toEqual(Array.from({ length: 3 }, () => 'INSTANCE_ID_INVALID'));
    expect(kindsOf(env.history(handle.instanceId))).toEqual(['InstanceStarted', 'TurnStarted', 'InstanceCompleted']);
  });

  test('[S7, E1] event names: each takes its own, and what is the same in NFC and lower case is the same', async () => {
    await using env = await openRoom(room, { orchestrators: [listener] });
    const handles = await Promise.all(names.map((name) => env.client.scheduleNewOrchestration(listener, name)));
    const key = (name: string): string => name.normalize('NFC').toLowerCase();
    // Every other name first: none of them may wake it.
    for (const [at, handle] of handles.entries())
      for (const name of ['other', ...names.slice(at - 1, at)].filter((other) => key(other) !== key(names[at] ?? '')))
        await handle.raise(name, 'wrong');
    await env.crash();
    for (const [at, handle] of handles.entries()) await handle.raise(names[at] ?? '', at);
    const results = await Promise.all(handles.map((handle) => handle.result()));
    expect(results.map(([, data]) => data)).toEqual(names.map((_, at) => at));
  });

  test.for(notNames)('[S7, E1] no name of an event: %s', async ([, name]) => {
    await using env = await openRoom(room, { orchestrators: [listener] });
    const handle = await env.client.scheduleNewOrchestration(listener, name);
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Failed', failureDetails: { errorType: 'OperationalError' } });
    const other = await env.client.scheduleNewOrchestration(listener, 'go');
    expect(['NAME_INVALID', 'INVALID_NAME']).toContain(await codeOf(() => other.raise(name, 1)));
  });

  test('[A1] functions may have any such name too', async () => {
    const orchestrators = names.map((name) =>
      defineOrchestrator(name, async (ctx, depth: number): Promise<unknown> => {
        if (depth === 0) return await ctx.callActivity(name, depth);
        return [name, await ctx.callSubOrchestrator(name, depth - 1)];
      }),
    );
    const activities = names.map((name) => defineActivity(name, () => `activity ${name}`));
    await using env = await openRoom(room, { orchestrators, activities });
    const results = names.map(async (name) => await (await env.client.scheduleNewOrchestration(name, 1)).result());
    expect(await Promise.all(results)).toEqual(names.map((name) => [name, `activity ${name}`]));
  });

  describe('[S7] tags', () => {
    const started = async (env: TestEnvironment, tags: Readonly<Record<string, string>>): Promise<unknown> => {
      const handle = await env.client.scheduleNewOrchestration(listener, 'go', { tags });
      await env.crash();
      return { ...(await handle.state())?.tags };
    };

    test('[S7] are kept, whatever they are called', async () => {
      await using env = await openRoom(room, { orchestrators: [listener] });
      const tags = Object.fromEntries(names.slice(0, 32).map((name, at) => [name, at % 2 === 0 ? name : '']));
      expect(Object.entries((await started(env, tags)) as object)).toEqual(Object.entries(tags));
      expect(await started(env, {})).toEqual({});
      expect(await started(env, { [ofBytes(128)]: ofBytes(1_024, '東') })).toEqual({ [ofBytes(128)]: ofBytes(1_024, '東') });
    });

    const refused: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['33 of them', Object.fromEntries(Array.from({ length: 33 }, (_, at) => [String(at), '']))],
      ['a key of 129 bytes', { [ofBytes(129)]: '' }],
      ['a value of 1,025 bytes', { key: ofBytes(1_025) }],
      ['an empty key', { '': 'x' }],
      ['half a character', { key: '\ud83d' }],
    ];

    test.for(refused)('[S7] refused: %s', async ([, tags]) => {
      const starting = defineOrchestrator(
        'starting',
        async (ctx): Promise<unknown> => await codeOf(() => ctx.startOrchestration(listener, 'go', { tags })),
      );
      await using env = await openRoom(room, { orchestrators: [listener, starting] });
      expect(await codeOf(() => env.client.scheduleNewOrchestration(listener, 'go', { tags }))).toBe('TAGS_INVALID');
      expect(await (await env.client.scheduleNewOrchestration(starting)).result()).toBe('TAGS_INVALID');
    });
  });
});
