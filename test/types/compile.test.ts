import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = new Map<string, ts.SourceFile | undefined>();

/** Compiles the file with the project's own settings, from `text` instead of the disk; gives the lines with errors. */
function errorLines(file: string, text: string): number[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion) => {
    if (name === file) return ts.createSourceFile(name, text, languageVersion);
    if (!sources.has(name)) sources.set(name, read(name, languageVersion));
    return sources.get(name);
  };
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  const diagnostics = [
    ...program.getGlobalDiagnostics(),
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ];
  return diagnostics.map(({ start }) => text.slice(0, start).split('\n').length).sort((a, b) => a - b);
}

test.each([
  ['calls.ts', 15],
  ['api.ts', 3],
  ['model.ts', 24],
])('[A1] in %s right calls compile, and each wrong call is refused where it is written', (name, refusedAtLeast) => {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const text = readFileSync(file, 'utf8');
  expect(errorLines(file, text)).toEqual([]);
  // The same again with the expectations blanked out: exactly the lines after them are wrong.
  const lines = text.split('\n');
  const expected = lines.flatMap((line, at) => (line.includes('@ts-expect-error') ? [at + 2] : []));
  expect(expected.length).toBeGreaterThanOrEqual(refusedAtLeast);
  expect([...new Set(errorLines(file, text.replaceAll('@ts-expect-error', 'wrong:')))]).toEqual(expected);
});
