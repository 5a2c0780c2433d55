/** Custom status: SEMANTICS S9. */
import { describe, expect, test } from 'vitest';
import { defineEvent, defineOrchestrator, SerializationError } from '../../sdk/index.ts';
import { factsOf } from './facts.ts';
import { openRoom, rooms } from './rooms.ts';

const set = defineEvent<readonly unknown[]>()('set');

/** Sets what each event brings, all in one turn, until there is nothing to set. */
const showing = defineOrchestrator('showing', async (ctx): Promise<readonly string[]> => {
  const errors: string[] = [];
  for (;;) {
    const statuses = await ctx.waitForExternalEvent(set);
    if (statuses.length === 0) return errors;
    for (const status of statuses)
      try {
        ctx.setCustomStatus(status);
      } catch (error) {
        errors.push(error instanceof SerializationError ? `${error.name} ${error.code}` : String(error));
      }
  }
});

/** As JSON it has two quotes more. */
const textOf = (bytes: number): string => 'x'.repeat(bytes - 2);
const bytesMax = 16 * 1024;

describe.for(rooms)('custom status, $name', (room) => {
  const values: readonly (readonly [unknown])[] = [
    [{ step: 3, of: [1, 2, 'x'], deep: { yes: true, no: null } }],
    ['a text'],
    [''],
    [0],
    [false],
    [null],
    [[]],
  ];

  test.for(values)('[S9] any JSON: %j', async ([value]) => {
    await using env = await openRoom(room, { orchestrators: [showing] });
    const handle = await env.client.scheduleNewOrchestration(showing);
    await env.settled();
    expect(await handle.state()).not.toHaveProperty('customStatus');
    await handle.raise(set, [value]);
    await env.settled();
    expect((await handle.state())?.customStatus).toEqual(value);
    await env.crash();
    expect((await handle.state())?.customStatus).toEqual(value);
  });

  test('[S9] the last of a turn counts, and is the only one recorded', async () => {
    await using env = await openRoom(room, { orchestrators: [showing] });
    const handle = await env.client.scheduleNewOrchestration(showing);
    await handle.raise(set, ['a', 'b', 'c']);
    await env.settled();
    expect((await handle.state())?.customStatus).toBe('c');
    await handle.raise(set, ['d', 'e']);
    await env.settled();
    expect((await handle.state())?.customStatus).toBe('e');
    expect(factsOf([env.history(handle.instanceId)], 'CustomStatusSet').map(({ value }) => value)).toEqual(['"c"', '"e"']);
  });

  test('[S9] 16 KiB as JSON, and not a byte more: the call throws, and the status stays', async () => {
    await using env = await openRoom(room, { orchestrators: [showing] });
    const handle = await env.client.scheduleNewOrchestration(showing);
    // Two bytes each in UTF-8.
    const umlauts = 'ü'.repeat(bytesMax / 2);
    await handle.raise(set, [textOf(bytesMax), textOf(bytesMax + 1), umlauts]);
    await env.settled();
    expect((await handle.state())?.customStatus).toBe(textOf(bytesMax));
    await handle.raise(set, []);
    expect(await handle.result()).toEqual(Array.from({ length: 2 }, () => 'SerializationError PAYLOAD_TOO_LARGE'));
  });

  test('[S9] too large and not caught it fails the orchestration', async () => {
    const careless = defineOrchestrator('careless', async (ctx): Promise<void> => {
      ctx.setCustomStatus('fine');
      await ctx.createTimer(0);
      ctx.setCustomStatus(textOf(bytesMax + 1));
    });
    await using env = await openRoom(room, { orchestrators: [careless] });
    const handle = await env.client.scheduleNewOrchestration(careless);
    await env.settled();
    const failureDetails = { errorType: 'SerializationError' };
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Failed', failureDetails, customStatus: 'fine' });
  });

  test('[S9] undefined takes it away', async () => {
    const fleeting = defineOrchestrator('fleeting', async (ctx): Promise<void> => {
      ctx.setCustomStatus('here');
      await ctx.createTimer('1h');
      ctx.setCustomStatus(undefined);
    });
    await using env = await openRoom(room, { orchestrators: [fleeting] });
    const handle = await env.client.scheduleNewOrchestration(fleeting);
    await env.settled();
    expect((await handle.state())?.customStatus).toBe('here');
    await env.advance('1h');
    const state = await handle.state();
    expect(state?.runtimeStatus).toBe('Completed');
    expect(state).not.toHaveProperty('customStatus');
  });

  test('[S9] it outlives the end, whatever that is', async () => {
    await using env = await openRoom(room, { orchestrators: [showing] });
    const handles = await Promise.all([1, 2, 3].map(() => env.client.scheduleNewOrchestration(showing)));
    for (const handle of handles) await handle.raise(set, [{ kept: true }]);
    await env.settled();
    const [completed, terminated, canceled] = handles;
    await completed?.raise(set, []);
    await terminated?.terminate();
    await canceled?.cancel();
    await env.settled();
    const states = await Promise.all(handles.map((handle) => handle.state()));
    expect(states.map((state) => state?.runtimeStatus)).toEqual(['Completed', 'Terminated', 'Canceled']);
    for (const state of states) expect(state?.customStatus).toEqual({ kept: true });
  });
});
