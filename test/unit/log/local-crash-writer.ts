/**
 * The process that `local-crash.test.ts` kills: appends batches to every partition and command log as fast as acks come, and prints a line for
 * each ack. Usage: local-crash-writer.ts <dir> <partitions> <round>
 */
import { openLocalLog, type LocalLog } from '../../../engine/log/local/index.ts';
import { batchOf } from './local-crash-batches.ts';

const [dir = '', partitions = '', round = ''] = process.argv.slice(2);

process.stdout.write('opening\n');
const opened = await openLocalLog({
  dir,
  partitions: Number(partitions),
  now: () => Date.now(),
  // Compaction is not what this is about: it takes records away, and then a torn batch could not be told from a compacted one.
  compaction: { lagMs: 1e12, tombstoneRetentionMs: 1e12 },
});
process.stdout.write('opened\n');
for (let partition = 0; partition < Number(partitions); partition++) {
  void appendForEver(opened, partition);
  void sendForEver(opened, partition);
}

async function appendForEver({ log }: LocalLog, partition: number): Promise<never> {
  const history = log.open(partition);
  for (let number = 0; ; number++) {
    const batch = batchOf(round, number);
    const outcome = await history.append(batch);
    if (outcome.kind !== 'acked') throw new Error('an append was not acked', { cause: outcome.cause });
    process.stdout.write(`h ${String(partition)} ${String(outcome.base)} ${String(number)}\n`);
  }
}

async function sendForEver({ log, sink }: LocalLog, partition: number): Promise<never> {
  const history = log.open(partition);
  for (let number = 0; ; number++) {
    const base = await sink.send(partition, batchOf(round, number));
    process.stdout.write(`c ${String(partition)} ${String(base)} ${String(number)}\n`);
    // Everything but the last batch or so goes, as behind an owner's progress.
    if (number % 50 === 0) await history.trim(base);
  }
}
