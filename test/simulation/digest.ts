/** A running FNV-1a over everything that happens: two runs of a seed are the same iff their digests are. */
export class Digest {
  #hash = 0x811c9dc5;

  add(text: string): void {
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
    this.#mix(0x100);
  }

  addBytes(bytes: Uint8Array | null): void {
    for (const byte of bytes ?? []) this.#mix(byte);
    this.#mix(0x101);
  }

  get text(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  #mix(unit: number): void {
    this.#hash = Math.imul(this.#hash ^ unit, 0x01000193);
  }
}
