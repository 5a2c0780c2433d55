/** avsc, a codec that others wrote, made to speak of our values: it checks that our bytes are Avro. */
import avro from 'avsc';
import fc from 'fast-check';

interface Field {
  readonly name: string;
  readonly type: Schema;
}
type Schema = string | { type: string; name?: string; fields?: Field[]; items?: Schema } | Schema[];
type Named = Map<string, Field[]>;

export interface Oracle {
  encode(value: unknown): Buffer;
  decode(bytes: Buffer): unknown;
  /** Any value of the schema, in our own form: unions of records by `kind`. */
  readonly values: fc.Arbitrary<Record<string, unknown>>;
}

export function oracleOf(avsc: string): Oracle {
  const type = avro.Type.forSchema(JSON.parse(avsc) as avro.Schema, { wrapUnions: true });
  const schema = JSON.parse(avsc) as Schema;
  const named: Named = new Map();
  collect(schema, named);
  return {
    encode: (value) => type.toBuffer(wrapped(schema, value, named)),
    decode: (bytes) => unwrapped(schema, type.fromBuffer(bytes), named),
    values: arbitrary(schema, named, 0) as fc.Arbitrary<Record<string, unknown>>,
  };
}

function collect(schema: Schema, named: Named): void {
  if (typeof schema === 'string') return;
  if (Array.isArray(schema)) for (const branch of schema) collect(branch, named);
  else {
    if (schema.name !== undefined) named.set(schema.name, schema.fields ?? []);
    for (const field of schema.fields ?? []) collect(field.type, named);
    if (schema.items !== undefined) collect(schema.items, named);
  }
}

function nameOf(schema: Schema): string {
  if (typeof schema === 'string') return schema;
  return Array.isArray(schema) ? '' : (schema.name ?? schema.type);
}

function fieldsOf(schema: Schema, named: Named): Field[] {
  return named.get(nameOf(schema)) ?? [];
}

function wrapped(schema: Schema, value: unknown, named: Named): unknown {
  if (Array.isArray(schema)) {
    if (value === null) return null;
    const branch = schema.length === 2 && schema[0] === 'null' ? (schema[1] ?? 'null') : ((value as { kind: string }).kind as Schema);
    const name = nameOf(branch);
    return { [named.has(name) ? `perdure.${name}` : name]: wrapped(branch, value, named) };
  }
  if (typeof schema === 'object' && schema.items !== undefined) {
    const { items } = schema;
    return (value as unknown[]).map((item) => wrapped(items, item, named));
  }
  if (!named.has(nameOf(schema))) return value instanceof Uint8Array ? Buffer.from(value) : value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(fieldsOf(schema, named).map(({ name, type }) => [name, wrapped(type, record[name], named)]));
}

function unwrapped(schema: Schema, value: unknown, named: Named): unknown {
  if (Array.isArray(schema)) {
    if (value === null) return null;
    const [[name, inner] = []] = Object.entries(value as object) as [string, unknown][];
    const short = (name ?? '').replace('perdure.', '');
    const plain = unwrapped(schema.find((branch) => nameOf(branch) === short) ?? short, inner, named);
    const optional = schema.length === 2 && schema[0] === 'null';
    return optional ? plain : { kind: short, ...(plain as object) };
  }
  if (typeof schema === 'object' && schema.items !== undefined) {
    const { items } = schema;
    return (value as unknown[]).map((item) => unwrapped(items, item, named));
  }
  if (!named.has(nameOf(schema))) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(fieldsOf(schema, named).map(({ name, type }) => [name, unwrapped(type, record[name], named)]));
}

const depthMax = 5;

const primitives: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.integer(),
  // avsc itself miswrites longs beyond 2^52; a test of ours checks those against BigInt.
  long: fc.oneof(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), fc.nat(300), fc.constantFrom(-1, 2 ** 27, -(2 ** 30), 2 ** 31)),
  string: fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 300 }), fc.constantFrom('x'.repeat(200), 'é'.repeat(99))),
  bytes: fc.uint8Array(),
};

function arbitrary(schema: Schema, named: Named, depth: number): fc.Arbitrary<unknown> {
  if (Array.isArray(schema)) {
    const optional = schema.length === 2 && schema[0] === 'null';
    if (optional && depth > depthMax) return fc.constant(null);
    if (optional) return fc.oneof(...schema.map((branch) => arbitrary(branch, named, depth + 1)));
    return fc.oneof(
      ...schema.map((branch) => arbitrary(branch, named, depth + 1).map((value) => ({ kind: nameOf(branch), ...(value as object) }))),
    );
  }
  if (typeof schema === 'object' && schema.items !== undefined) {
    const { items } = schema;
    return depth > depthMax ? fc.constant([]) : fc.array(arbitrary(items, named, depth + 2), { maxLength: 3 });
  }
  const primitive = primitives[typeof schema === 'string' ? schema : schema.type];
  if (primitive !== undefined) return primitive;
  return fc.record(Object.fromEntries(fieldsOf(schema, named).map(({ name, type }) => [name, arbitrary(type, named, depth + 1)])), {
    noNullPrototype: true,
  });
}
