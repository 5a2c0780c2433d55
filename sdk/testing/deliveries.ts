/**
 * Commands and messages on their way into the command logs: how far each is written, how far its owner has it, and what is to be written
 * twice, as any sender without an answer may.
 */
import type { Offset, OutboundRecord } from '../../engine/log/index.ts';

export class Deliveries {
  private readonly written: Map<number, Offset> = new Map();
  private readonly feeds: Map<number, { next: Offset; isPaused: boolean }> = new Map();
  private toDouble: number;

  constructor(doubleAll: boolean) {
    this.toDouble = doubleAll ? Infinity : 0;
  }

  doubleNext(): void {
    this.toDouble++;
  }

  /** Sends once or twice. Resolves with the offset of the first record of the first time. */
  async send(partition: number, records: readonly OutboundRecord[], once: () => Promise<Offset>): Promise<Offset> {
    const isDoubled = this.toDouble > 0;
    if (isDoubled) this.toDouble--;
    const base = await once();
    this.note(partition, base + records.length);
    if (isDoubled) this.note(partition, (await once()) + records.length);
    return base;
  }

  /** True while a running feed has not handed over all that was written. */
  get areUnderWay(): boolean {
    for (const [partition, next] of this.written) {
      const feed = this.feeds.get(partition);
      if (feed !== undefined && !feed.isPaused && feed.next < next) return true;
    }
    return false;
  }

  begin(partition: number, from: Offset): { delivered(next: Offset): void; paused(isPaused: boolean): void; end(): void } {
    const feed = { next: from, isPaused: false };
    this.feeds.set(partition, feed);
    return {
      delivered: (next) => (feed.next = next),
      paused: (isPaused) => (feed.isPaused = isPaused),
      end: () => {
        if (this.feeds.get(partition) === feed) this.feeds.delete(partition);
      },
    };
  }

  private note(partition: number, next: Offset): void {
    this.written.set(partition, Math.max(next, this.written.get(partition) ?? 0));
  }
}
