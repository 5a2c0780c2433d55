import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = fileURLToPath(new URL('calls.ts', import.meta.url));

/** Compiles the file with the project's own settings, from `text` instead of the disk; gives the lines with errors. */
function errorLines(text: string): number[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  host.readFile = (path) => (path === file ? text : read(path));
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  const diagnostics = [
    ...program.getGlobalDiagnostics(),
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ];
  return diagnostics.map(({ start }) => text.slice(0, start).split('\n').length).sort((a, b) => a - b);
}

test('right calls compile, and each wrong call is refused where it is written', () => {
  const text = readFileSync(file, 'utf8');
  expect(errorLines(text)).toEqual([]);
  // The same again with the expectations blanked out: exactly the lines after them are wrong.
  const lines = text.split('\n');
  const expected = lines.flatMap((line, at) => (line.includes('@ts-expect-error') ? [at + 2] : []));
  expect(expected.length).toBeGreaterThan(10);
  expect([...new Set(errorLines(text.replaceAll('@ts-expect-error', 'wrong:')))]).toEqual(expected);
});
