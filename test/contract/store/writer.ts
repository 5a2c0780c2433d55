import { createLevelStores } from '../../../engine/state/index.ts';
import { batchOf } from './history.ts';

/** A process that writes batches, one after the other, until it is killed, and says after each how far it has come. */

const [directory, from] = process.argv.slice(2);
if (directory === undefined || from === undefined) throw new Error('usage: writer.ts <directory> <first batch>');

const store = await createLevelStores({ dir: directory }).open(0, (reason) => {
  throw new Error(reason);
});
for (let number = Number(from); ; number++) {
  await store.write(batchOf(number));
  process.stdout.write(`${String(number)}\n`);
}
