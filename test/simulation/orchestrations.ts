/** The user code of a run: small orchestrations whose outcome is known beforehand, whatever befalls them. */
import { defineActivity, defineOrchestrator, type ActivityToRegister, type OrchestratorToRegister } from '../../sdk/define/index.ts';

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
  return [double, text, boom];
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

export const orchestrators: readonly OrchestratorToRegister[] = [chain, fan, generated, caught, failing, thrower, first, large];

/** What an instance of `name` must come to. */
export type Ending =
  { readonly status: 'Completed'; readonly output: string } | { readonly status: 'Failed' } | { readonly status: 'never' };

export function endingOf(name: string, input: string | null): Ending {
  const n = Number(input);
  const completed = (output: number): Ending => ({ status: 'Completed', output: String(output) });
  switch (name) {
    case 'chain':
    case 'generated':
      return completed(2 ** n);
    case 'fan':
      return completed(n * (n - 1));
    case 'caught':
      return completed(n);
    case 'first':
      return completed(42);
    case 'large':
      return completed(n * 2);
    case 'failing':
    case 'thrower':
      return { status: 'Failed' };
    default:
      return { status: 'never' };
  }
}

/** What a run of activity `name` must give; undefined: a failure. */
export function resultOf(name: string, input: string | null): string | undefined {
  if (name === 'double') return String(Number(input) * 2);
  return name === 'text' ? JSON.stringify('x'.repeat(Number(input))) : undefined;
}

/** A start's program and input, drawn by a number source. */
export function anyProgram(below: (bound: number) => number): { readonly name: string; readonly input: string | null } {
  const names = ['chain', 'chain', 'fan', 'fan', 'generated', 'caught', 'failing', 'thrower', 'first', 'large', 'large', 'unheard of'];
  const name = names[below(names.length)] ?? 'chain';
  if (name === 'failing' || name === 'thrower') return { name, input: null };
  if (name === 'large') return { name, input: String(500 + below(6_000)) };
  return { name, input: String(1 + below(4)) };
}
