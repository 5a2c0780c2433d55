import { OperationalError } from '../../../schemas/index.ts';
import type { CommandFeed, CommandListener, CommandRecord, Offset } from '../index.ts';
import type { ProcessContext } from './context.ts';
import type { MemoryTopic, TopicRecord } from './topic.ts';

/**
 * Delivers one partition's commands.
 *  1. At most one delivery is scheduled at a time; it takes what is there when it happens, from the position on.
 *  2. A delivery scheduled before `pause` still arrives; none is scheduled while paused.
 *  3. A position outside the log ends the feed with COMMAND_LOG_MISMATCH.
 */
export class MemoryFeed implements CommandFeed {
  readonly #context: ProcessContext;
  readonly #partition: number;
  readonly #topic: MemoryTopic;
  readonly #listener: CommandListener;
  readonly #unsubscribe: () => void;
  #position: Offset;
  #state: 'running' | 'paused' | 'stopped' = 'running';
  #scheduled = false;

  constructor(context: ProcessContext, partition: number, topic: MemoryTopic, from: Offset, listener: CommandListener) {
    this.#context = context;
    this.#partition = partition;
    this.#topic = topic;
    this.#listener = listener;
    this.#position = from;
    this.#unsubscribe = topic.onAppend(() => this.#proceed());
    if (this.#outside()) this.#fail();
    else this.#proceed();
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#proceed();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#unsubscribe();
  }

  #outside(): boolean {
    return this.#position < this.#topic.start || this.#position > this.#topic.next;
  }

  #proceed(): void {
    if (this.#state !== 'running' || this.#scheduled || this.#position >= this.#topic.next) return;
    this.#scheduled = true;
    this.#context.inside('commands-arrive', this.#partition, () => {
      this.#scheduled = false;
      if (this.#state !== 'stopped') this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#outside()) {
      this.#fail();
      return;
    }
    const limit = Math.max(1, this.#context.hooks.commandPieceRecords(this.#context.process, this.#partition));
    const records = this.#topic.from(this.#position, this.#topic.next, limit).map(commandRecord);
    // Offsets without a record are jumped over, but never past a record that the limit has left for later.
    this.#position = (records.at(-1)?.offset ?? this.#topic.next - 1) + 1;
    if (records.length > 0) this.#listener.records(records);
    this.#proceed();
  }

  #fail(): void {
    this.#context.inside('feed-fails', this.#partition, () => {
      if (this.#state === 'stopped') return;
      this.stop();
      const { start, next } = this.#topic;
      const message = `command ${String(this.#position)} of partition ${String(this.#partition)} is outside its log, ${String(start)} to ${String(next)}`;
      this.#listener.failed(new OperationalError('COMMAND_LOG_MISMATCH', message, { retryable: false, cure: mismatchCure }));
    });
  }
}

const mismatchCure = 'restore the command topic, or move the partition on by hand once you know what the missing commands were';

function commandRecord({ offset, key, value }: TopicRecord): CommandRecord {
  return { offset, key: key === null ? null : Buffer.from(key), value };
}
