import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalLog, openLocalLog } from '../../../engine/log/local/index.ts';
import { logContract } from './suite.ts';
import type { LogWorld } from './world.ts';

const hourMs = 3_600_000;

logContract('the embedded log', makeWorld, { rival: false, compact: true });

async function makeWorld(): Promise<LogWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'perdure-log-'));
  let nowMs = 1_000_000;
  let opened: LocalLog | undefined;
  return {
    partitions: 3,
    open: async () => (opened = await openLocalLog({ dir, partitions: 3, now: () => nowMs })),
    compact: async () => {
      nowMs += 2 * hourMs;
      await opened?.compact();
    },
    deadLetters: async () => {
      const letters = (await opened?.deadLetters(0, 1_000)) ?? [];
      return letters.map(({ key, value, headers }) => ({ key, value, headers }));
    },
    close: () => rm(dir, { recursive: true }),
  };
}
