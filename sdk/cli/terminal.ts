/** Where a command runs: what it writes to, and what tells it to stop. Injected, so that tests run the real commands. */

export interface Terminal {
  /** Results: stdout. */
  out(text: string): void;
  /** Progress, notices and errors: stderr. */
  err(text: string): void;
  /** A person is looking at stderr: live progress makes sense. */
  readonly isLive: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `stop` at the first SIGINT or SIGTERM; the second ends the process at once. The answer forgets about it. */
  onStop(stop: () => void): () => void;
}

/** Interrupted twice: 128 + SIGINT, as shells have it. */
const interruptedExitCode = 130;

export function processTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isLive: process.stderr.isTTY,
    columns: process.stderr.columns,
    env: process.env,
    onStop(stop) {
      let stopping = false;
      const signalled = (): void => {
        if (stopping) process.exit(interruptedExitCode);
        stopping = true;
        stop();
      };
      process.on('SIGINT', signalled);
      process.on('SIGTERM', signalled);
      return () => {
        process.off('SIGINT', signalled);
        process.off('SIGTERM', signalled);
      };
    },
  };
}
