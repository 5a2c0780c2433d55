/** Human interaction with a timeout: ask somebody, wait a day at most for the answer, and go on either way. */
import {
  defineActivity,
  defineEvent,
  defineOrchestrator,
  type ActivityDefinition,
  type ExternalEvent,
  type OrchestratorDefinition,
} from '../index.ts';

export interface Order {
  readonly id: string;
  readonly cents: number;
}

export interface Approval {
  readonly by: string;
  readonly ok: boolean;
}

export type PurchaseOutcome = 'approved automatically' | `approved by ${string}` | `rejected by ${string}` | 'nobody answered';

/** Whoever decides raises this event to the instance. */
export const approval: ExternalEvent<'approval', Approval> = defineEvent<Approval>()('approval');

/** Stands for a mail to whoever decides. */
export const askForApproval: ActivityDefinition<'askForApproval', Order, string> = defineActivity(
  'askForApproval',
  (_ctx, order) => `Please approve ${order.id} for ${String(order.cents)} cents.`,
);

/** Buys small things at once, and large ones when somebody approves within a day. */
export const purchase: OrchestratorDefinition<'purchase', Order, PurchaseOutcome> = defineOrchestrator(
  'purchase',
  async (ctx, order): Promise<PurchaseOutcome> => {
    if (order.cents < 100_000) return 'approved automatically';
    await ctx.callActivity(askForApproval, order);
    ctx.setCustomStatus({ waitingFor: 'approval' });
    const first = await ctx.whenAny({ answer: ctx.waitForExternalEvent(approval), late: ctx.createTimer('24h') });
    ctx.setCustomStatus({ waitingFor: null });
    if (first.winner === 'late') return 'nobody answered';
    return first.value.ok ? `approved by ${first.value.by}` : `rejected by ${first.value.by}`;
  },
);
