/** What the command line of `npm run bench` says. */
import { parseArgs } from 'node:util';

export type LogKind = 'embedded' | 'kafka';
export type Workload = (typeof workloads)[number];

export interface Flags {
  readonly log: LogKind;
  readonly workloads: readonly Workload[];
  /** Repetitions of W1, W2, W4 and restart. */
  readonly reps: number;
  /** Workflows of one repetition of W1 (default 200) and W2 (default 2,000); events before a restart (default 100,000). */
  readonly n: number | undefined;
  readonly inFlight: number;
  /** Activities in the sequences of W4. */
  readonly sizes: readonly number[];
  /** Default: what a namespace has by default. */
  readonly partitions: number | undefined;
  /** An existing cluster. Default: a broker is started, and stopped at the end. */
  readonly brokers: string | undefined;
  readonly json: boolean;
}

const workloads = ['W1', 'W2', 'W3', 'W4', 'restart'] as const;
/** On the work list, but not of what can be run yet. */
const missing: Readonly<Record<string, string>> = { W5: 'timers', W6: 'external events', W7: 'crashes under timers' };

export const usage = `usage: npm run bench -- [--log embedded|kafka] [--w W1,W2,W3,W4,restart] [--reps 3] [--n N] [--inflight 200]
                       [--sizes 100,1000] [--partitions P] [--brokers HOST:PORT,…] [--json]`;

/** @throws Error of one line that says what is wrong with which flag */
export function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      log: { type: 'string', default: 'embedded' },
      w: { type: 'string', default: workloads.join(',') },
      reps: { type: 'string', default: '3' },
      n: { type: 'string' },
      inflight: { type: 'string', default: '200' },
      sizes: { type: 'string', default: '100,1000' },
      partitions: { type: 'string' },
      brokers: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const log = oneOf(values.log, ['embedded', 'kafka'] as const, '--log');
  if (values.brokers !== undefined && log !== 'kafka') throw new Error('--brokers goes with --log kafka');
  return {
    log,
    workloads: values.w.split(',').map(workloadOf),
    reps: count(values.reps, '--reps'),
    n: values.n === undefined ? undefined : count(values.n, '--n'),
    inFlight: count(values.inflight, '--inflight'),
    sizes: values.sizes.split(',').map((size) => count(size, '--sizes')),
    partitions: values.partitions === undefined ? undefined : count(values.partitions, '--partitions'),
    brokers: values.brokers,
    json: values.json,
  };
}

function workloadOf(name: string): Workload {
  const needs = missing[name];
  if (needs !== undefined) throw new Error(`${name} measures ${needs}, which Perdure does not have yet; there are ${workloads.join(', ')}`);
  return oneOf(name, workloads, '--w');
}

function oneOf<T extends string>(value: string, allowed: readonly T[], flag: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Error(`${flag} ${value}: must be one of ${allowed.join(', ')}`);
  return found;
}

function count(text: string, flag: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${flag} ${text}: must be a whole number above 0`);
  return value;
}
