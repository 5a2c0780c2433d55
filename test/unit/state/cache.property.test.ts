/** Whatever happens to instances, and however commits are gathered into batches, the cache gives back what the fold would. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../../schemas/index.ts';
import { asRead, commitsOf, folded, ids, moves } from './lives.ts';
import { eventRowsOf, openRowsOf, Owning } from './owning.ts';

const batches = fc.array(fc.record({ commits: fc.integer({ min: 1, max: 5 }), before: fc.constantFrom('stay', 'cold', 'reopen') }), {
  minLength: 1,
  maxLength: 20,
});

async function lived(commits: readonly (readonly Fact[])[], how: readonly { commits: number; before: string }[]): Promise<void> {
  const owning = await Owning.begin();
  const written: Fact[] = [];
  for (let at = 0, batch = 0; at < commits.length; batch++) {
    const { commits: size, before } = how[batch % how.length] ?? { commits: 1, before: 'stay' };
    if (before === 'reopen') await owning.reopen();
    if (before !== 'stay') await owning.goCold();
    const facts = commits.slice(at, at + size).flat();
    at += size;
    await owning.write(facts);
    written.push(...facts);

    const expected = folded(written);
    const found = await owning.cache.instances(ids);
    expect(found).toEqual(new Map([...expected].map(([id, state]) => [id, asRead(state)])));
    expect(await owning.rows('tTu')).toEqual(openRowsOf(expected.values()));
    expect(await owning.rows('xd')).toEqual(eventRowsOf(written));
  }
}

describe('the cache after random lives', () => {
  test('[L9] holds every instance as it is live, and no row of a task, timer or turn that is over', async () => {
    await fc.assert(
      fc.asyncProperty(moves, batches, (life, how) => lived(commitsOf(life, { partly: false }), how)),
      { numRuns: 150 },
    );
  });

  test('[L9] also when turns leave inputs for the next', async () => {
    await fc.assert(
      fc.asyncProperty(moves, batches, (life, how) => lived(commitsOf(life, { partly: true }), how)),
      { numRuns: 100 },
    );
  });

  test('the lives are not dull', () => {
    const kinds = new Set<string>();
    for (const life of fc.sample(moves, { numRuns: 300, seed: 4 }))
      for (const fact of commitsOf(life, { partly: false }).flat()) {
        kinds.add(fact.kind);
        if (fact.kind === 'InstanceStarted' && fact.generation > 1 && fact.carried.length > 0) kinds.add('carried');
        if (fact.kind === 'InstanceStarted' && fact.generation === 1 && fact.inboxNext > 1) kinds.add('replaced with events');
      }
    const wanted = [
      'TimerFired',
      'TimerCancelled',
      'TaskCancelled',
      'ChildCompleted',
      'StartDue',
      'InstanceCanceled',
      'InstanceTerminated',
    ];
    for (const kind of [...wanted, 'carried', 'replaced with events', 'InstanceResumed', 'ContinuedAsNew']) expect(kinds).toContain(kind);
  });
});
