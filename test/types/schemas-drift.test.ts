/**
 * The compiler proves records.ts equal to the schemas, because codec.ts assigns each to the other. Here the proof is put to the
 * test: records.ts is changed in memory, and each change must be a compile error in codec.ts.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const records = `${root}schemas/records.ts`;
const codec = `${root}schemas/codec.ts`;
const text = readFileSync(records, 'utf8');
const config = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)).config,
  ts.sys,
  root,
);

const sources = new Map<string, ts.SourceFile | undefined>();

function errorsWith(changed: string): readonly string[] {
  const host = ts.createCompilerHost(config.options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion) => {
    if (name === records) return ts.createSourceFile(name, changed, languageVersion);
    if (!sources.has(name)) sources.set(name, read(name, languageVersion));
    return sources.get(name);
  };
  const program = ts.createProgram([codec], config.options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(codec))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test('records.ts as it is equals the schemas', () => {
  expect(errorsWith(text)).toEqual([]);
});

test.each([
  ['a field less', 'readonly inputsThrough: number;', ''],
  ['a field more', 'readonly inputsThrough: number;', 'readonly inputsThrough: number; readonly more: string;'],
  ['another name', 'readonly inputsThrough: number;', 'readonly inputsUpTo: number;'],
  ['another type', 'readonly inputsThrough: number;', 'readonly inputsThrough: string;'],
  ['a wider type', 'readonly inputsThrough: number;', 'readonly inputsThrough: number | null;'],
  ['a type without null', 'export type Payload = string | null;', 'export type Payload = string;'],
  ['another kind', "readonly kind: 'TurnStarted';", "readonly kind: 'TurnBegun';"],
  ['a kind less', 'export type PartitionFact = OutboundQueued |', 'export type PartitionFact ='],
  ['another brand', 'readonly claimant: Claimant;', 'readonly claimant: CommandId;'],
  ['a nested record', 'readonly nonRetriable: boolean;', 'readonly nonRetriable: string;'],
  ['an array of another record', 'readonly sentThrough: readonly LaneMark[];', 'readonly sentThrough: readonly SourceMark[];'],
  ['an array of numbers for one of ranges', 'readonly eventsTaken: readonly EventRange[];', 'readonly eventsTaken: readonly number[];'],
  [
    'a nested record that may not be missing',
    'readonly startIfMissing: StartIfMissing | null;',
    'readonly startIfMissing: StartIfMissing;',
  ],
  ['an order less', 'export type CommandBody = StartInstance |', 'export type CommandBody ='],
  ['a fact less', '  | InstanceTerminated\n', '\n'],
  ['another topic', 'readonly dispatchedAtMs: number;', ''],
])('%s in records.ts is a compile error', (_, from, to) => {
  expect(text).toContain(from);
  expect(errorsWith(text.replace(from, to))).not.toEqual([]);
});
