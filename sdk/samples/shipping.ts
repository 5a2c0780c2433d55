/**
 * Code that changes while orchestrations run: one of last year must go on as it began. Either its version says which way to go, or a patch:
 * `ctx.patched` is true for an execution that had not come so far when the new code was deployed, and stays what it was.
 */
import { defineActivity, defineOrchestrator, type ActivityDefinition, type OrchestratorDefinition } from '../index.ts';

export const packParcel: ActivityDefinition<'packParcel', string, string> = defineActivity(
  'packParcel',
  (_ctx, order) => `${order} packed`,
);
export const insureParcel: ActivityDefinition<'insureParcel', string, string> = defineActivity(
  'insureParcel',
  (_ctx, order) => `${order} insured`,
);
export const sendParcel: ActivityDefinition<'sendParcel', string, string> = defineActivity('sendParcel', (_ctx, order) => `${order} sent`);
export const trackParcel: ActivityDefinition<'trackParcel', string, string> = defineActivity(
  'trackParcel',
  (_ctx, order) => `${order} tracked`,
);

/** Unversioned, so that it serves the instances of every version that has no definition of its own. */
export const shipping: OrchestratorDefinition<'shipping', string, string[]> = defineOrchestrator('shipping', async (ctx, order) => {
  const steps = [await ctx.callActivity(packParcel, order)];
  // Since version 2 of the orders.
  if (ctx.compareVersionTo('2.0.0') >= 0) steps.push(await ctx.callActivity(insureParcel, order));
  await ctx.createTimer('8h');
  steps.push(await ctx.callActivity(sendParcel, order));
  // Since some day in between two versions.
  if (ctx.patched('track parcels')) steps.push(await ctx.callActivity(trackParcel, order));
  return steps;
});
