/** A sequence: each call waits for the one before. */
import { defineActivity, defineOrchestrator } from '../define/index.ts';

export const hello = defineActivity('hello', (_ctx, city: string) => `Hello ${city}!`);

/** Greets three cities, one after the other. */
export const helloSequence = defineOrchestrator('helloSequence', async (ctx): Promise<string[]> => {
  const greetings: string[] = [];
  for (const city of ['Tokyo', 'Seattle', 'London']) greetings.push(await ctx.callActivity(hello, city));
  return greetings;
});
