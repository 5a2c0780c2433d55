/** The `perdure` command, for whoever wants to run it inside another program. */
export { run } from './run.ts';
export { type Terminal } from './terminal.ts';
export { exitCodes } from './failures.ts';
