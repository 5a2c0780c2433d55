/**
 * One answer to one request.
 *
 *  1. It is given once; whatever comes later (a reading that outlived its connection or the server) is dropped.
 *  2. Every answer that is not 2xx is an ApiError.
 */
import type { ServerResponse } from 'node:http';
import { BrokenError, OperationalError, type ApiError } from '../../schemas/index.ts';

const statusByCode: ReadonlyMap<string, number> = new Map([
  ['NOT_FOUND', 404],
  ['INSTANCE_NOT_FOUND', 404],
  ['METHOD_NOT_ALLOWED', 405],
  ['PAYLOAD_TOO_LARGE', 413],
  ['CONTENT_TYPE_UNSUPPORTED', 415],
  ['REQUEST_INVALID', 400],
  ['INPUT_NOT_JSON', 400],
  ['COMMAND_ID_INVALID', 400],
  ['INSTANCE_ID_INVALID', 400],
  ['NAME_INVALID', 400],
  ['VERSION_INVALID', 400],
  ['TAGS_INVALID', 400],
  ['EVENT_ID_INVALID', 400],
  ['REASON_INVALID', 400],
  ['START_AT_INVALID', 400],
  ['CONFLICT_POLICY_INVALID', 400],
]);

export interface Failure {
  readonly status: number;
  readonly body: ApiError;
  readonly retryable: boolean;
}

/** What a client is told about an error. Only our own two kinds are told in words: others may hold what is nobody's business. */
export function failureOf(error: unknown): Failure {
  if (error instanceof OperationalError) {
    const status = statusByCode.get(error.code) ?? (error.retryable ? 503 : 500);
    const body: ApiError = { error: { code: error.code, message: error.message, cure: error.cure ?? null } };
    return { status, body, retryable: error.retryable };
  }
  const code = error instanceof BrokenError ? error.code : 'INTERNAL';
  const cure = "look into the worker's log";
  return { status: 500, body: { error: { code, message: 'the worker could not do this', cure } }, retryable: false };
}

export class Reply {
  readonly response: ServerResponse;
  private given = false;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  /** Nobody waits for the answer any more, or it was given. */
  get over(): boolean {
    return this.given || this.response.destroyed;
  }

  json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void {
    if (this.over) return;
    this.given = true;
    const bytes = Buffer.from(JSON.stringify(body));
    this.response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
    this.response.end(bytes);
  }

  fail(error: unknown, headers?: Readonly<Record<string, string>>): void {
    const failure = failureOf(error);
    this.json(failure.status, failure.body, headers);
  }

  /** Begins an answer in lines. What is known at once travels with the head, in one packet. */
  startLines(): void {
    this.given = true;
    const { response } = this;
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    setImmediate(() => {
      if (!response.destroyed && !response.writableEnded) response.flushHeaders();
    });
  }
}
