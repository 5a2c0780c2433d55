/** What activities and orchestrators may be called. */
import { nameBytesMax, utf8Length, versionBytesMax } from '../../schemas/index.ts';

/** Why nothing can be registered under `name`, or undefined when it can. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'a name is a string';
  if (name === '') return 'a name is not empty (an anonymous function has none)';
  return textFault(name, 'name', nameBytesMax);
}

/** The same for a version; the empty one is "unversioned". */
export function versionFault(version: unknown): string | undefined {
  return typeof version === 'string' ? textFault(version, 'version', versionBytesMax) : 'a version is a string';
}

function textFault(text: string, what: string, bytesMax: number): string | undefined {
  if (!text.isWellFormed()) return `a ${what} is well-formed Unicode (no lone surrogates)`;
  if (text.length * 3 <= bytesMax) return undefined;
  const bytes = utf8Length(text);
  if (bytes > bytesMax) return `a ${what} has at most ${String(bytesMax)} bytes of UTF-8, this one has ${String(bytes)}`;
  return undefined;
}
