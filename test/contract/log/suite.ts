import { afterAll, beforeAll, describe } from 'vitest';
import { commandContract } from './commands.ts';
import { groupContract } from './group.ts';
import { historyContract } from './history.ts';
import { type Bench, type Capabilities, type LogWorld, openBench } from './world.ts';

/**
 * What every adapter of `engine/log/port.ts` keeps, titled by the promises of the port (P1–P7) and by the rules that stand on them (L1–L9).
 * `makeWorld` makes a fresh namespace each time; the suite makes two.
 */
export function logContract(name: string, makeWorld: () => Promise<LogWorld>, capabilities: Capabilities): void {
  describe(`${name} keeps the log's promises`, () => {
    let bench: Bench | undefined;
    const open = (): Bench => {
      if (bench === undefined) throw new Error('the world did not open');
      return bench;
    };
    beforeAll(async () => {
      bench = await openBench(await makeWorld());
    });
    afterAll(async () => {
      await bench?.close();
    });
    historyContract(open, capabilities);
    commandContract(open);
  });
  describe(`${name} keeps the group's promises`, () => {
    groupContract(makeWorld);
  });
}
