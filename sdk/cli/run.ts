/** The `perdure` command: finds the subcommand, runs it, turns whatever it throws into one line and an exit code. */
import { createRequire } from 'node:module';
import { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { cancel, resume, suspend, terminate } from './control.ts';
import { dev } from './dev.ts';
import { exitCodes, failureOf, UsageError } from './failures.ts';
import { errorLine } from './format.ts';
import { helpOf, overview } from './help.ts';
import { history } from './history.ts';
import { raise } from './raise.ts';
import { show } from './show.ts';
import { start } from './start.ts';
import type { Terminal } from './terminal.ts';
import { topics } from './topics.ts';
import { worker } from './worker.ts';

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['dev', dev],
  ['worker', worker],
  ['topics', topics],
  ['start', start],
  ['show', show],
  ['history', history],
  ['raise', raise],
  ['suspend', suspend],
  ['resume', resume],
  ['terminate', terminate],
  ['cancel', cancel],
]);

/** Runs a command line; resolves with its exit code (`exitCodes`). Never rejects. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await runCommand(argv, terminal);
    return exitCodes.ok;
  } catch (error) {
    const failure = failureOf(error);
    const { exitCode, ...told } = failure;
    terminal.err(argv.includes('--json') ? `${JSON.stringify({ error: told })}\n` : errorLine(failure));
    if (exitCode === exitCodes.broken && error instanceof Error) terminal.err(`${error.stack ?? ''}\n`);
    return exitCode;
  }
}

async function runCommand(argv: readonly string[], terminal: Terminal): Promise<void> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.out(overview);
    return;
  }
  if (name === '--version' || name === '-v') {
    terminal.out(`${packageVersion()}\n`);
    return;
  }
  const command = commands.get(name);
  if (command === undefined) throw new UsageError('COMMAND_UNKNOWN', `there is no command "${name}"`, 'see `perdure --help`');
  const args = new Arguments(name, rest, command.options);
  if (args.is('help')) terminal.out(helpOf(name));
  else await command.run(args, terminal);
}

function packageVersion(): string {
  const require = createRequire(import.meta.url);
  // By its name, not by a path: the sources lie one folder nearer to it than the build.
  const manifest: unknown = require('perdure/package.json');
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}
