import { describe, expect, test } from 'vitest';
import { runBatch } from './batch.ts';
import { knownSeeds } from './known-seeds.ts';
import { hunt } from './mutants.ts';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';
import { run, stepsDefault } from './run.ts';

/** A few seconds: the 2,000 seeds of the proof stand in `proof.test.ts`. */
const seeds = 100;
/** Never run by the other batches. */
const from = 1_000_000;

const named = (name: string): Mutation => {
  const found = mutations.find((mutation) => mutation.name === name);
  if (found === undefined) throw new Error(`there is no mutation '${name}'`);
  return found;
};

describe('the simulation', () => {
  test(`finds no violation in ${String(seeds)} seeds`, async () => {
    const { failed } = await runBatch({ from, seeds, steps: stepsDefault });
    expect(failed.map(({ seed, step, violations }) => ({ seed, step, violations }))).toEqual([]);
  });

  test.each(knownSeeds)('finds no violation in seed $seed: $why', async ({ seed }) => {
    expect((await run(seed, stepsDefault)).violations).toEqual([]);
  });

  test('runs a seed twice exactly alike, and two seeds differently', async () => {
    const [first, again, other] = [await run(7, stepsDefault), await run(7, stepsDefault), await run(8, stepsDefault)];
    expect(again).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });

  test.each(['the gap is not read', 'Progress has one slot'])('catches the mutant: %s', async (name) => {
    expect(await hunt(named(name), '200')).toMatchObject({ kind: 'caught' });
  });

  test('fails loudly when the text a mutant replaces is gone', async () => {
    const rotten: Mutation = { name: 'rotten', rule: 'none', edits: [{ file: 'schemas/keys.ts', find: 'no such text', replace: '' }] };
    expect(await hunt(rotten, '1')).toMatchObject({ kind: 'failed' });
  });
});
