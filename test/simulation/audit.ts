/** Compares what the engine's own fold and its cache hold with what the judge holds. */
import { decodeHistory, isInstanceFact, keyOf, type Fact, type InstanceId } from '../../schemas/index.ts';
import { emptyPartition, evolve, foldRecord, isTerminal, progressOf, type InstanceState } from '../../engine/core/index.ts';
import type { TopicRecord } from '../../engine/log/memory/index.ts';
import { createPartitionCache, type PartitionCache, type Store } from '../../engine/state/index.ts';
import { eventIdsOf, isOver, isReady, numbersOf, rangesText, type Life, type OpenTask } from './life.ts';
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
      const next = evolvedWhole(instances.get(body.instanceId), body);
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
  for (const id of judge.instances.keys()) compare(id, textOfState(instances.get(id)), textOfLife(judge.lifeOf(id)));
}

/** What sweeping has left holes in changes nothing, and tells its follower nothing. */
function evolvedWhole(before: InstanceState | undefined, fact: Fact): InstanceState | undefined {
  if (fact.kind === 'InstanceStarted') return evolve(before?.life.status === 'ContinuedAsNew' ? before : undefined, fact);
  return before?.executionId === fact.executionId && before.lastSeq + 1 === fact.seq ? evolve(before, fact) : before;
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
  await compareRows(cache, judge, compare);
  for (const id of judge.instances.keys()) await compareInstance(cache, judge, id as InstanceId, compare);
}

type Compare = (part: string, actual: string, expected: string) => void;

/** What is open, due or ready. */
async function compareRows(cache: PartitionCache, judge: PartitionJudge, compare: Compare): Promise<void> {
  const tasks: string[] = [];
  for await (const { instanceId, executionId, seq, kind } of cache.openTasks())
    tasks.push(`${instanceId} ${executionId} ${String(seq)} ${kind}`);
  const timers: string[] = [];
  for await (const { instanceId, executionId, seq, fireAtMs } of cache.dueTimers(0, Infinity, Infinity))
    timers.push(`${instanceId} ${executionId} ${String(seq)} ${String(fireAtMs)}`);
  const ready: string[] = [];
  for await (const id of cache.unfedInstances()) ready.push(id);
  const ended: string[] = [];
  for await (const { executionId } of cache.endedExecutions(Infinity)) ended.push(executionId);
  const lives = [...judge.instances.keys()].flatMap((id) => judge.lifeOf(id) ?? []);
  const open = lives.flatMap((life) => [...life.open].map(([seq, task]) => ({ name: `${nameOf(life)} ${String(seq)}`, task })));
  const pending = open.flatMap(({ name, task }) => (task.fireAtMs === undefined ? [] : [`${name} ${String(task.fireAtMs)}`]));
  const scheduled = lives.flatMap((life) =>
    life.startAtMs === null || isOver(life) ? [] : [`${nameOf(life)} 0 ${String(life.startAtMs)}`],
  );
  const sorted = (texts: readonly string[]): string => [...texts].sort().join();
  compare('open tasks', sorted(tasks), sorted(open.map(({ name, task }) => `${name} ${task.kind}`)));
  compare('timers', sorted(timers), sorted([...pending, ...scheduled]));
  compare('ready', sorted(ready), sorted(lives.flatMap((life) => (isReady(life) ? [life.started.instanceId] : []))));
  compare('ended executions', sorted(ended), '');
}

async function compareInstance(cache: PartitionCache, judge: PartitionJudge, id: InstanceId, compare: Compare): Promise<void> {
  const life = judge.lifeOf(id);
  if (life === undefined) return;
  const state = (await cache.instances([id])).get(id);
  compare(id, textOfState(state), textOfLife(life));
  compare(`event ids of ${id}`, [...(state?.eventIds.keys() ?? [])].join(), eventIdsOf(life).join());
  const rows = await cache.facts(id, life.started.executionId, 1);
  compare(`history of ${id}`, JSON.stringify(rows), JSON.stringify(life.facts));
  const events = await cache.events(id, state?.unread ?? []);
  compare(`unread events of ${id}`, JSON.stringify(events), JSON.stringify([...life.unread].map((number) => life.events.get(number))));
}

const nameOf = ({ started }: Life): string => `${started.instanceId} ${started.executionId}`;

function comparer(what: string, accuse: Accuse): Compare {
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
  const { executionId, lastSeq, life, suspended, cancelRequested, startAtMs, inboxNext, customStatus, unread, openTasks } = state;
  const own = state.unfed.filter((input) => input.executionId === executionId).map(({ seq }) => seq);
  const open = isTerminal(state) ? [] : [...openTasks].map(([seq, task]) => taskText(seq, task));
  const held = [suspended, cancelRequested, startAtMs, inboxNext, customStatus];
  return JSON.stringify([executionId, lastSeq, life.status, own, open, rangesText(numbersOf(unread)), held]);
}

function textOfLife(life: Life | undefined): string {
  if (life === undefined) return 'absent';
  const { started, facts, status, unfed, suspended, cancelRequested, startAtMs, inboxNext, customStatus, unread } = life;
  const open = [...life.open].map(([seq, task]) => taskText(seq, task));
  const held = [suspended, cancelRequested, startAtMs, inboxNext, customStatus];
  return JSON.stringify([started.executionId, facts.length, status, unfed, open, rangesText(unread), held]);
}

function taskText(seq: number, task: Pick<OpenTask, 'kind' | 'taskId'>): string {
  const { kind, taskId } = task;
  return [seq, kind, taskId, 'fireAtMs' in task ? task.fireAtMs : '', 'childInstanceId' in task ? task.childInstanceId : ''].join(' ');
}

/** The log key of a fact of the partition, less its writer. */
function keyText(body: Parameters<typeof keyOf>[0]['body']): string {
  return keyOf({ epoch: 0, claimant: '' as never, commit: 0, body }).replace(/\/0\/$/, '');
}
