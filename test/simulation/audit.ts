/** Compares what the engine's own fold and its cache hold with what the judge holds. */
import { decodeHistory, isInstanceFact, keyOf, type Fact } from '../../schemas/index.ts';
import { emptyPartition, evolve, foldRecord, progressOf, type InstanceState } from '../../engine/core/index.ts';
import type { TopicRecord } from '../../engine/log/memory/index.ts';
import { createPartitionCache, type Store } from '../../engine/state/index.ts';
import { sumOf } from './instance-judge.ts';
import type { PartitionJudge } from './partition-judge.ts';
import { textOf } from './witness.ts';

type Accuse = (fault: string) => void;

/** The engine's fold of `records` holds what the judge holds. */
export function auditLog(what: string, records: readonly TopicRecord[], judge: PartitionJudge, accuse: Accuse): void {
  const state = emptyPartition();
  const kept = new Set<string>();
  const instances = new Map<string, InstanceState>();
  const sink = {
    closed: ({ key, body }: { key: string; body: Parameters<typeof isInstanceFact>[0] }): void => {
      kept.add(key);
      if (!isInstanceFact(body)) return;
      const next = evolve(instances.get(body.instanceId), body);
      if (next !== undefined) instances.set(body.instanceId, next);
    },
    removed: (key: string): void => void kept.delete(key),
    voided: (): void => undefined,
  };
  for (const { offset, key, value } of records)
    foldRecord(state, { offset, key: key ?? '', bytes: value, record: value === null ? null : decodeHistory(value) }, sink);
  const compare = comparer(what, accuse);
  compare('writer', `${String(state.epoch)}/${state.claimant}/${String(state.commit)}`, writerOf(judge));
  compare('marks', textOf(progressOf(state.marks, 0)), textOf(judge.marks));
  compare('facts', [...kept].sort().join('\n'), [...judge.kept].sort().join('\n'));
  compare('void facts', [...state.voidKeys].sort().join('\n'), [...judge.voids.keys()].sort().join('\n'));
  compare('open facts', String(state.open.length), '0');
  compare('strangers', String(state.strangers), '0');
  for (const [id, facts] of judge.instances) compare(id, textOfState(instances.get(id)), textOfFacts(facts));
}

/** What a store holds is what the judge holds. */
export async function auditCache(what: string, store: Store, judge: PartitionJudge, accuse: Accuse): Promise<void> {
  const cache = createPartitionCache(store);
  const compare = comparer(what, accuse);
  const header = await cache.header();
  if (header === undefined) {
    accuse(`${what} is empty`);
    return;
  }
  const { state } = header;
  compare('writer', `${String(state.epoch)}/${state.claimant}/${String(state.commit)}`, writerOf(judge));
  compare('marks', textOf(progressOf(state.marks, 0)), textOf(judge.marks));
  compare('void facts', [...state.voidKeys].sort().join('\n'), [...judge.voids.keys()].sort().join('\n'));
  const kept: string[] = [];
  for await (const { epoch, claimant, body } of cache.outbound()) kept.push(`${keyText(body)}/${String(epoch)}/${claimant}`);
  for await (const { epoch, claimant, body } of cache.answers(0)) kept.push(`${keyText(body)}/${String(epoch)}/${claimant}`);
  const expected = [...judge.facts.values()].filter(({ key, body }) => judge.kept.has(key) && !isInstanceFact(body));
  compare(
    'messages and answers',
    kept.sort().join('\n'),
    expected
      .map(({ key }) => key)
      .sort()
      .join('\n'),
  );
  const tasks: string[] = [];
  for await (const { instanceId, seq } of cache.openTasks()) tasks.push(`${instanceId} ${String(seq)}`);
  const unfed: string[] = [];
  for await (const id of cache.unfedInstances()) unfed.push(id);
  const sums = [...judge.instances].map(([id, facts]) => ({ id, ...sumOf(facts) }));
  compare(
    'open tasks',
    tasks.sort().join(),
    sums
      .flatMap(({ id, open }) => open.map((seq) => `${id} ${String(seq)}`))
      .sort()
      .join(),
  );
  compare(
    'unfed',
    unfed.sort().join(),
    sums
      .flatMap((sum) => (sum.unfed.length > 0 ? [sum.id] : []))
      .sort()
      .join(),
  );
  for (const facts of judge.instances.values()) {
    const [started] = facts;
    if (started === undefined) continue;
    const { instanceId, executionId } = started;
    const state = (await cache.instances([instanceId])).get(instanceId);
    compare(instanceId, textOfState(state), textOfFacts(facts));
    const rows = await cache.facts(instanceId, executionId, 1);
    compare(`history of ${instanceId}`, JSON.stringify(rows), JSON.stringify(facts));
  }
}

function comparer(what: string, accuse: Accuse): (part: string, actual: string, expected: string) => void {
  return (part, actual, expected) => {
    if (actual !== expected) accuse(`${what} has other ${part}: ${brief(actual)}, the judge: ${brief(expected)}`);
  };
}

const brief = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}…` : text);

function writerOf(judge: PartitionJudge): string {
  return `${String(judge.epoch)}/${judge.claimant}/${String(judge.commit)}`;
}

function textOfState(state: InstanceState | undefined): string {
  if (state === undefined) return 'absent';
  const open = state.life.status === 'Completed' || state.life.status === 'Failed' ? [] : [...state.openTasks.keys()];
  return JSON.stringify([state.lastSeq, state.life.status, state.unfed.map(({ seq }) => seq), open]);
}

function textOfFacts(facts: readonly Fact[]): string {
  const { lastSeq, status, unfed, open } = sumOf(facts);
  return JSON.stringify([lastSeq, status, unfed, open]);
}

/** The log key of a fact of the partition, less its writer. */
function keyText(body: Parameters<typeof keyOf>[0]['body']): string {
  return keyOf({ epoch: 0, claimant: '' as never, commit: 0, body }).replace(/\/0\/$/, '');
}
