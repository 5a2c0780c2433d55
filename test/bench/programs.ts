/** The work of the work list. Activities do nothing, so that what is measured is the engine. */
import {
  defineActivity,
  defineOrchestrator,
  type ActivityToRegister,
  type OrchestratorDefinition,
  type OrchestratorToRegister,
} from '../../sdk/index.ts';

const hello = defineActivity('hello', (_ctx, to: string) => `hello ${to}`);
const number = defineActivity('number', (_ctx, value: number) => value);

/** Three activities, each with the result of the one before. */
export const chain: OrchestratorDefinition<'chain', string, string> = defineOrchestrator(
  'chain',
  async (ctx, to: string): Promise<string> => {
    let text = to;
    for (let step = 0; step < 3; step++) text = await ctx.callActivity(hello, text);
    return text;
  },
);

/** So many activities at once; gives the sum of their results. */
export const fan: OrchestratorDefinition<'fan', number, number> = defineOrchestrator('fan', async (ctx, width: number): Promise<number> => {
  const values = await Promise.all(Array.from({ length: width }, (_, value) => ctx.callActivity(number, value)));
  return values.reduce((sum, value) => sum + value, 0);
});

/** So many activities one after the other; gives how many there were. */
export const sequence: OrchestratorDefinition<'sequence', number, number> = defineOrchestrator(
  'sequence',
  async (ctx, length: number): Promise<number> => {
    let done = 0;
    for (let step = 0; step < length; step++) {
      await ctx.callActivity(number, step);
      done++;
    }
    return done;
  },
);

export const orchestrators: readonly OrchestratorToRegister[] = [chain, fan, sequence];
export const activities: readonly ActivityToRegister[] = [hello, number];
