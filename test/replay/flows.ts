/** The flows that are recorded for ever and killed at every commit: one of each kind of thing an orchestration does. */
import { CancelledError, defineActivity, defineEvent, defineOrchestrator, TimeoutError } from '../../sdk/index.ts';
import {
  approval,
  askForApproval,
  book,
  bookTrip,
  cancelBooking,
  census,
  charge,
  countRegion,
  countTown,
  hello,
  helloSequence,
  insureParcel,
  lookAtJob,
  monitor,
  packParcel,
  pay,
  payPatiently,
  purchase,
  sendParcel,
  shipping,
  stopWatching,
  trackParcel,
} from '../../sdk/samples/index.ts';
import type { TestCode, TestEnvironment } from '../../sdk/testing/index.ts';

export interface Flow {
  /** The name of its file, too. */
  readonly name: string;
  /** Everything that comes from outside, to the end of the flow. */
  drive(env: TestEnvironment): Promise<void>;
}

const tick = defineEvent<number>()('tick');

const square = defineActivity('square', (_ctx, value: number) => {
  if (value < 0) throw new RangeError(`${String(value)} is negative`);
  return value * value;
});

const fanOut = defineOrchestrator('fanOut', async (ctx, values: readonly number[]) => {
  const settled = await Promise.allSettled(values.map((value) => ctx.callActivity(square, value)));
  const fastest = await ctx.whenAny(values.filter((value) => value > 0).map((value) => ctx.callActivity(square, value)));
  await fastest.task;
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'));
});

/** Several events a generation: the rest is carried. */
const pairs = defineOrchestrator('pairs', async (ctx, seen: readonly number[]): Promise<readonly number[]> => {
  const read = [...seen, await ctx.waitForExternalEvent(tick), await ctx.waitForExternalEvent(tick)];
  await ctx.createTimer('1m');
  return read.length >= 6 ? read : ctx.continueAsNew(read);
});

const waits = defineOrchestrator('waits', async (ctx) => {
  const seen: unknown[] = [];
  const given = ctx.createTimer('30d');
  try {
    await ctx.waitForExternalEvent(tick, { timeout: '1h' });
  } catch (error) {
    seen.push(error instanceof TimeoutError);
  }
  given.cancel();
  try {
    await given;
  } catch (error) {
    seen.push(error instanceof CancelledError);
  }
  for (const minutes of [0, 5]) {
    await ctx.createTimer({ minutes });
    seen.push(minutes);
  }
  return seen;
});

const patient = defineOrchestrator('patient', async (ctx) => await ctx.waitForExternalEvent(tick));

const cancellable = defineOrchestrator('cancellable', async (ctx) => {
  const child = ctx.callSubOrchestrator(patient);
  try {
    return await ctx.whenAll([child, ctx.createTimer('30d'), ctx.waitForExternalEvent(tick)]);
  } finally {
    await ctx.callActivity(square, ctx.signal.aborted ? 3 : 2);
  }
});

const post = defineOrchestrator('post', async (ctx, to: string) => {
  ctx.setCustomStatus({ sent: 0 });
  const started = ctx.startOrchestration(pairs, [], { instanceId: `${to} started` });
  for (let value = 1; value <= 6; value++) {
    ctx.sendEvent(to, tick, value);
    ctx.sendEvent(started, tick, -value);
  }
  ctx.setCustomStatus({ sent: 12 });
  await ctx.createTimer('10m');
  return [ctx.newGuid() === ctx.newGuid(), ctx.random() < 1, ctx.patched('never seen')];
});

export const code: TestCode = {
  orchestrators: [
    ...[helloSequence, fanOut, purchase, monitor, pay, payPatiently, bookTrip, census, countRegion, shipping],
    ...[pairs, waits, patient, cancellable, post],
  ],
  activities: [
    ...[hello, square, askForApproval, lookAtJob, charge, book, cancelBooking, countTown],
    ...[packParcel, insureParcel, sendParcel, trackParcel],
  ],
};

export const flows: readonly Flow[] = [
  {
    name: 'chaining',
    drive: async (env) => {
      await env.client.scheduleNewOrchestration(helloSequence, undefined, { instanceId: 'chain' });
    },
  },
  {
    name: 'fan-out',
    drive: async (env) => {
      await env.client.scheduleNewOrchestration(fanOut, [1, 2, -3, 4, 5], { instanceId: 'fan' });
    },
  },
  {
    name: 'human-interaction',
    drive: async (env) => {
      const asked = { id: 'po-1', cents: 500_000 };
      const handle = await env.client.scheduleNewOrchestration(purchase, asked, { instanceId: 'approved' });
      await env.client.scheduleNewOrchestration(purchase, asked, { instanceId: 'late' });
      await env.advance('1h');
      await handle.raise(approval, { by: 'mia', ok: true });
      await env.advance('24h');
    },
  },
  {
    name: 'monitor',
    drive: async (env) => {
      const stopped = await env.client.scheduleNewOrchestration(monitor, { job: 'endless' }, { instanceId: 'stopped' });
      await env.client.scheduleNewOrchestration(monitor, { job: 'job:3' }, { instanceId: 'done' });
      await env.advance('4m');
      await stopped.raise(stopWatching, undefined);
      await env.advance('1h');
    },
  },
  {
    name: 'retry',
    drive: async (env) => {
      await env.client.scheduleNewOrchestration(pay, { cents: 100, card: 'slow' }, { instanceId: 'slow' });
      await env.client.scheduleNewOrchestration(payPatiently, { cents: 100, card: 'dead' }, { instanceId: 'dead' });
      await env.client.scheduleNewOrchestration(pay, { cents: 100, card: 'stolen' }, { instanceId: 'declined' });
      await env.advance('5m');
    },
  },
  {
    name: 'saga',
    drive: async (env) => {
      await env.client.scheduleNewOrchestration(bookTrip, { to: 'Rome', full: ['car'] }, { instanceId: 'trip' });
    },
  },
  {
    name: 'sub-orchestrations',
    drive: async (env) => {
      const regions = [
        { name: 'north', towns: ['Kiel', 'Bremen'] },
        { name: 'nowhere', towns: [''] },
        { name: 'south', towns: ['Ulm'] },
      ];
      await env.client.scheduleNewOrchestration(census, regions, { instanceId: 'census' });
    },
  },
  {
    name: 'versions',
    drive: async (env) => {
      await env.client.scheduleNewOrchestration(shipping, 'order', { instanceId: 'old', version: '1.2' });
      await env.client.scheduleNewOrchestration(shipping, 'order', { instanceId: 'new', version: '2.0.0' });
      await env.advance('9h');
    },
  },
  {
    name: 'continue-as-new',
    drive: async (env) => {
      const handle = await env.client.scheduleNewOrchestration(pairs, [], { instanceId: 'pairs' });
      for (const value of [1, 2, 3, 4, 5]) await handle.raise(tick, value);
      await env.advance('2m');
      await handle.raise(tick, 6);
      await env.advance('2m');
    },
  },
  {
    name: 'timers',
    drive: async (env) => {
      await env.client.scheduleNewOrchestration(waits, undefined, { instanceId: 'waits' });
      await env.advance('2h');
    },
  },
  {
    name: 'suspension',
    drive: async (env) => {
      const handle = await env.client.scheduleNewOrchestration(pairs, [], { instanceId: 'suspended' });
      await handle.raise(tick, 1);
      await handle.suspend({ reason: 'a look' });
      for (const value of [2, 3, 4]) await handle.raise(tick, value);
      await env.advance('5m');
      await handle.resume();
      for (const value of [5, 6]) await handle.raise(tick, value);
      await env.advance('5m');
    },
  },
  {
    name: 'cancellation',
    drive: async (env) => {
      const handle = await env.client.scheduleNewOrchestration(cancellable, undefined, { instanceId: 'cancelled' });
      await env.advance('1h');
      await handle.cancel({ reason: 'enough' });
      await env.settled();
    },
  },
  {
    name: 'termination',
    drive: async (env) => {
      const handle = await env.client.scheduleNewOrchestration(cancellable, undefined, { instanceId: 'terminated' });
      await env.advance('1h');
      await handle.terminate({ output: { why: 'enough' } });
      await env.settled();
    },
  },
  {
    name: 'messages',
    drive: async (env) => {
      await env.client.scheduleNewOrchestration(pairs, [], { instanceId: 'to' });
      await env.client.scheduleNewOrchestration(post, 'to', { instanceId: 'from' });
      await env.advance('1h');
    },
  },
];
