/**
 * What waits for the next commit: commands from the log, results of activities.
 *
 *  1. Commands keep the log's order; nothing is dropped.
 *  2. The feed is paused while more wait than the limits allow, and resumed at half of them.
 */
import type { CommandFeed, CommandRecord } from '../../engine/log/index.ts';
import type { TaskResult } from '../../engine/core/index.ts';
import { inboxBytesMax, inboxRecordsMax, sliceBytesMax, sliceInputsMax } from '../limits.ts';

/** Some of what waits, small enough to be decided in about a millisecond. */
export interface Slice {
  readonly commands: readonly CommandRecord[];
  readonly results: readonly TaskResult[];
  readonly size: number;
}

export class Inbox {
  private commands: CommandRecord[] = [];
  private head = 0;
  private bytes = 0;
  private results: TaskResult[] = [];
  private feed: CommandFeed | undefined;
  private feedPaused = false;

  attach(feed: CommandFeed): void {
    this.feed = feed;
  }

  get hasCommands(): boolean {
    return this.head < this.commands.length;
  }

  get hasResults(): boolean {
    return this.results.length > 0;
  }

  get depth(): number {
    return this.commands.length - this.head + this.results.length;
  }

  addCommands(batch: readonly CommandRecord[]): void {
    for (const record of batch) {
      this.commands.push(record);
      this.bytes += sizeOf(record);
    }
    if (!this.feedPaused && (this.depth > inboxRecordsMax || this.bytes > inboxBytesMax)) {
      this.feedPaused = true;
      this.feed?.pause();
    }
  }

  addResult(result: TaskResult): void {
    this.results.push(result);
  }

  /** Takes a slice: results first, because they end what is open. */
  take(commandsWanted: boolean): Slice {
    const results = this.results.splice(0, sliceInputsMax);
    const commands: CommandRecord[] = [];
    let bytes = 0;
    while (commandsWanted && commands.length + results.length < sliceInputsMax) {
      const record = this.commands[this.head];
      if (record === undefined || (bytes > 0 && bytes + sizeOf(record) > sliceBytesMax)) break;
      this.head++;
      bytes += sizeOf(record);
      commands.push(record);
    }
    this.bytes -= bytes;
    this.compact();
    return { commands, results, size: commands.length + results.length };
  }

  private compact(): void {
    if (this.head === this.commands.length || this.head > inboxRecordsMax) {
      this.commands = this.commands.slice(this.head);
      this.head = 0;
    }
    if (this.feedPaused && this.depth < inboxRecordsMax / 2 && this.bytes < inboxBytesMax / 2) {
      this.feedPaused = false;
      this.feed?.resume();
    }
  }
}

const sizeOf = (record: CommandRecord): number => (record.value?.length ?? 0) + (record.key?.length ?? 0) + 64;
