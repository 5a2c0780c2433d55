import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../../sdk/cli/index.ts';
import { decodeCommand, partitionOf, type CommandBody, type ExecutionId, type InstanceId } from '../../../schemas/index.ts';
import { completed, serveFake, snapshot, type FakeWorker } from '../api/fakes.ts';
import { FakeTerminal } from './terminal.ts';

let served: FakeWorker;
beforeEach(async () => {
  served = await serveFake();
});
afterEach(() => served.server.close());

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function perdure(...argv: string[]): Promise<Ran> {
  const terminal = new FakeTerminal({ env: { PERDURE_API: served.server.url } });
  const exit = await run(argv, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

const accept = (id: string): void => served.reads.putAnswer({ partition: partitionOf(id, 4), offset: 0 }, { outcome: 'accepted' });

const failure = {
  errorType: 'CardDeclined',
  message: 'no\nmoney',
  stack: null,
  nonRetriable: false,
  cause: null,
  errors: [],
  properties: null,
};

describe('the command line', () => {
  test('help is given for everything, the version is the package’s', async () => {
    expect(await perdure()).toMatchObject({ exit: 0, stdout: expect.stringContaining('perdure start NAME') as unknown });
    for (const command of ['dev', 'worker', 'topics', 'start', 'show', 'history', 'raise', 'suspend', 'resume', 'terminate', 'cancel'])
      expect(await perdure(command, '--help')).toMatchObject({
        exit: 0,
        stdout: expect.stringMatching(new RegExp(`^perdure ${command}`)) as unknown,
      });
    expect((await perdure('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  test.each([
    [['begin'], 'COMMAND_UNKNOWN'],
    [['start'], 'ARGUMENT_MISSING'],
    [['start', 'hello', 'extra'], 'ARGUMENTS_INVALID'],
    [['start', 'hello', '--colour', 'red'], 'ARGUMENTS_INVALID'],
    [['start', 'hello', '--input'], 'ARGUMENTS_INVALID'],
    [['start', 'hello', '--input', 'Tokyo'], 'INPUT_NOT_JSON'],
    [['start', 'hello', '--input', '{"a":'], 'INPUT_NOT_JSON'],
    [['start', 'hello', '--timeout', '30'], 'ARGUMENT_INVALID'],
    [['start', 'hello', '--on-conflict', 'replace'], 'ARGUMENT_INVALID'],
    [['start', 'hello', '--start-at', 'tomorrow'], 'ARGUMENT_INVALID'],
    [['start', 'hello', '--start-at', '2030-01-01T12:00'], 'ARGUMENT_INVALID'],
    [['start', 'hello', '--start-at', '2030-13-01'], 'ARGUMENT_INVALID'],
    [['start', 'hello', '--start-at', '30'], 'ARGUMENT_INVALID'],
    [['start', 'hello', '--tag', 'team'], 'ARGUMENT_INVALID'],
    [['start', 'hello', '--tag', '=blue'], 'ARGUMENT_INVALID'],
    [['raise', 'a'], 'ARGUMENT_MISSING'],
    [['raise', 'a', 'go', 'now'], 'ARGUMENTS_INVALID'],
    [['raise', 'a', 'go', '--data', 'yes'], 'INPUT_NOT_JSON'],
    [['suspend'], 'ARGUMENT_MISSING'],
    [['resume', 'a', '--output', '1'], 'ARGUMENTS_INVALID'],
    [['terminate', 'a', '--output', 'done'], 'INPUT_NOT_JSON'],
    [['cancel', 'a', 'b'], 'ARGUMENTS_INVALID'],
    [['dev', '--port', '99999'], 'ARGUMENT_INVALID'],
    [['worker', '--brokers', 'a:1', '--namespace', 'n'], 'ARGUMENT_MISSING'],
    [['worker', 'app.js'], 'ARGUMENT_MISSING'],
    [['topics', 'delete', '--brokers', 'a:1', '--namespace', 'n'], 'ARGUMENTS_INVALID'],
    [['topics', 'create', '--namespace', 'n'], 'ARGUMENT_MISSING'],
    [['topics', 'create', '--brokers', 'a:1', '--namespace', 'n', '--partitions', '0'], 'ARGUMENT_INVALID'],
  ])('%j is exit 2 and one line with %s', async (argv, code) => {
    const ran = await perdure(...argv);
    expect(ran).toMatchObject({ exit: 2, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`^error ${code}: [^\\n]+\\. Cure: [^\\n]+\\.\\n$`));
    expect(served.sink.sends).toEqual([]);
  });

  test('text that is no JSON is shown with its quotes', async () => {
    expect((await perdure('start', 'hello', '--input', 'Tokyo')).stderr).toContain(`--input '"Tokyo"'`);
  });
});

describe('start', () => {
  test('prints the id; with --json as JSON', async () => {
    accept('a/b');
    expect(await perdure('start', 'hello', '--id', 'a/b', '--input', '"Tokyo"')).toEqual({
      exit: 0,
      stdout: 'started hello as a/b\n',
      stderr: '',
    });
    served.reads.putAnswer({ partition: partitionOf('c', 4), offset: 0 }, { outcome: 'accepted' });
    served.reads.putAnswer({ partition: partitionOf('c', 4), offset: 1 }, { outcome: 'accepted' });
    expect((await perdure('start', 'hello', '--id', 'c', '--json')).stdout).toBe('{"instanceId":"c"}\n');
  });

  test('--wait prints the output alone, so that a pipe can use it', async () => {
    accept('a');
    served.reads.put(completed('a', '["Hello Tokyo!"]'));
    expect(await perdure('start', 'hello', '--id', 'a', '--wait')).toEqual({ exit: 0, stdout: '["Hello Tokyo!"]\n', stderr: '' });
  });

  test('--wait on a failure is exit 1 and one line', async () => {
    accept('a');
    served.reads.put(snapshot('a', { runtimeStatus: 'Failed', failure, completedAtMs: 5 }));
    expect(await perdure('start', 'hello', '--id', 'a', '--wait')).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'error ORCHESTRATION_FAILED: a failed: CardDeclined: no money. Cure: `perdure history a` tells how it came to that.\n',
    });
  });

  test('--wait --json prints the state and, on a failure, the error as JSON', async () => {
    accept('a');
    served.reads.put(snapshot('a', { runtimeStatus: 'Failed', failure, completedAtMs: 5 }));
    const ran = await perdure('start', 'hello', '--id', 'a', '--wait', '--json');
    expect(ran.exit).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ runtimeStatus: 'Failed', failureDetails: { errorType: 'CardDeclined' } });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'ORCHESTRATION_FAILED' } });
  });

  test('time that is up is exit 4', async () => {
    accept('a');
    served.reads.put(snapshot('a'));
    const ran = await perdure('start', 'hello', '--id', 'a', '--wait', '--timeout', '20ms');
    expect(ran).toMatchObject({ exit: 4, stderr: expect.stringMatching(/^error WAIT_TIMEOUT: /) as unknown });
  });

  test('an orchestration nobody has registered is shown as stalled, with the reason, and ends as such', async () => {
    accept('a');
    served.reads.put(snapshot('a', { stalledReason: "orchestrator 'hello' is not registered" }));
    const ran = await perdure('start', 'hello', '--id', 'a', '--wait', '--timeout', '1s');
    expect(ran.exit).toBe(4);
    expect(ran.stderr.split('\n')).toEqual([
      "stalled: orchestrator 'hello' is not registered",
      expect.stringMatching(/^error ORCHESTRATION_STALLED: a is stalled: orchestrator 'hello' is not registered\. Cure: start a worker/),
      '',
    ]);
  });

  test('on a live terminal one line shows time, status and events, and is gone at the end', async () => {
    accept('a');
    served.reads.put(snapshot('a'));
    const terminal = new FakeTerminal({ isLive: true, env: { PERDURE_API: served.server.url } });
    const ran = run(['start', 'hello', '--id', 'a', '--wait'], terminal);
    await expect.poll(() => terminal.stderr, { timeout: 10_000 }).toMatch(/\d+ ms · Running · 3 events/);
    served.reads.put(completed('a'));
    expect(await ran).toBe(0);
    expect(terminal.stderr.endsWith('\r\u001b[2K')).toBe(true);
    expect(terminal.stderr).not.toContain('\n');
    expect(terminal.stdout).toBe('"Hello Tokyo!"\n');
  });

  test('a refusal is exit 1 with the owner’s code', async () => {
    served.reads.putAnswer(
      { partition: partitionOf('a', 4), offset: 0 },
      { outcome: 'refused', code: 'INSTANCE_ALREADY_EXISTS', message: 'instance "a" exists' },
    );
    const ran = await perdure('start', 'hello', '--id', 'a');
    expect(ran).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^error INSTANCE_ALREADY_EXISTS: instance "a" exists\. Cure: /) as unknown,
    });
    expect(await perdure('start', 'hello', '--id', '@x')).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^error INSTANCE_ID_INVALID/) as unknown,
    });
  });
});

/** What was sent, newest last. */
const sentBodies = (): CommandBody[] => served.sink.sends.flatMap((sent) => sent.records.map((record) => decodeCommand(record.value).body));

describe('start options', () => {
  test('[S7] conflict policy, tags, version and start time reach the log', async () => {
    accept('a');
    const argv = ['--id', 'a', '--on-conflict', 'replaceTerminal', '--tag', 'team=blue', '--tag', 'q=a=b', '--version', '2'];
    const ran = await perdure('start', 'hello', ...argv, '--start-at', '2030-01-31T12:00:00+01:00');
    expect(ran).toEqual({ exit: 0, stdout: 'hello will start as a at 2030-01-31T11:00:00.000Z\n', stderr: '' });
    expect(sentBodies()).toMatchObject([
      {
        kind: 'StartInstance',
        name: 'hello',
        version: '2',
        onConflict: 'replaceTerminal',
        startAtMs: Date.UTC(2030, 0, 31, 11),
        tags: [
          { key: 'team', value: 'blue' },
          { key: 'q', value: 'a=b' },
        ],
      },
    ]);
  });

  test('[S7] a start time may be a duration from now', async () => {
    accept('a');
    const fromMs = Date.now() + 7_200_000;
    expect((await perdure('start', 'hello', '--id', 'a', '--start-at', '2h')).exit).toBe(0);
    const [body] = sentBodies();
    const startAtMs = body?.kind === 'StartInstance' ? (body.startAtMs ?? 0) : 0;
    expect(startAtMs).toBeGreaterThanOrEqual(fromMs);
    expect(startAtMs).toBeLessThanOrEqual(Date.now() + 7_200_000);
  });

  test('[S7] with useExisting it does not claim to have started', async () => {
    accept('a');
    const ran = await perdure('start', 'hello', '--id', 'a', '--on-conflict', 'useExisting');
    expect(ran.stdout).toBe('a is there, started now or before\n');
  });
});

describe('raise', () => {
  test('[E4] tells whether the event was delivered or ignored', async () => {
    accept('a/b');
    const ran = await perdure('raise', 'a/b', 'go', '--data', '{"n":1}', '--event-id', 'e-1');
    expect(ran).toEqual({ exit: 0, stdout: 'delivered go to a/b\n', stderr: '' });
    expect(sentBodies()).toMatchObject([{ kind: 'RaiseEvent', instanceId: 'a/b', name: 'go', payload: '{"n":1}', eventId: 'e-1' }]);
    const place = { partition: partitionOf('a/b', 4), offset: 1 };
    served.reads.putAnswer(place, { outcome: 'refused', code: 'INSTANCE_TERMINAL', message: 'instance "a/b" is Completed' });
    expect(await perdure('raise', 'a/b', 'go')).toEqual({ exit: 0, stdout: 'ignored: a/b has ended\n', stderr: '' });
    served.reads.putAnswer({ ...place, offset: 2 }, { outcome: 'refused', code: 'INSTANCE_TERMINAL', message: 'it has ended' });
    expect((await perdure('raise', 'a/b', 'go', '--json')).stdout).toBe('{"instanceId":"a/b","outcome":"ignored"}\n');
  });

  test('[E4] to nobody is exit 1 and one line with a cure', async () => {
    const place = { partition: partitionOf('a', 4), offset: 0 };
    served.reads.putAnswer(place, { outcome: 'refused', code: 'INSTANCE_NOT_FOUND', message: 'there is no instance "a"' });
    const ran = await perdure('raise', 'a', 'go');
    expect(ran).toMatchObject({ exit: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^error INSTANCE_NOT_FOUND: there is no instance "a"\. Cure: [^\n]+\.\n$/);
  });

  test('a command id makes repeating safe', async () => {
    accept('a');
    await perdure('raise', 'a', 'go', '--command-id', 'mine');
    expect(served.sink.sends.flatMap((sent) => sent.records.map((record) => decodeCommand(record.value).commandId))).toEqual(['mine']);
  });
});

describe('suspend, resume, terminate and cancel', () => {
  test.each([
    ['suspend', [], { kind: 'SuspendInstance', reason: '' }],
    ['suspend', ['--reason', 'lunch'], { kind: 'SuspendInstance', reason: 'lunch' }],
    ['resume', ['--reason', 'back'], { kind: 'ResumeInstance', reason: 'back' }],
    ['cancel', ['--reason', 'late'], { kind: 'CancelInstance', reason: 'late' }],
    ['terminate', [], { kind: 'TerminateInstance', output: null, recursive: true, reason: '' }],
    [
      'terminate',
      ['--output', '{"n":0}', '--no-recursive', '--reason', 'enough'],
      { kind: 'TerminateInstance', output: '{"n":0}', recursive: false, reason: 'enough' },
    ],
  ])('%s %j orders, and tells what the instance is then', async (command, options, body) => {
    accept('a');
    served.reads.put(snapshot('a', { runtimeStatus: 'Suspended' }));
    expect(await perdure(command, 'a', ...options)).toEqual({ exit: 0, stdout: 'a is Suspended\n', stderr: '' });
    expect(sentBodies()).toMatchObject([{ instanceId: 'a', ...body }]);
    const place = { partition: partitionOf('a', 4), offset: 0 };
    expect(served.reads.calls.at(-1)).toMatchObject({ name: 'state', after: place });
  });

  test.each(['suspend', 'resume', 'terminate', 'cancel'])(
    '%s of nobody is exit 1 and one line; --json gives the status',
    async (command) => {
      const place = { partition: partitionOf('a', 4), offset: 0 };
      served.reads.putAnswer(place, { outcome: 'refused', code: 'INSTANCE_NOT_FOUND', message: 'there is no instance "a"' });
      const ran = await perdure(command, 'a');
      expect(ran).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^error INSTANCE_NOT_FOUND: [^\n]+ Cure: [^\n]+\n$/) as unknown });
      served.reads.putAnswer({ ...place, offset: 1 }, { outcome: 'accepted' });
      served.reads.put(completed('a'));
      expect((await perdure(command, 'a', '--json')).stdout).toBe('{"instanceId":"a","runtimeStatus":"Completed"}\n');
    },
  );

  test('a reason that is too long is refused before anything is sent', async () => {
    const ran = await perdure('suspend', 'a', '--reason', 'r'.repeat(1_025));
    expect(ran).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^error REASON_INVALID/) as unknown });
    expect(sentBodies()).toEqual([]);
  });
});

describe('an unknown outcome', () => {
  test('is exit 3 and tells how to repeat it safely', async () => {
    served.reads.putAnswer({ partition: partitionOf('a', 4), offset: 0 }, { outcome: 'expired' });
    served.reads.putAnswer({ partition: partitionOf('a', 4), offset: 1 }, { outcome: 'accepted' });
    const ran = await perdure('start', 'hello', '--id', 'a', '--command-id', 'mine');
    expect(ran).toMatchObject({
      exit: 3,
      stderr: expect.stringMatching(/^error OUTCOME_UNKNOWN: .* Cure: repeat it for a with --command-id mine/) as unknown,
    });
    expect((await perdure('start', 'hello', '--id', 'a', '--command-id', 'mine')).exit).toBe(0);
    const ids = served.sink.sends.flatMap((sent) => sent.records.map((record) => decodeCommand(record.value).commandId));
    expect(ids).toEqual(['mine', 'mine']);
  });
});

describe('show and history', () => {
  test('show tells a line a fact; --json the state', async () => {
    served.reads.put(completed('a/b'));
    const ran = await perdure('show', 'a/b');
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toMatch(/^instance {3}a\/b\nname {7}hello\nstatus {5}Completed\n/);
    expect(JSON.parse((await perdure('show', 'a/b', '--json')).stdout)).toMatchObject({ instanceId: 'a/b', output: 'Hello Tokyo!' });
  });

  test('history tells a line an event', async () => {
    const at = { instanceId: 'a' as InstanceId, executionId: '0'.repeat(32) as ExecutionId };
    served.reads.pages.set('a', {
      events: [
        {
          kind: 'InstanceStarted',
          ...at,
          seq: 1,
          atMs: 1_000,
          name: 'hello',
          version: '2',
          input: '"x"',
          tags: [],
          commandId: 'c' as never,
          generation: 1,
          createdAtMs: 1_000,
          previousExecutionId: '',
          parent: null,
          startAtMs: null,
          inboxNext: 1,
          carried: [],
          carriedBytes: 0,
          customStatus: null,
        },
        { kind: 'TaskFailed', ...at, seq: 2, atMs: 2_500, taskId: 1, scheduledSeq: 1, failure },
      ],
      next: null,
    });
    const ran = await perdure('history', 'a');
    expect(ran.stdout).toBe(
      '    1  +0 ms         InstanceStarted    hello@2("x")\n    2  +1.5 s        TaskFailed         #1 CardDeclined: no money\n',
    );
    const lines = (await perdure('history', 'a', '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual([1, 2]);
  });

  test('what does not exist is exit 1', async () => {
    for (const command of ['show', 'history'])
      expect(await perdure(command, 'none')).toMatchObject({ exit: 1, stderr: 'error INSTANCE_NOT_FOUND: there is no instance "none".\n' });
  });
});

describe('what is in the way', () => {
  test('no worker at the address: exit 3, and the cure', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await new Promise((resolve) => free.close(resolve));
    const ran = await perdure('show', 'a', '--api', `http://127.0.0.1:${String(port)}`);
    expect(ran).toMatchObject({ exit: 3, stderr: expect.stringMatching(/^error API_UNREACHABLE: .*`perdure dev` running/) as unknown });
  });

  test('an address that is none: exit 3', async () => {
    expect(await perdure('show', 'a', '--api', 'localhost:8080')).toMatchObject({
      exit: 3,
      stderr: expect.stringMatching(/^error API_ADDRESS_INVALID/) as unknown,
    });
  });

  test('a module that cannot be run: exit 3, each with its code', async () => {
    const dev = (path: string): Promise<Ran> => perdure('dev', path);
    expect((await dev('/no/such/app.js')).stderr).toMatch(/^error APP_NOT_FOUND/);
    expect((await dev('package.json')).stderr).toMatch(/^error APP_(NOT_LOADABLE|EMPTY)/);
    expect(await dev('sdk/cli/failures.ts')).toMatchObject({ exit: 3, stderr: expect.stringMatching(/^error APP_EMPTY/) as unknown });
  });
});
