/** `npm run bench`: measures the work list on one of the logs. See README.md. */
import { newestCode } from './code.ts';
import { embeddedGround } from './embedded.ts';
import { round } from './figures.ts';
import { parseFlags, usage, type Flags, type Workload } from './flags.ts';
import { kafkaGround } from './kafka.ts';
import { Report } from './report.ts';
import { restart, restartPartitions } from './restart.ts';
import type { Ground, System } from './system.ts';
import { w1, w2, w3, w4, type Bench } from './workloads.ts';

const measure: Readonly<Record<Exclude<Workload, 'restart'>, (bench: Bench) => Promise<void>>> = { W1: w1, W2: w2, W3: w3, W4: w4 };

/** Rejects on Ctrl-C, so that everything that was started is stopped; a second Ctrl-C does not wait for that. */
const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (process.exitCode === 1) process.exit();
      process.exitCode = 1;
      reject(new Error(`ended by ${signal}`));
    });
  }
});
interrupted.catch(() => undefined);

try {
  const args = process.argv.slice(2);
  if (args.includes('--help')) process.stdout.write(`${usage}\n`);
  else await bench(parseFlags(args));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();

async function bench(flags: Flags): Promise<void> {
  const code = await newestCode();
  const report = new Report(flags.log, code, flags.json);
  const ground = flags.log === 'kafka' ? await kafkaGround(code, flags.brokers) : await embeddedGround(code);
  try {
    const onOne = flags.workloads.filter((w) => w !== 'restart');
    if (onOne.length > 0) {
      await withSystem(ground, flags.partitions, report, async (system) => {
        for (const w of onOne) await measure[w]({ system, report, flags });
      });
    }
    if (flags.workloads.includes('restart')) {
      await withSystem(ground, restartPartitions, report, (system) => restart(system, report, flags));
    }
  } finally {
    await ground.close();
  }
}

/** Starts a system, works with it until that is done, or it fails, or somebody interrupts; and stops it. */
async function withSystem(
  ground: Ground,
  partitions: number | undefined,
  report: Report,
  work: (system: System) => Promise<void>,
): Promise<void> {
  const startedAtMs = performance.now();
  const system = await ground.start(partitions);
  try {
    report.follow(system);
    report.measured('up', { ms: round(performance.now() - startedAtMs), partitions: system.partitions });
    await Promise.race([work(system), system.failed, interrupted]);
  } finally {
    await system.stop();
  }
}
