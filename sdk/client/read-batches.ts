/**
 * Readings of one worker, many to a request (`POST /v1/reads`).
 *
 *  1. While one request is being opened, what is asked meanwhile waits and goes with the next: the more is asked, the larger the batches.
 *  2. A request stays open as long as its slowest reading. When `streamsMax` are open, the one that waits for least is given up and its
 *     readings go with the next: slow waits never keep fast readings out, and the number of connections is bounded.
 *  3. A worker shows every 2 s that it lives. When it does not, its readings fail as `API_INTERRUPTED` and may be asked elsewhere.
 *  4. Each reading is answered once.
 */
import type { IncomingMessage } from 'node:http';
import { OperationalError, type ReadItem, type ReadLine } from '../../schemas/index.ts';
import { apiErrorOf, connectionError, type HttpConnections, type HttpRequest } from './http.ts';

/** The server's limit for one request. */
const itemsMax = 1_000;
const streamsMax = 16;
/** What may wait here for a worker that is slow. */
const queuedMax = 100_000;
/** Three heartbeats of the server. */
const idleMs = 6_000;

interface Asked {
  readonly item: ReadItem;
  readonly resolve: (line: ReadLine) => void;
  readonly reject: (error: OperationalError) => void;
}

interface Stream {
  /** By index; emptied as lines come. */
  readonly open: Map<number, Asked>;
  response: IncomingMessage | undefined;
}

export class ReadBatches {
  private readonly base: string;
  private readonly connections: HttpConnections;
  private readonly streams: Set<Stream> = new Set();
  private queue: Asked[] = [];
  private opening = false;

  constructor(base: string, connections: HttpConnections) {
    this.base = base;
    this.connections = connections;
  }

  ask(item: ReadItem): Promise<ReadLine> {
    if (this.queue.length >= queuedMax)
      return Promise.reject(
        new OperationalError('CLIENT_OVERLOADED', `${String(queuedMax)} readings wait for ${this.base}`, {
          retryable: true,
          cure: 'ask less at once',
        }),
      );
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      if (this.queue.length === 1) queueMicrotask(() => void this.next());
    });
  }

  private async next(): Promise<void> {
    while (!this.opening && this.queue.length > 0) {
      if (this.streams.size >= streamsMax && !this.giveUpSmallest()) return;
      const batch = this.queue.slice(0, itemsMax);
      this.queue = this.queue.slice(itemsMax);
      await this.open(batch);
    }
  }

  private async open(batch: readonly Asked[]): Promise<void> {
    const stream: Stream = { open: new Map(batch.entries()), response: undefined };
    const body = JSON.stringify({ items: batch.map((asked) => asked.item) });
    const request: HttpRequest = { method: 'POST', base: this.base, path: '/v1/reads', body, idleMs };
    this.opening = true;
    this.streams.add(stream);
    try {
      const response = await this.connections.open(request);
      if (response.statusCode === 200) this.follow(stream, response, request);
      else this.failed(stream, await errorIn(response, request));
    } catch (error) {
      const failure = error instanceof OperationalError ? error : connectionError(new Error('broken', { cause: error }), request);
      this.failed(stream, failure);
      // Those who waited behind would only find the same: they may go to another worker at once.
      for (const asked of this.queue.splice(0)) asked.reject(failure);
    } finally {
      this.opening = false;
    }
  }

  private follow(stream: Stream, response: IncomingMessage, request: HttpRequest): void {
    stream.response = response;
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      try {
        for (const line of lines) if (line !== '') take(stream, line);
      } catch {
        response.destroy();
        this.failed(stream, apiErrorOf(502, undefined, request));
      }
    });
    response.on('error', (cause) => this.failed(stream, connectionError(cause, request)));
    response.on('close', () => this.failed(stream, connectionError(new Error('the answer ended early'), request)));
  }

  /** Ends a stream; what it still owed is rejected. After a good end that is nothing. */
  private failed(stream: Stream, error: OperationalError): void {
    if (!this.streams.delete(stream)) return;
    for (const asked of stream.open.values()) asked.reject(error);
    stream.open.clear();
    void this.next();
  }

  /** Puts what the smallest stream waits for in front of the queue (2); false when that would not make room. */
  private giveUpSmallest(): boolean {
    let smallest: Stream | undefined;
    for (const stream of this.streams)
      if (stream.response !== undefined && stream.open.size < itemsMax && stream.open.size < (smallest?.open.size ?? itemsMax))
        smallest = stream;
    if (smallest === undefined) return false;
    this.streams.delete(smallest);
    if (smallest.open.size === 0) return true;
    this.queue = [...smallest.open.values(), ...this.queue];
    smallest.open.clear();
    smallest.response?.destroy();
    return true;
  }
}

function take(stream: Stream, text: string): void {
  const line = JSON.parse(text) as ReadLine;
  const asked = stream.open.get(line.index);
  stream.open.delete(line.index);
  asked?.resolve(line);
}

async function errorIn(response: IncomingMessage, request: HttpRequest): Promise<OperationalError> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) text += chunk;
  try {
    return apiErrorOf(response.statusCode ?? 0, JSON.parse(text), request);
  } catch {
    return apiErrorOf(response.statusCode ?? 0, undefined, request);
  }
}
