/** Small orchestrations that can be steered from outside, for the tests of client and command line. */
import {
  defineActivity,
  defineOrchestrator,
  type ActivityToRegister,
  type OrchestratorDefinition,
  type OrchestratorToRegister,
} from '../../../sdk/index.ts';

/** Waits for `go` and returns its input and what came with the event. */
export const listener: OrchestratorDefinition<'listener', unknown, unknown[]> = defineOrchestrator(
  'listener',
  async (ctx, input: unknown): Promise<unknown[]> => {
    ctx.setCustomStatus({ waitingFor: 'go' });
    const data = await ctx.waitForExternalEvent('go');
    return data === undefined ? [input] : [input, data];
  },
);

/** Calls a listener `<own id>/child` and returns what it returned. */
export const mother: OrchestratorDefinition<'mother', unknown> = defineOrchestrator(
  'mother',
  async (ctx, input: unknown): Promise<unknown> =>
    await ctx.callSubOrchestrator(listener, input, { instanceId: `${ctx.instanceId}/child`, tags: { of: 'mother' } }),
);

/** Adds up what `add` brings, a generation an event, until `stop`. */
export const counter: OrchestratorDefinition<'counter', number, number> = defineOrchestrator(
  'counter',
  async (ctx, sum: number): Promise<number> => {
    const next = await ctx.whenAny({ add: ctx.waitForExternalEvent<number>('add'), stop: ctx.waitForExternalEvent('stop') });
    return next.winner === 'stop' ? sum : ctx.continueAsNew(sum + next.value);
  },
);

const tidyUp = defineActivity('tidyUp', (_ctx, what: string): string => `tidied ${what}`);

/** Waits for what never comes; asked to end, it tidies up and says so. */
export const tidy: OrchestratorDefinition<'tidy', string, string> = defineOrchestrator(
  'tidy',
  async (ctx, what: string): Promise<string> => {
    let tidied = '';
    try {
      await ctx.waitForExternalEvent('never');
    } catch {
      tidied = await ctx.callActivity(tidyUp, what);
    }
    return tidied;
  },
);

/** Uses everything that leaves its own kind of event in the history. */
export const talkative: OrchestratorDefinition<'talkative', void, string> = defineOrchestrator(
  'talkative',
  async (ctx): Promise<string> => {
    ctx.setCustomStatus('talking');
    ctx.patched('louder');
    await ctx.createTimer(1);
    const lost = ctx.createTimer('400d');
    await ctx.callActivity(tidyUp, 'the room');
    lost.cancel();
    ctx.startOrchestration('listener', 1, { instanceId: `${ctx.instanceId}/free` });
    ctx.sendEvent(`${ctx.instanceId}/nobody`, 'hello', 1);
    return await ctx.callActivity(tidyUp, 'the house');
  },
);

export const modelPrograms: { readonly orchestrators: OrchestratorToRegister[]; readonly activities: ActivityToRegister[] } = {
  orchestrators: [listener, mother, counter, tidy, talkative],
  activities: [tidyUp],
};
