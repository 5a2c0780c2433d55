/** A monitor: it looks again and again, less and less often, and may run for years, because every round begins a fresh history. */
import {
  defineActivity,
  defineEvent,
  defineOrchestrator,
  type ActivityDefinition,
  type ExternalEvent,
  type OrchestratorDefinition,
} from '../index.ts';

export interface Watch {
  readonly job: string;
  /** The rounds before this one. Default 0. */
  readonly rounds?: number;
  /** Until the next look. Default 1 minute; it doubles every round, up to an hour. */
  readonly waitMinutes?: number;
}

export interface Look {
  readonly job: string;
  readonly rounds: number;
}

/** Ends the monitor before the job ends. */
export const stopWatching: ExternalEvent<'stopWatching', undefined> = defineEvent<undefined>()('stopWatching');

/** Stands for a question to another system. A job is called `<name>:<rounds it takes>`; one without a number never ends. */
export const lookAtJob: ActivityDefinition<'lookAtJob', Look, 'running' | 'done'> = defineActivity('lookAtJob', (_ctx, { job, rounds }) =>
  rounds >= Number(job.split(':')[1] ?? Infinity) ? 'done' : 'running',
);

export const monitor: OrchestratorDefinition<'monitor', Watch, string> = defineOrchestrator(
  'monitor',
  async (ctx, watch): Promise<string> => {
    const { job, rounds = 0, waitMinutes = 1 } = watch;
    if ((await ctx.callActivity(lookAtJob, { job, rounds })) === 'done') return `done after ${String(rounds)} rounds`;
    const next = await ctx.whenAny({ look: ctx.createTimer({ minutes: waitMinutes }), stop: ctx.waitForExternalEvent(stopWatching) });
    if (next.winner === 'stop') return `stopped after ${String(rounds)} rounds`;
    return ctx.continueAsNew({ job, rounds: rounds + 1, waitMinutes: Math.min(2 * waitMinutes, 60) });
  },
);
