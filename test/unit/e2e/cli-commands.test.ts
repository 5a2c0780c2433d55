import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../../sdk/cli/index.ts';
import { createWorker, type Worker } from '../../../sdk/worker/index.ts';
import { FakeTerminal } from '../cli/terminal.ts';
import { modelPrograms } from './model-programs.ts';

let dir = '';
let worker: Worker;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-commands-'));
  worker = await createWorker({ dataDir: dir, ...modelPrograms, api: { port: 0 }, log: 'silent' });
});

afterAll(async () => {
  await worker.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function perdure(...argv: string[]): Promise<Ran> {
  const terminal = new FakeTerminal({ env: { PERDURE_API: worker.apiUrl ?? '' } });
  const exit = await run(argv, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

/** The standard output of a command that did well. */
async function outputOf(...argv: string[]): Promise<string> {
  const ran = await perdure(...argv);
  expect(ran).toMatchObject({ exit: 0, stderr: '' });
  return ran.stdout;
}

test('[E4] start, raise and show: the event is read, a later one ignored, one to nobody an error', async () => {
  const argv = ['--id', 'a/1', '--input', '"Tokyo"', '--tag', 'team=blue', '--version', '', '--command-id', 'c-1'];
  expect(await outputOf('start', 'listener', ...argv)).toBe('started listener as a/1\n');
  expect(await outputOf('start', 'listener', ...argv)).toBe('started listener as a/1\n');
  await expect.poll(() => outputOf('show', 'a/1'), { timeout: 10_000 }).toMatch(/^status {5}Running\ncustom {5}\{"waitingFor":"go"\}$/m);
  expect(await outputOf('raise', 'a/1', 'GO', '--data', '{"n":1}', '--event-id', 'e-1')).toBe('delivered GO to a/1\n');
  await worker.client().waitForOrchestrationCompletion('a/1');
  expect(await outputOf('raise', 'a/1', 'go')).toBe('ignored: a/1 has ended\n');
  const shown = await outputOf('show', 'a/1');
  expect(shown).toMatch(/^tag {8}team=blue\ninput {6}"Tokyo"\noutput {5}\["Tokyo",\{"n":1\}\]$/m);
  const lost = await perdure('raise', 'nobody', 'go');
  expect(lost).toMatchObject({ exit: 1, stdout: '' });
  expect(lost.stderr).toMatch(/^error INSTANCE_NOT_FOUND: [^\n]+ Cure: [^\n]+\n$/);
});

test('[S2] suspend and resume tell what the instance is then', async () => {
  await outputOf('start', 'listener', '--id', 's');
  expect(await outputOf('suspend', 's', '--reason', 'lunch')).toBe('s is Suspended\n');
  expect(await outputOf('raise', 's', 'go', '--data', '0')).toBe('delivered go to s\n');
  expect(await outputOf('show', 's')).toContain('\nstatus     Suspended\n');
  expect(await outputOf('resume', 's', '--json')).toMatch(/^\{"instanceId":"s","runtimeStatus":"(Running|Pending|Completed)"\}\n$/);
  expect(await worker.client().getOrchestration('listener', 's').result()).toEqual([null, 0]);
  const lines = (await outputOf('history', 's')).split('\n');
  expect(lines.some((line) => /InstanceSuspended {2}\(lunch\)$/.test(line))).toBe(true);
  expect(lines.some((line) => /EventRaised {8}event 1: go\(0\) id /.test(line))).toBe(true);
  expect(lines.at(-2)).toMatch(/InstanceCompleted {2}= \[null,0\]$/);
});

test('[S3] terminate keeps its output and takes the children along, or not', async () => {
  for (const id of ['t1', 't2']) await outputOf('start', 'mother', '--id', id, '--input', '1');
  for (const id of ['t1/child', 't2/child'])
    await expect.poll(() => worker.client().getOrchestrationState(id), { timeout: 10_000 }).toMatchObject({ runtimeStatus: 'Running' });
  expect(await outputOf('show', 't1/child')).toMatch(/^parent {5}t1 \(mother\)$/m);
  expect(await outputOf('terminate', 't1', '--output', '{"n":0}', '--reason', 'enough')).toBe('t1 is Terminated\n');
  expect(await outputOf('terminate', 't2', '--no-recursive')).toBe('t2 is Terminated\n');
  expect(await outputOf('show', 't1')).toMatch(/^output {5}\{"n":0\}$/m);
  await expect.poll(() => outputOf('show', 't1/child'), { timeout: 10_000 }).toContain('\nstatus     Terminated\n');
  expect(await outputOf('show', 't2/child')).toContain('\nstatus     Running\n');
  expect(await outputOf('history', 't1')).toMatch(/InstanceTerminated {2}= \{"n":0\} \(enough\)\n$/);
});

test('[S4] cancel asks, and the orchestration tidies up', async () => {
  await outputOf('start', 'tidy', '--id', 'c', '--input', '"the room"');
  await worker.client().waitForOrchestrationStart('c');
  expect(await outputOf('cancel', 'c', '--reason', 'late')).toMatch(/^c is (Running|Canceled)\n$/);
  await worker.client().waitForOrchestrationCompletion('c');
  expect(await outputOf('show', 'c')).toMatch(/^status {5}Canceled$[^]*^output {5}"tidied the room"$/m);
  expect(await outputOf('history', 'c')).toMatch(/CancelRequested {4}\(late\)$/m);
});

test('[S7] start at a time and on conflict', async () => {
  const later = await outputOf('start', 'listener', '--id', 'l', '--start-at', '2090-01-01T00:00:00Z', '--input', '1');
  expect(later).toBe('listener will start as l at 2090-01-01T00:00:00.000Z\n');
  expect(await outputOf('show', 'l')).toMatch(/^status {5}Pending\n[^]*^starts {5}2090-01-01T00:00:00\.000Z$/m);
  expect((await perdure('start', 'listener', '--id', 'l')).stderr).toMatch(/^error INSTANCE_ALREADY_EXISTS: /);
  expect(await outputOf('start', 'listener', '--id', 'l', '--on-conflict', 'useExisting')).toBe('l is there, started now or before\n');
  expect((await perdure('start', 'listener', '--id', 'l', '--on-conflict', 'replaceTerminal')).exit).toBe(1);
  await outputOf('start', 'listener', '--id', 'l', '--input', '2', '--on-conflict', 'terminateAndReplace');
  await outputOf('raise', 'l', 'go');
  expect(await worker.client().getOrchestration('listener', 'l').result()).toEqual([2]);
  await outputOf('start', 'listener', '--id', 'l', '--input', '3', '--on-conflict', 'replaceTerminal', '--start-at', '20ms');
  await outputOf('raise', 'l', 'go');
  expect(await worker.client().getOrchestration('listener', 'l').result()).toEqual([3]);
});

test('[C1] show tells the generation, history that of the newest', async () => {
  await outputOf('start', 'counter', '--id', 'g', '--input', '0');
  for (const amount of ['1', '2', '3']) await outputOf('raise', 'g', 'add', '--data', amount);
  await outputOf('raise', 'g', 'stop');
  expect(await worker.client().getOrchestration('counter', 'g').result()).toBe(6);
  expect(await outputOf('show', 'g')).toMatch(/^generation 4$/m);
  expect(await outputOf('history', 'g')).toMatch(/^ {4}1 {2}\+0 ms {9}InstanceStarted {4}counter\(6\), generation 4/);
});

test('history prints everything an orchestration does in readable lines, and as JSON', async () => {
  expect(await outputOf('start', 'talkative', '--id', 'h', '--wait')).toBe('"tidied the house"\n');
  const text = await outputOf('history', 'h');
  for (const line of [
    /CustomStatusSet {4}"talking"$/m,
    /PatchMarked {8}louder$/m,
    /TimerCreated {7}#\d+ for \d{4}-\S+Z$/m,
    /TimerFired {9}#\d+ due at \d{4}-\S+Z$/m,
    /TimerCancelled {5}#\d+ for \d{4}-\S+Z$/m,
    /TaskScheduled {6}#\d+ tidyUp\("the room"\)$/m,
    /StartSent {10}#\d+ listener\(1\) as h\/free$/m,
    /EventSent {10}#\d+ hello\(1\) to h\/nobody$/m,
    /InstanceCompleted {2}= "tidied the house"$/m,
  ])
    expect(text).toMatch(line);
  const events = (await outputOf('history', 'h', '--json')).trim().split('\n');
  expect(events.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual(events.map((_, at) => at + 1));
  expect(text.trimEnd().split('\n')).toHaveLength(events.length);
});

test.each(['suspend', 'resume', 'terminate', 'cancel'])('%s of nobody is exit 1 and one line', async (command) => {
  const ran = await perdure(command, 'nobody');
  expect(ran).toMatchObject({ exit: 1, stdout: '' });
  expect(ran.stderr).toMatch(/^error INSTANCE_NOT_FOUND: [^\n]+ Cure: [^\n]+\n$/);
});
