/**
 * What must become of commands, told from the command log and from what the instances were before: the plainest possible reading of the
 * rules of starts, events, control, reports, repeats and forwarding. A commit takes its commands before it runs its turns.
 */
import { decodeCommand, decodeDeadLetter, laneName, partitionOf, type Command } from '../../schemas/index.ts';
import type { TopicRecord } from '../../engine/log/memory/index.ts';
import type { Life } from './life.ts';
import { messageText } from './messages.ts';
import { Orders } from './orders.ts';

/** What is known of the partition before the commands. `received` is changed. */
export interface Given {
  readonly partition: number;
  readonly partitions: number;
  lifeOf(instanceId: string): Life | undefined;
  readonly received: Map<number, number>;
  readonly outboundLast: number;
}

export interface Consequences {
  /** One line each, in order: of facts as `lineOf` gives them, of messages as `outboundLine` does. */
  readonly lines: readonly string[];
  readonly repeats: number;
}

export function consequencesOf(commands: readonly TopicRecord[], given: Given): Consequences {
  const { partitions, received } = given;
  const lines: string[] = [];
  let number = given.outboundLast;
  let repeats = 0;
  const orders = new Orders({
    lifeOf: (id) => given.lifeOf(id),
    said: (line) => void lines.push(line),
    sent: (instanceId, text) => {
      number++;
      lines.push(outboundLine(laneName({ kind: 'commands', partition: partitionOf(instanceId, partitions) }), text));
    },
  });
  for (const { offset, value } of commands) {
    const command = decoded(value);
    if (command === undefined || (command.source !== null && command.source.partition >= partitions)) {
      number++;
      lines.push(outboundLine('dead-letter', ''), `refused ${String(offset)} COMMAND_UNDECODABLE`);
      continue;
    }
    if (command.source !== null) {
      if (command.source.number <= (received.get(command.source.partition) ?? 0)) {
        repeats++;
        continue;
      }
      received.set(command.source.partition, command.source.number);
    }
    const fault = faultOf(command);
    const home = partitionOf(command.body.instanceId, partitions);
    if (fault !== undefined) lines.push(`refused ${String(offset)} ${fault}`);
    else if (home === given.partition) orders.obey(command, offset);
    else {
      number++;
      lines.push(
        outboundLine(`c/${String(home)}`, messageText(command.body)),
        `forwarded ${String(offset)} ${String(home)} ${String(number)}`,
      );
    }
  }
  return { lines, repeats };
}

export function outboundLine(lane: string, text: string): string {
  return `outbound ${lane} ${text}`;
}

export function decoded(value: Buffer | null): Command | undefined {
  try {
    return value === null ? undefined : decodeCommand(value);
  } catch {
    return undefined;
  }
}

/** Where a dead letter came from, as topic/partition/offset. */
export function originOf(value: Buffer | null): string | undefined {
  if (value === null) return undefined;
  const { topic, partition, offset } = decodeDeadLetter(value);
  return `${topic}/${String(partition)}/${String(offset)}`;
}

/** Why the command is none, whatever the state. */
function faultOf({ commandId, body }: Command): string | undefined {
  if (commandId === '') return 'COMMAND_ID_INVALID';
  if (body.instanceId === '' || body.instanceId.startsWith('@')) return 'INSTANCE_ID_INVALID';
  return 'name' in body && body.name === '' ? 'NAME_INVALID' : undefined;
}
