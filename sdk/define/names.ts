/** What activities and orchestrators may be called. */
import { utf8Length } from '../../schemas/index.ts';

/** The most bytes of UTF-8 in a name or version: they stand in every record about the thing they name. */
export const nameBytesMax: number = 256;

/** Why nothing can be registered under `name`, or undefined when it can. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'a name is a string';
  if (name === '') return 'a name is not empty (an anonymous function has none)';
  return textFault(name, 'name');
}

/** The same for a version; the empty one is "unversioned". */
export function versionFault(version: unknown): string | undefined {
  return typeof version === 'string' ? textFault(version, 'version') : 'a version is a string';
}

function textFault(text: string, what: string): string | undefined {
  if (!text.isWellFormed()) return `a ${what} is well-formed Unicode (no lone surrogates)`;
  const bytes = utf8Length(text);
  if (bytes > nameBytesMax) return `a ${what} has at most ${String(nameBytesMax)} bytes of UTF-8, this one has ${String(bytes)}`;
  return undefined;
}
