import type { Arguments, OptionKinds } from './arguments.ts';
import type { Terminal } from './terminal.ts';

/** One subcommand of `perdure`. */
export interface Command {
  readonly options: OptionKinds;
  /** Resolves when it is done well; what it throws becomes the error line and the exit code. */
  run(args: Arguments, terminal: Terminal): Promise<void>;
}
