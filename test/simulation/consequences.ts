/** What must become of commands, told from the command log alone: the plainest possible reading of the rules of starts, repeats and forwarding. */
import {
  decodeCommand,
  decodeDeadLetter,
  isInstanceFact,
  partitionOf,
  type Command,
  type Fact,
  type PartitionFact,
} from '../../schemas/index.ts';
import type { TopicRecord } from '../../engine/log/memory/index.ts';

/** What is known of the partition before the commands. `received` is changed. */
export interface Given {
  readonly partition: number;
  readonly partitions: number;
  /** The command that started the instance, if any did. */
  startedBy(instanceId: string): string | undefined;
  readonly received: Map<number, number>;
  readonly outboundLast: number;
}

export interface Consequences {
  /** One line each, as `lineOf` gives them, in order. */
  readonly lines: readonly string[];
  readonly repeats: number;
}

export function consequencesOf(commands: readonly TopicRecord[], given: Given): Consequences {
  const lines: string[] = [];
  const started = new Map<string, string>();
  let { outboundLast: number } = given;
  let repeats = 0;
  for (const { offset, value } of commands) {
    const command = decoded(value);
    if (command === undefined || (command.source !== null && command.source.partition >= given.partitions)) {
      lines.push(`outbound ${String(++number)} dead-letter`, `refused ${String(offset)} COMMAND_UNDECODABLE`);
      continue;
    }
    if (command.source !== null) {
      const mark = given.received.get(command.source.partition) ?? 0;
      if (command.source.number <= mark) {
        repeats++;
        continue;
      }
      given.received.set(command.source.partition, command.source.number);
    }
    const { instanceId } = command.body;
    const fault = faultOf(command);
    const home = partitionOf(instanceId, given.partitions);
    if (fault !== undefined) lines.push(`refused ${String(offset)} ${fault}`);
    else if (home !== given.partition) {
      lines.push(`outbound ${String(++number)} c/${String(home)}`, `forwarded ${String(offset)} ${String(home)} ${String(number)}`);
    } else {
      const earlier = started.get(instanceId) ?? given.startedBy(instanceId);
      if (earlier === undefined) {
        started.set(instanceId, command.commandId);
        lines.push(`started ${instanceId} ${command.commandId}`);
      } else if (earlier !== command.commandId) lines.push(`refused ${String(offset)} INSTANCE_ALREADY_EXISTS`);
    }
  }
  return { lines, repeats };
}

/** The line of a fact that a command caused, or undefined when it is of another kind. */
export function lineOf(body: Fact | PartitionFact): string | undefined {
  if (isInstanceFact(body)) return body.kind === 'InstanceStarted' ? `started ${body.instanceId} ${body.commandId}` : undefined;
  switch (body.kind) {
    case 'OutboundQueued':
      return `outbound ${String(body.number)} ${body.lane}`;
    case 'CommandRefused':
      return `refused ${String(body.offset)} ${body.code}`;
    case 'CommandForwarded':
      return `forwarded ${String(body.offset)} ${String(body.toPartition)} ${String(body.number)}`;
    default:
      return body satisfies never;
  }
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
