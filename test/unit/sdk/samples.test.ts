import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createActivityHost, createProgram } from '../../../sdk/replay/index.ts';
import { backup, digestFile, hello, helloSequence, listFiles, type Manifest } from '../../../sdk/samples/index.ts';
import type { TurnOutcome } from '../../../engine/program/index.ts';
import { outputOf, Recording } from './recording.ts';

/** Runs a sample to its end with its real activities; a cold run at every other turn. */
async function run(name: string, input: unknown, beforeTask: (name: string) => Promise<void> = () => Promise.resolve()): Promise<unknown> {
  const program = createProgram({ orchestrators: [helloSequence, backup] });
  const host = createActivityHost({ activities: [hello, listFiles, digestFile] });
  const recording = new Recording({ name }).started(input === undefined ? null : JSON.stringify(input));
  const signal = new AbortController().signal;
  let outcome: TurnOutcome = await recording.turn(program.session());
  const done = new Set<number>();
  for (;;) {
    const open = recording.facts.filter((fact) => fact.kind === 'TaskScheduled').filter(({ taskId }) => !done.has(taskId));
    if (open.length === 0) return outputOf(outcome);
    for (const task of open.reverse()) {
      const { taskId, seq } = task;
      done.add(taskId);
      await beforeTask(task.name);
      const result = await host.run({ ...task, scheduledSeq: seq }, signal);
      if (result.kind === 'completed') recording.completed(taskId, result.result);
      else recording.failed(taskId, result.failure);
    }
    outcome = await recording.turn(program.session());
  }
}

test('hello greets three cities in order', async () => {
  expect(await run('helloSequence', undefined)).toEqual(['Hello Tokyo!', 'Hello Seattle!', 'Hello London!']);
});

describe('backup of real files', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'perdure-backup-'));
    for (const folder of ['src/deep', 'node_modules/x', '.git', 'src/dist']) await mkdir(join(root, folder), { recursive: true });
    for (const [path, text] of files) await writeFile(join(root, path), text);
    for (const path of ['node_modules/x/index.js', '.git/HEAD', 'src/dist/b.js']) await writeFile(join(root, path), 'not backed up');
    await symlink(root, join(root, 'src/loop'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const files: readonly (readonly [string, string])[] = [
    ['README.md', '# hello'],
    ['src/a.ts', 'a'.repeat(200_000)],
    ['src/deep/ümlaut name.txt', ''],
  ];

  function manifestOf(all: readonly (readonly [string, string])[]): Manifest {
    const lines = all.map(
      ([path, text]) => `${createHash('sha256').update(text).digest('hex')}  ${String(Buffer.byteLength(text))}  ${path}\n`,
    );
    const sha256 = createHash('sha256').update(lines.join('')).digest('hex');
    return { files: all.length, bytes: all.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0), sha256, vanished: [] };
  }

  test('digests every file, in stable order, without what is skipped and without following links', async () => {
    expect(await run('backup', { root })).toEqual(manifestOf(files));
  });

  test('skips what it is told to', async () => {
    expect(await run('backup', { root, skip: ['src', 'node_modules', '.git'] })).toEqual(manifestOf(files.slice(0, 1)));
  });

  test('a file that vanished meanwhile is named, and the rest is backed up', async () => {
    const output = await run('backup', { root }, (name) =>
      name === 'digestFile' ? rm(join(root, 'README.md'), { force: true }) : Promise.resolve(),
    );
    expect(output).toEqual({ ...manifestOf(files.slice(1)), vanished: ['README.md'] });
  });

  test('a folder that is not there fails with its code', async () => {
    await expect(run('backup', { root: join(root, 'nowhere') })).rejects.toThrow(/ENOENT/);
  });
});
