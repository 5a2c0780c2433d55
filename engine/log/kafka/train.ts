/**
 * The commit train: what several partitions have ready while a request to their leader is in flight goes together in the next one.
 *
 * A broker and this process pay for a request much more than for a batch in it. There is no linger timer: a batch that finds its leader
 * free leaves at once and alone.
 *
 *  1. One request in flight a leader; one batch of a partition in it.
 *  2. A batch is sent again as it was, byte for byte, until it is answered for good or given up: its producer id and sequence number let
 *     a broker drop the repeats, whoever leads the partition by then. So it lands at most once.
 *  3. Partitions share a request and nothing else. Each has its own producer id, its own answer, its own retries; one that is refused, is
 *     given up or has no leader takes nobody along.
 *  4. An answer that was lost is not made up: a refusal after one is `unknown`, for the attempt before may have landed.
 */
import type { AppendOutcome } from '../index.ts';
import type { BrokerLine } from './broker-line.ts';
import { describe, isRefusal, isUnwritten, logClosed, refused } from './faults.ts';
import { mayPass } from './produce-faults.ts';
import type { Parcel, ParcelAnswer, ProducerIdentity } from './produce.ts';
import type { OnEvent } from './settings.ts';
import { backOff } from './waiting.ts';

export interface Train {
  /** A producer id to write one partition with, until the first trouble. Throws when nobody gives one now. */
  producerId(partition: number): Promise<ProducerIdentity>;
  carry(parcel: Parcel): Carriage;
  /** Ends all, on the way or not. */
  close(): void;
}

export interface Carriage {
  /** Never rejects. Waits for an answer as long as it takes. */
  readonly outcome: Promise<AppendOutcome>;
  /** It is not sent again, and nobody waits for its outcome. What is on its way may land. */
  giveUp(): void;
}

export interface TrainNetwork {
  /** The leader's node id, or undefined while none is known. */
  leaderOf(partition: number): string | undefined;
  refresh(): Promise<void>;
  lineTo(nodeId: string): BrokerLine;
}

/** What one request takes along; a quarter of the largest batch. */
const trainBytesMax = 1 << 20;
const firstRetryMs = 5;
const lastRetryMs = 200;

interface Passenger extends Parcel {
  readonly retry: { wait(): Promise<void> };
  readonly settle: (outcome: AppendOutcome) => void;
  /** Settled or given up. */
  over: boolean;
  /** Whether an attempt may have landed though it was not answered so. */
  mayHaveLanded: boolean;
}

interface Track {
  readonly line: BrokerLine;
  waiting: Passenger[];
  /** Who is in the request in flight; nobody: there is none. */
  aboard: readonly Passenger[];
}

export function createTrain(network: TrainNetwork, onEvent: OnEvent): Train {
  return new CommitTrain(network, onEvent);
}

class CommitTrain implements Train {
  readonly #network: TrainNetwork;
  readonly #onEvent: OnEvent;
  /** By node id of the leader. */
  readonly #tracks = new Map<string, Track>();
  readonly #travelling = new Set<Passenger>();
  #refreshing: Promise<void> | undefined;
  #closed = false;

  constructor(network: TrainNetwork, onEvent: OnEvent) {
    this.#network = network;
    this.#onEvent = onEvent;
  }

  async producerId(partition: number): Promise<ProducerIdentity> {
    if (this.#network.leaderOf(partition) === undefined) await this.#refreshed();
    const leader = this.#network.leaderOf(partition);
    if (this.#closed || leader === undefined) throw this.#closed ? logClosed() : new Error('no leader is known');
    return this.#trackTo(leader).line.producerId();
  }

  carry(parcel: Parcel): Carriage {
    const { promise: outcome, resolve: settle } = settling<AppendOutcome>();
    const passenger: Passenger = { ...parcel, retry: backOff(firstRetryMs, lastRetryMs), settle, over: false, mayHaveLanded: false };
    this.#travelling.add(passenger);
    if (this.#closed) this.#finish(passenger, { kind: 'unknown', cause: logClosed() });
    else this.#board(passenger);
    return {
      outcome,
      giveUp: () => {
        this.#giveUp(passenger);
      },
    };
  }

  close(): void {
    this.#closed = true;
    for (const passenger of this.#travelling) this.#finish(passenger, { kind: 'unknown', cause: logClosed() });
    for (const { line } of this.#tracks.values()) line.close();
  }

  #trackTo(nodeId: string): Track {
    const track = this.#tracks.get(nodeId) ?? { line: this.#network.lineTo(nodeId), waiting: [], aboard: [] };
    this.#tracks.set(nodeId, track);
    return track;
  }

  #board(passenger: Passenger): void {
    const leader = this.#network.leaderOf(passenger.partition);
    if (leader === undefined) {
      void this.#boardLater(passenger, new Error('no leader is known'));
      return;
    }
    const track = this.#trackTo(leader);
    track.waiting.push(passenger);
    if (track.aboard.length === 0) void this.#run(track);
  }

  async #boardLater(passenger: Passenger, reason: unknown): Promise<void> {
    this.#onEvent('debug', 'append-retried', { partition: passenger.partition, reason: describe(reason) });
    await passenger.retry.wait();
    await this.#refreshed();
    if (!passenger.over) this.#board(passenger);
  }

  /** Once for all, because a leader that is lost sends many here together. That it failed shows in what is known of leaders. */
  #refreshed(): Promise<void> {
    this.#refreshing ??= this.#network
      .refresh()
      .catch(() => undefined)
      .finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #run(track: Track): Promise<void> {
    for (track.aboard = takeAboard(track); track.aboard.length > 0; track.aboard = takeAboard(track)) {
      const { aboard } = track;
      try {
        const answers = await track.line.produce(aboard);
        for (const passenger of aboard) this.#arrive(passenger, answers.get(passenger.partition));
      } catch (error) {
        for (const passenger of aboard) this.#arrive(passenger, { error });
        // Who still waits here may have another leader by now.
        for (const passenger of track.waiting.splice(0)) void this.#boardLater(passenger, error);
      }
    }
  }

  #giveUp(passenger: Passenger): void {
    passenger.over = true;
    this.#travelling.delete(passenger);
    // A request that nobody waits for would hold up who comes next until it times out.
    for (const { line, aboard } of this.#tracks.values()) if (aboard.includes(passenger) && aboard.every(({ over }) => over)) line.reset();
  }

  #arrive(passenger: Passenger, answer: ParcelAnswer | { readonly error: unknown } | undefined): void {
    if (passenger.over) return;
    if (answer !== undefined && 'base' in answer) {
      this.#finish(passenger, { kind: 'acked', base: answer.base });
      return;
    }
    const cause = answer?.error ?? new Error('a request was answered without this partition');
    passenger.mayHaveLanded ||= !isUnwritten(cause);
    if (mayPass(cause)) void this.#boardLater(passenger, cause);
    else if (isRefusal(cause) && !passenger.mayHaveLanded)
      this.#finish(passenger, { kind: 'broken', cause: refused(`an append to history partition ${String(passenger.partition)}`, cause) });
    else this.#finish(passenger, { kind: 'unknown', cause });
  }

  #finish(passenger: Passenger, outcome: AppendOutcome): void {
    passenger.over = true;
    this.#travelling.delete(passenger);
    passenger.settle(outcome);
  }
}

/** Who waits for this leader, the first come first: at least one, then as many as fit. */
function takeAboard(track: Track): Passenger[] {
  const waiting = track.waiting.filter(({ over }) => !over);
  let bytes = 0;
  const tooMany = waiting.findIndex(({ batch }, at) => (bytes += batch.length) > trainBytesMax && at > 0);
  track.waiting = tooMany === -1 ? [] : waiting.splice(tooMany);
  return waiting;
}

function settling<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: ((value: T) => void) | undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve: (value) => resolve?.(value) };
}
