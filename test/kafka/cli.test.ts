import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../sdk/cli/index.ts';
import { createClient } from '../../sdk/client/index.ts';
import { FakeTerminal } from '../unit/cli/terminal.ts';
import { brokers, freshNamespace } from './broker.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-cli-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function perdure(namespace: string, ...argv: string[]): Promise<Ran> {
  const terminal = new FakeTerminal({ env: { PERDURE_BROKERS: brokers().join(','), PERDURE_NAMESPACE: namespace } });
  const exit = await run(argv, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe('perdure on Kafka', () => {
  test('topics are checked, made, and checked again', async () => {
    const namespace = freshNamespace();
    const missing = await perdure(namespace, 'topics', 'check');
    expect(missing).toMatchObject({ exit: 3, stderr: expect.stringMatching(/^error TOPIC_MISSING: [^\n]+ Cure: [^\n]+\n$/) as unknown });
    expect(await perdure(namespace, 'topics', 'create', '--partitions', '3')).toMatchObject({ exit: 0, stderr: '' });
    expect(await perdure(namespace, 'topics', 'check')).toMatchObject({ exit: 0, stderr: '' });
    const differing = await perdure(namespace, 'start', 'hello', '--brokers', '127.0.0.1:1');
    expect(differing).toMatchObject({ exit: 3, stderr: expect.stringMatching(/^error BROKER_UNREACHABLE: /) as unknown });
  });

  test('a worker runs what a module exports; the CLI and a client reach it by the brokers alone', async () => {
    const namespace = freshNamespace();
    expect((await perdure(namespace, 'topics', 'create', '--partitions', '4')).exit).toBe(0);
    const app = join(dir, 'app.mjs');
    await writeFile(app, `export * from ${JSON.stringify(pathToFileURL(resolve('sdk/samples/index.ts')).href)};\n`);
    const terminal = new FakeTerminal({ env: { PERDURE_BROKERS: brokers().join(','), PERDURE_NAMESPACE: namespace } });
    const worker = run(['worker', app, '--dir', join(dir, 'cache')], terminal);
    await expect.poll(() => terminal.isStoppable || terminal.stderr, { timeout: 30_000 }).toBe(true);

    const started = await perdure(namespace, 'start', 'helloSequence', '--id', 'greet/1', '--wait', '--timeout', '30s');
    expect(started).toEqual({ exit: 0, stdout: '["Hello Tokyo!","Hello Seattle!","Hello London!"]\n', stderr: '' });
    expect(await perdure(namespace, 'start', 'helloSequence', '--id', 'greet/1')).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^error INSTANCE_ALREADY_EXISTS: /) as unknown,
    });
    await using client = await createClient({ brokers: brokers(), namespace });
    const handles = await Promise.all(Array.from({ length: 50 }, () => client.scheduleNewOrchestration<string[]>('helloSequence')));
    const results = await Promise.all(handles.map((handle) => handle.result()));
    expect(new Set(results.map((result) => result.join()))).toEqual(new Set(['Hello Tokyo!,Hello Seattle!,Hello London!']));

    terminal.stop();
    expect(await worker).toBe(0);
  });
});
