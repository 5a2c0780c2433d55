import { fileURLToPath } from 'node:url';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, test } from 'vitest';

/** The stricter rules of the core, each proven by a planted breach; the same line is legal one room further. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const coreRules = ['no-restricted-globals', 'no-restricted-properties', 'no-restricted-syntax'];

const breaches = [
  ['the clock', 'export const atMs = Date.now();'],
  ['a new date', 'export const at = new Date();'],
  ['chance', 'export const chance = Math.random();'],
  ['a timer', 'setTimeout(() => {}, 1);'],
  ['the process', 'export const home = process.env;'],
  ['a log line', 'console.log(1);'],
  ['a buffer', 'export const bytes = Buffer.alloc(1);'],
  ['a promise', 'export const later = Promise.resolve();'],
  ['an async function', 'export async function turn() {}'],
  ['an async arrow', 'export const turn = async () => {};'],
  ['an async method', 'export class Turn { async run() {} }'],
  ['an await', 'await 1;'],
] as const;

let core: Linter.RulesRecord = {};
let worker: Linter.RulesRecord = {};

beforeAll(async () => {
  core = await rulesFor('engine/core/decide.ts');
  worker = await rulesFor('partition-worker/owner/loop.ts');
});

describe('the core is deaf', () => {
  test.for(breaches)('%s is refused', ([, source]) => {
    expect(faults(source, core)).not.toEqual([]);
    expect(faults(source, worker)).toEqual([]);
  });

  test('what computes is allowed', () => {
    expect(faults('export const double = (value: number): number => Math.max(0, value) * 2;', core)).toEqual([]);
  });
});

async function rulesFor(path: string): Promise<Linter.RulesRecord> {
  const config = (await new ESLint({ cwd: root }).calculateConfigForFile(`${root}/${path}`)) as { readonly rules: Linter.RulesRecord };
  return Object.fromEntries(Object.entries(config.rules).filter(([name]) => coreRules.includes(name)));
}

function faults(source: string, rules: Linter.RulesRecord): readonly string[] {
  const found = new Linter().verify(source, [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser }, rules }], 'planted.ts');
  return found.map(({ message }) => message);
}
