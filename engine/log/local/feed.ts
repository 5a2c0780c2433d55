import { OperationalError } from '../../../schemas/index.ts';
import type { CommandFeed, CommandListener, CommandRecord, Offset } from '../index.ts';
import { commandLogMismatch, logUnavailable } from './errors.ts';
import { decodeStored, type StoredRecord } from './stored.ts';
import type { LocalTopic } from './topic.ts';

/** The most commands handed over at once. */
const pieceRecordsMax = 500;

/**
 * Delivers one partition's commands.
 *  1. `#position` is the next offset to deliver; it moves only together with a delivery.
 *  2. A feed that is up to date takes new commands from the writer's hand; one that is behind reads the database, one piece at a time.
 *  3. A piece being read when the feed is paused still arrives; a stopped feed is silent at once.
 */
export class LocalFeed implements CommandFeed {
  readonly #topic: LocalTopic;
  readonly #listener: CommandListener;
  readonly #hear: (base: number, stored: readonly Buffer[]) => void;
  #position: Offset;
  #state: 'running' | 'paused' | 'stopped' = 'running';
  #reading = false;

  constructor(topic: LocalTopic, from: Offset, listener: CommandListener) {
    this.#topic = topic;
    this.#listener = listener;
    this.#position = from;
    this.#hear = (base, stored) => this.#landed(base, stored);
    topic.listeners.add(this.#hear);
    this.#catchUp();
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#catchUp();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#topic.listeners.delete(this.#hear);
  }

  #landed(base: number, stored: readonly Buffer[]): void {
    if (this.#state !== 'running' || this.#reading) return;
    if (this.#position === base && stored.length > 0) {
      this.#deliver(stored.map((bytes, at) => ({ offset: base + at, ...decodeStored(bytes, `${this.#topic.name}${String(base + at)}`) })));
    } else this.#catchUp();
  }

  #catchUp(): void {
    if (this.#reading || this.#state !== 'running') return;
    this.#reading = true;
    this.#readOn().then(
      () => undefined,
      (error: unknown) => this.#fail(error instanceof OperationalError ? error : logUnavailable(error)),
    );
  }

  async #readOn(): Promise<void> {
    // `consume` answers before its listener is called.
    await Promise.resolve();
    while (this.#state === 'running') {
      const { start, next, name } = this.#topic;
      if (this.#position < start || this.#position > next) throw commandLogMismatch(name, this.#position, start, next);
      if (this.#position === next) break;
      const records = await this.#topic.piece(this.#position, pieceRecordsMax);
      if (!this.#stopped()) this.#deliver(records);
    }
    this.#reading = false;
  }

  /** In a method, because the compiler believes that nothing changes the state while `#readOn` awaits. */
  #stopped(): boolean {
    return this.#state === 'stopped';
  }

  #deliver(records: readonly (StoredRecord & { readonly offset: Offset })[]): void {
    this.#position += records.length;
    this.#listener.records(records.map(({ offset, key, value }): CommandRecord => ({ offset, key, value })));
  }

  #fail(error: Error): void {
    if (this.#state === 'stopped') return;
    this.stop();
    this.#listener.failed(error);
  }
}
