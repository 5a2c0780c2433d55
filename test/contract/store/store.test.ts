import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createLevelStores, createMemoryStores } from '../../../engine/state/index.ts';
import { WriteBehind } from '../../../engine/state/write-behind.ts';
import { describeStore } from './suite.ts';

const places: string[] = [];
afterAll(() => Promise.all(places.map((place) => rm(place, { recursive: true, force: true }))));

describeStore('memory', () => Promise.resolve(createMemoryStores()));

describeStore('write-behind', () => {
  const stores = createMemoryStores();
  return Promise.resolve({ open: async (partition, onRebuilt) => new WriteBehind(await stores.open(partition, onRebuilt), 64) });
});

describeStore('LevelDB', async () => {
  const place = await mkdtemp(join(tmpdir(), 'perdure-store-'));
  places.push(place);
  return createLevelStores({ dir: join(place, 'made', 'when', 'missing') });
});
