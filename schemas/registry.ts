/**
 * Makes the schemas known to a Confluent-compatible registry. A door of its own, so that only those who use a registry load
 * its client. Nothing at run time depends on a registry: it is asked once, the codec is given the ids.
 *
 *  1. A subject's compatibility is set before its first schema: the client library would register first and guard afterwards.
 *  2. What is registered is the committed schema text, every version, oldest first; a repeat changes nothing.
 *  3. Every request ends within `timeoutMs`; trouble that may pass is tried again a few times, then thrown.
 */
import { COMPATIBILITY, SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { wireSchemas, type WireRecord, type WireSchema } from './avro.gen.ts';
import type { SchemaId } from './codec.ts';
import { OperationalError } from './errors.ts';
import { topicNames } from './topics.ts';

export interface RegistryOptions {
  /** Base URL, such as `http://127.0.0.1:8081` or `https://registry.example/apis/ccompat/v7`. */
  readonly host: string;
  readonly namespace: string;
  /** Task queues whose subjects are wanted; default none. */
  readonly queues?: readonly string[];
  readonly auth?: { readonly username: string; readonly password: string };
  /** Per request; default 10,000. */
  readonly timeoutMs?: number;
}

/** A registry answers in milliseconds; ten seconds are a start-up that still looks alive. */
const timeoutMsDefault = 10_000;
/** Simultaneous first registrations answer some of their callers with a conflict; two of three attempts were always enough. */
const attemptsMax = 4;
const pauseMs = 100;

/**
 * Registers every schema version under `<topic>-value` and gives the ids for `createCodec`. Repeating it is safe.
 * @throws OperationalError `REGISTRY_UNREACHABLE` (retryable), `REGISTRY_UNAUTHORIZED`, `REGISTRY_REFUSED`, `SCHEMA_INCOMPATIBLE`
 */
export async function registerSchemas(options: RegistryOptions): Promise<readonly SchemaId[]> {
  const client = openClient(options);
  const ids: SchemaId[] = [];
  for (const subject of subjectsOf(options)) {
    await persist(options, subject, () => setCompatibility(options, subject));
    for (const schema of versionsOf(subject.record)) {
      const id = await persist(options, subject, () => register(client, subject, schema));
      ids.push({ record: schema.record, version: schema.version, id });
    }
  }
  return ids;
}

interface Subject {
  readonly name: string;
  readonly record: WireRecord;
  readonly compatibility: COMPATIBILITY;
}

/**
 * What only we read may gain union branches, which is backward compatible but not forward: workers are upgraded before anybody
 * writes them. What others read (`lifecycle`) must be readable by the old and the new alike.
 */
function subjectsOf({ namespace, queues = [] }: RegistryOptions): readonly Subject[] {
  const topics = topicNames(namespace);
  const backward = COMPATIBILITY.BACKWARD_TRANSITIVE;
  return [
    { name: `${topics.commands}-value`, record: 'Command', compatibility: backward },
    { name: `${topics.history}-value`, record: 'HistoryRecord', compatibility: backward },
    { name: `${topics.deadLetter}-value`, record: 'DeadLetter', compatibility: backward },
    { name: `${topics.lifecycle}-value`, record: 'LifecycleEvent', compatibility: COMPATIBILITY.FULL_TRANSITIVE },
    ...queues.map((queue): Subject => ({ name: `${topics.queue(queue)}-value`, record: 'TaskItem', compatibility: backward })),
  ];
}

function versionsOf(record: WireRecord): readonly WireSchema[] {
  return wireSchemas.filter((schema) => schema.record === record).toSorted((left, right) => left.version - right.version);
}

function openClient({ host, auth, timeoutMs = timeoutMsDefault }: RegistryOptions): SchemaRegistry {
  return new SchemaRegistry({
    host,
    ...(auth === undefined ? {} : { auth: { username: auth.username, password: auth.password } }),
    // All five: the library writes what it is given into defaults shared by every client of the process.
    retry: { maxRetryTimeInSecs: 5, initialRetryTimeInSecs: 0.1, factor: 0.2, multiplier: 2, retries: 0 },
    // Without this a registry that accepts and never answers would hang us.
    middlewares: [() => ({ prepareRequest: async (next) => (await next()).enhance({ timeout: timeoutMs }) })],
  });
}

async function register(client: SchemaRegistry, subject: Subject, { avsc }: WireSchema): Promise<number> {
  const schema = JSON.parse(avsc) as Parameters<SchemaRegistry['getRegistryIdBySchema']>[1];
  try {
    const { id } = await client.register(schema, { subject: subject.name, compatibility: subject.compatibility });
    return id;
  } catch (cause) {
    // The library reports a broken connection as status 400; a registry itself answers 422 to what it does not understand.
    const status = hasStatus(cause) && cause.status !== 400 ? cause.status : undefined;
    throw new RequestFailed(status, cause);
  }
}

async function setCompatibility({ host, auth, timeoutMs = timeoutMsDefault }: RegistryOptions, subject: Subject): Promise<void> {
  const credentials = auth === undefined ? undefined : Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
  let status: number;
  try {
    const response = await fetch(`${host.replace(/\/+$/, '')}/config/${encodeURIComponent(subject.name)}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        ...(credentials === undefined ? {} : { authorization: `Basic ${credentials}` }),
      },
      body: JSON.stringify({ compatibility: subject.compatibility }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    ({ status } = response);
  } catch (cause) {
    throw new RequestFailed(undefined, cause);
  }
  // 404: this registry keeps no settings for a subject without schemas. The library sets them right after the first one.
  if (status !== 404 && (status < 200 || status > 299)) throw new RequestFailed(status, undefined);
}

/** A request that did not do what it was for; no status when there was no answer. */
class RequestFailed extends Error {
  override readonly name: string = 'RequestFailed';
  readonly status: number | undefined;

  constructor(status: number | undefined, cause: unknown) {
    super(status === undefined ? 'no answer' : `status ${String(status)}`, { cause });
    this.status = status;
  }
}

async function persist<T>({ host }: RegistryOptions, subject: Subject, request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      if (attempt === attemptsMax || !mayPass(error.status)) throw explained(host, subject, error);
      await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** attempt));
    }
  }
}

/** 409 is an incompatible schema, and also what some registries answer to one of two callers that register the same. */
function mayPass(status: number | undefined): boolean {
  return status === undefined || status === 409 || status === 429 || status >= 500;
}

function explained(host: string, subject: Subject, { status, cause, message }: RequestFailed): OperationalError {
  const at = `${host}, subject ${subject.name}: ${message}`;
  if (status === undefined || status === 429 || status >= 500) {
    const cure = 'Check that the schema registry runs and can be reached under this address';
    return new OperationalError('REGISTRY_UNREACHABLE', `The schema registry did not answer (${at})`, { retryable: true, cure, cause });
  }
  if (status === 401 || status === 403) {
    const cure = "Check the registry's user name and password and what they may do";
    return new OperationalError('REGISTRY_UNAUTHORIZED', `The schema registry refused our credentials (${at})`, {
      retryable: false,
      cure,
      cause,
    });
  }
  if (status === 409) {
    const cure = 'Look for a foreign schema under this subject, or choose another namespace';
    return new OperationalError('SCHEMA_INCOMPATIBLE', `The subject holds schemas that ours is not compatible with (${at})`, {
      retryable: false,
      cure,
      cause,
    });
  }
  const cure = 'Check that the address is the base URL of a Confluent-compatible schema registry';
  return new OperationalError('REGISTRY_REFUSED', `The schema registry refused a request (${at})`, { retryable: false, cure, cause });
}

function hasStatus(error: unknown): error is { status: number } {
  return typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number';
}
