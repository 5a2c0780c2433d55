/** A saga: each step has a step that undoes it; when one fails, what was done is undone, last first. */
import {
  defineActivity,
  defineOrchestrator,
  NonRetriableError,
  TaskFailedError,
  type ActivityDefinition,
  type OrchestratorDefinition,
} from '../index.ts';

export interface Trip {
  readonly to: string;
  /** What the sample finds fully booked. Default: nothing. */
  readonly full?: readonly string[];
}

export interface Booking {
  readonly what: string;
  readonly to: string;
}

export type TripOutcome =
  | { readonly kind: 'booked'; readonly bookings: readonly string[] }
  | { readonly kind: 'undone'; readonly reason: string; readonly undone: readonly string[] };

/** Stands for a reservation with somebody else; gives its number. */
export const book: ActivityDefinition<'book', Booking & { readonly full: readonly string[] }, string> = defineActivity(
  'book',
  (_ctx, { what, to, full }) => {
    if (full.includes(what)) throw new NonRetriableError(`no ${what} to ${to} is left`);
    return `${what}-${to}`;
  },
);

export const cancelBooking: ActivityDefinition<'cancelBooking', string, string> = defineActivity('cancelBooking', (_ctx, number) => number);

/** Books a flight, a hotel and a car, or nothing. */
export const bookTrip: OrchestratorDefinition<'bookTrip', Trip, TripOutcome> = defineOrchestrator(
  'bookTrip',
  async (ctx, { to, full = [] }): Promise<TripOutcome> => {
    const bookings: string[] = [];
    try {
      for (const what of ['flight', 'hotel', 'car']) bookings.push(await ctx.callActivity(book, { what, to, full }));
      return { kind: 'booked', bookings };
    } catch (error) {
      // Also when the orchestration was canceled: what is called from here on still works.
      const undone: string[] = [];
      for (const number of bookings.reverse())
        undone.push(await ctx.callActivity(cancelBooking, number, { retry: { maxAttempts: 10, firstRetryInterval: '30s' } }));
      if (error instanceof TaskFailedError) return { kind: 'undone', reason: error.details.message, undone };
      throw error;
    }
  },
);
