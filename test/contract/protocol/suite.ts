import { afterEach, beforeEach, describe } from 'vitest';
import { Bench } from './bench.ts';
import { cacheContract } from './caches.ts';
import { commitContract } from './commits.ts';
import { effectContract } from './effects.ts';
import { outboundContract } from './outbound.ts';
import { outcomeContract } from './outcomes.ts';
import { takeoverContract } from './takeovers.ts';
import type { ProtocolWorld } from './world.ts';

/**
 * The log protocol L1–L9, kept by real workers on a real adapter. `makeWorld` makes a fresh namespace of 2 partitions for each test. After
 * each test every log is read as any reader would and audited.
 */
export function protocolContract(name: string, makeWorld: () => Promise<ProtocolWorld>): void {
  describe(`the log protocol on ${name}`, () => {
    let bench: Bench | undefined;
    const open = (): Bench => {
      if (bench === undefined) throw new Error('the world did not open');
      return bench;
    };
    beforeEach(async () => {
      bench = await Bench.open(await makeWorld());
    });
    afterEach(async () => {
      await bench?.close();
      bench = undefined;
    });
    takeoverContract(open);
    commitContract(open);
    effectContract(open);
    outboundContract(open);
    cacheContract(open);
    outcomeContract(open);
  });
}
