/**
 * `npm run simulate:mutants -- [--seeds N] [--only TEXT] [--jobs J] [--json]`: proves that the simulation finds what it must find.
 *
 * The source is copied, one rule is left out of the copy, and the simulation runs there until it finds a violation. A mutant that
 * survives 2,000 seeds, or whose text is not in the source any more, fails the command.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

const seedsDefault = '2000';
/** A mutant that hangs has been noticed, but not by an invariant. */
const mutantTimeoutMs = 300_000;
const root = join(import.meta.dirname, '..', '..');
/** Below node_modules, so that the copies find the packages. */
const copies = join(root, 'node_modules', '.cache', 'perdure-mutants');
const copied = ['schemas', 'engine', 'partition-worker', 'sdk', 'test/simulation', 'package.json', 'tsconfig.json'];

export type Result =
  | {
      readonly kind: 'caught';
      readonly name: string;
      readonly rule: string;
      readonly seed: number;
      readonly step: number;
      readonly by: string;
    }
  | { readonly kind: 'survived' | 'failed'; readonly name: string; readonly rule: string; readonly why: string };

/** Runs the simulation without the rule, and tells how it noticed. */
export async function hunt(mutation: Mutation, seeds: string): Promise<Result> {
  const { name, rule } = mutation;
  mkdirSync(copies, { recursive: true });
  // Two hunts for one mutant may run at once.
  const folder = mkdtempSync(join(copies, `${name.replaceAll(/\W+/g, '-')}-`));
  try {
    mkdirSync(join(folder, 'test'));
    for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true });
    for (const { file, find, replace } of mutation.edits) {
      const path = join(folder, file);
      const source = readFileSync(path, 'utf8');
      const places = source.split(find).length - 1;
      if (places !== 1) return { kind: 'failed', name, rule, why: `${file} holds the text to replace ${String(places)} times` };
      writeFileSync(
        path,
        source.replace(find, () => replace),
      );
    }
    return verdictOf(mutation, await simulate(folder, seeds, mutation.from ?? 1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
}

function simulate(folder: string, seeds: string, from: number): Promise<Run> {
  const args = ['--import', 'tsx', 'test/simulation/main.ts', '--first', '--json', '--seeds', seeds, '--from', String(from)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, timeout: mutantTimeoutMs, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => {
      resolve({ stdout, stderr });
    });
  });
}

interface Summary {
  readonly failures: readonly { readonly seed: number; readonly step: number; readonly violations: readonly string[] }[];
}

function verdictOf({ name, rule }: Mutation, { stdout, stderr }: Run): Result {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return { kind: 'failed', name, rule, why: `no summary: ${stderr.slice(-400)}` };
  const [failure] = (JSON.parse(line) as Summary).failures;
  if (failure === undefined) return { kind: 'survived', name, rule, why: 'no violation' };
  return { kind: 'caught', name, rule, seed: failure.seed, step: failure.step, by: failure.violations[0] ?? '' };
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seeds: text, only: text, jobs: text, json: { type: 'boolean' } } });
  const { only = '', seeds = seedsDefault, jobs = String(availableParallelism()), json = false } = values;
  const waiting = mutations.filter(({ name }) => name.includes(only));
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await hunt(next, seeds);
      results.push(result);
      if (!json) console.log(lineOf(result));
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(jobs)) }, work));
  const missed = results.filter(({ kind }) => kind !== 'caught');
  if (json) console.log(JSON.stringify({ mutants: results.length, caught: results.length - missed.length, results }));
  else console.log(`${String(results.length)} mutants, ${String(results.length - missed.length)} caught`);
  return missed.length === 0 && results.length > 0 ? 0 : 1;
}

function lineOf(result: Result): string {
  const head = `${result.kind.padEnd(8)} [${result.rule}] ${result.name}`;
  if (result.kind !== 'caught') return `${head}: ${result.why}`;
  return `${head}: seed ${String(result.seed)}, step ${String(result.step)}: ${result.by.slice(0, 160)}`;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
