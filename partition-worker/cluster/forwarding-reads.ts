/**
 * Readings of any partition: answered here when this worker owns it, else asked of the owner.
 *
 *  1. The worker itself is asked first; only its own `NOT_OWNER` sends a reading elsewhere.
 *  2. One hop: a peer is asked for what it owns and never forwards in turn.
 *  3. A peer that does not serve is asked about once more only if the group names another owner now. Trying on is the caller's affair.
 */
import { OperationalError, type CommandPlace, type WorkerReads } from '../../schemas/index.ts';
import type { OwnerDirectory } from '../../engine/log/index.ts';

/** The readings of another worker, behind its HTTP API. */
export interface PeerReads extends WorkerReads {
  close(): void;
}

export interface ForwardingReads extends WorkerReads {
  close(): void;
}

export interface ForwardingReadsOptions {
  /** Throws `NOT_OWNER` for what this worker does not own. */
  readonly local: WorkerReads;
  readonly directory: OwnerDirectory;
  /** Opens the readings of the worker at a base URL. It must mark its requests as forwarded (2). */
  readonly peer: (apiUrl: string) => PeerReads;
  readonly partitionOf: (instanceId: string) => number;
}

export function createForwardingReads(options: ForwardingReadsOptions): ForwardingReads {
  const { local, directory, partitionOf } = options;
  const peers = new Map<string, PeerReads>();

  function peerAt(url: string): PeerReads {
    const known = peers.get(url);
    if (known !== undefined) return known;
    closeGonePeers();
    const opened = options.peer(url);
    peers.set(url, opened);
    return opened;
  }

  /** Keeps the number of peers within the number of members. */
  function closeGonePeers(): void {
    const urls = new Set(directory.urls());
    for (const [url, peer] of peers) {
      if (urls.has(url)) continue;
      peers.delete(url);
      peer.close();
    }
  }

  async function ownerOf(partition: number): Promise<string | undefined> {
    const known = directory.ownerOf(partition);
    if (known !== undefined) return known;
    await directory.refresh();
    return directory.ownerOf(partition);
  }

  async function read<T>(partition: () => number, ask: (reads: WorkerReads) => Promise<T>): Promise<T> {
    try {
      return await ask(local);
    } catch (error) {
      if (!isNotOwner(error)) throw error;
      return await readFromOwner(partition(), ask);
    }
  }

  async function readFromOwner<T>(partition: number, ask: (reads: WorkerReads) => Promise<T>): Promise<T> {
    const first = await ownerOf(partition);
    if (first === undefined) throw nobodyOwns(partition);
    try {
      return await ask(peerAt(first));
    } catch (error) {
      if (!(error instanceof OperationalError) || !error.retryable) throw error;
      await directory.refresh();
      const second = directory.ownerOf(partition);
      if (second === undefined || second === first) throw error;
      return await ask(peerAt(second));
    }
  }

  const readInstance = <T>(instanceId: string, ask: (reads: WorkerReads) => Promise<T>): Promise<T> =>
    read(() => partitionOf(instanceId), ask);
  const readPlace = <T>(place: CommandPlace, ask: (reads: WorkerReads) => Promise<T>): Promise<T> => read(() => place.partition, ask);

  return {
    answer: (place, timeoutMs) => readPlace(place, (reads) => reads.answer(place, timeoutMs)),
    state: (instanceId, after) => readInstance(instanceId, (reads) => reads.state(instanceId, after)),
    history: (instanceId, page) => readInstance(instanceId, (reads) => reads.history(instanceId, page)),
    wait: (instanceId, what, timeoutMs, after) => readInstance(instanceId, (reads) => reads.wait(instanceId, what, timeoutMs, after)),
    close() {
      for (const peer of peers.values()) peer.close();
      peers.clear();
    },
  };
}

function isNotOwner(error: unknown): boolean {
  return error instanceof OperationalError && error.code === 'NOT_OWNER';
}

function nobodyOwns(partition: number): OperationalError {
  return new OperationalError('NOT_OWNER', `no live worker with an API owns partition ${String(partition)} at the moment`, {
    retryable: true,
    cure: 'try again; if it stays so, start a worker',
  });
}
