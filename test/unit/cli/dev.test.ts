import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../../sdk/cli/index.ts';
import { FakeTerminal } from './terminal.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-dev-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Dev {
  readonly terminal: FakeTerminal;
  readonly api: string;
  readonly ended: Promise<number>;
}

async function startDev(): Promise<Dev> {
  const terminal = new FakeTerminal();
  const ended = run(['dev', '--port', '0', '--dir', dir], terminal);
  const early = ended.then((exit) => expect.unreachable(`dev ended with ${String(exit)}: ${terminal.stderr}`));
  await Promise.race([early, expect.poll(() => terminal.isStoppable, { timeout: 20_000 }).toBe(true)]);
  early.catch(() => undefined);
  return { terminal, ended, api: /http:\/\/[\d.:]+/.exec(terminal.stdout)?.[0] ?? '' };
}

describe('perdure dev', () => {
  test('runs the hello sequence from start to history, and keeps it over a restart', async () => {
    const first = await startDev();
    const start = new FakeTerminal();
    expect(await run(['start', 'helloSequence', '--id', 'greet/1', '--wait', '--api', first.api], start)).toBe(0);
    expect(start.stdout).toBe('["Hello Tokyo!","Hello Seattle!","Hello London!"]\n');
    const history = new FakeTerminal();
    expect(await run(['history', 'greet/1', '--json', '--api', first.api], history)).toBe(0);
    const types = history.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types.filter((type) => type === 'TaskCompleted')).toHaveLength(3);
    expect(types.at(-1)).toBe('InstanceCompleted');

    const again = new FakeTerminal();
    expect(await run(['start', 'helloSequence', '--id', 'greet/1', '--api', first.api], again)).toBe(1);
    expect(again.stderr).toMatch(/^error INSTANCE_ALREADY_EXISTS: /);

    const locked = new FakeTerminal();
    expect(await run(['dev', '--port', '0', '--dir', dir], locked)).toBe(3);
    expect(locked.stderr).toMatch(/^error DATA_DIR_LOCKED: [^\n]+\n$/);

    first.terminal.stop();
    expect(await first.ended).toBe(0);

    const second = await startDev();
    const shown = new FakeTerminal();
    expect(await run(['show', 'greet/1', '--json', '--api', second.api], shown)).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      runtimeStatus: 'Completed',
      output: ['Hello Tokyo!', 'Hello Seattle!', 'Hello London!'],
    });
    second.terminal.stop();
    expect(await second.ended).toBe(0);
  });
});
