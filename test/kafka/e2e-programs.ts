/** What the worker processes of the end-to-end tests run. Every run of an activity is a line in a journal, so that tests can count runs. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  defineActivity,
  defineOrchestrator,
  TaskFailedError,
  type ActivityDefinition,
  type ActivityToRegister,
  type OrchestratorDefinition,
  type OrchestratorToRegister,
} from '../../sdk/index.ts';
import { modelActivities, modelOrchestrators } from './model-programs.ts';

export interface StepsInput {
  readonly seed: string;
  /** How long each step takes. */
  readonly delayMs: number;
}

export const stepsOfASequence: number = 5;

interface Step {
  readonly number: number;
  readonly trail: string;
  readonly delayMs: number;
}

const step = { kind: 'activity', name: 'step' } as ActivityDefinition<'step', Step, string>;

/** Five activities, each given what the one before returned: `<seed>12345`. */
export const sequence: OrchestratorDefinition<'sequence', StepsInput, string> = defineOrchestrator(
  'sequence',
  async (ctx, input: StepsInput) => {
    let trail = input.seed;
    for (let number = 1; number <= stepsOfASequence; number++)
      trail = await ctx.callActivity(step, { number, trail, delayMs: input.delayMs });
    return trail;
  },
);

/** Throws before it has done anything. */
export const throwing: OrchestratorDefinition<'throwing', void, never> = defineOrchestrator('throwing', async (ctx): Promise<never> => {
  await Promise.resolve();
  throw new RangeError(`${ctx.instanceId} is out of range`, { cause: new Error('the deeper reason') });
});

const failing = defineActivity('failing', (_ctx, text: string): string => {
  throw new TypeError(`cannot take ${text}`);
});

/** Lets an activity's failure through. */
export const letsThrough: OrchestratorDefinition<'letsThrough', void, string> = defineOrchestrator(
  'letsThrough',
  async (ctx) => await ctx.callActivity(failing, 'this'),
);

/** Catches an activity's failure, tells what it caught, and goes on. */
export const catches: OrchestratorDefinition<'catches', void, string[]> = defineOrchestrator('catches', async (ctx): Promise<string[]> => {
  try {
    return [await ctx.callActivity(failing, 'that')];
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    const after = await ctx.callActivity(step, { number: 1, trail: 'went on ', delayMs: 0 });
    return [error.details.errorType, error.details.message, after];
  }
});

const echo = defineActivity('echo', (_ctx, text: string): string => text);

/** Sends its input through an activity and back. */
export const echoing: OrchestratorDefinition<'echoing', string, string> = defineOrchestrator(
  'echoing',
  async (ctx, text: string) => await ctx.callActivity(echo, text),
);

const hold = defineActivity(
  'hold',
  (ctx): Promise<string> =>
    new Promise((resolve) =>
      ctx.signal.addEventListener('abort', () => {
        resolve('aborted');
      }),
    ),
);

/** Waits for an activity that never returns. */
export const holding: OrchestratorDefinition<'holding', void, string> = defineOrchestrator(
  'holding',
  async (ctx) => await ctx.callActivity(hold),
);

/** Registered only by workers that are told to. */
export const latecomer: OrchestratorDefinition<'latecomer', string, string> = defineOrchestrator(
  'latecomer',
  async (ctx, text: string) => await ctx.callActivity(echo, text),
);

export interface Programs {
  readonly orchestrators: OrchestratorToRegister[];
  readonly activities: ActivityToRegister[];
}

export function programs(journal: string, withLatecomer: boolean): Programs {
  const journaled = defineActivity('step', async (ctx, { number, trail, delayMs }: Step): Promise<string> => {
    appendFileSync(journal, `${ctx.instanceId} ${String(number)} ${String(process.pid)}\n`);
    await sleep(delayMs);
    return trail + String(number);
  });
  const orchestrators: OrchestratorToRegister[] = [sequence, throwing, letsThrough, catches, echoing, holding, ...modelOrchestrators];
  return {
    orchestrators: withLatecomer ? [...orchestrators, latecomer] : orchestrators,
    activities: [journaled, failing, echo, hold, ...modelActivities],
  };
}

export interface Run {
  readonly instanceId: string;
  readonly step: number;
  readonly pid: number;
}

/** All runs of steps so far, by every process that wrote this journal. */
export function runsIn(journal: string): Run[] {
  const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [instanceId = '', number, pid] = line.split(' ');
    return { instanceId, step: Number(number), pid: Number(pid) };
  });
}
