/** The user code of a run: small orchestrations whose outcome is known beforehand (`outcomes.ts`), whatever befalls them. */
import {
  defineActivity,
  defineOrchestrator,
  type ActivityToRegister,
  type DurableTask,
  type OrchestratorToRegister,
} from '../../sdk/define/index.ts';
import { TaskFailedError, TimeoutError } from '../../sdk/values/index.ts';

/** Makes the activities of one process; `ends` says when a run of one is over. */
export function activitiesOf(ends: () => Promise<void>): readonly ActivityToRegister[] {
  const double = defineActivity('double', async (_ctx, n: number) => {
    await ends();
    return n * 2;
  });
  const text = defineActivity('text', async (_ctx, characters: number) => {
    await ends();
    return 'x'.repeat(characters);
  });
  const boom = defineActivity('boom', async (_ctx, why: string): Promise<string> => {
    await ends();
    throw withoutStack(why);
  });
  /** Fails so many times, then tells the attempt that did not. */
  const flaky = defineActivity('flaky', async (ctx, failures: number) => {
    await ends();
    if (ctx.attempt <= failures) throw withoutStack('not yet');
    return ctx.attempt;
  });
  return [double, text, boom, flaky];
}

/** A stack names this machine's paths: two machines would see two digests. */
function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = `Error: ${message}`;
  return error;
}

const chain = defineOrchestrator('chain', async (ctx, steps: number) => {
  let value = 1;
  for (let step = 0; step < steps; step++) value = await ctx.callActivity<number>('double', value);
  return value;
});

const fan = defineOrchestrator('fan', async (ctx, width: number) => {
  const tasks = Array.from({ length: width }, (_, at) => ctx.callActivity<number>('double', at));
  const results = await Promise.all(tasks);
  return results.reduce((sum, result) => sum + result, 0);
});

const generated = defineOrchestrator('generated', function* (ctx, steps: number): Generator<PromiseLike<unknown>, number> {
  let value = 1;
  for (let step = 0; step < steps; step++) value = (yield ctx.callActivity<number>('double', value)) as number;
  return value;
});

const caught = defineOrchestrator('caught', async (ctx, steps: number) => {
  try {
    await ctx.callActivity('boom', 'meant to');
  } catch {
    for (let step = 0; step < steps; step++) await ctx.callActivity<number>('double', step);
    return steps;
  }
  return -1;
});

const failing = defineOrchestrator('failing', async (ctx) => await ctx.callActivity('boom', 'meant to'));

const thrower = defineOrchestrator('thrower', () => Promise.reject(withoutStack('at once')));

/** Leaves tasks open when it returns. */
const first = defineOrchestrator('first', async (ctx, width: number) => {
  await Promise.race(Array.from({ length: width }, () => ctx.callActivity<number>('double', 21)));
  return 42;
});

/** Payloads that make a commit outgrow its batch. */
const large = defineOrchestrator('large', async (ctx, characters: number) => {
  const texts = await Promise.all([ctx.callActivity<string>('text', characters), ctx.callActivity<string>('text', characters)]);
  return texts.join('').length;
});

const retried = defineOrchestrator('retried', async (ctx, failures: number) => {
  const retry = { maxAttempts: 3, firstRetryInterval: '30ms', backoffCoefficient: 2 } as const;
  return await numberOf(ctx.callActivity<number>('flaky', failures, { retry }));
});

/** A time that is past fires at once. */
const delaysMs = [0, -1_000, 300, 1_500];

const timers = defineOrchestrator('timers', async (ctx, count: number) => {
  const unwanted = ctx.createTimer('2h');
  for (let at = 0; at < count; at++) {
    const delayMs = delaysMs[at % delaysMs.length] ?? 0;
    await ctx.createTimer(delayMs < 0 ? new Date(ctx.currentUtcDateTime.getTime() + delayMs) : delayMs);
  }
  unwanted.cancel();
  await ctx.createTimer('20ms');
  return count;
});

/** Whichever is fed first. */
const race = defineOrchestrator('race', async (ctx, n: number) => {
  const { winner } = await ctx.whenAny({ work: ctx.callActivity<number>('double', n), time: ctx.createTimer('100ms') });
  return winner;
});

const status = defineOrchestrator('status', async (ctx, steps: number) => {
  if (ctx.patched('faster')) await ctx.createTimer(0);
  for (let step = 0; step < steps; step++) {
    ctx.setCustomStatus({ step });
    await ctx.callActivity<number>('double', step);
  }
  return steps;
});

const family = defineOrchestrator('family', async (ctx, width: number) => {
  const tasks = Array.from({ length: width }, (_, at) =>
    at % 3 === 2 ? ctx.callSubOrchestrator<number>('failing') : ctx.callSubOrchestrator<number>('chain', at + 1),
  );
  return await Promise.all(tasks.map(numberOf));
});

/** The same child's id twice, or one that others want as well. */
const named = defineOrchestrator('named', async (ctx, n: number) => {
  const values: number[] = [];
  for (let round = 0; round < 2; round++) {
    const instanceId = n === 1 ? 'kid' : `${ctx.instanceId}/kid`;
    values.push(await numberOf(ctx.callSubOrchestrator<number>(n === 2 ? 'timers' : 'chain', 1, { instanceId })));
  }
  return values;
});

/** A child that is not wanted any more, unless it is quick. */
const fickle = defineOrchestrator('fickle', async (ctx, n: number) => {
  const child = ctx.callSubOrchestrator<number>('timers', n);
  const { winner } = await ctx.whenAny({ work: child, time: ctx.createTimer('60ms') });
  if (winner === 'time') child.cancel();
  await ctx.createTimer(0);
  return winner;
});

const collect = defineOrchestrator('collect', async (ctx, count: number) => {
  const seen: number[] = [];
  while (seen.length < count) seen.push(await ctx.waitForExternalEvent<number>('Item'));
  return seen;
});

export interface Count {
  readonly left: number;
  readonly seen: readonly number[];
  /** Each generation leaves a task, a timer or a child open. */
  readonly leaves: 'nothing' | 'task' | 'timer' | 'child';
}

const count = defineOrchestrator('count', async (ctx, { left, seen, leaves }: Count): Promise<readonly number[]> => {
  if (left === 0) return seen;
  if (leaves === 'task') void ctx.callActivity<number>('double', left);
  else if (leaves === 'timer') void ctx.createTimer('200ms');
  else if (leaves === 'child') void ctx.callSubOrchestrator<number>('chain', left);
  const value = await ctx.waitForExternalEvent<number>('item');
  ctx.setCustomStatus({ left });
  return ctx.continueAsNew({ left: left - 1, seen: [...seen, value], leaves });
});

/** An event or a timer, whichever comes first, until there were so many events. */
const either = defineOrchestrator('either', async (ctx, count: number) => {
  const seen: number[] = [];
  let delayMs = 100;
  let item = ctx.waitForExternalEvent<number>('item');
  let time = ctx.createTimer(delayMs);
  for (;;) {
    const next = await ctx.whenAny({ item, time });
    if (next.winner === 'time') time = ctx.createTimer((delayMs *= 4));
    else if (seen.push(next.value) === count) return seen;
    else item = ctx.waitForExternalEvent<number>('item');
  }
});

/** An event within some time, else -1; and something to be done whatever happens. */
const patient = defineOrchestrator('patient', async (ctx, n: number) => {
  try {
    return await ctx.waitForExternalEvent<number>('item', { timeout: '400ms' });
  } catch (error) {
    if (error instanceof TimeoutError) return -1;
    throw error;
  } finally {
    await ctx.callActivity<number>('double', n);
  }
});

/** What its first generation did not read is gone. */
const drop = defineOrchestrator('drop', async (ctx, isLast: boolean): Promise<number> => {
  if (isLast) return 5;
  await ctx.whenAny([ctx.waitForExternalEvent('item'), ctx.createTimer('200ms')]);
  return ctx.continueAsNew(true, { preserveEvents: false });
});

/** Starts a collector and sends it all it waits for; and something to nobody. */
const starter = defineOrchestrator('starter', (ctx, count: number) => {
  const id = ctx.startOrchestration('collect', count);
  ctx.sendEvent('nobody', 'item', 1);
  for (let value = 1; value <= count; value++) ctx.sendEvent(id, 'item', value);
  return Promise.resolve(count);
});

const sleeper = defineOrchestrator('sleeper', async (ctx) => {
  await ctx.createTimer('30000d');
});

const hoarder = defineOrchestrator('hoarder', async (ctx) => await ctx.waitForExternalEvent('what nobody raises'));

/** -1 for what failed. */
async function numberOf(task: DurableTask<number>): Promise<number> {
  try {
    return await task;
  } catch (error) {
    if (error instanceof TaskFailedError) return -1;
    throw error;
  }
}

export const orchestrators: readonly OrchestratorToRegister[] = [
  ...[chain, fan, generated, caught, failing, thrower, first, large, retried, timers, race, status],
  ...[family, named, fickle, collect, count, either, patient, drop, starter, sleeper, hoarder],
];

const names = [
  ...['chain', 'fan', 'generated', 'caught', 'failing', 'thrower', 'first', 'large', 'large', 'retried', 'timers', 'timers', 'race'],
  ...['status', 'family', 'family', 'named', 'named', 'fickle', 'collect', 'collect', 'count', 'count', 'count', 'either', 'patient'],
  ...['drop', 'starter', 'starter', 'sleeper', 'hoarder', 'unheard of'],
];

/** A start's program and input, drawn by a number source. */
export function anyProgram(below: (bound: number) => number): { readonly name: string; readonly input: string | null } {
  const name = names[below(names.length)] ?? 'chain';
  const size = 1 + below(4);
  switch (name) {
    case 'failing':
    case 'thrower':
    case 'sleeper':
    case 'hoarder':
      return { name, input: null };
    case 'large':
      return { name, input: String(500 + below(6_000)) };
    case 'drop':
      return { name, input: 'false' };
    case 'count': {
      const leaves = (['nothing', 'task', 'timer', 'child'] as const)[below(4)] ?? 'nothing';
      return { name, input: JSON.stringify({ left: 1 + size, seen: [], leaves } satisfies Count) };
    }
    default:
      return { name, input: String(size) };
  }
}
