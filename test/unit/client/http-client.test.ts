import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { partitionOf, type Fact, type InstanceId, type ExecutionId } from '../../../schemas/index.ts';
import {
  CommandRefusedError,
  createClient,
  createHttpReads,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OutcomeUnknownError,
  WaitTimeoutError,
  type DurableClient,
  type HttpClientOptions,
  type HttpReads,
} from '../../../sdk/client/index.ts';
import { completed, notOwner, serveFake, snapshot, type FakeWorker } from '../api/fakes.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function worker(): Promise<FakeWorker> {
  const served = await serveFake();
  closers.push(() => served.server.close());
  return served;
}

async function clientOf(api: string | readonly string[], options: Omit<HttpClientOptions, 'api'> = {}): Promise<DurableClient> {
  const client = await createClient({ api, ...options });
  closers.push(() => client.close());
  return client;
}

function closing(reads: HttpReads): void {
  closers.push(() => {
    reads.close();
    return Promise.resolve();
  });
}

/** A server that is no worker. */
async function listener(handler: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, server };
}

const first = (id: string): { partition: number; offset: number } => ({ partition: partitionOf(id, 4), offset: 0 });

describe('starting', () => {
  test('resolves with a handle when the owner has accepted, whose result is the output', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.putAnswer(first('a'), { outcome: 'accepted' });
    const handle = await client.scheduleNewOrchestration<string>('hello', 'Tokyo', { instanceId: 'a', tags: { team: 'x' } });
    served.reads.put(snapshot('a'));
    const result = handle.result();
    await expect.poll(() => served.reads.waiting).toBe(1);
    served.reads.put(completed('a'));
    expect(await result).toBe('Hello Tokyo!');
  });

  test('a refused start rejects with its code', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.putAnswer(first('a'), { outcome: 'refused', code: 'INSTANCE_ALREADY_EXISTS', message: 'it exists' });
    const refused = client.scheduleNewOrchestration('hello', 1, { instanceId: 'a', commandId: 'c-9' });
    await expect(refused).rejects.toBeInstanceOf(CommandRefusedError);
    await expect(refused).rejects.toMatchObject({ code: 'INSTANCE_ALREADY_EXISTS', instanceId: 'a', commandId: 'c-9' });
  });

  test.each([
    [{ instanceId: '' }, 'INSTANCE_ID_INVALID'],
    [{ instanceId: '@a' }, 'INSTANCE_ID_INVALID'],
    [{ instanceId: 'é'.repeat(129) }, 'INSTANCE_ID_INVALID'],
    [{ version: 'v'.repeat(129) }, 'VERSION_INVALID'],
    [{ tags: { '': 'x' } }, 'TAGS_INVALID'],
    [{ commandId: '' }, 'COMMAND_ID_INVALID'],
  ])('[S7] %j is refused before anything is sent', async (options, code) => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    await expect(client.scheduleNewOrchestration('hello', 1, options)).rejects.toMatchObject({ name: 'CommandRefusedError', code });
    await expect(client.scheduleNewOrchestration('', 1)).rejects.toMatchObject({ code: 'NAME_INVALID' });
    expect(served.sink.sends).toEqual([]);
  });

  test('a command that is forwarded is followed, also while its new place is not known yet', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.putAnswer(first('a'), { outcome: 'forwarded', partition: 2, offset: null });
    const started = client.scheduleNewOrchestration('hello', 1, { instanceId: 'a' });
    await expect.poll(() => served.reads.calls.filter((call) => call.name === 'answer').length).toBeGreaterThan(2);
    served.reads.putAnswer(first('a'), { outcome: 'forwarded', partition: 2, offset: 77 });
    served.reads.putAnswer({ partition: 2, offset: 77 }, { outcome: 'accepted' });
    await started;
    await client.getOrchestrationState('a');
    expect(served.reads.calls.at(-1)).toMatchObject({ name: 'state', after: { partition: 2, offset: 77 } });
  });

  test('no answer within the command timeout is an unknown outcome with the place', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url, { commandTimeout: 50 });
    const started = client.scheduleNewOrchestration('hello', 1, { instanceId: 'a', commandId: 'c-1' });
    await expect(started).rejects.toBeInstanceOf(OutcomeUnknownError);
    await expect(started).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', ...first('a'), commandId: 'c-1' });
  });

  test('an answer that expired is an unknown outcome', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.putAnswer(first('a'), { outcome: 'expired' });
    await expect(client.scheduleNewOrchestration('hello', 1, { instanceId: 'a' })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  test('a connection that breaks off is repeated under the same command id', async () => {
    const seen: string[] = [];
    const { url } = await listener((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        seen.push((JSON.parse(text) as { commandId: string }).commandId);
        if (seen.length < 3) request.socket.destroy();
        else response.writeHead(202).end(JSON.stringify({ partition: 1, offset: 5, answer: { outcome: 'accepted' } }));
      });
    });
    const client = await clientOf(url);
    expect((await client.scheduleNewOrchestration('hello', 1, { instanceId: 'a' })).instanceId).toBe('a');
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(1);
  });

  test('an API that breaks off every time leaves an unknown outcome without a place', async () => {
    const { url } = await listener((request) => request.socket.destroy());
    const client = await clientOf(url, { commandTimeout: 60 });
    await expect(client.scheduleNewOrchestration('hello')).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      partition: null,
      offset: null,
    });
  });

  test('an API that never could be reached started nothing', async () => {
    const { url, server } = await listener(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const client = await clientOf(url, { outageTimeout: 30 });
    await expect(client.scheduleNewOrchestration('hello')).rejects.toMatchObject({
      name: 'OperationalError',
      code: 'API_UNREACHABLE',
      cure: expect.stringContaining('perdure dev') as unknown,
    });
  });

  test('the next address takes over when the first does not answer', async () => {
    const { url, server } = await listener(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const served = await worker();
    served.reads.put(completed('a'));
    const client = await clientOf([url, served.server.url]);
    expect(await client.getOrchestrationState('a')).toMatchObject({ runtimeStatus: 'Completed' });
  });

  test('`produced` does not wait for the owner, and what is read then waits for the command', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    await client.scheduleNewOrchestration('hello', 1, { instanceId: 'a', ack: 'produced' });
    expect(served.reads.calls).toEqual([]);
    await client.getOrchestrationState('a');
    expect(served.reads.calls).toMatchObject([{ name: 'state', about: 'a', after: first('a') }]);
  });
});

describe('reading', () => {
  test('the state is a union on the status, with dates and values', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    const failure = {
      errorType: 'CardDeclined',
      message: 'no money',
      stack: null,
      nonRetriable: false,
      cause: null,
      errors: [],
      properties: null,
    };
    served.reads.put(completed('done', null));
    served.reads.put(snapshot('failed', { runtimeStatus: 'Failed', failure, completedAtMs: 5, tags: [{ key: '__proto__', value: 'x' }] }));
    served.reads.put(snapshot('stalled', { stalledReason: 'nobody has it', input: null }));
    const done = await client.getOrchestrationState('done');
    expect(done).toMatchObject({ runtimeStatus: 'Completed', output: undefined, completedAt: new Date(1_700_000_001_000), input: 'Tokyo' });
    const failed = await client.getOrchestrationState('failed');
    expect(failed?.runtimeStatus === 'Failed' && failed.failureDetails.is('CardDeclined')).toBe(true);
    expect(Object.keys(failed?.tags ?? {})).toEqual(['__proto__']);
    const stalled = await client.getOrchestrationState('stalled');
    expect(stalled).toMatchObject({ runtimeStatus: 'Running', stalledReason: 'nobody has it' });
    expect(stalled).not.toHaveProperty('input');
    expect(await client.getOrchestrationState('none')).toBeUndefined();
  });

  test('[R1] custom status, parent, generation and start time are there when they are', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    const parent = { instanceId: 'mum' as InstanceId, executionId: '1'.repeat(32) as ExecutionId, scheduledSeq: 3, name: 'mother' };
    const startAtMs = 1_800_000_000_000;
    served.reads.put(snapshot('rich', { runtimeStatus: 'Pending', customStatus: 'null', parent, generation: 4, startAtMs }));
    expect(await client.getOrchestrationState('rich')).toMatchObject({
      runtimeStatus: 'Pending',
      customStatus: null,
      parent: { instanceId: 'mum', executionId: '1'.repeat(32), name: 'mother' },
      generation: 4,
      startAt: new Date(startAtMs),
    });
    served.reads.put(snapshot('poor'));
    const poor = await client.getOrchestrationState('poor');
    for (const absent of ['customStatus', 'parent', 'startAt', 'stalledReason']) expect(poor).not.toHaveProperty(absent);
    expect(poor?.generation).toBe(1);
  });

  test.each(['Terminated', 'Canceled'] as const)('[R1] %s has an output when it was given one', async (runtimeStatus) => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.put(snapshot('with', { runtimeStatus, output: '0', completedAtMs: 5 }));
    served.reads.put(snapshot('without', { runtimeStatus, completedAtMs: 5 }));
    expect(await client.getOrchestrationState('with')).toMatchObject({ runtimeStatus, output: 0, completedAt: new Date(5) });
    expect(await client.getOrchestrationState('without')).not.toHaveProperty('output');
    await expect(client.getOrchestration('hello', 'with').result()).rejects.toMatchObject({ code: 'ORCHESTRATION_TERMINATED' });
  });

  test('an error that may pass is tried over until the owner answers', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.put(completed('a'));
    let refusals = 3;
    served.reads.refuse = () => (refusals-- > 0 ? notOwner() : undefined);
    expect(await client.getOrchestrationState('a')).toMatchObject({ runtimeStatus: 'Completed' });
    expect(served.reads.calls).toHaveLength(4);
  });

  test('an outage that lasts is told by its code', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url, { outageTimeout: 40 });
    served.reads.refuse = notOwner;
    await expect(client.getOrchestrationState('a')).rejects.toMatchObject({ code: 'NOT_OWNER', retryable: true });
  });

  test('history is read page by page, parsed', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    const at = { instanceId: 'a' as InstanceId, executionId: '0'.repeat(32) as ExecutionId, atMs: 1_000 };
    const events: Fact[] = Array.from({ length: 1_201 }, (_, index) => ({
      kind: 'TaskScheduled',
      ...at,
      seq: index + 1,
      taskId: index,
      name: 'size',
      input: '{"f":1}',
      attempt: 1,
      firstTaskId: 0,
      tags: [],
      version: '',
    }));
    served.reads.pages.set('a', { events, next: null });
    const seen = [];
    for await (const event of client.getOrchestrationHistory('a')) seen.push(event);
    expect(seen.map((event) => event.number)).toEqual(events.map((event) => event.seq));
    expect(seen[0]).toMatchObject({ number: 1, at: new Date(1_000), type: 'TaskScheduled', taskId: 0, name: 'size', input: { f: 1 } });
    expect(served.reads.calls).toHaveLength(3);
    for await (const event of client.getOrchestrationHistory('none')) expect.unreachable(String(event.number));
  });
});

describe('waiting', () => {
  test('[R4] a wait outlives its worker: the poll is renewed at the next address', async () => {
    const before = await worker();
    const after = await worker();
    before.reads.put(snapshot('a'));
    after.reads.put(snapshot('a'));
    const client = await clientOf([before.server.url, after.server.url]);
    const waited = client.waitForOrchestrationCompletion('a', { timeout: '20s' });
    await expect.poll(() => before.reads.waiting).toBe(1);
    await before.server.close();
    await expect.poll(() => after.reads.waiting).toBe(1);
    after.reads.put(completed('a'));
    expect(await waited).toMatchObject({ runtimeStatus: 'Completed', output: 'Hello Tokyo!' });
  });

  test('[R4] a start is any status but Pending', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.put(snapshot('a', { runtimeStatus: 'Pending' }));
    const waited = client.waitForOrchestrationStart('a');
    await expect.poll(() => served.reads.waiting).toBe(1);
    served.reads.put(snapshot('a'));
    expect(await waited).toMatchObject({ runtimeStatus: 'Running' });
  });

  test('[R4] a timeout is an error that names what was seen; an unknown instance is undefined', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.put(snapshot('a', { stalledReason: 'no worker has orchestrator "hello"' }));
    const waited = client.waitForOrchestrationCompletion('a', { timeout: 30 });
    await expect(waited).rejects.toBeInstanceOf(WaitTimeoutError);
    await expect(waited).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      name: 'TimeoutError',
      message: expect.stringContaining('no worker has') as unknown,
    });
    expect(await client.waitForOrchestrationCompletion('none')).toBeUndefined();
  });

  test.each([
    [Number.NaN, RangeError],
    [Number.POSITIVE_INFINITY, RangeError],
    [-1, RangeError],
    ['5' as never, TypeError],
    ['5 parsecs' as never, TypeError],
  ])('[A6] the timeout %s is refused at the call', async (timeout, error) => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    await expect(client.waitForOrchestrationCompletion('a', { timeout })).rejects.toBeInstanceOf(error);
    expect(served.reads.calls).toEqual([]);
  });

  test('result() throws how the orchestration ended', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    const failure = { errorType: 'Boom', message: 'x', stack: null, nonRetriable: false, cause: null, errors: [], properties: null };
    served.reads.put(snapshot('failed', { runtimeStatus: 'Failed', failure, completedAtMs: 5 }));
    served.reads.put(snapshot('terminated', { runtimeStatus: 'Terminated', completedAtMs: 5 }));
    const failed = client.getOrchestration('hello', 'failed').result();
    await expect(failed).rejects.toBeInstanceOf(OrchestrationFailedError);
    await expect(failed).rejects.toMatchObject({ details: { errorType: 'Boom' } });
    await expect(client.getOrchestration('hello', 'terminated').result()).rejects.toMatchObject({ code: 'ORCHESTRATION_TERMINATED' });
    await expect(client.getOrchestration('hello', 'none').result()).rejects.toBeInstanceOf(OrchestrationNotFoundError);
  });

  test('closing ends what waits with CLIENT_CLOSED', async () => {
    const served = await worker();
    const client = await clientOf(served.server.url);
    served.reads.put(snapshot('a'));
    const waited = client.waitForOrchestrationCompletion('a');
    await expect.poll(() => served.reads.waiting).toBe(1);
    await client.close();
    await expect(waited).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await expect(client.getOrchestrationState('a')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});

describe('batched readings', () => {
  test('readings of one burst are one request', async () => {
    const served = await worker();
    const requests: string[] = [];
    const counting = await proxyOf(served, (url) => requests.push(url));
    const reads = createHttpReads(counting);
    closing(reads);
    served.reads.put(completed('x'));
    await Promise.all(Array.from({ length: 900 }, () => reads.state('x')));
    expect(requests).toEqual(['/v1/reads']);
  });

  test('slow waits never keep quick readings out, on a bounded number of connections', async () => {
    const served = await worker();
    let most = 0;
    const counted = await proxyOf(served, () => undefined);
    const reads = createHttpReads(counted);
    closing(reads);
    served.reads.put(completed('quick'));
    const waits: Promise<unknown>[] = [];
    for (let at = 0; at < 60; at++) {
      served.reads.put(snapshot(`slow-${String(at)}`));
      waits.push(reads.wait(`slow-${String(at)}`, 'completion', 10_000));
      // Each quick answer proves that the wait before it is on its way in a request of its own.
      expect(await reads.state('quick')).toMatchObject({ runtimeStatus: 'Completed' });
      most = Math.max(most, proxied.size);
    }
    expect(most).toBeLessThanOrEqual(20);
    for (let at = 0; at < 60; at++) served.reads.put(completed(`slow-${String(at)}`));
    expect(await Promise.all(waits)).toHaveLength(60);
  });

  test('a worker that falls silent is left after three missed heartbeats', async () => {
    const silent = await listener((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.flushHeaders();
    });
    const reads = createHttpReads(silent.url);
    closing(reads);
    await expect(reads.wait('a', 'completion', 10_000)).rejects.toMatchObject({ code: 'API_INTERRUPTED', retryable: true });
  });

  test('an answer that is no answer of a worker is told as such', async () => {
    const other = await listener((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>\n</html>\n'));
    const reads = createHttpReads(other.url);
    closing(reads);
    await expect(reads.state('a')).rejects.toMatchObject({ code: 'API_ANSWER_INVALID' });
  });
});

/** The connections that are open through the last proxy. */
const proxied: Set<unknown> = new Set();

/** Passes requests on to a worker and counts them. */
async function proxyOf(served: FakeWorker, seen: (url: string) => void): Promise<string> {
  const { request } = await import('node:http');
  const { url, server } = await listener((incoming, outgoing) => {
    seen(incoming.url ?? '');
    const { method, headers } = incoming;
    const passed = request({ host: '127.0.0.1', port: served.server.port, path: incoming.url, method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 0, response.headers);
      outgoing.flushHeaders();
      response.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  proxied.clear();
  server.on('connection', (socket) => {
    proxied.add(socket);
    socket.on('close', () => proxied.delete(socket));
  });
  return url;
}
