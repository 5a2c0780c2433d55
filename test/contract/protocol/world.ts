import type { CommandSink, Group, Log, LogRecord } from '../../../engine/log/index.ts';
import type { StoredMessage } from '../log/world.ts';

/** One process's connection to the namespace. Processes that joined the group share its partitions. */
export interface ProtocolProcess {
  readonly log: Log;
  readonly group: Group;
  readonly sink: CommandSink;
  close(): Promise<void>;
}

/** A fresh namespace with exactly 2 partitions: small enough to know which one moves when a second process joins. */
export interface ProtocolWorld {
  /** Opens one more process; several are open at a time. */
  open(name: string): Promise<ProtocolProcess>;
  /** All of a history partition, as any reader sees it. */
  history(partition: number): Promise<readonly LogRecord[]>;
  deadLetters(): Promise<readonly StoredMessage[]>;
  close(): Promise<void>;
}

export const partitions = 2;
