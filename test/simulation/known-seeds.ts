/**
 * Seeds that have caught a fault, each in the real code or in a mutant that needs a rare schedule. A seed stands for one run only as long as
 * the driver draws the same chances in the same order: whoever changes the driver looks up new ones with `npm run simulate:mutants`.
 */
export interface KnownSeed {
  readonly seed: number;
  readonly why: string;
}

export const knownSeeds: readonly KnownSeed[] = [
  { seed: 1, why: 'a frozen owner found its commands trimmed by the next one and stopped the partition for good' },
  { seed: 216, why: 'a reader in flight at the end of a tenure was told that the cache is closed, and that it need not try again' },
  { seed: 382, why: 'an owner that slept in the middle of a read went on with facts whose tombstones were gone by then' },
  { seed: 474, why: 'mutant: a cache stamped when it is saved passes for fresh after a sleep between ack and save' },
  { seed: 149, why: 'mutant: one claimant id a process lets a late claim of its own win' },
  { seed: 40, why: 'mutant: a split commit is abandoned half-way and its number used again' },
  { seed: 42, why: 'mutant: a cache past its open facts loses them when the commit is closed' },
  { seed: 3093, why: 'an owner that believes it owned the partition all along, while another took it: must take it anew' },
];
