/**
 * One partition of a topic.
 *  1. `full` only grows: what landed, for the judge of a simulation; nobody else reads it.
 *  2. `live` is what readers see: `full` less what compaction and trimming removed. Offsets never move.
 *  3. `next` only grows. A control record takes an offset and is seen by nobody.
 */
export interface TopicRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Which process's batch it came with; null for what the driver wrote by hand. */
  readonly process: string | null;
}

export interface UnplacedRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export class MemoryTopic {
  readonly full: TopicRecord[] = [];
  live: TopicRecord[] = [];
  next = 0;
  /** Everything below was trimmed. */
  start = 0;
  readonly #tombstoneDiesAt = new Map<number, number>();
  readonly #listeners = new Set<() => void>();

  /** Appends one atomic batch; answers the offset of its first record. */
  append(process: string | null, batch: readonly UnplacedRecord[]): number {
    const base = this.next;
    for (const { key, value, headers } of batch) {
      const record: TopicRecord = { offset: this.next++, key, value, headers: headers ?? {}, process };
      this.full.push(record);
      this.live.push(record);
    }
    for (const listener of [...this.#listeners]) listener();
    return base;
  }

  /** Takes `offsets` offsets without a record, as Kafka's control records do. */
  skip(offsets: number): void {
    this.next += offsets;
  }

  /** At most `limit` records with `offset <= record < end`. */
  from(offset: number, end: number, limit: number): readonly TopicRecord[] {
    let low = 0;
    let high = this.live.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsetAt(this.live, middle) < offset) low = middle + 1;
      else high = middle;
    }
    let to = low;
    while (to < this.live.length && to - low < limit && offsetAt(this.live, to) < end) to++;
    return this.live.slice(low, to);
  }

  /**
   * Kafka's cleaner: keeps the last record of each key among those below `horizon`; a tombstone outlives the first pass over it
   * by `retention`. `eager` also heeds later records above the horizon, which is stricter than Kafka.
   */
  clean(horizon: number, now: number, retention: number, eager: boolean): void {
    const last = new Map<string | null, number>();
    for (const record of this.live) if (eager || record.offset < horizon) last.set(record.key, record.offset);
    this.live = this.live.filter((record) => {
      if (record.offset >= horizon) return true;
      if (last.get(record.key) !== record.offset) return false;
      if (record.value !== null) return true;
      const diesAt = this.#tombstoneDiesAt.get(record.offset) ?? now + retention;
      this.#tombstoneDiesAt.set(record.offset, diesAt);
      return now < diesAt;
    });
  }

  trim(before: number): void {
    this.start = Math.max(this.start, Math.min(before, this.next));
    const keep = this.live.findIndex((record) => record.offset >= this.start);
    this.live = keep === -1 ? [] : this.live.slice(keep);
  }

  /** Calls `listener` after every append until the answer is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function offsetAt(records: readonly TopicRecord[], at: number): number {
  return records[at]?.offset ?? Number.MAX_SAFE_INTEGER;
}
