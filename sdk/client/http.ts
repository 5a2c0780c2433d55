/**
 * HTTP to workers over connections that are kept alive.
 *
 *  1. A connection that its other end had closed meanwhile is replaced without a word, once: everything sent here may be repeated
 *     (readings change nothing, commands carry their id).
 *  2. Errors are OperationalError: `API_UNREACHABLE` when the request certainly did not arrive, `API_INTERRUPTED` when it may have.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { OperationalError, type ApiError } from '../../schemas/index.ts';

/** Connections a worker: each carries 1,000 readings, so this serves 100,000 waits. */
const socketsMax = 128;

const connectFailures: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
]);

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly base: string;
  /** Path and query as they go on the wire. */
  readonly path: string;
  readonly body?: string;
  /** The connection is given up when nothing moves on it for so long. */
  readonly idleMs: number;
}

export class HttpConnections {
  private readonly headers: Readonly<Record<string, string>>;
  private readonly plain: http.Agent = new http.Agent({ keepAlive: true, maxSockets: socketsMax, scheduling: 'lifo' });
  private secure: https.Agent | undefined;

  /** `headers` go with every request. */
  constructor(headers: Readonly<Record<string, string>> = {}) {
    this.headers = headers;
  }

  /** Sends a request; resolves with the answer's head, its body still to come. */
  open(request: HttpRequest): Promise<http.IncomingMessage> {
    return this.send(request).catch((error: unknown) => {
      if (error instanceof StaleConnection) return this.send(request);
      throw error;
    });
  }

  /** Sends a request; resolves with the JSON body of a 2xx answer. @throws OperationalError the worker's own error otherwise. */
  async json(request: HttpRequest): Promise<unknown> {
    const response = await this.open(request);
    const text = await textOf(response, request);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return parsed(text, request);
    throw apiErrorOf(status, parsed(text, request), request);
  }

  close(): void {
    this.plain.destroy();
    this.secure?.destroy();
  }

  private send(request: HttpRequest): Promise<http.IncomingMessage> {
    const { method, base, path, body, idleMs } = request;
    const secure = base.startsWith('https:');
    if (secure) this.secure ??= new https.Agent({ keepAlive: true, maxSockets: socketsMax, scheduling: 'lifo' });
    const sent = (secure ? https : http).request(base + path, {
      method,
      // The URL class resolves `.` and `..`; they are instance ids like any other.
      path: pathUnder(base, path),
      agent: secure ? this.secure : this.plain,
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
      timeout: idleMs,
    });
    return new Promise((resolve, reject) => {
      sent.once('response', resolve);
      sent.once('timeout', () => sent.destroy(new Error(`nothing came for ${String(idleMs)} ms`)));
      // Not `once`: a connection may break again after its answer began, which the answer's reader hears too.
      sent.on('error', (cause: NodeJS.ErrnoException) => {
        if (sent.reusedSocket && cause.code === 'ECONNRESET') reject(new StaleConnection('stale', { cause }));
        else reject(connectionError(cause, request));
      });
      sent.end(body);
    });
  }
}

class StaleConnection extends Error {}

/** What broke on the way, as an OperationalError. */
export function connectionError(cause: NodeJS.ErrnoException, request: HttpRequest): OperationalError {
  const arrived = !connectFailures.has(cause.code ?? '');
  const how = cause.code ?? cause.message;
  return new OperationalError(
    arrived ? 'API_INTERRUPTED' : 'API_UNREACHABLE',
    arrived ? `the connection to ${request.base} broke (${how})` : `no worker answers at ${request.base} (${how})`,
    { retryable: true, cure: 'is `perdure dev` or a worker running there?', cause },
  );
}

/** The error an answer that is not 2xx stands for. */
export function apiErrorOf(status: number, body: unknown, request: HttpRequest): OperationalError {
  if (isApiError(body)) {
    const { code, message, cure } = body.error;
    return new OperationalError(code, message, { retryable: status === 503, ...(cure === null ? {} : { cure }) });
  }
  return new OperationalError('API_ANSWER_INVALID', `${request.base} answered ${String(status)}, and not as a worker does`, {
    retryable: status >= 502 && status <= 504,
    cure: 'is that the address of a worker?',
  });
}

async function textOf(response: http.IncomingMessage, request: HttpRequest): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (cause) {
    throw connectionError(cause instanceof Error ? cause : new Error('interrupted'), request);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string, request: HttpRequest): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw apiErrorOf(502, undefined, request);
  }
}

function pathUnder(base: string, path: string): string {
  const slash = base.indexOf('/', base.indexOf('//') + 2);
  return slash === -1 ? path : base.slice(slash) + path;
}

function isApiError(body: unknown): body is ApiError {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
