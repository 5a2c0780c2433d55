import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { CommandRecord, LogRecord } from '../../../engine/log/index.ts';
import { openLocalLog } from '../../../engine/log/local/index.ts';
import { CommandProbe } from '../../contract/log/world.ts';
import { batchOf, wholeBatches } from './local-crash-batches.ts';

const partitions = 2;
const rounds = 24;
const writer = fileURLToPath(new URL('local-crash-writer.ts', import.meta.url));

interface Ack {
  readonly topic: 'h' | 'c';
  readonly partition: number;
  readonly base: number;
  readonly round: string;
  readonly number: number;
}

test('[P1] [P3] [L3] kill -9 at any moment loses no acked batch and leaves no half one', { timeout: 180_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'perdure-crash-'));
  const acks: Ack[] = [];
  for (let round = 0; round < rounds; round++) {
    const died = await writeAndDie(dir, String(round), linesBeforeDeath(round));
    await verify(dir, died);
    acks.push(...died);
  }
  await verify(dir, acks);
  expect(acks.length).toBeGreaterThan(rounds);
  await rm(dir, { recursive: true });
});

/** From before the log is open to some hundreds of acks; the spread is fixed, the moment is the machine's. */
function linesBeforeDeath(round: number): number {
  return round < 3 ? 1 + round : (round * round * 13) % 300;
}

async function writeAndDie(dir: string, round: string, lines: number): Promise<readonly Ack[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, dir, String(partitions), round], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acks: Ack[] = [];
  let seen = 0;
  // What was printed before the death counts too: it was acked.
  for await (const line of createInterface(child.stdout)) {
    if (++seen === lines + 1) child.kill('SIGKILL');
    const [topic, partition, base, number] = line.split(' ');
    if (number === undefined || (topic !== 'h' && topic !== 'c')) continue;
    acks.push({ topic, partition: Number(partition), base: Number(base), round, number: Number(number) });
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return acks;
}

async function verify(dir: string, acks: readonly Ack[]): Promise<void> {
  const opened = await openLocalLog({ dir, partitions, now: () => 0 });
  for (let partition = 0; partition < partitions; partition++) {
    const log = opened.log.open(partition);
    const history: LogRecord[] = [];
    const end = await log.read(0, (records) => {
      history.push(...records);
    });
    expect(history.findIndex(({ offset }, at) => offset !== at)).toBe(-1);
    expect(history.length).toBe(end);
    wholeBatches(history.slice(1).map(({ key }) => key));
    for (const { base, round, number } of acks.filter((ack) => ack.topic === 'h' && ack.partition === partition)) {
      expectBatch(history.slice(base, base + batchOf(round, number).length), round, number);
    }

    const mine = acks.filter((ack) => ack.topic === 'c' && ack.partition === partition);
    const next = await opened.sink.send(partition, batchOf('check', 0));
    const from = mine.at(-1)?.base ?? next;
    const probe = new CommandProbe();
    const feed = log.consume(from, probe);
    await probe.until(() => probe.failures.length > 0 || (probe.received.at(-1)?.offset ?? -1) >= next);
    feed.stop();
    expect(probe.failures).toEqual([]);
    expect(probe.offsets).toEqual(probe.received.map((_, at) => from + at));
    wholeBatches(probe.received.map(({ key }) => key?.toString() ?? ''));
    const last = mine.at(-1);
    if (last !== undefined) expectBatch(probe.received, last.round, last.number);
  }
  await opened.close();
}

function expectBatch(records: readonly (LogRecord | CommandRecord)[], round: string, number: number): void {
  const batch = batchOf(round, number);
  const whole = batch.every(({ key, value }, at) => records[at]?.key?.toString() === key && records[at].value?.equals(value) === true);
  if (!whole) expect.fail(`batch ${String(number)} of round ${round} was acked and is not there`);
}
