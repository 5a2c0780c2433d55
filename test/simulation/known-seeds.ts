/**
 * Seeds that have caught a fault, each in the real code or in a mutant that needs a rare schedule. A seed stands for one run only as long as
 * the driver draws the same chances in the same order: whoever changes the driver looks up new ones with `npm run simulate:mutants`.
 */
export interface KnownSeed {
  readonly seed: number;
  readonly why: string;
}

export const knownSeeds: readonly KnownSeed[] = [
  { seed: 14, why: 'an event that waited was lost when its instance was suspended before the first turn of a generation' },
  { seed: 44, why: 'the tombstone of a void event took the one that counts out of the cache' },
  { seed: 46, why: 'a frozen owner found its commands trimmed by the next one and stopped the partition for good' },
  { seed: 640, why: 'a reader in flight at the end of a tenure was told that the cache is closed, and not to try again' },
  { seed: 296, why: 'an owner that slept in the middle of a read went on with facts whose tombstones were gone by then' },
  { seed: 1198, why: 'mutant: a cache stamped when it is saved passes for fresh after a sleep between ack and save' },
  { seed: 58, why: 'mutant: with one claimant id a process, a late claim of its own wins' },
  { seed: 12, why: 'mutant: a split commit is abandoned half-way and its number used again' },
  { seed: 6, why: 'mutant: a cache past its open facts loses them when their commit is closed' },
];
