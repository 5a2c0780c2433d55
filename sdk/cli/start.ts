/** `perdure start NAME`. */
import { randomUUID } from 'node:crypto';
import { WaitTimeoutError, type DurableClient, type OrchestrationState } from '../client/index.ts';
import type { Arguments } from './arguments.ts';
import { connectionOptions, withClient } from './connecting.ts';
import { exitCodes, NegativeOutcome, UsageError } from './failures.ts';
import { Progress } from './progress.ts';
import type { Command } from './command.ts';
import type { Terminal } from './terminal.ts';

const waitTimeoutMs = 60_000;

export const start: Command = {
  options: {
    ...connectionOptions,
    input: 'string',
    id: 'string',
    version: 'string',
    'command-id': 'string',
    wait: 'boolean',
    timeout: 'string',
  },
  async run(args, terminal) {
    const [name = ''] = args.exactly('NAME');
    const input = inputOf(args);
    const timeoutMs = args.durationMs('timeout') ?? waitTimeoutMs;
    const version = args.text('version');
    const commandId = args.text('command-id');
    const instanceId = args.text('id') ?? randomUUID().replaceAll('-', '');
    await withClient(args, terminal, async (client) => {
      await client.scheduleNewOrchestration(name, input, {
        instanceId,
        ...(version === undefined ? {} : { version }),
        ...(commandId === undefined ? {} : { commandId }),
      });
      if (args.is('wait')) await waitForEnd(client, instanceId, timeoutMs, args, terminal);
      else terminal.out(args.is('json') ? `${JSON.stringify({ instanceId })}\n` : `started ${name} as ${instanceId}\n`);
    });
  },
};

function inputOf(args: Arguments): unknown {
  const text = args.text('input');
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const isWord = !/^\s*[[{"]/.test(text);
    const cure = isWord
      ? `text needs quotes of its own: --input '${JSON.stringify(text.slice(0, 40))}'`
      : 'look at its quotes and brackets';
    throw new UsageError('INPUT_NOT_JSON', `--input is not JSON (${why})`, cure);
  }
}

async function waitForEnd(
  client: DurableClient,
  instanceId: string,
  timeoutMs: number,
  args: Arguments,
  terminal: Terminal,
): Promise<void> {
  const progress = new Progress(client, instanceId, terminal);
  let state: OrchestrationState | undefined;
  try {
    state = await client.waitForOrchestrationCompletion(instanceId, { timeout: timeoutMs });
  } catch (error) {
    const reason = progress.seen?.stalledReason;
    if (!(error instanceof WaitTimeoutError) || reason === undefined) throw error;
    const cure = 'start a worker that has this orchestration; the instance then goes on by itself';
    throw new NegativeOutcome('ORCHESTRATION_STALLED', `${instanceId} is stalled: ${reason}`, { cure, exitCode: exitCodes.timeout });
  } finally {
    progress.end();
  }
  if (state === undefined) throw new NegativeOutcome('INSTANCE_NOT_FOUND', `${instanceId} is gone: it was purged meanwhile`);
  if (args.is('json')) terminal.out(`${JSON.stringify(state)}\n`);
  if (state.runtimeStatus === 'Completed') {
    if (!args.is('json')) terminal.out(state.output === undefined ? '' : `${JSON.stringify(state.output)}\n`);
    return;
  }
  const failure = state.runtimeStatus === 'Failed' ? state.failureDetails : undefined;
  const why =
    failure === undefined ? `was ended from outside (${state.runtimeStatus})` : `failed: ${failure.errorType}: ${failure.message}`;
  throw new NegativeOutcome(failure === undefined ? 'ORCHESTRATION_TERMINATED' : 'ORCHESTRATION_FAILED', `${instanceId} ${why}`, {
    cure: `\`perdure history ${instanceId}\` tells how it came to that`,
  });
}
