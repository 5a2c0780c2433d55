/** Prints measurements: one JSON object a line, or lines for a person. Every one tells how busy the machine was with other things. */
import { availableParallelism } from 'node:os';
import type { CodeKind } from './code.ts';
import { round } from './figures.ts';
import type { LogKind } from './flags.ts';
import { cpuSeconds, machineTicks, secondsOf } from './processes.ts';
import type { System } from './system.ts';

export type Fields = Readonly<Record<string, number | null>>;

/** Above this, other processes are part of the result. */
const noisyPercent = 30;

export class Report {
  private readonly log: LogKind;
  private readonly code: CodeKind;
  private readonly json: boolean;
  private system: Pick<System, 'processes'> = { processes: { server: [], worker: [] } };
  private machine = machineTicks();
  /** CPU seconds of our processes when the watch began; those that came later began at 0. */
  private began = this.ours();

  constructor(log: LogKind, code: CodeKind, json: boolean) {
    this.log = log;
    this.code = code;
    this.json = json;
    const what = code === 'built' ? 'the build in dist' : 'the sources, through tsx (npm run build makes it faster)';
    if (!json) print(`${log} log · ${what} · ${String(availableParallelism())} cores`);
  }

  /** Whose processes are ours from now on. */
  follow(system: Pick<System, 'processes'>): void {
    this.system = system;
  }

  /** From here on the load of the machine is watched: what was before is not part of the next measurement. */
  watch(): void {
    this.machine = machineTicks();
    this.began = this.ours();
  }

  /** @param fields in milliseconds, seconds, MiB or counts, as their names say */
  measured(w: string, fields: Fields): void {
    const othersPct = this.othersPct();
    this.watch();
    if (this.json) {
      print(JSON.stringify({ peer: 'perdure', mode: this.log, variant: 'step', w, ...fields, othersPct, code: this.code }));
      return;
    }
    const shown = Object.entries(fields).map(([name, value]) => `${name} ${value === null ? '–' : value.toLocaleString('en-US')}`);
    const noise =
      othersPct !== null && othersPct > noisyPercent ? `   (noisy: other processes took ${String(othersPct)}% of the machine)` : '';
    print(`${w.padEnd(8)}${shown.join(' · ')}${noise}`);
  }

  /** The share of all cores that processes other than ours burned. */
  private othersPct(): number | null {
    const now = machineTicks();
    if (now === null || this.machine === null) return null;
    let oursSeconds = 0;
    for (const [pid, seconds] of this.ours()) oursSeconds += seconds - (this.began.get(pid) ?? 0);
    const othersSeconds = secondsOf(now.busy - this.machine.busy) - oursSeconds;
    return Math.max(0, round((100 * othersSeconds) / Math.max(0.01, secondsOf(now.all - this.machine.all)), 0));
  }

  private ours(): Map<number, number> {
    const { server, worker } = this.system.processes;
    return new Map([process.pid, ...(server ?? []), ...worker].map((pid) => [pid, cpuSeconds(pid) ?? 0]));
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
