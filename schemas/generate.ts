/**
 * `npm run schemas`: makes the TypeScript that reads and writes each schema version from its `.avsc`, so that nothing is read
 * from disk at run time and types, codec and schema cannot drift apart. A test proves the committed files up to date.
 *
 * A released `.avsc` is a promise: one whose hash is not the manifest's is refused here and by a test.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import avro from 'avsc';
import { emitRecordModule } from './emit.ts';

const folder: URL = new URL('./', import.meta.url);

export interface ManifestEntry {
  readonly record: string;
  readonly version: number;
  readonly file: string;
  readonly id: number;
  readonly sha256: string;
}

export interface GeneratedFile {
  readonly path: URL;
  readonly text: string;
}

export function readManifest(): readonly ManifestEntry[] {
  const manifest = JSON.parse(readFileSync(new URL('avro/manifest.json', folder), 'utf8')) as { schemas: readonly ManifestEntry[] };
  return manifest.schemas;
}

export function readSchemaText(file: string): string {
  return readFileSync(new URL(`avro/${file}`, folder), 'utf8');
}

/** Why the schema is not the one that was released, or undefined when it is. */
export function releaseFault(entry: ManifestEntry, text: string): string | undefined {
  const sha256 = createHash('sha256').update(text).digest('hex');
  if (sha256 === entry.sha256) return undefined;
  return `${entry.file} has the hash ${sha256}, not that of the manifest: a released schema never changes, add a version instead`;
}

/**
 * Lets avsc judge: every version is a schema, and reads what the version before it wrote.
 * @throws Error of avsc's, naming what it found
 */
export function refuseUnreadable(versions: readonly { readonly record: string; readonly text: string }[]): void {
  const newest = new Map<string, avro.Type>();
  for (const { record, text } of versions) {
    const type = avro.Type.forSchema(JSON.parse(text) as avro.Schema);
    const older = newest.get(record);
    if (older !== undefined) type.createResolver(older);
    newest.set(record, type);
  }
}

/** Every file that is made from the schemas, with the text it must have. */
export function generatedFiles(): readonly GeneratedFile[] {
  const manifest = readManifest();
  refuseUnreadable(manifest.map(({ record, file }) => ({ record, text: readSchemaText(file) })));
  const modules = manifest.map((entry) => {
    const text = readSchemaText(entry.file);
    const fault = releaseFault(entry, text);
    if (fault !== undefined) throw new TypeError(fault);
    return {
      path: new URL(`generated/${entry.file.replace(/\.avsc$/, '.gen.ts')}`, folder),
      text: emitRecordModule(entry.file, JSON.parse(text)),
    };
  });
  return [...modules, { path: new URL('avro.gen.ts', folder), text: emitManifest(manifest) }];
}

function emitManifest(manifest: readonly ManifestEntry[]): string {
  const entries = manifest.map(({ record, version, id, file }) => {
    const avsc = JSON.stringify(JSON.parse(readSchemaText(file)));
    return `  { record: '${record}', version: ${String(version)}, id: ${String(id)}, avsc: ${JSON.stringify(avsc)} },`;
  });
  return `// Made by \`npm run schemas\` from avro/manifest.json. Do not edit.

export interface WireSchema {
  readonly record: WireRecord;
  readonly version: number;
  /** The number in the prefix of a value where no registry has given it one. */
  readonly id: number;
  /** The schema's JSON text. */
  readonly avsc: string;
}

export type WireRecord = ${[...new Set(manifest.map(({ record }) => `'${record}'`))].join(' | ')};

export const wireSchemas: readonly WireSchema[] = [
${entries.join('\n')}
];
`;
}

if (import.meta.filename === process.argv[1]) for (const { path, text } of generatedFiles()) writeFileSync(path, text);
