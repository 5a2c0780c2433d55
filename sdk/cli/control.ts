/** `perdure suspend|resume|terminate|cancel ID`: each orders, and then tells what the instance is. */
import type { DurableClient, ReasonOptions } from '../client/index.ts';
import type { Arguments, OptionKinds } from './arguments.ts';
import { connectionOptions, withClient } from './connecting.ts';
import { NegativeOutcome } from './failures.ts';
import { commandOptionsOf, jsonOf } from './option-values.ts';
import type { Command } from './command.ts';
import type { Terminal } from './terminal.ts';

const reasonKinds: OptionKinds = { ...connectionOptions, reason: 'string', 'command-id': 'string' };

export const suspend: Command = controlling((client, instanceId, options) => client.suspendOrchestration(instanceId, options));

export const resume: Command = controlling((client, instanceId, options) => client.resumeOrchestration(instanceId, options));

export const cancel: Command = controlling((client, instanceId, options) => client.cancelOrchestration(instanceId, options));

export const terminate: Command = {
  options: { ...reasonKinds, output: 'string', 'no-recursive': 'boolean' },
  async run(args, terminal) {
    const output = jsonOf(args, 'output');
    const recursive = !args.is('no-recursive');
    await control(args, terminal, (client, instanceId, options) =>
      client.terminateOrchestration(instanceId, { ...options, output, recursive }),
    );
  },
};

type Order = (client: DurableClient, instanceId: string, options: ReasonOptions) => Promise<void>;

function controlling(order: Order): Command {
  return { options: reasonKinds, run: (args, terminal) => control(args, terminal, order) };
}

async function control(args: Arguments, terminal: Terminal, order: Order): Promise<void> {
  const [instanceId = ''] = args.exactly('ID');
  const reason = args.text('reason');
  const options = { ...commandOptionsOf(args), ...(reason === undefined ? {} : { reason }) };
  await withClient(args, terminal, async (client) => {
    await order(client, instanceId, options);
    // The order is accepted whether or not it changed anything, so that only the state tells what came of it.
    const state = await client.getOrchestrationState(instanceId);
    if (state === undefined) throw new NegativeOutcome('INSTANCE_NOT_FOUND', `${instanceId} is gone: it was purged meanwhile`);
    const { runtimeStatus } = state;
    terminal.out(args.is('json') ? `${JSON.stringify({ instanceId, runtimeStatus })}\n` : `${instanceId} is ${runtimeStatus}\n`);
  });
}
