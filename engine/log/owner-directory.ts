/**
 * Who owns which partition, as the group told it last. A hint, never a promise: whoever is asked answers `NOT_OWNER` when it is stale.
 *
 *  1. The members are asked for only when a caller says that what is known did not serve (`refresh`).
 *  2. One question in flight; callers meanwhile share it. Questions have a least distance, so that an outage asks nobody to death.
 */
import { OperationalError } from '../../schemas/index.ts';
import type { Member } from './port.ts';

/** Takeovers show within a heartbeat (300 ms); asking much more often learns nothing new. */
const refreshIntervalMinMs = 200;

export interface OwnerDirectory {
  /** The base URL of the partition's owner, or undefined when nobody with an API is known to own it. */
  ownerOf(partition: number): string | undefined;
  /** Every known base URL. */
  urls(): readonly string[];
  /** Asks again, unless that was done just now. @throws OperationalError `UNAVAILABLE` (retryable) when nobody answers. */
  refresh(): Promise<void>;
}

export function createOwnerDirectory(source: { members(): Promise<readonly Member[]>; monotonicMs(): number }): OwnerDirectory {
  let owners = new Map<number, string>();
  let urls: readonly string[] = [];
  let askedAtMs: number | undefined;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    let members: readonly Member[];
    try {
      members = await source.members();
    } catch (cause) {
      throw new OperationalError('UNAVAILABLE', 'the members of the deployment cannot be listed', { retryable: true, cause });
    } finally {
      askedAtMs = source.monotonicMs();
    }
    const found = new Map<number, string>();
    for (const member of members) {
      if (member.apiUrl === null) continue;
      for (const partition of member.partitions) found.set(partition, member.apiUrl);
    }
    owners = found;
    urls = [...new Set(members.flatMap((member) => member.apiUrl ?? []))];
  }

  return {
    ownerOf: (partition) => owners.get(partition),
    urls: () => urls,
    refresh() {
      if (asking !== undefined) return asking;
      if (askedAtMs !== undefined && source.monotonicMs() - askedAtMs < refreshIntervalMinMs) return Promise.resolve();
      asking = ask().finally(() => (asking = undefined));
      return asking;
    },
  };
}
