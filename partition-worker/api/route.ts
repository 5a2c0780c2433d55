/**
 * What a URL asks for. Parsed by hand from the raw request line: `new URL` resolves `.` and `..`, which are instance ids like any other.
 */
import { instanceIdFault, OperationalError, type CommandPlace, type WaitFor } from '../../schemas/index.ts';
import { historyLimitDefault, historyLimitMax, pollMsMax } from './limits.ts';

export type Route =
  | { readonly kind: 'health' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'commands'; readonly waitMs: number | undefined }
  | { readonly kind: 'reads' }
  | { readonly kind: 'answer'; readonly place: CommandPlace; readonly waitMs: number }
  | { readonly kind: 'state'; readonly instanceId: string; readonly after: CommandPlace | undefined }
  | {
      readonly kind: 'history';
      readonly instanceId: string;
      readonly after: CommandPlace | undefined;
      readonly from: number;
      readonly limit: number;
    }
  | {
      readonly kind: 'wait';
      readonly instanceId: string;
      readonly after: CommandPlace | undefined;
      readonly what: WaitFor;
      readonly timeoutMs: number;
    };

export function methodOf(route: Route): 'GET' | 'POST' {
  return route.kind === 'commands' || route.kind === 'reads' ? 'POST' : 'GET';
}

/** @throws OperationalError `NOT_FOUND`, `REQUEST_INVALID`, `INSTANCE_ID_INVALID`. */
export function parseRoute(url: string): Route {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = new Query(mark === -1 ? '' : url.slice(mark + 1));
  if (!path.startsWith('/v1/')) throw notFound(path);
  const [collection = '', first, second, ...rest] = path.slice('/v1/'.length).split('/');
  if (rest.length > 0) throw notFound(path);
  if (first === undefined) return fixedRoute(collection, query, path);
  if (collection === 'commands' && second !== undefined) return answerRoute(first, second, query);
  if (collection === 'instances') return instanceRoute(instanceIdOf(first), second, query, path);
  throw notFound(path);
}

function fixedRoute(name: string, query: Query, path: string): Route {
  if (name === 'commands') return { kind: name, waitMs: query.has('wait') ? query.pollMs('wait', 0) : undefined };
  if (name === 'reads' || name === 'health' || name === 'ready') return { kind: name };
  throw notFound(path);
}

function answerRoute(partition: string, offset: string, query: Query): Route {
  const place = { partition: wholeNumber(partition), offset: wholeNumber(offset) };
  if (place.partition === undefined || place.offset === undefined) throw invalid('a command stands at /v1/commands/{partition}/{offset}');
  return { kind: 'answer', place: { partition: place.partition, offset: place.offset }, waitMs: query.pollMs('wait', 0) };
}

function instanceRoute(instanceId: string, what: string | undefined, query: Query, path: string): Route {
  const after = query.after();
  if (what === undefined) return { kind: 'state', instanceId, after };
  if (what === 'history') {
    const from = query.number('from', 1);
    const limit = query.number('limit', historyLimitDefault);
    if (from < 1) throw invalid('event numbers start at 1');
    if (limit < 1 || limit > historyLimitMax) throw invalid(`"limit" is between 1 and ${String(historyLimitMax)}`);
    return { kind: 'history', instanceId, after, from, limit };
  }
  if (what === 'wait') {
    const wanted = query.text('for') ?? 'completion';
    if (wanted !== 'start' && wanted !== 'completion') throw invalid('"for" is "start" or "completion"');
    return { kind: 'wait', instanceId, after, what: wanted, timeoutMs: query.pollMs('timeout', pollMsMax) };
  }
  throw notFound(path);
}

function instanceIdOf(encoded: string): string {
  let id: string;
  try {
    id = decodeURIComponent(encoded);
  } catch {
    throw invalid('the instance id in the path is not percent-encoded UTF-8');
  }
  const fault = instanceIdFault(id);
  if (fault !== undefined) throw new OperationalError('INSTANCE_ID_INVALID', fault, { retryable: false });
  return id;
}

/** The query string, parsed only when there is one. */
class Query {
  private readonly params: URLSearchParams | undefined;

  constructor(text: string) {
    this.params = text === '' ? undefined : new URLSearchParams(text);
  }

  has(name: string): boolean {
    return this.text(name) !== undefined;
  }

  text(name: string): string | undefined {
    return this.params?.get(name) ?? undefined;
  }

  number(name: string, byDefault: number): number {
    const text = this.text(name);
    if (text === undefined) return byDefault;
    const value = wholeNumber(text);
    if (value === undefined) throw invalid(`"${name}" is a whole number`);
    return value;
  }

  /** Milliseconds to wait, cut to one long poll. */
  pollMs(name: string, byDefault: number): number {
    return Math.min(this.number(name, byDefault), pollMsMax);
  }

  after(): CommandPlace | undefined {
    const text = this.text('after');
    if (text === undefined) return undefined;
    const [partitionText = '', offsetText = '', ...rest] = text.split(':');
    const partition = wholeNumber(partitionText);
    const offset = wholeNumber(offsetText);
    if (partition === undefined || offset === undefined || rest.length > 0) throw invalid('"after" is partition:offset');
    return { partition, offset };
  }
}

function wholeNumber(text: string): number | undefined {
  if (!/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function invalid(message: string): OperationalError {
  return new OperationalError('REQUEST_INVALID', message, { retryable: false });
}

function notFound(path: string): OperationalError {
  return new OperationalError('NOT_FOUND', `there is nothing at ${path.slice(0, 200)}`, {
    retryable: false,
    cure: 'README.md lists the routes of the HTTP API',
  });
}
