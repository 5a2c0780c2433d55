/** `perdure raise ID EVENT`. */
import { connectionOptions, withClient } from './connecting.ts';
import { commandOptionsOf, jsonOf } from './option-values.ts';
import type { Command } from './command.ts';

export const raise: Command = {
  options: { ...connectionOptions, data: 'string', 'event-id': 'string', 'command-id': 'string' },
  async run(args, terminal) {
    const [instanceId = '', event = ''] = args.exactly('ID', 'EVENT');
    const data = jsonOf(args, 'data');
    const eventId = args.text('event-id');
    const options = { ...commandOptionsOf(args), ...(eventId === undefined ? {} : { eventId }) };
    await withClient(args, terminal, async (client) => {
      const outcome = await client.raiseOrchestrationEvent(instanceId, event, data, options);
      if (args.is('json')) terminal.out(`${JSON.stringify({ instanceId, outcome })}\n`);
      else terminal.out(outcome === 'delivered' ? `delivered ${event} to ${instanceId}\n` : `ignored: ${instanceId} has ended\n`);
    });
  },
};
