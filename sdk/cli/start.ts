/** `perdure start NAME`. */
import { randomUUID } from 'node:crypto';
import { conflictPolicies } from '../../schemas/index.ts';
import { WaitTimeoutError, type CommandOptions, type DurableClient, type OrchestrationState, type StartOptions } from '../client/index.ts';
import type { Arguments } from './arguments.ts';
import { connectionOptions, withClient } from './connecting.ts';
import { exitCodes, NegativeOutcome } from './failures.ts';
import { Progress } from './progress.ts';
import { commandOptionsOf, jsonOf, tagsOf, timeOf } from './option-values.ts';
import type { Command } from './command.ts';
import type { Terminal } from './terminal.ts';

const waitTimeoutMs = 60_000;

export const start: Command = {
  options: {
    ...connectionOptions,
    input: 'string',
    id: 'string',
    'on-conflict': 'string',
    'start-at': 'string',
    tag: 'strings',
    version: 'string',
    'command-id': 'string',
    wait: 'boolean',
    timeout: 'string',
  },
  async run(args, terminal) {
    const [name = ''] = args.exactly('NAME');
    const input = jsonOf(args, 'input');
    const timeoutMs = args.durationMs('timeout') ?? waitTimeoutMs;
    const instanceId = args.text('id') ?? randomUUID().replaceAll('-', '');
    const options = startOptionsOf(args);
    await withClient(args, terminal, async (client) => {
      await client.scheduleNewOrchestration(name, input, { ...options, instanceId });
      if (args.is('wait')) await waitForEnd(client, instanceId, timeoutMs, args, terminal);
      else terminal.out(args.is('json') ? `${JSON.stringify({ instanceId })}\n` : startedText(name, instanceId, options));
    });
  },
};

function startOptionsOf(args: Arguments): StartOptions & CommandOptions {
  const version = args.text('version');
  const onConflict = args.oneOf('on-conflict', conflictPolicies);
  const startAt = timeOf(args, 'start-at');
  return {
    ...commandOptionsOf(args),
    tags: tagsOf(args, 'tag'),
    ...(version === undefined ? {} : { version }),
    ...(onConflict === undefined ? {} : { onConflict }),
    ...(startAt === undefined ? {} : { startAt }),
  };
}

function startedText(name: string, instanceId: string, { onConflict, startAt }: StartOptions): string {
  if (onConflict === 'useExisting') return `${instanceId} is there, started now or before\n`;
  return startAt === undefined ? `started ${name} as ${instanceId}\n` : `${name} will start as ${instanceId} at ${startAt.toISOString()}\n`;
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
