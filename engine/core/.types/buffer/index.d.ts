/**
 * All that the core's compilation knows of Node: what the codec behind schemas' door is written with. The core itself uses none
 * of it (eslint's `no-restricted-globals`); every other global of Node stays a compile error there.
 */
declare class Buffer extends Uint8Array {
  static from(text: string, encoding: 'utf8'): Buffer;
  static allocUnsafe(bytes: number): Buffer;
  static allocUnsafeSlow(bytes: number): Buffer;
  static byteLength(text: string, encoding: 'utf8'): number;
  copy(target: Uint8Array, targetStart: number, start: number, end: number): number;
  write(text: string, at: number, encoding: 'latin1' | 'utf8'): number;
  writeInt32BE(value: number, at: number): number;
  readInt32BE(at: number): number;
  toString(encoding?: 'utf8', start?: number, end?: number): string;
  subarray(start?: number, end?: number): Buffer;
}

declare module 'node:buffer' {
  export function isUtf8(bytes: Uint8Array): boolean;
}
