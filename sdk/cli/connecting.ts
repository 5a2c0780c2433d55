/** From the command line and the environment to a client. */
import { createClient, OperationalError, type DurableClient } from '../client/index.ts';
import type { Arguments, OptionKinds } from './arguments.ts';
import type { Terminal } from './terminal.ts';

export const connectionOptions: OptionKinds = { api: 'string', brokers: 'string', namespace: 'string', json: 'boolean' };

const apiDefault = 'http://127.0.0.1:8080';
/** Somebody looks at the terminal: a worker on this network answers in milliseconds. */
const preflightMs = 3_000;

/** Does `work` with a client, and closes it. */
export async function withClient(args: Arguments, terminal: Terminal, work: (client: DurableClient) => Promise<void>): Promise<void> {
  await using client = await connect(args, terminal);
  await work(client);
}

async function connect(args: Arguments, terminal: Terminal): Promise<DurableClient> {
  const given = args.text('api') ?? (args.text('brokers') === undefined ? terminal.env['PERDURE_API'] : undefined);
  const brokers = args.text('brokers') ?? terminal.env['PERDURE_BROKERS'];
  if (brokers !== undefined && (args.text('brokers') !== undefined || given === undefined)) {
    const namespace = namespaceOf(args, terminal);
    return await createClient(given === undefined ? { brokers, namespace } : { brokers, namespace, api: given });
  }
  const api = (given ?? apiDefault).split(',');
  const client = await createClient({ api });
  await preflight(api);
  return client;
}

export function brokersOf(args: Arguments, terminal: Terminal): string {
  return args.text('brokers') ?? terminal.env['PERDURE_BROKERS'] ?? args.needed('brokers');
}

export function namespaceOf(args: Arguments, terminal: Terminal): string {
  return args.text('namespace') ?? terminal.env['PERDURE_NAMESPACE'] ?? args.needed('namespace');
}

/** The client would try on for half a minute, as a service should; a person wants to know at once that nobody is there. */
async function preflight(api: readonly string[]): Promise<void> {
  const asked = await Promise.allSettled(api.map((url) => fetch(`${url}/v1/health`, { signal: AbortSignal.timeout(preflightMs) })));
  if (asked.some((answer) => answer.status === 'fulfilled')) return;
  throw new OperationalError('API_UNREACHABLE', `no worker answers at ${api.join(', ')}`, {
    retryable: true,
    cure: 'is `perdure dev` running? Start it, or name another address with --api',
  });
}
