/**
 * The samples of the programming model, run to their end by a whole worker under a virtual clock, with a crash on their way, and under
 * guards: neither a sample nor code of ours that it calls may be accused.
 */
import { describe, expect, test } from 'vitest';
import { defineActivity, defineOrchestrator } from '../../../sdk/index.ts';
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
} from '../../../sdk/samples/index.ts';
import { createTestEnvironment, type TestEnvironment } from '../../../sdk/testing/index.ts';

const code = {
  orchestrators: [purchase, monitor, pay, payPatiently, bookTrip, census, countRegion, shipping],
  activities: [
    ...[askForApproval, lookAtJob, charge, book, cancelBooking, countTown],
    ...[packParcel, insureParcel, sendParcel, trackParcel],
  ],
};
const start = (): Promise<TestEnvironment> => createTestEnvironment({ ...code, guards: 'throw' });
/** Sees to it that a sample survives the death of its worker wherever it waits. */
const crashes = [
  ['undisturbed', false],
  ['with a crash', true],
] as const;

describe('human interaction with a timeout', () => {
  const large = { id: 'po-1', cents: 500_000 };

  test('what is small is bought at once', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(purchase, { id: 'po-1', cents: 500 });
    expect(await handle.result()).toBe('approved automatically');
  });

  test.each(crashes)('[E2] [M1] an answer in time decides (%s)', async (_title, crash) => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(purchase, large);
    await env.advance('23h');
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Running', customStatus: { waitingFor: 'approval' } });
    if (crash) await env.crash();
    await handle.raise(approval, { by: 'mia', ok: true });
    expect(await handle.result()).toBe('approved by mia');
    expect(await handle.state()).toMatchObject({ customStatus: { waitingFor: null } });
  });

  test.each(crashes)('[E2] [M1] no answer within a day ends it (%s)', async (_title, crash) => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(purchase, large);
    await env.advance({ hours: 23, minutes: 59 });
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Running' });
    if (crash) await env.crash();
    await env.advance('1m');
    expect(await handle.result()).toBe('nobody answered');
    expect(await handle.raise(approval, { by: 'mia', ok: true })).toBe('ignored');
  });

  test('[E2] an answer before the question waits for it', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(purchase, large);
    await handle.raise(approval, { by: 'tom', ok: false });
    expect(await handle.result()).toBe('rejected by tom');
  });
});

describe('monitor', () => {
  test.each(crashes)('[C1] looks less and less often until the job is done (%s)', async (_title, crash) => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(monitor, { job: 'import:9' });
    // 1, 2, 4, 8, 16 and 32 minutes are 63; the others an hour each.
    await env.advance('63m');
    if (crash) await env.crash();
    await env.advance({ minutes: 179 });
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Running' });
    await env.advance('1m');
    expect(await handle.result()).toBe('done after 9 rounds');
  });

  test('[C1] runs for a week with the history of one round', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(monitor, { job: 'never' });
    await env.advance('7d');
    // Six waits that double, in 63 minutes, and one an hour after them.
    expect(env.histories(handle.instanceId)).toHaveLength(1 + 6 + 166);
    let events = 0;
    for await (const event of handle.history()) events = event.number;
    expect(events).toBeGreaterThan(3);
    expect(events).toBeLessThan(20);
    await handle.raise(stopWatching, undefined);
    expect(await handle.result()).toBe('stopped after 172 rounds');
  });
});

describe('retry', () => {
  test.each(crashes)('[T3] a bank that answers the third time is charged once (%s)', async (_title, crash) => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(pay, { cents: 100, card: 'slow' });
    await env.advance('5s');
    if (crash) await env.crash();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Running' });
    await env.advance('1s');
    expect(await handle.result()).toMatchObject({ attempts: 3, receipt: expect.any(String) as string });
  });

  test('[T3] a bank that never answers is given up after five attempts', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(pay, { cents: 100, card: 'dead' });
    await env.advance('29s');
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Running' });
    await env.advance('1s');
    await expect(handle.result()).rejects.toMatchObject({ details: { cause: { message: 'the bank does not answer' } } });
  });

  test('[T3] a declined card and a wrong amount are not tried again', async () => {
    await using env = await start();
    const declined = await env.client.scheduleNewOrchestration(pay, { cents: 100, card: 'stolen' });
    expect(await declined.result()).toEqual({ receipt: null, attempts: 1 });
    const wrong = await env.client.scheduleNewOrchestration(pay, { cents: 0, card: 'good' });
    await expect(wrong.result()).rejects.toMatchObject({ details: { errorType: 'TaskFailedError', cause: { nonRetriable: true } } });
  });

  test('[T3] a function may decide', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(payPatiently, { cents: 100, card: 'slow' });
    await env.advance('20s');
    expect(await handle.result()).toMatchObject({ attempts: 3 });
  });
});

describe('saga', () => {
  test('books all three', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(bookTrip, { to: 'Oslo' });
    expect(await handle.result()).toEqual({ kind: 'booked', bookings: ['flight-Oslo', 'hotel-Oslo', 'car-Oslo'] });
  });

  test('[T2] [A2] undoes what was done, last first', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(bookTrip, { to: 'Oslo', full: ['car'] });
    expect(await handle.result()).toEqual({ kind: 'undone', reason: 'no car to Oslo is left', undone: ['hotel-Oslo', 'flight-Oslo'] });
  });
});

describe('saga, canceled', () => {
  test('[S4] undoes what was done, and is Canceled', async () => {
    const undone: string[] = [];
    await using env = await createTestEnvironment({
      orchestrators: [bookTrip],
      activities: [
        defineActivity('book', async (_ctx, { what }: { what: string }) => {
          if (what === 'car') await hotline.wait();
          return what;
        }),
        defineActivity('cancelBooking', (_ctx, number: string) => undone.push(number)),
      ],
    });
    const hotline = env.gate();
    const handle = await env.client.scheduleNewOrchestration(bookTrip, { to: 'Oslo' });
    await env.settled();
    await handle.cancel({ reason: 'the trip is off' });
    await env.settled();
    expect(await handle.state()).toMatchObject({ runtimeStatus: 'Canceled' });
    expect(undone).toEqual(['hotel', 'flight']);
    hotline.open();
  });
});

describe('sub-orchestrations', () => {
  test('[O1] [O2] counts every region, and names the one that failed', async () => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(census, [
      { name: 'north', towns: ['Oslo', 'Bergen'] },
      { name: 'south', towns: ['Rome', ''] },
      { name: 'east', towns: [] },
    ]);
    const { people, missing } = await handle.result();
    expect(people).toBe(1_000);
    expect(missing).toHaveLength(1);
    expect(missing[0]).toMatch(/^south: .*a town has a name/);
  });
});

describe('versioned code', () => {
  test.each([
    ['', ['po-1 packed', 'po-1 sent', 'po-1 tracked']],
    ['1.9', ['po-1 packed', 'po-1 sent', 'po-1 tracked']],
    ['2.0', ['po-1 packed', 'po-1 insured', 'po-1 sent', 'po-1 tracked']],
    ['10.0', ['po-1 packed', 'po-1 insured', 'po-1 sent', 'po-1 tracked']],
  ])('[V4] version %j goes its own way', async (version, steps) => {
    await using env = await start();
    const handle = await env.client.scheduleNewOrchestration(shipping, 'po-1', { version });
    await env.advance('8h');
    expect(await handle.result()).toEqual(steps);
  });

  /** As it was before anybody tracked parcels; the last step waits, so that the change comes too late for it. */
  const shippingBefore = defineOrchestrator('shipping', async (ctx, order: string) => {
    const steps = [await ctx.callActivity(packParcel, order)];
    await ctx.createTimer('8h');
    steps.push(await ctx.callActivity(sendParcel, order));
    await ctx.createTimer('1h');
    return steps;
  });
  const shippingAfter = defineOrchestrator('shipping', async (ctx, order: string) => {
    const steps = [await ctx.callActivity(packParcel, order)];
    await ctx.createTimer('8h');
    steps.push(await ctx.callActivity(sendParcel, order));
    if (ctx.patched('track parcels')) steps.push(await ctx.callActivity(trackParcel, order));
    await ctx.createTimer('1h');
    return steps;
  });

  test('[V4] an order past the change goes on as it began, one before it takes the new way', async () => {
    await using env = await createTestEnvironment({ ...code, orchestrators: [shippingBefore] });
    const past = await env.client.scheduleNewOrchestration(shippingBefore, 'po-1');
    await env.advance('4h');
    const before = await env.client.scheduleNewOrchestration(shippingBefore, 'po-2');
    await env.advance({ hours: 4, minutes: 30 });
    await env.restart({ ...code, orchestrators: [shippingAfter] });
    await env.advance('1h');
    expect(await past.result()).toEqual(['po-1 packed', 'po-1 sent']);
    await env.advance('4h');
    expect(await before.result()).toEqual(['po-2 packed', 'po-2 sent', 'po-2 tracked']);
  });
});
