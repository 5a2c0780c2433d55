import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Every boundary rule is proven by a planted breach: a small house that is clean but for one import. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const rules = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as IConfiguration;
const packages = ['kafkajs', 'avsc', 'classic-level', '@kafkajs/confluent-schema-registry', 'fast-check'];

/** A house that breaks no rule; a breach adds one file or one import to it. */
const cleanHouse: Readonly<Record<string, string>> = {
  'schemas/index.ts': "import './codec.ts';",
  'schemas/codec.ts': "import 'avsc';",
  'schemas/registry.ts': "import '@kafkajs/confluent-schema-registry'; import './codec.ts';",
  'engine/core/index.ts': "import '../../schemas/index.ts'; import './decide.ts';",
  'engine/core/decide.ts': 'export const decide: number = 1;',
  'engine/log/index.ts': "import './port.ts';",
  'engine/log/port.ts': 'export const port: number = 1;',
  'engine/log/kafka/index.ts': "import 'kafkajs'; import '../index.ts'; import './producer.ts';",
  'engine/log/kafka/producer.ts': 'export const producer: number = 1;',
  'engine/log/local/index.ts': "import 'classic-level'; import '../index.ts';",
  'engine/state/index.ts': "import 'classic-level'; import './rows.ts';",
  'engine/state/rows.ts': 'export const rows: number = 1;',
  'partition-worker/runtime.ts': 'export const runtime: number = 1;',
  'partition-worker/owner/index.ts':
    "import '../runtime.ts'; import '../../engine/core/index.ts'; import '../../engine/log/index.ts'; import './loop.ts';",
  'partition-worker/limits.ts': 'export const limit: number = 1;',
  'partition-worker/owner/loop.ts': "import 'node:timers'; import '../limits.ts';",
  'sdk/index.ts': "import './worker/index.ts'; import './client/index.ts';",
  'sdk/worker/index.ts':
    "import '../../partition-worker/owner/index.ts'; import '../../partition-worker/runtime.ts'; import '../../engine/log/kafka/index.ts';",
  'sdk/client/index.ts': "import '../../schemas/index.ts'; import '../../schemas/registry.ts'; import '../define/index.ts';",
  'sdk/define/index.ts': 'export const define: number = 1;',
  'deploy/kafka-local/main.ts': "import 'kafkajs';",
  'test/unit/loop.test.ts': "import '../../partition-worker/owner/loop.ts'; import 'fast-check';",
  'test/kafka/group.test.ts': "import 'kafkajs';",
};

const breaches: readonly (readonly [rule: string, what: string, file: string, source: string])[] = [
  ['schemas-know-nobody', 'schemas import the engine', 'schemas/codec.ts', "import '../engine/core/index.ts';"],
  ['engine-knows-only-schemas', 'the engine imports the worker', 'engine/state/rows.ts', "import '../../partition-worker/runtime.ts';"],
  ['engine-knows-only-schemas', 'even for a type', 'engine/state/rows.ts', "import type {} from '../../sdk/index.ts';"],
  ['worker-knows-no-sdk', 'the worker imports the sdk', 'partition-worker/owner/loop.ts', "import '../../sdk/define/index.ts';"],
  ['sdk-knows-no-test-or-deploy', 'the sdk imports deploy', 'sdk/define/index.ts', "import '../../deploy/kafka-local/main.ts';"],
  ['deploy-knows-no-test', 'deploy imports a test', 'deploy/kafka-local/main.ts', "import '../../test/kafka/group.test.ts';"],
  ['core-is-deaf', 'the core imports a Node module', 'engine/core/decide.ts', "import 'node:fs';"],
  ['core-is-deaf', 'the core imports a package', 'engine/core/decide.ts', "import 'fast-check';"],
  ['core-is-deaf', 'the core imports another room of the engine', 'engine/core/decide.ts', "import '../state/index.ts';"],
  ['port-knows-no-adapter', 'the log port imports an adapter', 'engine/log/port.ts', "import './local/index.ts';"],
  ['client-loads-no-worker', 'the client imports the worker', 'sdk/client/index.ts', "import '../../partition-worker/owner/index.ts';"],
  ['client-loads-no-worker', 'the client reaches the worker by way of another room', 'sdk/client/index.ts', "import '../worker/index.ts';"],
  ['through-the-door', 'a room looks inside another', 'sdk/worker/index.ts', "import '../../partition-worker/owner/loop.ts';"],
  ['through-the-door', 'an adapter looks inside the port', 'engine/log/local/index.ts', "import '../port.ts';"],
  ['through-the-door', 'a neighbour looks inside an adapter', 'engine/state/rows.ts', "import '../log/kafka/producer.ts';"],
  ['through-the-door-from-outside', 'the front door looks inside a room', 'sdk/index.ts', "import '../engine/log/kafka/producer.ts';"],
  [
    'through-the-door-from-outside',
    'deploy looks inside a room',
    'deploy/kafka-local/main.ts',
    "import '../../engine/log/kafka/producer.ts';",
  ],
  ['through-the-front-door', "one floor uses another's limits", 'sdk/worker/index.ts', "import '../../partition-worker/limits.ts';"],
  ['kafkajs-in-one-place', 'the worker imports kafkajs', 'partition-worker/owner/loop.ts', "import 'kafkajs';"],
  ['kafkajs-in-one-place', 'a pure test imports kafkajs', 'test/unit/loop.test.ts', "import 'kafkajs';"],
  ['avsc-in-one-place', 'the engine imports avsc', 'engine/state/rows.ts', "import 'avsc';"],
  ['avsc-in-one-place', 'the sdk imports the registry client', 'sdk/define/index.ts', "import '@kafkajs/confluent-schema-registry';"],
  ['leveldb-in-two-places', 'the worker imports LevelDB', 'partition-worker/owner/loop.ts', "import 'classic-level';"],
  ['no-development-package-in-production', 'the sdk imports a test package', 'sdk/define/index.ts', "import 'fast-check';"],
  ['no-circles', 'two modules import each other', 'schemas/codec.ts', "import './index.ts';"],
  ['no-unresolved-import', 'an import of nothing', 'schemas/codec.ts', "import './gone.ts';"],
  ['no-orphans', 'a module left over', 'schemas/old.ts', 'export const old: number = 1;'],
];

let house = '';

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'perdure-house-'));
  const dependencies = Object.fromEntries(packages.filter((name) => name !== 'fast-check').map((name) => [name, '1.0.0']));
  write('package.json', JSON.stringify({ name: 'house', type: 'module', dependencies, devDependencies: { 'fast-check': '1.0.0' } }));
  write('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'NodeNext', types: [] } }));
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('boundaries', () => {
  test('a clean house breaks no rule', async () => {
    expect(await brokenRules()).toEqual([]);
  });

  test.for(breaches)('%s: %s', async ([rule, , file, source]) => {
    expect(await brokenRules(file, source)).toContain(rule);
  });

  test('every rule has a planted breach', () => {
    const proven = new Set(breaches.map(([rule]) => rule));
    expect((rules.forbidden ?? []).map(({ name }) => name).filter((name) => name === undefined || !proven.has(name))).toEqual([]);
  });
});

/** The names of the rules that the house breaks once `source` is added to `file`. */
async function brokenRules(file?: string, source?: string): Promise<readonly string[]> {
  const folders = ['schemas', 'engine', 'partition-worker', 'sdk', 'deploy', 'test'];
  for (const folder of folders) rmSync(join(house, folder), { recursive: true, force: true });
  for (const [path, text] of Object.entries(cleanHouse)) write(path, text);
  if (file !== undefined && source !== undefined) write(file, `${cleanHouse[file] ?? ''}\n${source}`);
  const { output } = await cruise(folders, {
    ...rules.options,
    baseDir: house,
    ruleSet: { forbidden: rules.forbidden ?? [] },
    validate: true,
  });
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(house, path)), { recursive: true });
  writeFileSync(join(house, path), text);
}
