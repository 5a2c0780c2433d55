/** Ids and chance that are the same at every replay (SEMANTICS A4): drawn from the execution, never from the machine. */
import { createHash } from 'node:crypto';

/** The UUID namespace of our names (RFC 9562, version 5). Changing it would change the ids of running instances. */
const guidNamespace: Buffer = Buffer.from('6f0c1c9e4f1b5a7c9d3e8a2b7c5d4e10', 'hex');

/** Gives a source of UUIDs: version 5 over (instance, execution, counter). */
export function seededGuids(instanceId: string, executionId: string): () => string {
  let counter = 0;
  return () => {
    counter += 1;
    // The instance comes last because it alone may contain any character.
    const bytes = createHash('sha1')
      .update(guidNamespace)
      .update(`${executionId}/${String(counter)}/${instanceId}`)
      .digest()
      .subarray(0, 16);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
}

/**
 * Gives a stream of numbers in [0, 1). `stream` keeps streams of one execution apart, so that what the engine draws (jitter) never moves
 * what user code draws. The generator is sfc32 (PractRand by Chris Doty-Humphrey), seeded by SHA-256.
 */
export function seededRandom(stream: string, instanceId: string, executionId: string): () => number {
  const seed = createHash('sha256').update(`${stream}/${executionId}/${instanceId}`).digest();
  let a = seed.readUInt32LE(0);
  let b = seed.readUInt32LE(4);
  let c = seed.readUInt32LE(8);
  let counter = 1;
  const next32 = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next32();
  // 53 bits, as many as a double in [0, 1) holds.
  return () => ((next32() >>> 5) * 2 ** 26 + (next32() >>> 6)) / 2 ** 53;
}
