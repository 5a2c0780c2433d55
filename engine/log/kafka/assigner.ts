/**
 * Which member owns which partition: balanced to within one, and everybody keeps as much of what they have as that allows.
 *
 * Two members may say that they own the same partition, when one of them slept through a rebalance; the one that was in the newer
 * generation is right.
 */
export interface Candidate {
  readonly id: string;
  readonly owned: readonly number[];
  /** The group generation in which it owned them; -1 for a new member. */
  readonly generation: number;
}

export function assignPartitions(candidates: readonly Candidate[], partitions: number): Map<string, number[]> {
  const members = [...candidates]
    .sort(byId)
    .map((candidate) => ({ id: candidate.id, kept: rightfully(candidate, candidates, partitions) }));
  // Whoever has most is allowed the larger shares first: that moves the fewest.
  const bySize = [...members].sort((a, b) => b.kept.length - a.kept.length);
  const share = Math.floor(partitions / members.length);
  const larger = partitions % members.length;
  const result = new Map(bySize.map(({ id, kept }, rank) => [id, kept.slice(0, share + (rank < larger ? 1 : 0))]));
  const taken = new Set([...result.values()].flat());
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !taken.has(partition));
  bySize.forEach(({ id }, rank) => {
    const got = result.get(id) ?? [];
    got.push(...free.splice(0, share + (rank < larger ? 1 : 0) - got.length));
    got.sort((a, b) => a - b);
  });
  return result;
}

/** What `candidate` says it owns, without what another owns with better right. */
function rightfully(candidate: Candidate, all: readonly Candidate[], partitions: number): number[] {
  const valid = [...new Set(candidate.owned)].filter(
    (partition) => Number.isInteger(partition) && partition >= 0 && partition < partitions,
  );
  return valid.filter(
    (partition) => !all.some((other) => other !== candidate && other.owned.includes(partition) && outranks(other, candidate)),
  );
}

function outranks(a: Candidate, b: Candidate): boolean {
  return a.generation === b.generation ? a.id < b.id : a.generation > b.generation;
}

const byId = (a: Candidate, b: Candidate): number => (a.id < b.id ? -1 : 1);
