/**
 * Each flow runs once undisturbed; then once for every commit of it, with the worker killed there: before the write, and after it with the
 * ack lost; with the cache that is left, and without.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { createTestEnvironment, type CrashOptions, type TestEnvironment } from '../../sdk/testing/index.ts';
import { code, flows, type Flow } from '../replay/flows.ts';
import { outcomeOf, repetitionsIn } from './outcome.ts';
import type { Room } from './rooms.ts';

/** On a busy machine a flow takes a second or two each time. */
const flowTimeoutMs = 300_000;

/** One result a commit: parallel work then has more commits to die at. */
const matrixRoom = { activitiesRunningMax: 1 };

const variants: readonly Omit<CrashOptions, 'at'>[] = [
  { ack: 'never-sent', cache: 'kept' },
  { ack: 'lost', cache: 'kept' },
  { ack: 'never-sent', cache: 'deleted' },
  { ack: 'lost', cache: 'deleted' },
];

const kills: { readonly flow: string; readonly commits: number; readonly kills: number }[] = [];

describe('crash matrix', () => {
  test.for(flows)('[E2, C1, M1, O1] $name: killed at every commit, it comes to the same', { timeout: flowTimeoutMs }, async (flow) => {
    const undisturbed = await run(flow, matrixRoom);
    let killed = 0;
    for (let commit = 1; commit <= undisturbed.commits; commit++)
      for (const variant of variants) {
        const { outcome, crashed } = await run(flow, matrixRoom, { at: commit, ...variant });
        expect({ commit, ...variant, outcome }).toEqual({ commit, ...variant, outcome: undisturbed.outcome });
        if (crashed) killed++;
      }
    expect(killed).toBe(undisturbed.commits * variants.length);
    kills.push({ flow: flow.name, commits: undisturbed.commits, kills: killed });
  });
});

describe('what must change nothing', () => {
  const settings = [
    ['room for one hot run and one state', { hotRunsMax: 1, hotInstancesMax: 1 }],
    ['no hot run at all', { hotRunsMax: 0 }],
    ['every message twice', { deliverTwice: true }],
    ['one activity at a time', { activitiesRunningMax: 1 }],
  ] as const;
  const cases = flows.flatMap((flow) => settings.map(([name, setting]) => ({ name: `${flow.name}: ${name}`, flow, setting })));

  test.for(cases)('[E2, C1, M1, O1] $name', async ({ flow, setting }) => {
    const [plain, changed] = [await run(flow, {}), await run(flow, setting)];
    expect(changed.outcome).toEqual(plain.outcome);
  });
});

interface Run {
  readonly commits: number;
  readonly crashed: boolean;
  readonly outcome: Readonly<Record<string, unknown>>;
}

async function run(flow: Flow, settings: Room['settings'], crash?: CrashOptions): Promise<Run> {
  const env: TestEnvironment = await createTestEnvironment({ ...code, log: 'embedded', partitions: 2, ...settings });
  try {
    const crashed = crash === undefined ? Promise.resolve(false) : env.crash(crash);
    await flow.drive(env);
    await env.settled();
    const outcome = await outcomeOf(env);
    expect(env.instanceIds.flatMap((instanceId) => repetitionsIn(instanceId, env.histories(instanceId)))).toEqual([]);
    const { commits } = env;
    await env.stop();
    return { commits, crashed: await crashed, outcome };
  } finally {
    await env.stop();
  }
}

afterAll(() => {
  const lines = kills.map(({ flow, commits, kills: killed }) => `  ${flow}: ${String(commits)} commits, ${String(killed)} kills`);
  process.stdout.write(`crash matrix\n${lines.join('\n')}\n  in all: ${String(kills.reduce((sum, one) => sum + one.kills, 0))} kills\n`);
});
