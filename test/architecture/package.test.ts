import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
};

const rooms = ['schemas', 'engine', 'partition-worker', 'sdk', 'test', 'deploy'];
const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE'];
const settings = [
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'eslint.config.js', 'vitest.config.ts'],
  ...['.ci', '.dependency-cruiser.cjs', '.git', '.gitignore', '.prettierignore', '.prettierrc.json'],
];

describe('package', () => {
  test('the top level holds the rooms, the documents, the settings and nothing else', () => {
    const ignored = readFileSync(`${root}/.gitignore`, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/\/$/, ''));
    const isIgnored = (name: string) => ignored.some((line) => (line.startsWith('*') ? name.endsWith(line.slice(1)) : name === line));
    const found = readdirSync(root).filter((name) => !isIgnored(name));
    expect(found.filter((name) => ![...rooms, ...documents, ...settings].includes(name))).toEqual([]);
    expect([...rooms, ...documents].filter((name) => !found.includes(name))).toEqual([]);
  });

  const built = Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === 'string' ? [] : [[path, target.default, target.types] as const],
  );

  test.for(built)('the export %s is built from a source that exists', ([, code, types]) => {
    expect(types).toBe(code.replace(/\.js$/, '.d.ts'));
    expect(existsSync(`${root}/${sourceOf(code)}`)).toBe(true);
  });

  test.for(Object.entries(manifest.bin))('the command %s can be started by its name', ([, target]) => {
    expect(readFileSync(`${root}/${sourceOf(target)}`, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

function sourceOf(builtPath: string): string {
  return builtPath.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts');
}
