/**
 * Outbound lanes (L7): one a destination. Messages of a lane go out in the order of their numbers, the next batch after the last one's ack;
 * a batch whose outcome is unknown is sent again, and the receiver drops what it has.
 *
 *  1. A message is queued only after the commit that holds it was acked (L6).
 *  2. `sentThrough` tells what has been acked; it becomes durable with the next commit's Progress, and what lies past that is sent again
 *     after a takeover.
 */
import { parseLane, type OutboundQueued } from '../../schemas/index.ts';
import { BrokenError } from '../../schemas/index.ts';
import type { Lane, Log } from '../../engine/log/index.ts';
import { laneBatchBytesMax, laneBatchRecordsMax, laneRetryMs } from '../limits.ts';
import type { Runtime } from '../runtime.ts';

export interface LanesOptions {
  readonly partition: number;
  readonly log: Log;
  readonly runtime: Runtime;
  readonly sentThrough: ReadonlyMap<string, number>;
  /** Messages up to and including `messages`' last are acked; `base` is the offset of the first at the destination. */
  onSent(lane: Lane, messages: readonly OutboundQueued[], base: number): void;
}

interface LaneState {
  readonly lane: Lane;
  readonly queue: OutboundQueued[];
  busy: boolean;
}

export class Lanes {
  private readonly lanes = new Map<string, LaneState>();
  private readonly options: LanesOptions;
  private sent: Map<string, number>;
  private closed = false;
  private waiting = 0;

  constructor(options: LanesOptions) {
    this.options = options;
    this.sent = new Map(options.sentThrough);
  }

  /** Messages queued and not acked. */
  get queued(): number {
    return this.waiting;
  }

  get sentThrough(): ReadonlyMap<string, number> {
    return new Map(this.sent);
  }

  /** Queues a message, unless its lane is through with it already. Numbers of one lane come in rising order. */
  add(message: OutboundQueued): void {
    if (message.number <= (this.sent.get(message.lane) ?? 0)) return;
    let state = this.lanes.get(message.lane);
    if (state === undefined) {
      const lane = parseLane(message.lane);
      if (lane === undefined)
        throw new BrokenError('LANE_UNKNOWN', `outbound message ${String(message.number)} names the lane ${message.lane}`);
      this.lanes.set(message.lane, (state = { lane, queue: [], busy: false }));
    }
    state.queue.push(message);
    this.waiting++;
    if (!state.busy) void this.pump(message.lane, state);
  }

  close(): void {
    this.closed = true;
  }

  /** A method, because it changes while a send is awaited and the compiler would believe the last look. */
  private isClosed(): boolean {
    return this.closed;
  }

  private async pump(name: string, state: LaneState): Promise<void> {
    state.busy = true;
    while (!this.closed && state.queue.length > 0) {
      const batch = nextBatch(state.queue);
      try {
        const base = await this.options.log.send(
          state.lane,
          batch.map((message) => ({ key: message.key, value: Buffer.from(message.value), headers: this.headersOf(message) })),
        );
        if (this.isClosed()) return;
        state.queue.splice(0, batch.length);
        this.waiting -= batch.length;
        const last = batch.at(-1);
        if (last !== undefined) this.sent.set(name, last.number);
        this.options.onSent(state.lane, batch, base);
      } catch (error) {
        if (this.isClosed()) return;
        this.options.runtime.log('warn', 'outbound send failed, sending again', {
          partition: this.options.partition,
          lane: name,
          error: String(error),
        });
        await new Promise<void>((resolve) => this.options.runtime.after(laneRetryMs, resolve));
      }
    }
    state.busy = false;
  }

  /** For readers outside the engine, who drop repeats by these two (dead letters). */
  private headersOf(message: OutboundQueued): Record<string, string> {
    return { 'perdure-source-partition': String(this.options.partition), 'perdure-outbound-number': String(message.number) };
  }
}

function nextBatch(queue: readonly OutboundQueued[]): OutboundQueued[] {
  const batch: OutboundQueued[] = [];
  let bytes = 0;
  for (const message of queue) {
    bytes += message.value.length;
    if (batch.length > 0 && (batch.length >= laneBatchRecordsMax || bytes > laneBatchBytesMax)) break;
    batch.push(message);
  }
  return batch;
}
