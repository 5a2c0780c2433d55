/** What went wrong, as one line and one exit code. */
import { OperationalError } from '../../schemas/index.ts';
import { CommandRefusedError, OutcomeUnknownError, SerializationError, WaitTimeoutError } from '../client/index.ts';

/** The exit codes of every command. Documented in this room's README.md; scripts rely on them. */
export const exitCodes: {
  readonly ok: number;
  readonly failed: number;
  readonly usage: number;
  readonly operational: number;
  readonly timeout: number;
  readonly broken: number;
} = {
  ok: 0,
  /** The orchestration failed or was ended, the command was refused, or there is no such instance. */
  failed: 1,
  /** The command line is wrong: nothing was tried. */
  usage: 2,
  /** A broker, worker, port, directory or setting is in the way. */
  operational: 3,
  /** The time was up; the orchestration goes on. */
  timeout: 4,
  /** A fault of ours. */
  broken: 70,
};

/** A command line that cannot be carried out. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  readonly code: string;
  readonly cure: string;

  constructor(code: string, message: string, cure: string) {
    super(message);
    this.code = code;
    this.cure = cure;
  }
}

/** A command that ran and whose answer is no: the error line says why, and the exit code what kind of no. */
export class NegativeOutcome extends Error {
  override readonly name: string = 'NegativeOutcome';
  readonly code: string;
  readonly cure: string | undefined;
  readonly exitCode: number;

  constructor(code: string, message: string, options: { readonly cure?: string; readonly exitCode?: number } = {}) {
    super(message);
    this.code = code;
    this.cure = options.cure;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly cure: string | undefined;
}

export function failureOf(error: unknown): Failure {
  const { exitCode, cure } = kindOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL';
  return { exitCode, code, message, cure };
}

function kindOf(error: unknown): { readonly exitCode: number; readonly cure: string | undefined } {
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, cure: error.cure };
  if (error instanceof NegativeOutcome) return { exitCode: error.exitCode, cure: error.cure };
  if (error instanceof CommandRefusedError) return { exitCode: exitCodes.failed, cure: cureOfRefusal(error.code) };
  if (error instanceof WaitTimeoutError) return { exitCode: exitCodes.timeout, cure: 'ask again with `perdure show`' };
  if (error instanceof SerializationError) return { exitCode: exitCodes.usage, cure: 'keep large values elsewhere and pass a reference' };
  if (error instanceof OutcomeUnknownError)
    return {
      exitCode: exitCodes.operational,
      cure: `repeat it for ${error.instanceId} with --command-id ${error.commandId}: that is safe`,
    };
  if (error instanceof OperationalError) return { exitCode: exitCodes.operational, cure: error.cure };
  return { exitCode: exitCodes.broken, cure: 'this is a fault of perdure: please report it with the command and its output' };
}

const curesOfRefusals: ReadonlyMap<string, string> = new Map([
  ['INSTANCE_ALREADY_EXISTS', 'choose another --id, say with --on-conflict what to do, or look at it with `perdure show`'],
  ['INSTANCE_NOT_FOUND', 'check the id, and where you ask: --api, or --brokers and --namespace'],
  ['INBOX_FULL', 'wait until it has read some of its events; `perdure show` tells whether it is suspended or stalled'],
  ['PAYLOAD_TOO_LARGE', 'keep large values elsewhere and pass a reference'],
]);

function cureOfRefusal(code: string): string | undefined {
  return curesOfRefusals.get(code);
}
