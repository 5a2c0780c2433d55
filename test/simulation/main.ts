/**
 * `npm run simulate -- [--seeds N] [--from K] [--seed S] [--steps M] [--first] [--json]`; `--first` stops at the first violation.
 *
 * Exit code 0: no violation, and in a batch of 500 seeds or more every kind of fault happened. 1: a violation, or a fault that never
 * happened. 2: wrong arguments.
 */
import { parseArgs } from 'node:util';
import { runBatch, type Verdict } from './batch.ts';
import { stepsDefault, type Outcome } from './run.ts';

const seedsDefault = 200;
/** Failures printed in full. */
const shownMax = 5;

interface Flags {
  readonly from: number;
  readonly seeds: number;
  readonly steps: number;
  readonly stopAtFirst: boolean;
  readonly json: boolean;
}

function flagsOf(args: readonly string[]): Flags {
  const text = { type: 'string' } as const;
  const options = { seeds: text, seed: text, from: text, steps: text, first: { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const number = (name: 'seeds' | 'seed' | 'from' | 'steps', otherwise: number): number => {
    const value = values[name] === undefined ? otherwise : Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`--${name} takes a whole number from 0`);
    return value;
  };
  const one = values.seed !== undefined;
  return {
    from: one ? number('seed', 0) : number('from', 1),
    seeds: one ? 1 : number('seeds', seedsDefault),
    steps: number('steps', stepsDefault),
    stopAtFirst: values.first === true,
    json: values.json === true,
  };
}

function replayLine(seed: number, steps: number): string {
  return `npm run simulate -- --seed ${String(seed)}${steps === stepsDefault ? '' : ` --steps ${String(steps)}`}`;
}

function describe({ seed, step, violations }: Outcome, steps: number): string {
  const lines = [`seed ${String(seed)}, step ${String(step)}:`, ...violations.slice(0, 5).map((violation) => `  ${violation}`)];
  return [...lines, `  replay: ${replayLine(seed, steps)}`].join('\n');
}

function summary(verdict: Verdict, seconds: number): string {
  const { seeds, failed, missing, instances, records, faults } = verdict;
  const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${String(seeds)} seeds in ${seconds.toFixed(1)} s: ${String(failed.length)} with a violation`,
    `${String(instances)} instances, ${String(records)} history records, ${String(total)} faults:`,
    ...Object.entries(faults).map(([kind, count]) => `  ${String(count).padStart(8)}  ${kind}`),
  ];
  if (missing.length > 0) lines.push(`never happened, so nothing is proved about: ${missing.join(', ')}`);
  return lines.join('\n');
}

async function main(): Promise<number> {
  const flags = flagsOf(process.argv.slice(2));
  const beganMs = performance.now();
  let shown = 0;
  const verdict = await runBatch({
    ...flags,
    onRun: (outcome) => {
      if (outcome.violations.length > 0 && !flags.json && shown++ < shownMax) console.log(describe(outcome, flags.steps));
    },
  });
  const seconds = (performance.now() - beganMs) / 1000;
  const { failed, missing, faults, seeds, instances, records } = verdict;
  if (flags.json) {
    const failures = failed.map(({ seed, step, violations }) => ({ seed, step, violations, replay: replayLine(seed, flags.steps) }));
    console.log(JSON.stringify({ seeds, seconds, violations: failed.length, failures, instances, records, faults, missing }));
  } else console.log(summary(verdict, seconds));
  return failed.length > 0 || missing.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
