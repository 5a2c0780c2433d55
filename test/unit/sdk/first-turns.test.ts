import { expect, test } from 'vitest';
import { defineOrchestrator } from '../../../sdk/define/index.ts';
import { createProgram } from '../../../sdk/replay/index.ts';
import { outputOf, Recording } from './recording.ts';

/** Reads one item a generation, and ends with what the third finds. */
const counter = defineOrchestrator('o', async (ctx, seen: readonly number[]): Promise<readonly number[]> => {
  const value = await ctx.waitForExternalEvent<number>('item');
  return seen.length === 2 ? [...seen, value] : ctx.continueAsNew([...seen, value]);
});

/** Room for the runs and what they leave over, and room for nothing. */
test.each([10, 0])(
  '[C1] an event that waits is read after a suspension before the first turn, with room for %i runs',
  async (hotRunsMax) => {
    const session = createProgram({ orchestrators: [counter], hotRunsMax }).session();
    const one = new Recording({ name: 'o' }).started('[]').raised('item', '1').raised('item', '2');
    await one.turn(session);
    await one.suspendedAndResumed().raised('item', '3').turn(session);
    expect(outputOf(await one.suspendedAndResumed().turn(session))).toEqual([1, 2, 3]);
    // What a generation leaves over needs no reading.
    expect(one.pastReads).toBe(hotRunsMax === 0 ? 2 : 0);
  },
);

test('[S2] a suspension before its very first turn changes nothing, and nothing is read back for it', async () => {
  const session = createProgram({ orchestrators: [counter] }).session();
  const one = new Recording({ name: 'o' }).started('[7,8]').suspendedAndResumed().raised('item', '9');
  expect(outputOf(await one.turn(session))).toEqual([7, 8, 9]);
  expect(one.pastReads).toBe(0);
});
