/**
 * How values become payloads and back (SEMANTICS A7). The JSON converter is the default; another one may encrypt, compress, or write the
 * types that JSON lacks. Whoever shares a log shares a converter: client and worker are given the same one.
 *
 *  1. A payload is JSON text whoever made it, because the CLI, the API and programs in other languages read it: a converter that
 *     encrypts gives its ciphertext as a JSON string.
 *  2. No value is no payload: `undefined` is `null` on both sides, and no converter is asked.
 *  3. A converter is pure and synchronous. It is asked again at every replay, and must then give the same.
 */
import { payloadBytesMax, utf8Length, type Payload } from '../../schemas/index.ts';
import { SerializationError } from './errors.ts';
import { fromPayload, toPayload } from './payload.ts';

export interface DataConverter {
  /** Gives the value as JSON text. `where` names the place for messages, e.g. `the input of activity 'charge'`. What it throws is thrown at the call. */
  serialize(value: unknown, where: string): Payload;
  /** Gives the value back. What it throws fails whoever reads the value. */
  deserialize(payload: Payload): unknown;
}

/** Plain JSON: a value crosses whole or is refused. */
export const jsonConverter: DataConverter = { serialize: toPayload, deserialize: fromPayload };

/** Gives the converter to use: the default one, or the user's held to the rules above. Its errors become `SerializationError`s. */
export function checkedConverter(converter: DataConverter = jsonConverter): DataConverter {
  if (converter === jsonConverter) return jsonConverter;
  return {
    serialize(value, where) {
      if (value === undefined) return null;
      const text = attempt(`${where} was refused by the data converter`, () => converter.serialize(value, where));
      assertPayload(text, where);
      return text;
    },
    deserialize: (payload) =>
      payload === null ? undefined : attempt('the data converter could not read a payload', () => converter.deserialize(payload)),
  };
}

function attempt<T>(message: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof SerializationError) throw cause;
    throw new SerializationError('SERIALIZATION_ERROR', `${message}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      path: '$',
      cause,
    });
  }
}

/** @throws SerializationError the converter's text is not JSON, or too long. */
function assertPayload(text: unknown, where: string): void {
  if (typeof text !== 'string' || !isJson(text))
    throw new SerializationError('SERIALIZATION_ERROR', `the data converter gave something else than JSON text for ${where}`, {
      path: '$',
    });
  const bytes = utf8Length(text);
  if (bytes <= payloadBytesMax) return;
  const message = `${where} has ${String(bytes)} bytes after the data converter, the most is ${String(payloadBytesMax)}`;
  throw new SerializationError('PAYLOAD_TOO_LARGE', message, { path: '$' });
}

function isJson(text: string): boolean {
  // A lone surrogate within JSON text is legal there and yet has no UTF-8: the codec would refuse it.
  if (!text.isWellFormed()) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
