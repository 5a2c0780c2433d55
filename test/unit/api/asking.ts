import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { FakeWorker } from './fakes.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** The raw request line, as no URL class would send it. */
export function ask(
  served: FakeWorker,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port: served.server.port,
      method,
      path,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const lines = response.headers['content-type'] === 'application/x-ndjson';
        const parsed: unknown = lines
          ? text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]))
          : JSON.parse(text);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
      });
    });
    sent.end(body);
  });
}
