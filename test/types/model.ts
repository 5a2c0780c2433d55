/** What the calls of the programming model infer, and which wrong ones the compiler must refuse (see `compile.test.ts`). Never run. */
import { expectTypeOf } from 'vitest';
import type { DurableClient } from '../../sdk/client/index.ts';
import {
  defineActivity,
  defineEvent,
  defineOrchestrator,
  type ActivityContext,
  type Duration,
  type DurableTask,
  type ExternalEvent,
  type FailureDetails,
  type OrchestrationContext,
} from '../../sdk/index.ts';

interface Approval {
  readonly by: string;
  readonly ok: boolean;
}
const approved = defineEvent<Approval>()('approved');
/** `void`, where it may be written. */
type Nothing = ReturnType<() => void>;
const stop = defineEvent<Nothing>()('stop');
const anything = defineEvent()('anything');
const parsed = defineEvent<number>()('parsed', { parse: (value) => Number(value) });
const length = defineActivity('length', (_ctx, text: string) => text.length);
const nothing = defineActivity('nothing', () => undefined);
const child = defineOrchestrator('child', (_ctx, input: { readonly a: number }) => Promise.resolve(String(input.a)));
const generator = defineOrchestrator('generator', function* (ctx, text: string) {
  yield ctx.callActivity(length, text);
  return true;
});
function plainChild(_ctx: OrchestrationContext, input: number): Promise<string> {
  return Promise.resolve(String(input));
}

export async function waits(ctx: OrchestrationContext): Promise<void> {
  expectTypeOf(approved).toEqualTypeOf<ExternalEvent<'approved', Approval>>();
  expectTypeOf(ctx.waitForExternalEvent(approved)).toEqualTypeOf<DurableTask<Approval>>();
  expectTypeOf(ctx.waitForExternalEvent(stop)).toEqualTypeOf<DurableTask<void>>();
  expectTypeOf(ctx.waitForExternalEvent(anything)).toEqualTypeOf<DurableTask<unknown>>();
  expectTypeOf(ctx.waitForExternalEvent(parsed, { timeout: '30d' })).toEqualTypeOf<DurableTask<number>>();
  expectTypeOf(ctx.waitForExternalEvent('by name')).toEqualTypeOf<DurableTask<unknown>>();
  expectTypeOf(ctx.waitForExternalEvent<Approval>('by name', { timeout: { hours: 1 } })).toEqualTypeOf<DurableTask<Approval>>();
  expectTypeOf(ctx.createTimer('5m')).toEqualTypeOf<DurableTask<void>>();
  await ctx.createTimer(new Date(0));
  ctx.sendEvent('other', approved, { by: 'mia', ok: true });
  ctx.sendEvent('other', stop);
  ctx.sendEvent('other', 'by name', { any: 'thing' });
  // @ts-expect-error the payload is missing
  ctx.sendEvent('other', approved);
  // @ts-expect-error a payload of another type
  ctx.sendEvent('other', approved, { by: 3, ok: true });
  // @ts-expect-error the schema parses to another type
  defineEvent<number>()('parsed', { parse: (value: unknown) => String(value) });
  // @ts-expect-error an activity is no event
  await ctx.waitForExternalEvent(length);
  // @ts-expect-error no bare seconds
  await ctx.createTimer({ sec: 5 });
  // @ts-expect-error an unknown unit
  await ctx.createTimer('5w');
}

export async function combinators(ctx: OrchestrationContext): Promise<void> {
  const all = await ctx.whenAll([ctx.callActivity(length, 'x'), ctx.waitForExternalEvent(approved), ctx.createTimer(5)]);
  expectTypeOf(all).toEqualTypeOf<[number, Approval, Nothing]>();
  const list = await ctx.whenAll(['a', 'b'].map((text) => ctx.callActivity(length, text)));
  expectTypeOf(list).toEqualTypeOf<number[]>();
  const none = await ctx.whenAll([]);
  expectTypeOf(none).toEqualTypeOf<[]>();
  const helper = async (text: string): Promise<boolean> => (await ctx.callActivity(length, text)) > 2;
  const mixed = await ctx.whenAll([helper('x'), ctx.whenAll([ctx.callActivity(child.name), ctx.callSubOrchestrator(child, { a: 1 })])]);
  expectTypeOf(mixed).toEqualTypeOf<[boolean, [unknown, string]]>();

  const first = await ctx.whenAny({ approval: ctx.waitForExternalEvent(approved), late: ctx.createTimer('1d'), size: helper('x') });
  expectTypeOf(first.winner).toEqualTypeOf<'approval' | 'late' | 'size'>();
  if (first.winner === 'approval') expectTypeOf(first.value).toEqualTypeOf<Approval>();
  if (first.winner === 'late') expectTypeOf(first.value).toEqualTypeOf<Nothing>();
  if (first.winner === 'size') expectTypeOf(first.value).toEqualTypeOf<boolean>();
  // @ts-expect-error nobody of that name was in the race
  if (first.winner === 'other') return;
  // @ts-expect-error not before it is known who won
  expectTypeOf(first.value.by).toEqualTypeOf<string>();

  const tasks = [ctx.callActivity(length, 'a'), ctx.callActivity(length, 'b')];
  const fastest = await ctx.whenAny(tasks);
  expectTypeOf(fastest.index).toEqualTypeOf<number>();
  expectTypeOf(fastest.task).toEqualTypeOf<DurableTask<number>>();
  expectTypeOf(await fastest.task).toEqualTypeOf<number>();
  // @ts-expect-error a number is no task
  await ctx.whenAll([5]);
  // @ts-expect-error nor is an activity that was not called
  await ctx.whenAny({ length });
}

export function endings(ctx: OrchestrationContext): string {
  if (ctx.continueAsNewSuggested) return ctx.continueAsNew({ round: 1 }, { preserveEvents: false, newVersion: '2.0' });
  expectTypeOf(ctx.continueAsNew).returns.toEqualTypeOf<never>();
  expectTypeOf(ctx.parent).toEqualTypeOf<{ readonly instanceId: string; readonly name: string } | undefined>();
  expectTypeOf(ctx.currentUtcDateTime).toEqualTypeOf<Date>();
  expectTypeOf(ctx.compareVersionTo('2.0')).toEqualTypeOf<number>();
  expectTypeOf(ctx.patched('id')).toEqualTypeOf<boolean>();
  expectTypeOf(ctx.callActivity(nothing).cancel()).toEqualTypeOf<boolean>();
  // @ts-expect-error it is read only
  ctx.instanceId = 'another';
  // @ts-expect-error an unknown option
  return ctx.continueAsNew(undefined, { keepEvents: true });
}

export async function children(ctx: OrchestrationContext): Promise<void> {
  expectTypeOf(ctx.callSubOrchestrator(child, { a: 1 }, { instanceId: 'c', version: '1' })).toEqualTypeOf<DurableTask<string>>();
  expectTypeOf(ctx.callSubOrchestrator(generator, 'x')).toEqualTypeOf<DurableTask<boolean>>();
  expectTypeOf(ctx.callSubOrchestrator(plainChild, 5)).toEqualTypeOf<DurableTask<string>>();
  expectTypeOf(ctx.callSubOrchestrator<number>('by name', 'x')).toEqualTypeOf<DurableTask<number>>();
  expectTypeOf(ctx.startOrchestration(child, { a: 1 })).toEqualTypeOf<string>();
  // @ts-expect-error the input is missing
  await ctx.callSubOrchestrator(child);
  // @ts-expect-error an input of another type
  await ctx.callSubOrchestrator(plainChild, 'five');
  // @ts-expect-error an activity is no orchestrator
  await ctx.callSubOrchestrator(length, 'x');
  // @ts-expect-error an orchestrator is no activity
  await ctx.callActivity(child, { a: 1 });
  // @ts-expect-error a start that nobody waits for has nothing to retry
  ctx.startOrchestration(child, { a: 1 }, { retry: { maxAttempts: 2, firstRetryInterval: 1 } });
}

export async function retries(ctx: OrchestrationContext): Promise<void> {
  await ctx.callActivity(length, 'x', { retry: { maxAttempts: 3, firstRetryInterval: { seconds: 2 } } });
  await ctx.callActivity(length, 'x', {
    retry: ({ attempt, failure, elapsedMs }) => {
      expectTypeOf(failure).toEqualTypeOf<FailureDetails>();
      return attempt < 3 && elapsedMs < 60_000 && '5s';
    },
    tags: { team: 'billing' },
  });
  // @ts-expect-error how often is missing
  await ctx.callActivity(length, 'x', { retry: { firstRetryInterval: '1s' } });
  // @ts-expect-error a handler is synchronous: it runs again at every replay
  await ctx.callActivity(length, 'x', { retry: () => Promise.resolve(true) });
}

export function durations(): Duration[] {
  // @ts-expect-error no unit
  const bare: Duration = '5';
  // @ts-expect-error not a length of time
  const date: Duration = new Date();
  return [5, '250ms', '1.5h', { days: 1, minutes: 5 }, bare, date];
}

export async function raising(client: DurableClient): Promise<void> {
  expectTypeOf(await client.raiseOrchestrationEvent('x', approved, { by: 'mia', ok: true })).toEqualTypeOf<'delivered' | 'ignored'>();
  await client.raiseOrchestrationEvent('x', 'by name', { any: 'thing' });
  await client.raiseOrchestrationEvent('x', stop, undefined);
  // @ts-expect-error the payload is missing
  await client.raiseOrchestrationEvent('x', approved);
  // @ts-expect-error a property of the payload is missing
  await client.raiseOrchestrationEvent('x', approved, { by: 'mia' });
}

export function activityContext(ctx: ActivityContext): void {
  expectTypeOf(ctx.attempt).toEqualTypeOf<number>();
  expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
  expectTypeOf(ctx.idempotencyKey).toEqualTypeOf<string>();
  // @ts-expect-error an activity awaits what it likes; it calls no other activities
  expectTypeOf(ctx.callActivity).toBeFunction();
}
