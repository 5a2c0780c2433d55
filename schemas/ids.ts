/** Branded identifiers: the compiler keeps an instance id from standing where an execution id belongs. */

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Names one orchestration for its users; 1–256 bytes of UTF-8 (SEMANTICS S7). */
export type InstanceId = Branded<string, 'InstanceId'>;
/** One generation of an instance: 32 lower-case hex digits. */
export type ExecutionId = Branded<string, 'ExecutionId'>;
/** Random, fresh for every claim append (L1): 16 lower-case hex digits. */
export type Claimant = Branded<string, 'Claimant'>;
/** Made by the client; makes repeating a command safe. */
export type CommandId = Branded<string, 'CommandId'>;

export const instanceIdBytesMax: number = 256;

/** Why `id` cannot name an instance, or undefined when it can (SEMANTICS S7). */
export function instanceIdFault(id: unknown): string | undefined {
  if (typeof id !== 'string') return 'an instance id is a string';
  if (id.length === 0) return 'an instance id is not empty';
  if (id.startsWith('@')) return 'an instance id does not start with "@"';
  if (!id.isWellFormed()) return 'an instance id is well-formed Unicode (no lone surrogates)';
  const bytes = utf8Length(id);
  if (bytes > instanceIdBytesMax)
    return `an instance id has at most ${String(instanceIdBytesMax)} bytes of UTF-8, this one has ${String(bytes)}`;
  return undefined;
}

/** The number of bytes of `text` in UTF-8, for well-formed text. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      at++;
    } else bytes += 3;
  }
  return bytes;
}

/** The bytes of a payload's text; no value has none. */
export function payloadBytes(payload: string | null): number {
  return payload === null ? 0 : utf8Length(payload);
}
