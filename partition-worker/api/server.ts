/**
 * A worker's HTTP API.
 *
 *  1. Every request is answered once, by JSON or by an ApiError; a fault of ours is logged and told as `INTERNAL`.
 *  2. A request that another worker forwarded (`x-perdure-forwarded`) is answered from what this worker owns, never forwarded again.
 *  3. Closing ends every wait with `UNAVAILABLE` (retryable), so that clients go elsewhere at once; commands on their way are answered.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OperationalError, type WorkerReads } from '../../schemas/index.ts';
import type { CommandBatcher } from '../../engine/log/index.ts';
import { acceptCommand, answerReading } from './answers.ts';
import { readJson } from './body.ts';
import {
  closeCheckIntervalMs,
  closeGraceMs,
  connectionsMax,
  headersTimeoutMs,
  heartbeatIntervalMs,
  idleTimeoutMs,
  keepAliveTimeoutMs,
  requestTimeoutMs,
} from './limits.ts';
import { listen, urlOf } from './listening.ts';
import { readItemsOf, ReadStream } from './read-stream.ts';
import { failureOf, Reply } from './reply.ts';
import { methodOf, parseRoute, type Route } from './route.ts';

/** What `GET /v1/health` answers, with status 200 when `healthy`, else 503. */
export interface HealthReport {
  readonly healthy: boolean;
  /** For people and dashboards: what this worker owns, and what ails it. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ApiServerOptions {
  /** Default 127.0.0.1: the API has no authentication of its own. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Readings of what this worker owns; throws `NOT_OWNER` for the rest. */
  readonly local: WorkerReads;
  /** Readings of any partition (`createForwardingReads`); the same as `local` for a worker that owns all. */
  readonly reads: WorkerReads;
  /** Throws `UNAVAILABLE` while there is no log behind the server. */
  readonly commands: () => CommandBatcher;
  readonly health: () => HealthReport;
  /** False while the worker does not serve: at start, in shutdown. */
  readonly ready: () => boolean;
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: Readonly<Record<string, unknown>>) => void;
}

export interface ApiServer {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Stops listening, ends waits, lets the rest finish (at most 1 s). */
  close(): Promise<void>;
}

/** Starts to serve. @throws OperationalError `PORT_IN_USE`, `PORT_NOT_ALLOWED`, `LISTEN_FAILED`. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const host = options.host ?? '127.0.0.1';
  const api = new Api(options);
  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, (request, response) => void api.answer(request, response));
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.timeout = idleTimeoutMs;
  server.maxConnections = connectionsMax;
  await listen(server, host, options.port);
  const heartbeat = setInterval(() => api.heartbeat(), heartbeatIntervalMs);
  const { url, port } = urlOf(server, host);
  options.log('info', 'api.listening', { url });
  let closing: Promise<void> | undefined;
  return {
    url,
    port,
    close() {
      closing ??= closeServer(server, api).finally(() => clearInterval(heartbeat));
      return closing;
    },
  };
}

async function closeServer(server: Server, api: Api): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  api.close();
  // Node closes the connections that are idle now; those that fall idle as their answers end are ours to close.
  const idle = setInterval(() => server.closeIdleConnections(), closeCheckIntervalMs);
  const late = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

class Api {
  private readonly options: ApiServerOptions;
  /** Answers that only wait for something to happen, and how each is ended early (3). */
  private readonly waiting: Map<Reply, () => void> = new Map();
  private readonly streams: Set<ReadStream> = new Set();
  private closed = false;

  constructor(options: ApiServerOptions) {
    this.options = options;
  }

  heartbeat(): void {
    for (const stream of this.streams) stream.heartbeat();
  }

  close(): void {
    this.closed = true;
    for (const end of this.waiting.values()) end();
    for (const stream of this.streams) stream.close(shuttingDown());
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = new Reply(response);
    // `server.close` waits for connections that are kept alive: in shutdown each answer is its connection's last.
    if (this.closed) response.setHeader('connection', 'close');
    try {
      const route = parseRoute(request.url ?? '/');
      if (request.method !== methodOf(route)) {
        reply.fail(methodNotAllowed(request.method, methodOf(route)), { allow: methodOf(route) });
        return;
      }
      await this.serve(route, request, reply);
    } catch (error) {
      this.fail(reply, request, error);
    } finally {
      this.waiting.delete(reply);
    }
  }

  private async serve(route: Route, request: IncomingMessage, reply: Reply): Promise<void> {
    const { options } = this;
    switch (route.kind) {
      case 'health': {
        const report = options.health();
        reply.json(report.healthy ? 200 : 503, report);
        return;
      }
      case 'ready': {
        const ready = options.ready();
        reply.json(ready ? 200 : 503, { ready });
        return;
      }
      case 'commands': {
        const { reads } = options;
        const { waitMs } = route;
        await acceptCommand(request, reply, { commands: options.commands(), reads, waitMs, waits: (end) => this.wait(reply, end) });
        return;
      }
      case 'reads':
        await this.stream(readItemsOf(await readJson(request)), this.readsFor(request), reply);
        return;
      case 'answer':
      case 'state':
      case 'history':
      case 'wait':
        this.wait(reply, () => reply.fail(shuttingDown(), { connection: 'close' }));
        await answerReading(route, this.readsFor(request), reply);
        return;
      default:
        route satisfies never;
    }
  }

  private wait(reply: Reply, end: () => void): void {
    if (this.closed) end();
    else this.waiting.set(reply, end);
  }

  private async stream(items: readonly unknown[], reads: WorkerReads, reply: Reply): Promise<void> {
    if (this.closed) throw shuttingDown();
    const stream = new ReadStream(reply, items);
    this.streams.add(stream);
    try {
      await stream.run(items, reads);
    } finally {
      this.streams.delete(stream);
    }
  }

  private readsFor(request: IncomingMessage): WorkerReads {
    return request.headers['x-perdure-forwarded'] === undefined ? this.options.reads : this.options.local;
  }

  private fail(reply: Reply, request: IncomingMessage, error: unknown): void {
    const { status } = failureOf(error);
    if (status === 500) this.options.log('error', 'api.failed', { method: request.method, url: request.url?.slice(0, 200), error });
    // A body that was not read to its end leaves the connection unusable.
    reply.fail(error, request.complete ? undefined : { connection: 'close' });
  }
}

function shuttingDown(): OperationalError {
  return new OperationalError('UNAVAILABLE', 'this worker is shutting down', { retryable: true, cure: 'ask another worker' });
}

function methodNotAllowed(method: string | undefined, allowed: string): OperationalError {
  return new OperationalError('METHOD_NOT_ALLOWED', `${method ?? 'this method'} is not allowed here, ${allowed} is`, { retryable: false });
}
