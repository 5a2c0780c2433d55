import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '../../../engine/log/index.ts';
import { openLocalLog } from '../../../engine/log/local/index.ts';
import { SharedGroup } from './shared-group.ts';
import { protocolContract } from './suite.ts';
import { partitions, type ProtocolWorld } from './world.ts';

protocolContract('the embedded log', makeWorld);

/** The directory has one process, but its log takes any number of owners: that is all a zombie needs. */
async function makeWorld(): Promise<ProtocolWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'perdure-protocol-'));
  const local = await openLocalLog({ dir, partitions, now: () => Date.now() });
  const group = new SharedGroup(partitions);
  return {
    open: () =>
      Promise.resolve({
        log: { ...local.log, close: () => Promise.resolve() },
        group: group.member(),
        sink: local.sink,
        close: () => Promise.resolve(),
      }),
    history: async (partition) => {
      const records: LogRecord[] = [];
      const log = local.log.open(partition);
      await log.read(0, (piece) => void records.push(...piece));
      log.close();
      return records;
    },
    deadLetters: async () => (await local.deadLetters(0, 1_000)).map(({ key, value, headers }) => ({ key, value, headers })),
    close: async () => {
      await local.close();
      await rm(dir, { recursive: true });
    },
  };
}
