/** Clock, scheduler and chance, injected so that the simulation runs the real code (no room below uses any other). */
export interface Runtime {
  /** Wall clock, milliseconds since the epoch. It may jump. */
  nowMs(): number;
  /** Never jumps back; for timeouts and leases. */
  monotonicMs(): number;
  /** Calls `run` once, not before `delayMs` has passed; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
  /** `digits` random lower-case hex digits. */
  hex(digits: number): string;
  /** In [0, 1). */
  chance(): number;
  /** Takes one log line: an event name and its fields. */
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: Readonly<Record<string, unknown>>) => void;
}
