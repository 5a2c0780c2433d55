/**
 * What must and must not compile. `npm run check:types` compiles this file with the rest; `compile.test.ts` also proves that each refused
 * call is refused for the reason it names. Nothing here is ever run.
 */
import { expectTypeOf } from 'vitest';
import {
  defineActivity,
  defineOrchestrator,
  type Activity,
  type DurableTask,
  type OrchestrationContext,
  type Orchestrator,
} from '../../sdk/index.ts';
import { createRegistry, type Arg, type OrchestratorLike } from '../../sdk/define/index.ts';
import type { ActivityContext } from '../../sdk/define/index.ts';

const hello = defineActivity('hello', (_ctx, city: string) => Promise.resolve(`Hello ${city}!`));
const list = defineActivity('list', () => ['a', 'b']);
const maybe = defineActivity('maybe', (_ctx, limit?: number) => limit ?? 0);
const order = defineActivity('order', (_ctx, input: { id: string; cost: number }) => Promise.resolve(input.cost));
/** Of another program: its type is all there is. */
const remote: Activity<'remote', { url: string }, Blob[]> = { kind: 'activity', name: 'remote' };
interface Blob {
  readonly bytes: number;
}
function plain(_ctx: ActivityContext, input: number): Promise<string> {
  return Promise.resolve(String(input));
}

export async function accepted(ctx: OrchestrationContext): Promise<void> {
  const greeting = ctx.callActivity(hello, 'Tokyo');
  expectTypeOf(greeting).toEqualTypeOf<DurableTask<string>>();
  const files = await ctx.callActivity(list);
  expectTypeOf(files).toEqualTypeOf<string[]>();
  await ctx.callActivity(maybe);
  await ctx.callActivity(maybe, 5);
  const blobs = await ctx.callActivity(remote, { url: 'x' });
  expectTypeOf(blobs).toEqualTypeOf<Blob[]>();
  const text = await ctx.callActivity(plain, 1);
  expectTypeOf(text).toEqualTypeOf<string>();
  const byName = await ctx.callActivity('unknown', { anything: 1 });
  expectTypeOf(byName).toEqualTypeOf<unknown>();
  const typedByName = await ctx.callActivity<number>('size', 'x');
  expectTypeOf(typedByName).toEqualTypeOf<number>();
  const all = await Promise.all([ctx.callActivity(hello, 'x'), ctx.callActivity(order, { id: 'o', cost: 1 })]);
  expectTypeOf(all).toEqualTypeOf<[string, number]>();
  const many = await Promise.all(files.map((file) => ctx.callActivity(hello, file)));
  expectTypeOf(many).toEqualTypeOf<string[]>();
}

export async function refused(ctx: OrchestrationContext): Promise<void> {
  // @ts-expect-error a number where the activity takes a string
  await ctx.callActivity(hello, 5);
  // @ts-expect-error the input is missing
  await ctx.callActivity(hello);
  // @ts-expect-error a property of the wrong type
  await ctx.callActivity(order, { id: 'o', cost: '1' });
  // @ts-expect-error a property is missing
  await ctx.callActivity(order, { id: 'o' });
  // @ts-expect-error the activity takes no input
  await ctx.callActivity(list, 'x');
  // @ts-expect-error a plain function's input counts too
  await ctx.callActivity(plain, 'one');
  // @ts-expect-error so does that of an activity known by type alone
  await ctx.callActivity(remote, { uri: 'x' });
  // @ts-expect-error the result is a string
  Math.abs(await ctx.callActivity(hello, 'x'));
}

const purchase = defineOrchestrator({ name: 'purchase', version: '1.0' }, async (ctx, input: { id: string; cost: number }) => {
  if (input.cost < 1000) return 'auto-approved' as const;
  await ctx.callActivity(hello, input.id);
  return 'asked' as const;
});
const nightly = defineOrchestrator('nightly', (ctx) => ctx.callActivity(list));
const generated = defineOrchestrator('generated', function* (ctx, city: string) {
  const greeting = (yield ctx.callActivity(hello, city)) as string;
  return greeting.length;
});
async function plainOrchestrator(ctx: OrchestrationContext, input: number): Promise<string> {
  return await ctx.callActivity(plain, input);
}

/** The shape of every call that starts an orchestration. */
declare function start<I, O>(orchestrator: OrchestratorLike<I, O>, ...input: Arg<I>): Promise<O>;

export async function orchestrators(): Promise<void> {
  const outcome = await start(purchase, { id: 'po-1', cost: 5 });
  expectTypeOf(outcome).toEqualTypeOf<'auto-approved' | 'asked'>();
  const files = await start(nightly);
  expectTypeOf(files).toEqualTypeOf<string[]>();
  const length = await start(generated, 'Tokyo');
  expectTypeOf(length).toEqualTypeOf<number>();
  const text = await start(plainOrchestrator, 5);
  expectTypeOf(text).toEqualTypeOf<string>();
  expectTypeOf(purchase.name).toEqualTypeOf<'purchase'>();
  expectTypeOf(purchase).toExtend<Orchestrator>();
  // @ts-expect-error a property of the wrong type
  await start(purchase, { id: 1, cost: 5 });
  // @ts-expect-error the input is missing
  await start(purchase);
  // @ts-expect-error a generator's input counts too
  await start(generated, 5);
  // @ts-expect-error a plain function's input counts too
  await start(plainOrchestrator, 'five');
  // @ts-expect-error an activity is no orchestrator
  await start(hello, 'Tokyo');
}

export function registered(): void {
  createRegistry({ orchestrators: [purchase, nightly, generated, plainOrchestrator], activities: [hello, list, maybe, order, plain] });
  // @ts-expect-error a type alone cannot be run
  createRegistry({ activities: [remote] });
  // @ts-expect-error an orchestrator is no activity
  createRegistry({ activities: [purchase] });
}
