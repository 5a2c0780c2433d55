import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type DurableClient } from '../../../sdk/client/index.ts';
import { createWorker, type Worker } from '../../../sdk/worker/index.ts';
import { catches, echoing, letsThrough, programs, sequence, throwing } from '../../kafka/e2e-programs.ts';
import { sequenceFaultOf } from '../../kafka/sequence-check.ts';

let dir = '';
let worker: Worker;
/** Everything over HTTP, as from another program. */
let client: DurableClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'perdure-api-'));
  const journal = join(dir, 'journal');
  await writeFile(journal, '');
  worker = await createWorker({ dataDir: join(dir, 'data'), ...programs(journal, false), api: { port: 0 }, log: 'silent' });
  client = await createClient({ api: worker.apiUrl ?? '' });
});

afterAll(async () => {
  await client.close();
  await worker.stop();
  await rm(dir, { recursive: true, force: true });
});

/** By `node:http`, because `fetch` resolves `.` and `..` in a path, encoded or not; they are ids like any other. */
async function request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const sent = http.request(worker.apiUrl ?? '', { method, path, headers: { 'content-type': 'application/json' } });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await json(answer) };
}

test('state, history and waits over HTTP', async () => {
  const handle = await client.scheduleNewOrchestration(sequence, { seed: 'h', delayMs: 10 }, { instanceId: 'plain', tags: { of: 'mine' } });
  expect(await client.waitForOrchestrationStart(handle)).toMatchObject({ name: 'sequence', tags: { of: 'mine' } });
  expect(await client.waitForOrchestrationCompletion(handle)).toMatchObject({
    runtimeStatus: 'Completed',
    output: 'h12345',
    historyLength: 18,
  });
  expect(await sequenceFaultOf(handle.history())).toBeUndefined();
  expect(await client.getOrchestrationState('nobody')).toBeUndefined();
  expect(await request('GET', '/v1/instances/nobody')).toMatchObject({ status: 404, body: { error: { code: 'INSTANCE_NOT_FOUND' } } });
  expect(await request('GET', '/v1/ready')).toEqual({ status: 200, body: { ready: true } });
  expect(await request('GET', '/v1/health')).toMatchObject({ status: 200, body: { healthy: true } });
});

describe('[S7] any id of 1 to 256 bytes that does not begin with @ works everywhere', () => {
  // prettier-ignore
  const odd = [
    '/', '//', 'a/b', '/a', 'a/', '.', '..', '../..', './a', '?', 'a?b=c', '#', 'a#b', '%', '%2F', '%2f', '%00', '&', '+', 'a+b', ' ', ' a ',
    'a b', '"', "'", '\\', '\n', '\t', '\u0000', '\u007f', ':', 'a:b', ';', ',', '=', '~', '*', '(', '[', '{', '<', '|', '^', '`', 'a@b', '__proto__',
    'constructor', 'toString', 'history', 'wait', 'null', '0', 'é', 'ünïcödé', '東京', '😀', '👩‍👩‍👧‍👦', '\ufeff', '\u202e', '\uffff',
    'e\u0301', 'x'.repeat(256), 'é'.repeat(128), '😀'.repeat(64),
  ];

  test.each(odd)('%j', async (instanceId) => {
    const handle = await client.scheduleNewOrchestration(echoing, instanceId, { instanceId });
    expect(await handle.result()).toBe(instanceId);
    expect(await handle.state()).toMatchObject({ instanceId, input: instanceId, output: instanceId });
    const numbers: number[] = [];
    for await (const event of handle.history()) numbers.push(event.number);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
    const path = `/v1/instances/${encodeURIComponent(instanceId)}`;
    for (const reading of ['', '/wait']) expect(await request('GET', path + reading)).toMatchObject({ status: 200, body: { instanceId } });
  });

  test('one id that begins another is another instance', async () => {
    const ids = ['n', 'n/', 'n/1', 'n/1/2', 'n/12'];
    for (const instanceId of ids) await client.scheduleNewOrchestration(echoing, `of ${instanceId}`, { instanceId });
    for (const instanceId of ids) expect(await client.getOrchestration(echoing, instanceId).result()).toBe(`of ${instanceId}`);
  });

  test.each(['', '@', '@a', 'x'.repeat(257), 'é'.repeat(129), 'a\ud800'])('%j is refused', async (instanceId) => {
    await expect(client.scheduleNewOrchestration(echoing, 'x', { instanceId })).rejects.toMatchObject({ code: 'INSTANCE_ID_INVALID' });
  });

  test.each(['', '@a', 'x'.repeat(257)])('%j is refused of other clients too', async (instanceId) => {
    const start = { instanceId, name: 'echoing', version: '', input: null, tags: [], onConflict: 'error', startAtMs: null };
    const refused = await request('POST', '/v1/commands', { commandId: 'c', start });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'INSTANCE_ID_INVALID' } } });
  });
});

describe('outcomes', () => {
  test('an orchestrator that throws', async () => {
    const handle = await client.scheduleNewOrchestration(throwing, undefined, { instanceId: 'throws' });
    expect(await client.waitForOrchestrationCompletion(handle)).toMatchObject({
      runtimeStatus: 'Failed',
      failureDetails: { errorType: 'RangeError', message: 'throws is out of range' },
    });
  });

  test('an activity that throws, let through and caught', async () => {
    const through = await client.scheduleNewOrchestration(letsThrough);
    expect(await client.waitForOrchestrationCompletion(through)).toMatchObject({ failureDetails: { errorType: 'TaskFailedError' } });
    expect(await (await client.scheduleNewOrchestration(catches)).result()).toEqual(['TypeError', 'cannot take that', 'went on 1']);
  });

  test('a refused start', async () => {
    await client.scheduleNewOrchestration(echoing, '1', { instanceId: 'taken' });
    const again = client.scheduleNewOrchestration(echoing, '2', { instanceId: 'taken' });
    await expect(again).rejects.toMatchObject({ name: 'CommandRefusedError', code: 'INSTANCE_ALREADY_EXISTS' });
  });

  test('an input that is not JSON', async () => {
    const start = { instanceId: 'not-json', name: 'echoing', version: '', input: '{"open', tags: [], onConflict: 'error', startAtMs: null };
    const refused = await request('POST', '/v1/commands', { commandId: 'c', start });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'INPUT_NOT_JSON' } } });
  });

  test('a payload of 1 MiB, and one byte more', async () => {
    const largest = 'x'.repeat((1 << 20) - 2);
    expect(await (await client.scheduleNewOrchestration(echoing, largest)).result()).toBe(largest);
    await expect(client.scheduleNewOrchestration(echoing, `${largest}x`)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const start = {
      instanceId: 'over',
      name: 'echoing',
      version: '',
      input: JSON.stringify(`${largest}x`),
      tags: [],
      onConflict: 'error',
      startAtMs: null,
    };
    expect(await request('POST', '/v1/commands', { commandId: 'c', start })).toMatchObject({
      body: { error: { code: 'PAYLOAD_TOO_LARGE' } },
    });
  });
});
