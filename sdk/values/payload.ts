/**
 * The JSON converter (SEMANTICS A7): a value either crosses whole or is refused at the call, with the path of what does not fit.
 *
 *  1. `undefined` is *no value* (`null` as a payload); everything else is JSON text. Inside an array `undefined` becomes `null` and as
 *     a property it is left out, as JSON has it: a list of results of activities that return nothing stays usable.
 *  2. A value is looked through once before it is written, because `JSON.stringify` loses NaN, Map, Set and functions without a word.
 *     What is plain already is written as it stands; only what a `toJSON` replaced is copied, so that no `toJSON` runs twice.
 *  3. Instances of classes cross as their own enumerable properties, except where that would lose them (Map, Error, Promise, …).
 */
import { types } from 'node:util';
import { payloadBytesMax, utf8Length, type Payload } from '../../schemas/index.ts';
import { SerializationError } from './errors.ts';

/** The deepest nesting: beyond it, readers in other languages and our own recursion run out of stack. */
export const payloadDepthMax: number = 1000;

/**
 * Gives `value` as JSON text, or null for `undefined`. `where` names the place for the message, e.g. `the input of activity 'charge'`.
 * @throws SerializationError `SERIALIZATION_ERROR`: something in it has no JSON form; `PAYLOAD_TOO_LARGE`: over 1 MiB.
 */
export function toPayload(value: unknown, where: string): Payload {
  const text = encode(value, where);
  if (text !== null && text.length * 3 > payloadBytesMax) assertFits(text, where);
  return text;
}

/**
 * Gives the value a payload holds; null is `undefined`. A key `__proto__` comes back as an ordinary own property.
 * @throws SerializationError `SERIALIZATION_ERROR`: the text is not JSON (another program wrote it).
 */
export function fromPayload(payload: Payload): unknown {
  if (payload === null) return undefined;
  try {
    return JSON.parse(payload);
  } catch (cause) {
    throw new SerializationError('SERIALIZATION_ERROR', `a payload of ${String(payload.length)} characters is not JSON`, {
      path: '$',
      cause,
    });
  }
}

function encode(value: unknown, where: string): Payload {
  if (value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return JSON.stringify(value);
  const walk: Walk = { where, keys: [], ancestors: [] };
  try {
    const plain = typeof value === 'object' && value !== null ? plainOf(value, walk) : primitiveOf(value, walk);
    return plain === undefined ? null : JSON.stringify(plain);
  } catch (cause) {
    if (cause instanceof SerializationError) throw cause;
    throw refusal(walk, 'could not be read (a getter or proxy threw)', cause);
  }
}

/** Where the walk stands. The path is put together only when something is refused. */
interface Walk {
  readonly where: string;
  readonly keys: (string | number)[];
  readonly ancestors: object[];
}

function plainOf(value: object, walk: Walk): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isList = Array.isArray(value);
  if (prototype !== Object.prototype && prototype !== null && !isList) {
    const fault = unfit(value);
    if (fault !== undefined) throw refusal(walk, fault);
    // A date is left for JSON.stringify, which writes its ISO string.
    if (value instanceof Date) return value;
  }
  if (walk.ancestors.includes(value)) throw refusal(walk, 'is a cycle: it contains itself');
  if (walk.ancestors.length >= payloadDepthMax) throw refusal(walk, `is nested more than ${String(payloadDepthMax)} levels deep`);
  walk.ancestors.push(value);
  const plain = hasToJson(value)
    ? replaced(value, walk)
    : isList
      ? plainList(value, walk)
      : plainRecord(value as Record<string, unknown>, walk);
  walk.ancestors.pop();
  return plain;
}

function plainRecord(record: Record<string, unknown>, walk: Walk): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(record)) {
    const before = record[key];
    if (typeof before === 'string' || typeof before === 'boolean' || before === undefined || before === null) continue;
    const after = childOf(before, key, walk);
    if (after === before) continue;
    // Without a prototype, so that a key `__proto__` is a key like any other.
    copy ??= Object.assign(Object.create(null) as Record<string, unknown>, record);
    copy[key] = after;
  }
  return copy ?? record;
}

function plainList(list: readonly unknown[], walk: Walk): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let at = 0; at < list.length; at++) {
    const before = list[at];
    if (typeof before === 'string' || typeof before === 'boolean' || before === undefined || before === null) continue;
    const after = childOf(before, at, walk);
    if (after === before) continue;
    copy ??= [...list];
    copy[at] = after;
  }
  return copy ?? list;
}

function childOf(child: unknown, key: string | number, walk: Walk): unknown {
  if (typeof child === 'number' && Number.isFinite(child)) return child;
  walk.keys.push(key);
  const plain = typeof child === 'object' && child !== null ? plainOf(child, walk) : primitiveOf(child, walk);
  walk.keys.pop();
  return plain;
}

function primitiveOf(value: unknown, walk: Walk): unknown {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw refusal(walk, `is ${String(value)}, which JSON cannot hold`);
  }
  if (typeof value === 'bigint') throw refusal(walk, 'is a BigInt (pass it as a string)');
  if (typeof value === 'function') throw refusal(walk, 'is a function');
  if (typeof value === 'symbol') throw refusal(walk, 'is a symbol');
  return value;
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function replaced(value: { toJSON(key: string): unknown }, walk: Walk): unknown {
  let replacement: unknown;
  try {
    replacement = value.toJSON(String(walk.keys.at(-1) ?? ''));
  } catch (cause) {
    throw refusal(walk, 'has a toJSON that threw', cause);
  }
  return typeof replacement === 'object' && replacement !== null ? plainOf(replacement, walk) : primitiveOf(replacement, walk);
}

/** Why an object that is neither plain nor a list has no JSON form, or undefined when it has one. */
function unfit(value: object): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'is an invalid date' : undefined;
  if (types.isPromise(value)) return 'is a promise (was an await forgotten?)';
  if (types.isNativeError(value) || value instanceof Error) return 'is an Error (throw it, or pass its message)';
  if (types.isRegExp(value)) return 'is a RegExp (pass its source)';
  if (types.isBoxedPrimitive(value)) return 'is a boxed primitive (pass the primitive)';
  return unfitCollection(value);
}

function unfitCollection(value: object): string | undefined {
  if (types.isMap(value)) return 'is a Map (pass Object.fromEntries(map) or [...map])';
  if (types.isSet(value)) return 'is a Set (pass [...set])';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'is a weak collection';
  if (Buffer.isBuffer(value)) return "is a Buffer (pass buffer.toString('base64'))";
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return 'is binary data (pass it as base64 text)';
  // Iterators, URLSearchParams, Headers and their like show no property: they would cross as `{}`.
  if (isIterable(value) && !hasToJson(value) && Object.keys(value).length === 0) return 'is iterable but no list (pass [...it])';
  return undefined;
}

function isIterable(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

function refusal(walk: Walk, fault: string, cause?: unknown): SerializationError {
  const path = pathOf(walk.keys);
  return new SerializationError('SERIALIZATION_ERROR', `${walk.where} cannot be kept as JSON: ${path} ${fault}`, { path, cause });
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function pathOf(keys: readonly (string | number)[]): string {
  let path = '$';
  for (const key of keys) {
    if (typeof key === 'number') path += `[${String(key)}]`;
    else path += identifier.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  }
  return path;
}

function assertFits(text: string, where: string): void {
  const bytes = utf8Length(text);
  if (bytes <= payloadBytesMax) return;
  const message = `${where} has ${String(bytes)} bytes as JSON, the most is ${String(payloadBytesMax)}; keep large data elsewhere and pass its address`;
  throw new SerializationError('PAYLOAD_TOO_LARGE', message, { path: '$' });
}
