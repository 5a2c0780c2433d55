import { readdirSync, readFileSync } from 'node:fs';
import avro from 'avsc';
import { describe, expect, test } from 'vitest';
import { emitRecordModule } from '../../../schemas/emit.ts';
import { generatedFiles, readManifest, readSchemaText, refuseUnreadable, releaseFault } from '../../../schemas/generate.ts';

const manifest = readManifest();

test.each(generatedFiles().map(({ path, text }) => [path.pathname.split('/').slice(-2).join('/'), path, text] as const))(
  '%s is what `npm run schemas` makes of the schemas',
  (_, path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

test('every schema and every generated file is in the manifest', () => {
  const folder = new URL('../../../schemas/', import.meta.url);
  const schemas = readdirSync(new URL('avro/', folder)).filter((name) => name.endsWith('.avsc'));
  expect(schemas.toSorted()).toEqual(manifest.map(({ file }) => file).toSorted());
  const modules = readdirSync(new URL('generated/', folder));
  expect(modules.toSorted()).toEqual(manifest.map(({ file }) => file.replace(/\.avsc$/, '.gen.ts')).toSorted());
});

test('versions of a record count up from 1, and ids are never given twice', () => {
  for (const { record } of manifest) {
    const versions = manifest.filter((entry) => entry.record === record).map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  }
  expect(new Set(manifest.map(({ id }) => id)).size).toBe(manifest.length);
});

describe.each(manifest)('released schema $file', (entry) => {
  test('is byte for byte the one that was released', () => {
    expect(releaseFault(entry, readSchemaText(entry.file))).toBeUndefined();
  });

  test('any edit is found out, a blank too', () => {
    expect(releaseFault(entry, `${readSchemaText(entry.file)}\n`)).toContain('add a version instead');
  });

  test('stands in the namespace that no version may leave, under its own name', () => {
    expect(avro.Type.forSchema(JSON.parse(readSchemaText(entry.file)) as avro.Schema).name).toBe(`perdure.${entry.record}`);
  });

  test('a version is read by every later one', () => {
    const reader = avro.Type.forSchema(JSON.parse(readSchemaText(entry.file)) as avro.Schema);
    const older = manifest.filter(({ record, version }) => record === entry.record && version <= entry.version);
    for (const { file } of older) {
      expect(() => reader.createResolver(avro.Type.forSchema(JSON.parse(readSchemaText(file)) as avro.Schema))).not.toThrow();
    }
  });
});

test('lifecycle events are flat: Connect and ksqlDB handle unions of records poorly', () => {
  for (const { file } of manifest.filter(({ record }) => record === 'LifecycleEvent')) {
    const { fields } = JSON.parse(readSchemaText(file)) as { fields: { type: string | { type: string } }[] };
    for (const { type } of fields) expect(['string', 'long', 'int']).toContain(typeof type === 'string' ? type : type.type);
  }
});

test.each([
  [{ type: 'map', values: 'string' }, /expected a record/],
  [['string', 'null'], /expected a record/],
  [{ type: 'array', items: 'string' }, /expected a record/],
  [{ type: 'array', items: ['null', 'string'] }, /expected a record/],
  ['double', /expected a record/],
  ['Unknown', /expected a record/],
])('the part of Avro that we have no use for is refused: %j', (type, reason) => {
  expect(() => emitRecordModule('x.avsc', { type: 'record', name: 'X', fields: [{ name: 'x', type }] })).toThrow(reason);
});

test('a version that could not read the one before it is refused', () => {
  const record = (type: string): string => JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'id', type }] });
  expect(() => {
    refuseUnreadable([
      { record: 'Order', text: record('int') },
      { record: 'Order', text: record('long') },
    ]);
  }).not.toThrow();
  expect(() => {
    refuseUnreadable([
      { record: 'Order', text: record('long') },
      { record: 'Order', text: record('int') },
    ]);
  }).toThrow(/cannot read/);
});
