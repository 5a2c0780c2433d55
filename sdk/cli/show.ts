/** `perdure show ID`. */
import { connectionOptions, withClient } from './connecting.ts';
import { NegativeOutcome } from './failures.ts';
import { stateText } from './format.ts';
import type { Command } from './command.ts';

export const show: Command = {
  options: connectionOptions,
  async run(args, terminal) {
    const [instanceId = ''] = args.exactly('ID');
    await withClient(args, terminal, async (client) => {
      const state = await client.getOrchestrationState(instanceId);
      if (state === undefined) throw new NegativeOutcome('INSTANCE_NOT_FOUND', `there is no instance ${JSON.stringify(instanceId)}`);
      terminal.out(args.is('json') ? `${JSON.stringify(state)}\n` : stateText(state));
    });
  },
};
