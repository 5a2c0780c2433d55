/** The payload matrix at every place where a value crosses, in a whole worker under guards. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { customStatusBytesMax } from '../../../schemas/index.ts';
import {
  defineActivity,
  defineEvent,
  defineOrchestrator,
  SerializationError,
  TaskFailedError,
  type DurableTask,
} from '../../../sdk/index.ts';
import { createTestEnvironment, type TestEnvironment } from '../../../sdk/testing/index.ts';
import { payloadMatrix, type PayloadCase } from './payload-matrix.ts';

/** What a value is, in few bytes; it tells `undefined`, `null` and every text apart. */
function print(value: unknown): string {
  const text = textOf(value);
  return text.length < 100 ? text : createHash('sha256').update(text).digest('hex');
}

function textOf(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

function refusal(error: unknown): string {
  if (error instanceof SerializationError) return `${error.code} at ${error.path}`;
  throw error;
}

function expected({ outcome }: PayloadCase): string {
  return outcome.kind === 'crosses' ? print(outcome.as) : `${outcome.code} at ${outcome.path}`;
}

/** What becomes of a value that a function returns. A promise is awaited, as everywhere in JavaScript. */
function expectedOfReturn({ title, outcome }: PayloadCase): string {
  if (title === 'a promise') return print(1);
  return outcome.kind === 'crosses' ? print(outcome.as) : `SerializationError ${outcome.code}`;
}

function rowAt(row: number): PayloadCase {
  const found = payloadMatrix[row];
  if (found === undefined) throw new RangeError(`there is no row ${String(row)}`);
  return found;
}

/** In each of these the orchestrator catches what the call throws. */
type InnerPlace = 'activity input' | 'child input' | 'sent event' | 'continue-as-new';
interface Inner {
  readonly place: InnerPlace;
  readonly row: number;
}

const data = defineEvent()('data');
const printing = defineActivity('printing', (_ctx, value: unknown) => print(value));
const giving = defineActivity('giving', (_ctx, row: number) => rowAt(row).value());
const echo = defineOrchestrator('echo', (_ctx, value: unknown) => Promise.resolve(print(value)));
const give = defineOrchestrator('give', (_ctx, row: number) => Promise.resolve(rowAt(row).value()));
const read = defineOrchestrator('read', async (ctx) => print(await ctx.waitForExternalEvent(data)));
const inner = defineOrchestrator('inner', async (ctx, input: unknown): Promise<string> => {
  // The next generation gets the value itself.
  if (ctx.historyLength > 0 && !isInner(input)) return print(input);
  if (!isInner(input)) throw new TypeError('no place');
  const value = rowAt(input.row).value();
  const call = (): DurableTask<string> => {
    switch (input.place) {
      case 'activity input':
        return ctx.callActivity(printing, value);
      case 'child input':
        return ctx.callSubOrchestrator(echo, value);
      case 'sent event': {
        const reader = `reader of ${ctx.instanceId}`;
        const task = ctx.callSubOrchestrator(read, undefined, { instanceId: reader });
        ctx.sendEvent(reader, data, value);
        return task;
      }
      case 'continue-as-new':
        return ctx.continueAsNew(value);
    }
  };
  let task: DurableTask<string>;
  try {
    task = call();
  } catch (error) {
    return refusal(error);
  }
  return await task;
});
function isInner(input: unknown): input is Inner {
  return typeof input === 'object' && input !== null && 'place' in input && 'row' in input;
}
const result = defineOrchestrator('result', async (ctx, { by, row }: { by: 'activity' | 'child'; row: number }) => {
  try {
    return print(by === 'activity' ? await ctx.callActivity(giving, row) : await ctx.callSubOrchestrator(give, row));
  } catch (error) {
    // What it returned failed the function, not its caller: the details say so.
    if (error instanceof TaskFailedError) return `${error.details.errorType} ${String(error.details.properties?.['code'])}`;
    throw error;
  }
});
const status = defineOrchestrator('status', (ctx, row: number) => {
  try {
    ctx.setCustomStatus(rowAt(row).value());
    return Promise.resolve('set');
  } catch (error) {
    return Promise.resolve(refusal(error));
  }
});

const start = (): Promise<TestEnvironment> =>
  createTestEnvironment({ orchestrators: [echo, give, read, inner, result, status], activities: [printing, giving] });

/** Runs every row at once, and compares by title. */
async function compare(run: (row: PayloadCase, at: number) => Promise<unknown>, wanted: (row: PayloadCase) => unknown): Promise<void> {
  const found = await Promise.all(payloadMatrix.map(async (row, at) => [row.title, await run(row, at)]));
  expect(found).toEqual(payloadMatrix.map((row) => [row.title, wanted(row)]));
}

describe('[A7] the payload matrix, where values cross', () => {
  test('[A7] the input of an orchestration', async () => {
    await using env = await start();
    await compare(async ({ value }) => {
      try {
        return await (await env.client.scheduleNewOrchestration(echo, value())).result();
      } catch (error) {
        return refusal(error);
      }
    }, expected);
  });

  test.each<InnerPlace>(['activity input', 'child input', 'sent event', 'continue-as-new'])(
    '[A7] refused at the call: %s',
    async (place) => {
      await using env = await start();
      await compare(async (_row, row) => {
        const handle = await env.client.scheduleNewOrchestration(inner, { place, row });
        return await handle.result();
      }, expected);
    },
  );

  test('[A7] an event that a client raises', async () => {
    await using env = await start();
    await compare(async ({ value }) => {
      const handle = await env.client.scheduleNewOrchestration(read);
      try {
        await handle.raise(data, value());
      } catch (error) {
        return refusal(error);
      }
      return await handle.result();
    }, expected);
  });

  test('[A7] an output; one that cannot cross fails the orchestration with SerializationError', async () => {
    await using env = await start();
    await compare(async (_row, row) => {
      const handle = await env.client.scheduleNewOrchestration(give, row);
      const state = await env.client.waitForOrchestrationCompletion(handle);
      if (state?.runtimeStatus === 'Completed') return print(state.output);
      return state?.runtimeStatus === 'Failed' && `${state.failureDetails.errorType} ${String(state.failureDetails.properties?.['code'])}`;
    }, expectedOfReturn);
  });

  test.each(['activity', 'child'] as const)(
    '[A7] the result of the %s; one that cannot cross fails it with SerializationError',
    async (by) => {
      await using env = await start();
      await compare(async (_row, row) => await (await env.client.scheduleNewOrchestration(result, { by, row })).result(), expectedOfReturn);
    },
  );

  test('[A7] [S9] a custom status, of which less fits', async () => {
    await using env = await start();
    const isLarge = (row: PayloadCase): boolean => row.outcome.kind === 'crosses' && textOf(row.outcome.as).length > customStatusBytesMax;
    await compare(
      async (_row, row) => {
        const handle = await env.client.scheduleNewOrchestration(status, row);
        const said = await handle.result();
        return said === 'set' ? print((await handle.state())?.customStatus) : said;
      },
      (row) => (isLarge(row) ? 'PAYLOAD_TOO_LARGE at $' : expected(row)),
    );
  });
});
