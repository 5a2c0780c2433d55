import { describe, expect, test } from 'vitest';
import { runBatch } from './batch.ts';
import { faultKinds, noFaults } from './faults.ts';
import { hunt } from './mutants.ts';
import { mutations } from './mutations.ts';
import { stepsDefault } from './run.ts';

/** What is claimed of the protocol: two thousand random worlds without a violation, and each rule that is left out is missed. */

const batches = 8;
const seedsPerBatch = 250;

describe('two thousand seeds', () => {
  const seen = noFaults();

  test.each(Array.from({ length: batches }, (_, batch) => 1 + batch * seedsPerBatch))(
    'no violation from seed %i on',
    async (from) => {
      const { failed, faults } = await runBatch({ from, seeds: seedsPerBatch, steps: stepsDefault });
      for (const kind of faultKinds) seen[kind] += faults[kind];
      expect(failed.map(({ seed, step, violations }) => ({ seed, step, violations }))).toEqual([]);
    },
    120_000,
  );

  test('every kind of fault happened', () => {
    expect(faultKinds.filter((kind) => seen[kind] === 0)).toEqual([]);
  });
});

/** The rules that the product's claims rest on most; `npm run simulate:mutants` leaves out every other one too. */
const loadBearing = [
  'the claim is not read back',
  'every record counts',
  'an ack above the expected offset is believed',
  'no mark of what was received',
  'effects come before the ack',
  'the position is kept outside the commit',
  'nothing is sent again after a takeover',
  'tombstones go out with the commit that ends what they name',
  'a timer is fired early',
  'a result of an older execution is accepted',
  'what a generation was fed and did not read is lost',
  'an event that was read stays unread',
  "an execution's end is swept first",
];

describe('a rule left out of the real code is missed', () => {
  test.each(loadBearing)(
    '%s',
    async (name) => {
      const mutation = mutations.find((one) => one.name === name);
      if (mutation === undefined) throw new Error(`there is no mutation '${name}'`);
      expect(await hunt(mutation, '2000')).toMatchObject({ kind: 'caught' });
    },
    120_000,
  );
});
