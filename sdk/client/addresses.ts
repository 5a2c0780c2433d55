/** Where to ask: the base URLs of workers. A wrong choice costs one hop or one retry, never a wrong answer. */
import { OperationalError } from '../../schemas/index.ts';
import type { OwnerDirectory } from '../../engine/log/index.ts';

export interface Addresses {
  /** The base URL to ask about a partition, given as a number or by an instance that lives there. */
  pick(about: number | string): Promise<string>;
  /** That address did not answer, or answered that it is not the owner. */
  failed(url: string): void;
}

/** One of the given addresses, until it fails: then the next. @throws OperationalError `API_ADDRESS_INVALID`. */
export function fixedAddresses(urls: readonly string[]): Addresses {
  const bases = urls.map(baseUrlOf);
  if (bases.length === 0) throw new OperationalError('API_ADDRESS_INVALID', 'no API address is given', { retryable: false });
  let at = 0;
  const current = (): string => bases[at % bases.length] ?? '';
  return {
    pick: () => Promise.resolve(current()),
    failed(url) {
      if (url === current()) at += 1;
    },
  };
}

/** The owner, as the group knows it; any member while the owner is not known: it forwards. */
export function memberAddresses(directory: OwnerDirectory, partitionOf: (instanceId: string) => number): Addresses {
  let stale = true;
  return {
    async pick(about) {
      if (stale) {
        await directory.refresh();
        stale = false;
      }
      const owner = directory.ownerOf(typeof about === 'number' ? about : partitionOf(about));
      const url = owner ?? directory.urls()[0];
      // Nobody owns it now: the next call asks the group again.
      if (owner === undefined) stale = true;
      if (url === undefined)
        throw new OperationalError('UNAVAILABLE', 'no live worker of this namespace has an HTTP API', {
          retryable: true,
          cure: 'start a worker: perdure worker',
        });
      return url;
    },
    failed() {
      stale = true;
    },
  };
}

function baseUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new OperationalError('API_ADDRESS_INVALID', `${JSON.stringify(text)} is not the URL of an HTTP API`, {
      retryable: false,
      cure: 'give one like http://127.0.0.1:8080',
    });
  return text.replace(/\/+$/, '');
}
