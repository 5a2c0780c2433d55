import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { afterEach, expect, test } from 'vitest';
import { createCodec, type HistoryRecord } from '../../../schemas/index.ts';
import { registerSchemas } from '../../../schemas/registry.ts';
import { historyRecords } from './samples.ts';

/** As much of a registry as is asked of one, over HTTP: subjects, ids, compatibility levels. */
class Registry {
  readonly requests: string[] = [];
  readonly levels = new Map<string, string>();
  readonly schemas: string[] = [];
  /** Answers that come before the true one. */
  readonly trouble: (number | 'never' | 'none')[] = [];
  keepsLevelsOfEmptySubjects = true;
  credentials: string | undefined;
  readonly #filled = new Set<string>();
  readonly #server: Server = createServer((request, response) => {
    void body(request).then((text) => {
      const answer = this.#answer(request, text);
      if (answer === 'never') return;
      response.writeHead(answer.status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(answer.json));
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ method = '', url = '', headers }: IncomingMessage, text: string): { status: number; json: object } | 'never' {
    const [path = ''] = url.split('?');
    this.requests.push(`${method} ${path}`);
    const trouble = this.trouble.shift();
    if (trouble === 'never') return 'never';
    if (typeof trouble === 'number') return { status: trouble, json: { error_code: trouble, message: 'as you wish' } };
    if (this.credentials !== undefined && headers.authorization !== `Basic ${this.credentials}`) return { status: 401, json: {} };
    const [, kind = '', subject = ''] = /^\/(config|subjects)\/([^/]+)/.exec(path) ?? [];
    if (kind === 'config') return this.#config(method, decodeURIComponent(subject), text);
    if (kind === 'subjects') return this.#register(decodeURIComponent(subject), text);
    const schema = this.schemas[Number(path.split('/').at(-1)) - 1];
    return schema === undefined ? { status: 404, json: {} } : { status: 200, json: { schema } };
  }

  #config(method: string, subject: string, text: string): { status: number; json: object } {
    const missing = { status: 404, json: { error_code: 40_401, message: 'no such subject' } };
    if (method === 'PUT') {
      if (!this.keepsLevelsOfEmptySubjects && !this.#filled.has(subject)) return missing;
      this.levels.set(subject, (JSON.parse(text) as { compatibility: string }).compatibility);
      return { status: 200, json: JSON.parse(text) as object };
    }
    const level = this.levels.get(subject);
    return level === undefined ? missing : { status: 200, json: { compatibilityLevel: level } };
  }

  #register(subject: string, text: string): { status: number; json: object } {
    const { schema } = JSON.parse(text) as { schema: string };
    this.#filled.add(subject);
    if (!this.schemas.includes(schema)) this.schemas.push(schema);
    return { status: 200, json: { id: this.schemas.indexOf(schema) + 1 } };
  }
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

let registry = new Registry();

afterEach(async () => {
  await registry.close();
  registry = new Registry();
});

test('each subject gets its compatibility before its first schema, and the ids come back', async () => {
  const host = await registry.open();
  const ids = await registerSchemas({ host: `${host}/`, namespace: 'orders', queues: ['gpu'] });

  expect(Object.fromEntries(registry.levels)).toEqual({
    'orders.commands-value': 'BACKWARD_TRANSITIVE',
    'orders.history-value': 'BACKWARD_TRANSITIVE',
    'orders.dead-letter-value': 'BACKWARD_TRANSITIVE',
    'orders.lifecycle-value': 'FULL_TRANSITIVE',
    'orders.q.gpu-value': 'BACKWARD_TRANSITIVE',
  });
  expect(registry.requests.slice(0, 3)).toEqual([
    'PUT /config/orders.commands-value',
    'GET /config/orders.commands-value',
    'POST /subjects/orders.commands-value/versions',
  ]);
  expect(ids.map(({ record, version, id }) => `${record} ${String(version)} ${String(id)}`)).toEqual([
    'Command 1 1',
    'Command 2 2',
    'HistoryRecord 1 3',
    'HistoryRecord 2 4',
    'DeadLetter 1 5',
    'LifecycleEvent 1 6',
    'TaskItem 1 7',
  ]);
});

test('repeating it gives the same ids and registers nothing new', async () => {
  const host = await registry.open();
  const first = await registerSchemas({ host, namespace: 'orders' });
  expect(await registerSchemas({ host, namespace: 'orders' })).toEqual(first);
  expect(registry.schemas.length).toBe(6);
});

test('what our codec writes with those ids, others read by the registry alone', async () => {
  const host = await registry.open();
  const codec = createCodec(await registerSchemas({ host, namespace: 'orders' }));
  const others = new SchemaRegistry({ host });
  const completed = historyRecords.find(({ body: { kind } }) => kind === 'TaskCompleted') as HistoryRecord;
  const { kind, ...fields } = completed.body;
  const read: unknown = await others.decode(codec.encodeHistory(completed));
  expect(read).toEqual({ ...completed, body: { [`perdure.${kind}`]: fields } });
});

test('a registry that keeps no settings for empty subjects gets them right after the first schema', async () => {
  registry.keepsLevelsOfEmptySubjects = false;
  const host = await registry.open();
  await registerSchemas({ host, namespace: 'orders' });
  expect(registry.levels.get('orders.lifecycle-value')).toBe('FULL_TRANSITIVE');
  expect(registry.levels.size).toBe(4);
});

test('conflicts and outages that pass are waited out', async () => {
  registry.trouble.push(503, 409, 500);
  const host = await registry.open();
  expect((await registerSchemas({ host, namespace: 'orders' })).length).toBe(6);
});

test('credentials are sent with every request', async () => {
  registry.credentials = Buffer.from('ada:s3cret').toString('base64');
  const host = await registry.open();
  const auth = { username: 'ada', password: 's3cret' };
  expect((await registerSchemas({ host, namespace: 'orders', auth })).length).toBe(6);
  await expect(registerSchemas({ host, namespace: 'orders' })).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', retryable: false });
});

test.each([
  ['a schema that is not compatible', [409, 409, 409, 409], 'SCHEMA_INCOMPATIBLE', false],
  ['an address that is no registry', [405], 'REGISTRY_REFUSED', false],
  ['a registry that stays broken', [500, 502, 503, 500], 'REGISTRY_UNREACHABLE', true],
  ['a registry that stops answering', ['never', 'never', 'never', 'never'], 'REGISTRY_UNREACHABLE', true],
] as const)('%s: %j gives %s', async (_, trouble, code, retryable) => {
  registry.trouble.push(...trouble);
  const host = await registry.open();
  await expect(registerSchemas({ host, namespace: 'orders', timeoutMs: 200 })).rejects.toMatchObject({ code, retryable });
});

test('a registry that hangs while a schema is registered is given up on too', async () => {
  const host = await registry.open();
  await registerSchemas({ host, namespace: 'orders' });
  const answered = registry.requests.length;
  // The first request sets the level; from the second on, which are the library's own, nothing is answered.
  registry.trouble.push('none', 'never', 'never', 'never', 'never');
  await expect(registerSchemas({ host, namespace: 'orders', timeoutMs: 200 })).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  expect(registry.requests.slice(answered, answered + 2)).toEqual([
    'PUT /config/orders.commands-value',
    'GET /config/orders.commands-value',
  ]);
});

test('nobody listens there', async () => {
  const host = await registry.open();
  await registry.close();
  await expect(registerSchemas({ host, namespace: 'orders' })).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE', retryable: true });
  await registry.open();
});

test('a namespace that is none is refused before anybody is asked', async () => {
  const host = await registry.open();
  await expect(registerSchemas({ host, namespace: 'a.b' })).rejects.toMatchObject({ code: 'NAMESPACE_INVALID' });
  expect(registry.requests).toEqual([]);
});
