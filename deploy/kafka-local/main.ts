/** `npm run kafka -- start|stop|status|wipe`: a broker that stays when the command returns. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OperationalError } from '../../schemas/index.ts';
import { kafkaHome, missingTools } from './jars.ts';
import { lives } from './java.ts';
import { bootstrapOf, loadState, prepare, startAll, stopAll, type RunState } from './processes.ts';

const usage = `npm run kafka -- start [--nodes 1|3] [--port P] [--dir D]   starts brokers on 127.0.0.1, prints KAFKA_BROKERS=…
npm run kafka -- status [--dir D]                           tells which nodes live (exit code 3: not all)
npm run kafka -- stop [--dir D]                             stops them; the data stays
npm run kafka -- wipe [--dir D]                             stops them and deletes the data
Defaults: one node on port 9092, in ${join(kafkaHome(), 'run')}.`;

const defaultPort = 9092;

async function start(dir: string, nodes: string, port: string): Promise<void> {
  const missing = missingTools();
  if (missing.length > 0) {
    throw new OperationalError('BROKER_UNAVAILABLE', `${missing.join(' and ')} not found`, {
      retryable: false,
      cure: 'Install Java 17 or later and Maven, or use any other broker by setting KAFKA_BROKERS',
    });
  }
  const state = await prepare(dir, { nodes: nodes === '3' ? 3 : 1, port: Number(port) });
  await startAll(dir, state, true);
  console.log(`KAFKA_BROKERS=${bootstrapOf(state)}`);
}

function status(state: RunState | undefined): number {
  if (state === undefined) {
    console.log('nothing was started here');
    return 3;
  }
  const living = state.nodes.filter((node) => node.pid !== 0 && lives(node, node.pid));
  for (const node of state.nodes) {
    console.log(`node ${String(node.id)} 127.0.0.1:${String(node.port)} ${living.includes(node) ? `up, pid ${String(node.pid)}` : 'down'}`);
  }
  if (living.length < state.nodes.length) return 3;
  console.log(`KAFKA_BROKERS=${bootstrapOf(state)}`);
  return 0;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      nodes: { type: 'string', default: '1' },
      port: { type: 'string', default: String(defaultPort) },
      dir: { type: 'string', default: join(kafkaHome(), 'run') },
    },
  });
  const dir = resolve(values.dir);
  const state = loadState(dir);
  switch (positionals[0]) {
    case 'start':
      await start(dir, values.nodes, values.port);
      return 0;
    case 'status':
      return status(state);
    case 'stop':
      if (state !== undefined) await stopAll(dir, state);
      return 0;
    case 'wipe':
      if (state !== undefined) await stopAll(dir, state);
      rmSync(dir, { recursive: true, force: true });
      return 0;
    case undefined:
    default:
      console.error(usage);
      return 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OperationalError)) throw error;
  console.error(`${error.code}: ${error.message}${error.cure === undefined ? '' : `. ${error.cure}.`}`);
  process.exitCode = 1;
}
