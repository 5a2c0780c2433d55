/** Sub-orchestrations: a part of the work is an orchestration itself, with a history, a status and retries of its own. */
import { defineActivity, defineOrchestrator, TaskFailedError, type ActivityDefinition, type OrchestratorDefinition } from '../index.ts';

export interface Region {
  readonly name: string;
  readonly towns: readonly string[];
}

export interface Census {
  readonly people: number;
  /** Regions that could not be counted, with the reason. */
  readonly missing: readonly string[];
}

/** Stands for a long count; a town has a hundred people for each letter of its name. */
export const countTown: ActivityDefinition<'countTown', string, number> = defineActivity('countTown', (_ctx, town) => {
  if (town === '') throw new Error('a town has a name');
  return 100 * town.length;
});

/** Counts the towns of a region, all at once. */
export const countRegion: OrchestratorDefinition<'countRegion', Region, number> = defineOrchestrator('countRegion', async (ctx, region) => {
  const counts = await ctx.whenAll(region.towns.map((town) => ctx.callActivity(countTown, town)));
  return counts.reduce((sum, count) => sum + count, 0);
});

/** Counts regions, all at once; one that fails does not keep the others from being counted. */
export const census: OrchestratorDefinition<'census', readonly Region[], Census> = defineOrchestrator(
  'census',
  async (ctx, regions): Promise<Census> => {
    const counts = await Promise.allSettled(regions.map((region) => ctx.callSubOrchestrator(countRegion, region)));
    const missing: string[] = [];
    let people = 0;
    counts.forEach((count, at) => {
      if (count.status === 'fulfilled') people += count.value;
      else
        missing.push(
          `${regions[at]?.name ?? ''}: ${count.reason instanceof TaskFailedError ? count.reason.details.message : String(count.reason)}`,
        );
    });
    return { people, missing };
  },
);
