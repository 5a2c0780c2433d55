/** What each route answers. */
import type { IncomingMessage } from 'node:http';
import {
  commandOf,
  encodeCommand,
  instanceIdOf,
  OperationalError,
  parseCommandRequest,
  partitionOf,
  type CommandAnswer,
  type CommandReceipt,
  type HistoryPage,
  type InstanceSnapshot,
  type WorkerReads,
} from '../../schemas/index.ts';
import type { CommandBatcher } from '../../engine/log/index.ts';
import { readJson } from './body.ts';
import type { Reply } from './reply.ts';
import type { Route } from './route.ts';

type ReadingRoute = Exclude<Route, { readonly kind: 'health' | 'ready' | 'commands' | 'reads' }>;

export async function answerReading(route: ReadingRoute, reads: WorkerReads, reply: Reply): Promise<void> {
  const body = await readingOf(route, reads);
  if (body === undefined) reply.fail(noSuchInstance('instanceId' in route ? route.instanceId : ''));
  else reply.json(200, body);
}

function readingOf(route: ReadingRoute, reads: WorkerReads): Promise<CommandAnswer | InstanceSnapshot | HistoryPage | undefined> {
  switch (route.kind) {
    case 'answer':
      return reads.answer(route.place, route.waitMs);
    case 'state':
      return reads.state(route.instanceId, route.after);
    case 'wait':
      return reads.wait(route.instanceId, route.what, route.timeoutMs, route.after);
    case 'history': {
      const { from, limit, after } = route;
      return reads.history(route.instanceId, { from, limit, ...(after === undefined ? {} : { after }) });
    }
    default:
      return route satisfies never;
  }
}

function noSuchInstance(instanceId: string): OperationalError {
  return new OperationalError('INSTANCE_NOT_FOUND', `there is no instance ${JSON.stringify(instanceId)}`, { retryable: false });
}

/** Writes the command to the log. Once it stands there the request only waits: `waits` is told how to end it early. */
export async function acceptCommand(
  request: IncomingMessage,
  reply: Reply,
  given: { commands: CommandBatcher; reads: WorkerReads; waitMs: number | undefined; waits: (end: () => void) => void },
): Promise<void> {
  const parsed = parseCommandRequest(await readJson(request));
  if ('refusal' in parsed) throw new OperationalError(parsed.refusal.code, parsed.refusal.message, { retryable: false });
  const instanceId = instanceIdOf(parsed.request);
  const partition = partitionOf(instanceId, given.commands.partitions);
  const offset = await given.commands.submit(partition, { key: instanceId, value: encodeCommand(commandOf(parsed.request, Date.now())) });
  const headers = { location: `/v1/commands/${String(partition)}/${String(offset)}` };
  const place = { partition, offset };
  if (given.waitMs === undefined) {
    reply.json(202, place, headers);
    return;
  }
  // Ended early, the sender still learns where its command stands and can ask another worker about it.
  given.waits(() => reply.json(202, place, headers));
  reply.json(202, await receiptOf(place, given.waitMs, given.reads), headers);
}

async function receiptOf(place: { partition: number; offset: number }, waitMs: number, reads: WorkerReads): Promise<CommandReceipt> {
  try {
    return { ...place, answer: await reads.answer(place, waitMs) };
  } catch (error) {
    // The command is written: its place is worth more than the news that its owner cannot be asked just now.
    if (error instanceof OperationalError && error.retryable) return place;
    throw error;
  }
}
