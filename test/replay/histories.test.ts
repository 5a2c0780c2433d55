/** Recorded histories are promises: today's code goes through every one of them, and a code that differs is told where. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { factRole } from '../../schemas/index.ts';
import { defineOrchestrator, type OrchestratorToRegister } from '../../sdk/index.ts';
import { hello, helloSequence } from '../../sdk/samples/index.ts';
import { NonDeterminismError, ReplayError, replayHistory, type RecordedHistory } from '../../sdk/testing/index.ts';
import { code, flows } from './flows.ts';

type Recorded = Readonly<Record<string, readonly RecordedHistory[]>>;

const folder = fileURLToPath(new URL('histories', import.meta.url));
const files = readdirSync(folder).map((name) => name.replace(/\.json$/, ''));
const recordedIn = (file: string): Recorded => JSON.parse(readFileSync(`${folder}/${file}.json`, 'utf8')) as Recorded;

const executions = files.flatMap((file) =>
  Object.entries(recordedIn(file)).flatMap(([instanceId, histories]) =>
    histories.map((history, at) => ({ title: `${file}: ${instanceId}, generation ${String(at + 1)}`, history })),
  ),
);

describe('recorded histories', () => {
  test.for(executions)('[D1] $title replays', async ({ history }) => {
    await replayHistory(orchestratorOf(history), history);
  });

  test.for(executions)('[D1] $title replays from every prefix', async ({ history }) => {
    for (const length of wholeTurns(history))
      await replayHistory(orchestratorOf(history), { ...history, facts: history.facts.slice(0, length) });
  });

  test('there is one of every flow', () => {
    expect(files.toSorted()).toEqual(flows.map(({ name }) => name).toSorted());
  });

  test('[D1] leaving out any action of any of them is found, and so is one more', async () => {
    let found = 0;
    for (const { history } of executions) {
      const orchestrator = orchestratorOf(history);
      for (const at of changeableActions(history)) {
        const facts = history.facts.filter((_, place) => place !== at).map((fact, place) => ({ ...fact, seq: place + 1 }));
        await expect(replayHistory(orchestrator, { ...history, facts })).rejects.toThrow(NonDeterminismError);
        found++;
      }
    }
    expect(found).toBeGreaterThan(100);
  });
});

describe('replayHistory', () => {
  const [history] = recordedIn('chaining')['chain'] ?? [];
  if (history === undefined) throw new Error('the history of the chain is missing');
  const changed = (fn: Parameters<typeof defineOrchestrator<'helloSequence', undefined, unknown>>[1]): OrchestratorToRegister =>
    defineOrchestrator('helloSequence', fn);

  test('[D1] tells step, expected and actual', async () => {
    const other = changed(async (ctx) => await ctx.callActivity('good bye', 'Tokyo'));
    await expect(replayHistory(other, history)).rejects.toMatchObject({
      name: 'NonDeterminismError',
      step: 3,
      expected: 'callActivity "hello" (task 1)',
      actual: 'callActivity "good bye" (task 1)',
    });
  });

  test('[D1] finds what is missing at the end', async () => {
    const shorter = changed(async (ctx) => await ctx.callActivity(hello, 'Tokyo'));
    await expect(replayHistory(shorter, history)).rejects.toMatchObject({ step: 6, actual: 'the return' });
  });

  test('[A5] a foreign await is an error of its own', async () => {
    const foreign = changed(async () => {
      await new Promise(() => undefined);
    });
    const replay = replayHistory(foreign, history);
    await expect(replay).rejects.toThrow(ReplayError);
    await expect(replay).rejects.toMatchObject({ code: 'NonDurableAwaitError' });
  });

  test("refuses another orchestrator's history, and what is none", async () => {
    await expect(replayHistory(changedName(), history)).rejects.toThrow("of orchestrator 'helloSequence', not of 'other'");
    await expect(replayHistory(helloSequence, { ...history, facts: history.facts.slice(1) })).rejects.toThrow(TypeError);
    await expect(replayHistory(helloSequence, { ...history, facts: history.facts.toSpliced(2, 1) })).rejects.toThrow('event 3');
    await expect(replayHistory(helloSequence, JSON.parse('{"format":2,"carried":[],"facts":[]}') as RecordedHistory)).rejects.toThrow(
      'format 2',
    );
  });
});

function changedName(): OrchestratorToRegister {
  return defineOrchestrator('other', () => Promise.resolve());
}

function orchestratorOf({ facts }: RecordedHistory): OrchestratorToRegister {
  const [started] = facts;
  const name = started?.kind === 'InstanceStarted' ? started.name : '';
  const found = code.orchestrators.find((orchestrator) => orchestrator.name === name);
  if (found === undefined) throw new Error(`no flow has an orchestrator '${name}'`);
  return found;
}

/** The lengths of the prefixes that do not end in the middle of a turn. */
function wholeTurns({ facts }: RecordedHistory): readonly number[] {
  const inTurn = (at: number): boolean => facts[at] !== undefined && factRole(facts[at].kind) === 'action';
  return facts.map((_, at) => at + 1).filter((length) => !inTurn(length));
}

/** The places of actions that a replay compares, and without which the rest is still numbered right by references. */
function changeableActions({ facts }: RecordedHistory): readonly number[] {
  const compared = ['TaskScheduled', 'TimerCreated', 'ChildScheduled', 'EventSent', 'StartSent', 'InstanceCompleted', 'ContinuedAsNew'];
  return facts.flatMap(({ kind }, at) => (compared.includes(kind) ? [at] : []));
}
