/** Retries: what may pass is tried again, ever more patiently; what will not pass is given up at once. */
import {
  defineActivity,
  defineOrchestrator,
  NonRetriableError,
  TaskFailedError,
  type ActivityDefinition,
  type OrchestratorDefinition,
} from '../index.ts';

export interface Charge {
  readonly cents: number;
  /** The sample's bank knows `good`, `slow` (answers the third time), `dead` (never answers), and declines every other. */
  readonly card: string;
}

export interface Receipt {
  /** Null: the card was declined. */
  readonly receipt: string | null;
  readonly attempts: number;
}

export class CardDeclinedError extends Error {
  override readonly name: string = 'CardDeclinedError';
}

/** Stands for a call to a bank. The idempotency key makes sure that no attempt charges twice. */
export const charge: ActivityDefinition<'charge', Charge, Receipt> = defineActivity('charge', (ctx, { cents, card }) => {
  if (cents <= 0) throw new NonRetriableError('an amount is positive');
  if (card === 'dead' || (card === 'slow' && ctx.attempt < 3)) throw new Error('the bank does not answer');
  if (card !== 'good' && card !== 'slow') throw new CardDeclinedError(`the card ${card} was declined`);
  return { receipt: ctx.idempotencyKey, attempts: ctx.attempt };
});

/** Charges a card: after 2, 4, 8 and 16 seconds again if the bank does not answer, and not again if it declines. */
export const pay: OrchestratorDefinition<'pay', Charge, Receipt> = defineOrchestrator('pay', async (ctx, input): Promise<Receipt> => {
  try {
    return await ctx.callActivity(charge, input, {
      retry: {
        maxAttempts: 5,
        firstRetryInterval: '2s',
        backoffCoefficient: 2,
        maxRetryInterval: '1m',
        retryTimeout: '10m',
        handleFailure: (failure) => !failure.is(CardDeclinedError),
      },
    });
  } catch (error) {
    if (error instanceof TaskFailedError && error.details.is(CardDeclinedError)) return { receipt: null, attempts: error.attempt };
    throw error;
  }
});

/** The same with a function that decides: three attempts, ten seconds apart. */
export const payPatiently: OrchestratorDefinition<'payPatiently', Charge, Receipt> = defineOrchestrator(
  'payPatiently',
  async (ctx, input) => await ctx.callActivity(charge, input, { retry: ({ attempt }) => attempt < 3 && '10s' }),
);
