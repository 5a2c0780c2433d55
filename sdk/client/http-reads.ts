/** The readings of workers over HTTP. Nothing is tried over here: whoever asks knows how long it will. */
import {
  OperationalError,
  type CommandAnswer,
  type CommandPlace,
  type HistoryPage,
  type InstanceSnapshot,
  type ReadItem,
  type ReadLine,
  type WorkerReads,
} from '../../schemas/index.ts';
import { fixedAddresses, type Addresses } from './addresses.ts';
import { HttpConnections } from './http.ts';
import { ReadBatches } from './read-batches.ts';

/** A history page can be large and the owner may first have to catch up. */
const historyIdleMs = 15_000;
/** Addresses come and go with workers; this many at once only after many restarts on new ports. */
const batchesMax = 256;

export interface HttpReads extends WorkerReads {
  close(): void;
}

export interface HttpReadsOptions {
  /** Marks every request as forwarded, so that the worker asked does not forward it again. Default false. */
  readonly forwarded?: boolean;
}

/**
 * Readings by HTTP of the worker at a base URL, the first of several that answers, or whichever `Addresses` names.
 * @throws OperationalError `API_UNREACHABLE`, `API_INTERRUPTED`, `NOT_OWNER`, `UNAVAILABLE` (all retryable), `API_ADDRESS_INVALID`.
 */
export function createHttpReads(target: string | readonly string[] | Addresses, options: HttpReadsOptions = {}): HttpReads {
  const addresses = typeof target === 'string' ? fixedAddresses([target]) : 'pick' in target ? target : fixedAddresses(target);
  const connections = new HttpConnections(options.forwarded === true ? { 'x-perdure-forwarded': '1' } : {});
  const batches = new Map<string, ReadBatches>();

  function batchesAt(base: string): ReadBatches {
    let found = batches.get(base);
    if (found === undefined) {
      if (batches.size >= batchesMax) batches.clear();
      found = new ReadBatches(base, connections);
      batches.set(base, found);
    }
    return found;
  }

  async function at<T>(about: number | string, ask: (base: string) => Promise<T>): Promise<T> {
    const base = await addresses.pick(about);
    try {
      return await ask(base);
    } catch (error) {
      if (error instanceof OperationalError && error.retryable && error.code !== 'CLIENT_OVERLOADED') addresses.failed(base);
      throw error;
    }
  }

  const read = (about: number | string, item: ReadItem): Promise<ReadLine> =>
    at(about, async (base) => {
      const line = await batchesAt(base).ask(item);
      if ('error' in line) throw errorOf(line);
      return line;
    });

  return {
    async answer(place, timeoutMs): Promise<CommandAnswer> {
      const { partition, offset } = place;
      const line = await read(partition, { kind: 'answer', partition, offset, timeoutMs });
      if (!('answer' in line)) throw unfitting();
      return line.answer;
    },
    async state(instanceId, after): Promise<InstanceSnapshot | undefined> {
      return instanceOf(await read(instanceId, { kind: 'state', instanceId, ...placed(after) }));
    },
    async wait(instanceId, what, timeoutMs, after): Promise<InstanceSnapshot | undefined> {
      return instanceOf(await read(instanceId, { kind: 'wait', instanceId, for: what, timeoutMs, ...placed(after) }));
    },
    async history(instanceId, page = {}): Promise<HistoryPage | undefined> {
      const path = historyPath(instanceId, page);
      try {
        return (await at(instanceId, (base) => connections.json({ method: 'GET', base, path, idleMs: historyIdleMs }))) as HistoryPage;
      } catch (error) {
        if (error instanceof OperationalError && error.code === 'INSTANCE_NOT_FOUND') return undefined;
        throw error;
      }
    },
    close: () => connections.close(),
  };
}

function historyPath(instanceId: string, page: { from?: number; limit?: number; after?: CommandPlace | undefined }): string {
  const query: string[] = [];
  if (page.from !== undefined) query.push(`from=${String(page.from)}`);
  if (page.limit !== undefined) query.push(`limit=${String(page.limit)}`);
  if (page.after !== undefined) query.push(`after=${String(page.after.partition)}:${String(page.after.offset)}`);
  return `/v1/instances/${encodeURIComponent(instanceId)}/history${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

function placed(after: CommandPlace | undefined): { after?: CommandPlace } {
  return after === undefined ? {} : { after };
}

function instanceOf(line: ReadLine): InstanceSnapshot | undefined {
  if (!('instance' in line)) throw unfitting();
  return line.instance ?? undefined;
}

function errorOf(line: Extract<ReadLine, { readonly error: unknown }>): OperationalError {
  const { code, message, cure } = line.error;
  return new OperationalError(code, message, { retryable: line.retryable, ...(cure === null ? {} : { cure }) });
}

function unfitting(): OperationalError {
  return new OperationalError('API_ANSWER_INVALID', 'the worker answered something else than was asked', {
    retryable: false,
    cure: 'use a client of the same version as the workers',
  });
}
