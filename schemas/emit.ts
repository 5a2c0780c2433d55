/**
 * Turns one Avro schema into a TypeScript module: an interface per record, a function that writes it, a function that reads it.
 * Knows the part of Avro that our schemas use and refuses the rest: records, arrays, `["null", T]`, unions of records (told
 * apart by `kind`, the record's name), boolean, int, long, string, bytes. A field's `brand` names its type in ids.ts.
 */

interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly doc?: string;
  readonly fields: readonly FieldSchema[];
}

interface FieldSchema {
  readonly name: string;
  readonly type: Schema;
  readonly brand?: string;
  readonly doc?: string;
}

type Schema =
  | string
  | RecordSchema
  | { readonly type: 'array'; readonly items: Schema }
  | { readonly type: string; readonly logicalType: string }
  | readonly Schema[];

/** How a field's values are typed, written and read. */
interface Shape {
  readonly type: string;
  /** A statement that writes the expression `value`; `step` is the field's name in a refusal. */
  write(value: string, step: string): string;
  readonly read: string;
}

interface Emission {
  readonly records: Map<string, RecordSchema>;
  /** Records that stand in a union and so carry a `kind`. */
  readonly kinds: Set<string>;
  readonly brands: Set<string>;
  readonly functions: string[];
}

const primitives: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  string: 'string',
  bytes: 'Uint8Array',
};

/** The module's text. @throws TypeError for a part of Avro that is not known here. */
export function emitRecordModule(file: string, schema: unknown): string {
  const root = schema as RecordSchema;
  const emission: Emission = { records: new Map(), kinds: new Set(), brands: new Set(), functions: [] };
  collect(emission, root);
  const records = [...emission.records.values()].reverse();
  const parts = records.map((record) => emitRecord(emission, record, record === root));
  const brands = [...emission.brands].sort();
  const imports = [
    `import type { AvroReader } from '../avro-reader.ts';`,
    `import type { AvroWriter } from '../avro-writer.ts';`,
    ...(brands.length === 0 ? [] : [`import type { ${brands.join(', ')} } from '../ids.ts';`]),
  ];
  const head = `// Made by \`npm run schemas\` from avro/${file}. Do not edit.`;
  return `${[head, imports.join('\n'), ...parts, ...emission.functions].join('\n\n')}\n`;
}

/** Finds every record of the schema, and which of them stand in unions. */
function collect(emission: Emission, schema: Schema): void {
  if (typeof schema === 'string') return;
  if (isUnion(schema)) {
    for (const branch of schema) {
      collect(emission, branch);
      if (!isOptional(schema)) emission.kinds.add(recordName(emission, branch));
    }
  } else if (isRecord(schema)) {
    emission.records.set(schema.name, schema);
    for (const field of schema.fields) collect(emission, field.type);
  } else if ('items' in schema) collect(emission, schema.items);
}

function emitRecord(emission: Emission, record: RecordSchema, isRoot: boolean): string {
  const { name, fields } = record;
  const kinded = emission.kinds.has(name);
  const shapes = fields.map((field) => ({ name: field.name, shape: fieldShape(emission, name, field) }));
  const declared = shapes.map(({ name: field, shape }) => `  readonly ${field}: ${shape.type};`);
  const writes = shapes.map(({ name: field, shape }) => `  ${shape.write(`value.${field}`, field)}`);
  const reads = shapes.map(({ name: field, shape }) => `    ${field}: ${shape.read},`);
  const names = [...(kinded ? ['kind'] : []), ...fields.map((field) => field.name)];
  const exported = isRoot ? 'export ' : '';
  return [
    `${exported}interface ${name} {`,
    ...(kinded ? [`  readonly kind: '${name}';`] : []),
    ...declared,
    `}`,
    ``,
    `const fieldsOf${name}: readonly string[] = [${names.map((field) => `'${field}'`).join(', ')}];`,
    ``,
    `${exported}function write${name}(writer: AvroWriter, value: ${name}): void {`,
    `  writer.record(value, fieldsOf${name});`,
    ...writes,
    `}`,
    ``,
    `${exported}function read${name}(reader: AvroReader): ${name} {`,
    `  return {`,
    ...(kinded ? [`    kind: '${name}',`] : []),
    ...reads,
    `  };`,
    `}`,
  ].join('\n');
}

function fieldShape(emission: Emission, record: string, { name, type, brand }: FieldSchema): Shape {
  if (isUnion(type) && !isOptional(type)) return unionShape(emission, `${record}${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`, type);
  const shape = shapeOf(emission, type);
  if (brand === undefined) return shape;
  if (shape.type !== 'string') throw new TypeError(`${record}.${name}: only a string has a brand`);
  emission.brands.add(brand);
  return { ...shape, type: brand, read: `${shape.read} as ${brand}` };
}

function shapeOf(emission: Emission, schema: Schema): Shape {
  if (isUnion(schema)) return optionalShape(emission, schema);
  if (typeof schema !== 'string' && 'items' in schema) return arrayShape(emission, schema.items);
  const name = typeof schema === 'string' ? schema : 'logicalType' in schema ? schema.type : recordName(emission, schema);
  const type = primitives[name];
  if (type !== undefined) return { type, write: (value, step) => `writer.${name}(${value}, '${step}');`, read: `reader.${name}()` };
  const record = recordName(emission, name);
  return {
    type: record,
    write: (value, step) => `writer.open('${step}'); write${record}(writer, ${value}); writer.close();`,
    read: `reader.nested(read${record})`,
  };
}

function arrayShape(emission: Emission, items: Schema): Shape {
  const record = recordName(emission, items);
  return {
    type: `readonly ${record}[]`,
    write: (value, step) => `writer.array(${value}, '${step}', write${record});`,
    read: `reader.array(read${record})`,
  };
}

function optionalShape(emission: Emission, union: readonly Schema[]): Shape {
  const [, some] = union;
  if (!isOptional(union) || some === undefined) throw new TypeError('a union stands in a field of its own, or is ["null", T]');
  const shape = shapeOf(emission, some);
  return {
    type: `${shape.type} | null`,
    write: (value, step) => `if (${value} === null) writer.branch(0); else { writer.branch(1); ${shape.write(value, step)} }`,
    read: `reader.branch(2) === 0 ? null : ${shape.read}`,
  };
}

function unionShape(emission: Emission, name: string, union: readonly Schema[]): Shape {
  const kinds = union.map((branch) => recordName(emission, branch));
  emission.functions.push(
    [
      `type ${name} = ${kinds.join(' | ')};`,
      ``,
      `function write${name}(writer: AvroWriter, value: ${name}, step: string): void {`,
      `  writer.open(step);`,
      `  writer.kinded(value);`,
      `  switch (value.kind) {`,
      ...kinds.map(
        (kind, index) =>
          `    case '${kind}': writer.branch(${String(index)}); writer.open('${kind}'); write${kind}(writer, value); writer.close(); break;`,
      ),
      `    default: return writer.unknownKind(value);`,
      `  }`,
      `  writer.close();`,
      `}`,
      ``,
      `function read${name}(reader: AvroReader): ${name} {`,
      `  const branch = reader.branch(${String(kinds.length)});`,
      `  switch (branch) {`,
      ...kinds.map((kind, index) => `    case ${String(index)}: return reader.nested(read${kind});`),
      `    default: throw reader.unreadable('branch ' + String(branch));`,
      `  }`,
      `}`,
    ].join('\n'),
  );
  return { type: name, write: (value, step) => `write${name}(writer, ${value}, '${step}');`, read: `reader.nested(read${name})` };
}

function recordName(emission: Emission, schema: Schema): string {
  const name = typeof schema === 'string' ? schema : 'name' in schema ? schema.name : '';
  if (!emission.records.has(name)) throw new TypeError(`expected a record defined before: ${JSON.stringify(schema)}`);
  return name;
}

function isUnion(schema: Schema): schema is readonly Schema[] {
  return Array.isArray(schema);
}

function isOptional(union: readonly Schema[]): boolean {
  return union.length === 2 && union[0] === 'null';
}

function isRecord(schema: Schema): schema is RecordSchema {
  return typeof schema === 'object' && 'fields' in schema;
}
