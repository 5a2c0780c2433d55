/**
 * The samples a user would write first, as types: what must compile, and the wrong calls the compiler must refuse (see `compile.test.ts`).
 * Nothing here is ever run.
 */
import { expectTypeOf } from 'vitest';
import type { DurableClient } from '../../sdk/client/index.ts';
import { defineActivity, defineEvent, defineOrchestrator, NonRetriableError, TaskFailedError } from '../../sdk/index.ts';

// 1. chaining
const hello = defineActivity('hello', (_ctx, city: string) => Promise.resolve(`Hello ${city}!`));
const chain = defineOrchestrator('chain', async (ctx, city: string) => {
  const a = await ctx.callActivity(hello, city);
  const b = await ctx.callActivity(hello, a.toUpperCase());
  return [a, b];
});
// 2. fan-out / fan-in
const list = defineActivity('list', () => Promise.resolve(['a', 'b', 'c']));
const size = defineActivity('size', (_ctx, f: string) => f.length);
const backup = defineOrchestrator('backup', async (ctx) => {
  const files = await ctx.callActivity(list);
  const sizes = await Promise.all(files.map((f) => ctx.callActivity(size, f)));
  return { files: files.length, bytes: sizes.reduce((x, y) => x + y, 0) };
});
// 3. human interaction with timeout
interface Approval {
  by: string;
  ok: boolean;
}
const approved = defineEvent<Approval>()('approval_received');
const ask = defineActivity('ask', (_ctx, order: { id: string; cost: number }) => Promise.resolve(order.id));
const purchase = defineOrchestrator('purchase', async (ctx, order: { id: string; cost: number }) => {
  if (order.cost < 1000) return 'auto-approved' as const;
  await ctx.callActivity(ask, order);
  ctx.setCustomStatus({ waitingFor: 'approval' });
  const first = await ctx.whenAny({ approval: ctx.waitForExternalEvent(approved), late: ctx.createTimer({ hours: 24 }) });
  if (first.winner === 'late') return 'cancelled' as const;
  return first.value.ok ? (`approved by ${first.value.by}` as const) : ('rejected' as const);
});
// 4. retry
const charge = defineActivity('charge', (ctx, cents: number) => {
  if (cents <= 0) throw new NonRetriableError('bad amount');
  return Promise.resolve({ receipt: ctx.idempotencyKey });
});
const pay = defineOrchestrator('pay', async (ctx, cents: number) => {
  try {
    return await ctx.callActivity(charge, cents, {
      retry: {
        maxAttempts: 5,
        firstRetryInterval: '2s',
        backoffCoefficient: 2,
        maxRetryInterval: '1m',
        retryTimeout: '10m',
        jitter: 0.2,
        handleFailure: (f) => !f.is('CardDeclined'),
      },
    });
  } catch (e) {
    if (e instanceof TaskFailedError && e.details.is('CardDeclined')) return { receipt: null };
    throw e;
  }
});
// 5. versioning
const v1 = defineActivity('stepOne', () => Promise.resolve());
const v2 = defineActivity('stepTwo', () => Promise.resolve());
const shipping = defineOrchestrator({ name: 'shipping', version: '2.1.0' }, async (ctx) => {
  await ctx.callActivity(v1);
  if (ctx.compareVersionTo('2.0.0') >= 0) await ctx.callActivity(v2);
  return 'ok';
});
// 6. monitor, eternal
const poll = defineActivity('poll', (_ctx, job: string) => Promise.resolve<'running' | 'done'>(job === '' ? 'done' : 'running'));
const stop = defineEvent<undefined>()('stop');
const monitor = defineOrchestrator('monitor', async (ctx, s: { job: string; delaySec: number }): Promise<string> => {
  if ((await ctx.callActivity(poll, s.job)) === 'done') return 'done';
  const next = await ctx.whenAny({ tick: ctx.createTimer({ seconds: s.delaySec }), stop: ctx.waitForExternalEvent(stop) });
  if (next.winner === 'stop') return 'stopped';
  return ctx.continueAsNew({ ...s, delaySec: Math.min(s.delaySec * 2, 3600) });
});

/** Client calls, with what they infer. */
export async function main(client: DurableClient): Promise<void> {
  const h = await client.scheduleNewOrchestration(purchase, { id: 'po-1', cost: 5000 }, { instanceId: 'po-1', onConflict: 'useExisting' });
  await client.raiseOrchestrationEvent(h.instanceId, approved, { by: 'mia', ok: true }, { eventId: 'click-77' });
  const s = await client.waitForOrchestrationCompletion(h, { timeout: '30s' });
  if (s?.runtimeStatus === 'Completed')
    expectTypeOf(s.output).toEqualTypeOf<'auto-approved' | 'cancelled' | 'rejected' | `approved by ${string}`>();
  expectTypeOf(await (await client.scheduleNewOrchestration(backup)).result()).toEqualTypeOf<{ files: number; bytes: number }>();
  expectTypeOf(await (await client.scheduleNewOrchestration(chain, 'Oslo')).result()).toEqualTypeOf<string[]>();
  expectTypeOf(await (await client.scheduleNewOrchestration(monitor, { job: 'j', delaySec: 5 })).result()).toEqualTypeOf<string>();
  expectTypeOf(await (await client.scheduleNewOrchestration(shipping, undefined, { version: '2.1.0' })).result()).toEqualTypeOf<string>();
  // @ts-expect-error wrong input type
  await client.scheduleNewOrchestration(purchase, { id: 1 });
  // @ts-expect-error missing input
  await client.scheduleNewOrchestration(pay);
  // @ts-expect-error wrong event payload
  await client.raiseOrchestrationEvent('x', approved, { by: 3 });
}
