/** The cache as one life sees it. */
import type { Store, StoreProvider } from '../../engine/state/index.ts';
import { never, type Life } from './life.ts';

export function livedStores(life: Life, stores: StoreProvider): StoreProvider {
  return {
    open: (partition, onRebuilt) =>
      life.ask('opening a cache', async () => {
        const store = await stores.open(partition, onRebuilt);
        return livedStore(
          life,
          store,
          life.owns(() => store.close()),
        );
      }),
  };
}

function livedStore(life: Life, store: Store, close: () => Promise<void>): Store {
  return {
    get: (key) => life.ask('a read of the cache', () => store.get(key)),
    getMany: (keys) => life.ask('a read of the cache', () => store.getMany(keys)),
    range: (from, to, limit) => livedRange(life, store.range(from, to, limit)),
    write: (batch) => life.ask('a write to the cache', () => store.write(batch)),
    clear: () => life.ask('clearing a cache', () => store.clear()),
    close: () => (life.isDead ? never() : life.ask('closing a cache', close)),
  };
}

async function* livedRange<T>(life: Life, entries: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = entries[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await life.ask('a scan of the cache', () => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
