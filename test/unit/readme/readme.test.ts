import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** What the README prints is what a newcomer runs: it is taken from there and run as it stands, against the built package. */

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const home = join(root, 'node_modules', '.cache', 'perdure-readme');
const installed = join(home, 'node_modules', 'perdure');

let readme = '';

beforeAll(async () => {
  readme = await readFile(join(root, 'README.md'), 'utf8');
  await rm(home, { recursive: true, force: true });
  await mkdir(installed, { recursive: true });
  await copyFile(join(root, 'package.json'), join(installed, 'package.json'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(installed, 'dist')]);
}, 120_000);

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

function blocks(language: string): string[] {
  return [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].filter((match) => match[1] === language).map((match) => match[2] ?? '');
}

describe('README', () => {
  test('begins with exactly two set-up commands', () => {
    const commands = (blocks('sh')[0] ?? '').trim().split('\n');
    expect(commands.map((line) => line.replace(/\s*#.*/, ''))).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
  });

  test('its first orchestration has at most 25 lines of code and runs as printed', async () => {
    const example = blocks('ts')[0] ?? '';
    const code = example.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
    expect(code.length).toBeGreaterThan(10);
    expect(code.length).toBeLessThanOrEqual(25);
    const file = join(home, 'first.mts');
    await writeFile(file, example);
    const { stdout } = await run(process.execPath, ['--import', import.meta.resolve('tsx'), file], { cwd: home });
    expect(stdout).toBe('lamp and table cost 900\n');
  }, 60_000);

  test('all it shows compiles against the declarations that are shipped', async () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const files = blocks('ts').map((_, at) => join(home, `shown-${String(at)}.mts`));
    for (const [at, example] of blocks('ts').entries()) await writeFile(files[at] ?? '', example);
    expect(files.length).toBeGreaterThanOrEqual(3);
    const flags = ['--ignoreConfig', '--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    const lib = ['--lib', 'es2023,esnext.disposable', '--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];
    await expect(run(process.execPath, [tsc, ...flags, ...lib, ...files])).resolves.toBeDefined();
  }, 60_000);
});
