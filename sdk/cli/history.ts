/** `perdure history ID`. */
import { connectionOptions, withClient } from './connecting.ts';
import { NegativeOutcome } from './failures.ts';
import { eventText } from './event-text.ts';
import type { Command } from './command.ts';

export const history: Command = {
  options: connectionOptions,
  async run(args, terminal) {
    const [instanceId = ''] = args.exactly('ID');
    await withClient(args, terminal, async (client) => {
      let startedAtMs: number | undefined;
      for await (const event of client.getOrchestrationHistory(instanceId)) {
        startedAtMs ??= event.at.getTime();
        terminal.out(args.is('json') ? `${JSON.stringify(event)}\n` : eventText(event, startedAtMs));
      }
      if (startedAtMs === undefined) throw new NegativeOutcome('INSTANCE_NOT_FOUND', `there is no instance ${JSON.stringify(instanceId)}`);
    });
  },
};
