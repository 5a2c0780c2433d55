/** What a flow came to, in a form that two runs of it can be compared in, and what must be true of any run. */
import { rangesOf } from '../../engine/core/index.ts';
import { factRole, type Fact } from '../../schemas/index.ts';
import type { OrchestrationState } from '../../sdk/client/index.ts';
import type { RecordedHistory, TestEnvironment } from '../../sdk/testing/index.ts';
import { factsOf } from './facts.ts';

/** An execution's id is new in every run. */
const executionIds = /[0-9a-f]{32}/g;

/** The end of every instance with what it did, by its id. The order in which parallel work was done may differ, and does not count. */
export async function outcomeOf(env: TestEnvironment): Promise<Readonly<Record<string, unknown>>> {
  const outcome: [string, unknown][] = [];
  for (const instanceId of env.instanceIds) {
    const state = await env.client.getOrchestrationState(instanceId);
    const executions = env.histories(instanceId).map(({ facts }) => facts.flatMap(stepOf).sort());
    outcome.push([instanceId, { ...toldOf(state), executions }]);
  }
  const text = JSON.stringify(Object.fromEntries(outcome.sort(([a], [b]) => (a < b ? -1 : 1))));
  return JSON.parse(text.replaceAll(executionIds, '<execution>')) as Readonly<Record<string, unknown>>;
}

/** Without what depends on how inputs fell into turns. */
function toldOf(state: OrchestrationState | undefined): object {
  return { ...state, executionId: '', historyLength: 0, lastUpdatedAt: '' };
}

/** What an action did. Ids of tasks follow the order of parallel results. */
function stepOf(fact: Fact): string[] {
  if (factRole(fact.kind) !== 'action') return [];
  const name = 'name' in fact ? fact.name : '';
  return [`${fact.kind} ${name}`];
}

/** Every way in which something happened twice, or to nobody; none in a right run. */
export function repetitionsIn(instanceId: string, histories: readonly RecordedHistory[]): readonly string[] {
  const faults: string[] = [];
  const accuse = (what: string): void => void faults.push(`${instanceId}: ${what}`);
  const taken = factsOf(histories, 'TurnStarted').flatMap(({ eventsTaken }) =>
    eventsTaken.flatMap(({ from, through }) => Array.from({ length: through - from + 1 }, (_, at) => from + at)),
  );
  if (new Set(taken).size !== taken.length) accuse(`events were taken twice: ${taken.join(', ')}`);
  const raised = new Set(factsOf(histories, 'EventRaised').map(({ number }) => number));
  for (const number of taken) if (!raised.has(number)) accuse(`event ${String(number)} was taken and never came in`);
  for (const { facts } of histories) {
    const scheduled = new Set(facts.filter(({ kind }) => kind.endsWith('Scheduled') || kind === 'TimerCreated').map(({ seq }) => seq));
    const answered = facts.flatMap((fact) => ('scheduledSeq' in fact && factRole(fact.kind) === 'input' ? [fact.scheduledSeq] : []));
    if (new Set(answered).size !== answered.length) accuse(`a step has two results: ${answered.join(', ')}`);
    for (const seq of answered) if (!scheduled.has(seq)) accuse(`a result came for event ${String(seq)}, which scheduled nothing`);
    const seqs = rangesOf(facts.map(({ seq }) => seq));
    if (seqs.length !== 1) accuse(`its events are not numbered without a gap: ${JSON.stringify(seqs)}`);
  }
  return faults;
}
