import { BrokenError, OperationalError } from '../../../schemas/index.ts';
import { batchFault, type CommandSink, type Group, type Lane, type Log, type Member, type Offset } from '../index.ts';
import type { MemoryGroup } from './group.ts';
import type { ProcessContext } from './context.ts';
import type { MemoryHooks, SendAttempt } from './hooks.ts';
import { MemoryPartition } from './partition.ts';
import type { MemoryTopic } from './topic.ts';
import { topicOf, type Topics } from './topics.ts';

export interface ProcessOptions {
  /** Overrides the broker's hooks for this process. */
  readonly hooks?: Partial<MemoryHooks>;
  /** How this process shows in `members()`. Default: no API, no programs. */
  readonly self?: Omit<Member, 'partitions'>;
}

/** One simulated process's connection. */
export interface MemoryProcess {
  readonly name: string;
  readonly log: Log;
  readonly group: Group;
  readonly sink: CommandSink;
  /** The process dies: it hears nothing any more, its promises never settle, and what it sent may still land. */
  kill(): void;
}

export function openProcess(
  process: string,
  topics: Topics,
  group: MemoryGroup,
  hooks: MemoryHooks,
  { self = { apiUrl: null, programs: [] } }: ProcessOptions,
): MemoryProcess {
  let alive = true;
  const outside: ProcessContext['outside'] = (kind, partition, run) => hooks.schedule({ kind, process, partition }, run);
  const inside: ProcessContext['inside'] = (kind, partition, run) => {
    if (!alive) return;
    outside(kind, partition, () => {
      if (alive) run();
    });
  };
  const context: ProcessContext = { process, hooks, topics, outside, inside };
  return {
    name: process,
    log: openLog(context),
    group: group.seatFor(process, self, inside),
    sink: {
      partitions: topics.partitions,
      send: (partition, records) => send(context, { process, lane: { kind: 'commands', partition }, from: 'client', records }),
      close: () => Promise.resolve(),
    },
    kill: () => {
      if (!alive) return;
      alive = false;
      group.silence(process);
      outside('expelled', null, () => group.expel(process));
    },
  };
}

function openLog(context: ProcessContext): Log {
  const opened = new Set<MemoryPartition>();
  return {
    partitions: context.topics.partitions,
    open: (partition) => {
      const log = new MemoryPartition(context, partition);
      opened.add(log);
      return log;
    },
    send: (lane, records) => send(context, { process: context.process, lane, from: 'lane', records }),
    close: () => {
      for (const log of opened) log.close();
      return Promise.resolve();
    },
  };
}

function send(context: ProcessContext, attempt: SendAttempt): Promise<Offset> {
  const { lane, records } = attempt;
  const fault = batchFault(records);
  if (fault !== undefined) return Promise.reject(fault);
  const topic = topicFor(context.topics, lane);
  if (topic === undefined) return Promise.reject(new BrokenError('LANE_UNKNOWN', `there is no lane ${laneName(lane)}`));
  const partition = lane.kind === 'commands' ? lane.partition : null;
  const land = (): Offset => topic.append(context.process, records);
  const { outside, inside } = context;
  return new Promise((resolve, reject) => {
    const fail = (): void => inside('send-answers', partition, () => reject(outcomeUnknown(lane)));
    const fate = context.hooks.sendFate(attempt);
    switch (fate) {
      case 'acked':
      case 'unknown':
      case 'doubled':
        outside('send-lands', partition, () => {
          const base = land();
          if (fate === 'doubled') outside('send-lands', partition, land);
          if (fate === 'unknown') fail();
          else inside('send-answers', partition, () => resolve(base));
        });
        break;
      case 'late':
        fail();
        outside('send-lands', partition, land);
        break;
      case 'lost':
        fail();
        break;
      default:
        fate satisfies never;
    }
  });
}

function topicFor(topics: Topics, lane: Lane): MemoryTopic | undefined {
  if (lane.kind === 'dead-letter') return topics.deadLetters;
  return lane.partition in topics.commands ? topicOf(topics.commands, lane.partition) : undefined;
}

function laneName(lane: Lane): string {
  return lane.kind === 'commands' ? `c/${String(lane.partition)}` : lane.kind;
}

function outcomeUnknown(lane: Lane): OperationalError {
  return new OperationalError('OUTCOME_UNKNOWN', `a send to ${laneName(lane)} may or may not have arrived`, {
    retryable: true,
    cure: 'send it again: receivers drop repeats',
  });
}
