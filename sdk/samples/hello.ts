/** A sequence: each call waits for the one before. */
import { defineActivity, defineOrchestrator, type ActivityDefinition, type OrchestratorDefinition } from '../define/index.ts';

export const hello: ActivityDefinition<'hello', string, string> = defineActivity('hello', (_ctx, city: string) => `Hello ${city}!`);

/** Greets three cities, one after the other. */
export const helloSequence: OrchestratorDefinition<'helloSequence', void, string[]> = defineOrchestrator('helloSequence', async (ctx) => {
  const greetings: string[] = [];
  for (const city of ['Tokyo', 'Seattle', 'London']) greetings.push(await ctx.callActivity(hello, city));
  return greetings;
});
