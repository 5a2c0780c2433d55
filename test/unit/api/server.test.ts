import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { decodeCommand, partitionOf, payloadBytesMax, type CommandReceipt } from '../../../schemas/index.ts';
import { startApiServer } from '../../../partition-worker/api/index.ts';
import { CommandBatcher } from '../../../engine/log/index.ts';
import { ask, type Answer } from './asking.ts';
import { completed, FakeReads, FakeSink, notOwner, serveFake, snapshot, type FakeWorker } from './fakes.ts';

const open: FakeWorker[] = [];
async function worker(): Promise<FakeWorker> {
  const served = await serveFake();
  open.push(served);
  return served;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((served) => served.server.close()));
});

const start = (instanceId: string, input: string | null = '"Tokyo"'): string =>
  JSON.stringify({
    commandId: 'c-1',
    start: { instanceId, name: 'hello', version: '', input, tags: [], onConflict: 'error', startAtMs: null },
  });

describe('commands', () => {
  test('a command is written under its instance to the instance’s partition and answered with its place', async () => {
    const served = await worker();
    const answer = await ask(served, 'POST', '/v1/commands', start('a/b?c#d'));
    const partition = partitionOf('a/b?c#d', 4);
    expect(answer).toMatchObject({ status: 202, body: { partition, offset: 0 } });
    expect(answer.headers.location).toBe(`/v1/commands/${String(partition)}/0`);
    const record = served.sink.sends[0]?.records[0];
    expect(record?.key).toBe('a/b?c#d');
    expect(decodeCommand(record?.value ?? Buffer.alloc(0))).toMatchObject({
      commandId: 'c-1',
      source: null,
      body: { kind: 'StartInstance', instanceId: 'a/b?c#d', name: 'hello', input: '"Tokyo"' },
    });
  });

  test('with ?wait the answer comes along as soon as it is known', async () => {
    const served = await worker();
    const pending = ask(served, 'POST', '/v1/commands?wait=10000', start('x'));
    const partition = partitionOf('x', 4);
    served.reads.putAnswer({ partition, offset: 0 }, { outcome: 'refused', code: 'INSTANCE_ALREADY_EXISTS', message: 'no' });
    expect((await pending).body).toEqual({
      partition,
      offset: 0,
      answer: { outcome: 'refused', code: 'INSTANCE_ALREADY_EXISTS', message: 'no' },
    });
  });

  test('an owner that cannot be asked does not hide where the command stands', async () => {
    const served = await worker();
    served.reads.refuse = notOwner;
    const answer = await ask(served, 'POST', '/v1/commands?wait=10000', start('x'));
    expect(answer.status).toBe(202);
    expect((answer.body as CommandReceipt).answer).toBeUndefined();
  });

  test.each([
    ['no JSON', '{', 400, 'REQUEST_INVALID'],
    ['no command id', JSON.stringify({ start: {} }), 400, 'REQUEST_INVALID'],
    [
      'tags that are an object',
      JSON.stringify({ commandId: 'c', start: { instanceId: 'a', name: 'n', version: '', input: null, tags: {} } }),
      400,
      'REQUEST_INVALID',
    ],
    ['[S7] an empty id', start(''), 400, 'INSTANCE_ID_INVALID'],
    ['[S7] an id with a leading @', start('@a'), 400, 'INSTANCE_ID_INVALID'],
    ['[S7] an id of 257 bytes', start('a'.repeat(257)), 400, 'INSTANCE_ID_INVALID'],
    ['[S7] a lone surrogate', start('\ud800'), 400, 'INSTANCE_ID_INVALID'],
    ['an input that is not JSON', start('a', '{no'), 400, 'INPUT_NOT_JSON'],
    ['an input with a lone surrogate', start('a', '"\ud800"'), 400, 'INPUT_NOT_JSON'],
    ['a payload of 1 MiB + 1', start('a', JSON.stringify('x'.repeat(payloadBytesMax - 1))), 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s is refused before anything is written', async (_what, body, status, code) => {
    const served = await worker();
    expect(await ask(served, 'POST', '/v1/commands', body)).toMatchObject({ status, body: { error: { code } } });
    expect(served.sink.sends).toEqual([]);
  });

  test('a payload of exactly 1 MiB is taken', async () => {
    const served = await worker();
    const input = JSON.stringify('x'.repeat(payloadBytesMax - 2));
    expect((await ask(served, 'POST', '/v1/commands', start('a', input))).status).toBe(202);
  });

  test('a body beyond every limit is answered with 413, read to its end', async () => {
    const served = await worker();
    const answer = await ask(served, 'POST', '/v1/commands', 'x'.repeat(5 * payloadBytesMax));
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'PAYLOAD_TOO_LARGE' } } });
  });

  test('only application/json is taken, so that a page in a browser cannot order', async () => {
    const served = await worker();
    const answer = await ask(served, 'POST', '/v1/commands', start('a'), { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 415, body: { error: { code: 'CONTENT_TYPE_UNSUPPORTED' } } });
  });

  test('commands of many requests go to the log together', async () => {
    const served = await worker();
    let openGate: () => void = () => undefined;
    served.sink.gate = new Promise<void>((resolve) => (openGate = resolve));
    const sameId = start('x');
    const first = ask(served, 'POST', '/v1/commands', sameId);
    await expect.poll(() => served.sink.sends.length).toBe(1);
    const rest = Array.from({ length: 20 }, () => ask(served, 'POST', '/v1/commands', sameId));
    // A request over the same server answers only after those before it were read.
    await expect.poll(async () => (await ask(served, 'GET', '/v1/health')).status).toBe(200);
    openGate();
    const answers = await Promise.all([first, ...rest]);
    const offsets = answers.map((answer) => (answer.body as CommandReceipt).offset).sort((a, b) => a - b);
    expect(offsets).toEqual(Array.from({ length: 21 }, (_, at) => at));
    expect(served.sink.inFlightMost).toBe(1);
    expect(served.sink.sends.length).toBeLessThan(21);
  });
});

describe('readings', () => {
  test.each(['plain', 'a/b', 'a?b', 'a#b', '.', '..', 'a b', 'ünï', '🎈/🎈', '%2F', 'a'.repeat(256)])(
    '[S7] the id %j is reached by its URL',
    async (id) => {
      const served = await worker();
      served.reads.put(completed(id));
      const base = `/v1/instances/${encodeURIComponent(id)}`;
      expect(await ask(served, 'GET', base)).toMatchObject({ status: 200, body: { instanceId: id, runtimeStatus: 'Completed' } });
      expect(await ask(served, 'GET', `${base}/wait?for=completion`)).toMatchObject({ status: 200, body: { instanceId: id } });
    },
  );

  test('an unknown instance is 404 INSTANCE_NOT_FOUND in state, history and wait', async () => {
    const served = await worker();
    for (const path of ['', '/history', '/wait'])
      expect(await ask(served, 'GET', `/v1/instances/none${path}`)).toMatchObject({
        status: 404,
        body: { error: { code: 'INSTANCE_NOT_FOUND' } },
      });
  });

  test('`after` reaches the reading', async () => {
    const served = await worker();
    served.reads.put(snapshot('x'));
    await ask(served, 'GET', '/v1/instances/x?after=3:17');
    expect(served.reads.calls).toEqual([{ name: 'state', about: 'x', after: { partition: 3, offset: 17 } }]);
  });

  test('a wait ends when the state is reached', async () => {
    const served = await worker();
    served.reads.put(snapshot('x'));
    const pending = ask(served, 'GET', '/v1/instances/x/wait?for=completion&timeout=10000');
    await expect.poll(() => served.reads.waiting).toBe(1);
    served.reads.put(completed('x'));
    expect(await pending).toMatchObject({ status: 200, body: { runtimeStatus: 'Completed' } });
  });

  test('a wait is cut to one long poll', async () => {
    const served = await worker();
    served.reads.put(completed('x'));
    await ask(served, 'GET', '/v1/instances/x/wait?for=start&timeout=99999999');
    expect(served.reads.calls[0]?.timeoutMs).toBe(10_000);
  });

  test.each([
    ['GET', '/', 404, 'NOT_FOUND'],
    ['GET', '/v1/nothing', 404, 'NOT_FOUND'],
    ['GET', '/v1/instances/a/b/c', 404, 'NOT_FOUND'],
    ['GET', '/v1/instances/%ff', 400, 'REQUEST_INVALID'],
    ['GET', '/v1/instances/%40a', 400, 'INSTANCE_ID_INVALID'],
    ['GET', '/v1/instances/a?after=x', 400, 'REQUEST_INVALID'],
    ['GET', '/v1/instances/a/history?limit=1001', 400, 'REQUEST_INVALID'],
    ['GET', '/v1/instances/a/history?from=0', 400, 'REQUEST_INVALID'],
    ['GET', '/v1/instances/a/wait?for=ever', 400, 'REQUEST_INVALID'],
    ['GET', '/v1/instances/a/wait?timeout=-1', 400, 'REQUEST_INVALID'],
    ['GET', '/v1/commands/x/1', 400, 'REQUEST_INVALID'],
    ['GET', '/v1/commands', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/v1/instances/a', 405, 'METHOD_NOT_ALLOWED'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    const served = await worker();
    expect(await ask(served, method, path)).toMatchObject({ status, body: { error: { code } } });
  });

  test('[R5] what is not owned is 503 NOT_OWNER', async () => {
    const served = await worker();
    served.reads.refuse = notOwner;
    expect(await ask(served, 'GET', '/v1/instances/x')).toMatchObject({ status: 503, body: { error: { code: 'NOT_OWNER' } } });
  });

  test('an error that is not ours is told as INTERNAL, without its words', async () => {
    const served = await worker();
    served.reads.refuse = () => new Error('password=hunter2');
    const answer = await ask(served, 'GET', '/v1/instances/x');
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL' } } });
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
  });
});

describe('POST /v1/reads', () => {
  const post = (served: FakeWorker, items: unknown, headers?: Record<string, string>): Promise<Answer> =>
    ask(served, 'POST', '/v1/reads', JSON.stringify({ items }), headers);

  test('each item is answered by a line of its own, bad ones by their error', async () => {
    const served = await worker();
    served.reads.put(completed('x'));
    served.reads.putAnswer({ partition: 1, offset: 2 }, { outcome: 'accepted' });
    const answer = await post(served, [
      { kind: 'state', instanceId: 'x' },
      { kind: 'state', instanceId: 'none' },
      { kind: 'answer', partition: 1, offset: 2, timeoutMs: 0 },
      { kind: 'wait', instanceId: 'x', for: 'completion', timeoutMs: 1000 },
      { kind: 'state', instanceId: '@' },
      { kind: 'guess' },
    ]);
    const lines = [...(answer.body as { index: number }[])].sort((a, b) => a.index - b.index);
    expect(answer.status).toBe(200);
    expect(lines).toMatchObject([
      { index: 0, instance: { instanceId: 'x' } },
      { index: 1, instance: null },
      { index: 2, answer: { outcome: 'accepted' } },
      { index: 3, instance: { runtimeStatus: 'Completed' } },
      { index: 4, error: { code: 'INSTANCE_ID_INVALID' }, retryable: false },
      { index: 5, error: { code: 'REQUEST_INVALID' }, retryable: false },
    ]);
  });

  test('a quick answer does not wait for a slow one', async () => {
    const served = await worker();
    served.reads.put(snapshot('slow'));
    served.reads.put(completed('quick'));
    const sent = httpRequest({
      host: '127.0.0.1',
      port: served.server.port,
      method: 'POST',
      path: '/v1/reads',
      headers: { 'content-type': 'application/json' },
    });
    const items = ['slow', 'quick'].map((instanceId) => ({ kind: 'wait', instanceId, for: 'completion', timeoutMs: 10_000 }));
    sent.end(JSON.stringify({ items }));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const lines = createInterface({ input: response })[Symbol.asyncIterator]();
    const nextLine = async (): Promise<unknown> => {
      const next: IteratorResult<string, undefined> = await lines.next();
      return next.value === '' ? await nextLine() : JSON.parse(next.value ?? 'null');
    };
    expect(await nextLine()).toMatchObject({ index: 1, instance: { instanceId: 'quick' } });
    served.reads.put(completed('slow'));
    expect(await nextLine()).toMatchObject({ index: 0, instance: { instanceId: 'slow' } });
    expect((await lines.next()).done).toBe(true);
  });

  test('1,000 items are taken, 1,001 are not', async () => {
    const served = await worker();
    const items = Array.from({ length: 1_001 }, () => ({ kind: 'state', instanceId: 'x' }));
    expect((await post(served, items.slice(1))).body).toHaveLength(1_000);
    expect(await post(served, items)).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
    expect((await post(served, [])).body).toEqual([]);
  });

  test('a forwarded request is answered from what this worker owns alone', async () => {
    const elsewhere = new FakeReads();
    elsewhere.put(completed('x'));
    const served = await serveFake({ reads: elsewhere });
    open.push(served);
    served.reads.refuse = notOwner;
    const items = [{ kind: 'state', instanceId: 'x' }];
    expect((await post(served, items)).body).toMatchObject([{ instance: { instanceId: 'x' } }]);
    expect((await post(served, items, { 'x-perdure-forwarded': '1' })).body).toMatchObject([
      { error: { code: 'NOT_OWNER' }, retryable: true },
    ]);
  });
});

describe('the server', () => {
  test('closing ends long polls with UNAVAILABLE', async () => {
    const served = await serveFake();
    served.reads.put(snapshot('x'));
    const poll = ask(served, 'GET', '/v1/instances/x/wait');
    const batch = ask(
      served,
      'POST',
      '/v1/reads',
      JSON.stringify({ items: [{ kind: 'wait', instanceId: 'x', for: 'completion', timeoutMs: 10_000 }] }),
    );
    const command = ask(served, 'POST', '/v1/commands?wait=10000', start('y'));
    await expect.poll(() => served.reads.waiting).toBe(3);
    await served.server.close();
    expect(await poll).toMatchObject({ status: 503, body: { error: { code: 'UNAVAILABLE' } } });
    expect((await batch).body).toMatchObject([{ error: { code: 'UNAVAILABLE' }, retryable: true }]);
    expect(await command).toMatchObject({ status: 202, body: { offset: 0 } });
  });

  test('a port that is taken is PORT_IN_USE with a cure', async () => {
    const served = await worker();
    const local = new FakeReads();
    const second = startApiServer({
      port: served.server.port,
      local,
      reads: local,
      commands: () => new CommandBatcher(new FakeSink(), { overloadedCode: 'OVERLOADED' }),
      health: () => ({ healthy: true, details: {} }),
      ready: () => true,
      log: () => undefined,
    });
    await expect(second).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      retryable: false,
      cure: expect.stringContaining('--port') as unknown,
    });
  });

  test('health and readiness tell by their status', async () => {
    const local = new FakeReads();
    const server = await startApiServer({
      port: 0,
      local,
      reads: local,
      commands: () => new CommandBatcher(new FakeSink(), { overloadedCode: 'OVERLOADED' }),
      health: () => ({ healthy: false, details: { stopped: [3] } }),
      ready: () => false,
      log: () => undefined,
    });
    const served = { server, reads: local, sink: new FakeSink() };
    open.push(served);
    expect(await ask(served, 'GET', '/v1/health')).toMatchObject({ status: 503, body: { healthy: false, details: { stopped: [3] } } });
    expect(await ask(served, 'GET', '/v1/ready')).toMatchObject({ status: 503, body: { ready: false } });
  });

  test('a connection that breaks off in the middle of a body harms nobody', async () => {
    const served = await worker();
    const socket = connect(served.server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"');
    socket.destroy();
    expect((await ask(served, 'GET', '/v1/health')).status).toBe(200);
    expect(served.sink.sends).toEqual([]);
  });
});
