import type { MemoryHooks, Step } from './hooks.ts';
import type { Topics } from './topics.ts';

/** What the parts of a process share: its name, its hooks, and whether it still lives. */
export interface ProcessContext {
  readonly process: string;
  readonly hooks: MemoryHooks;
  readonly topics: Topics;
  /** Schedules what happens in the broker: it happens whether or not the process lives. */
  readonly outside: (kind: Step['kind'], partition: number | null, run: () => void) => void;
  /** Schedules what the process hears: nothing once it is dead. */
  readonly inside: (kind: Step['kind'], partition: number | null, run: () => void) => void;
}
