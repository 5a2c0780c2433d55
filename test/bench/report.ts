/** Prints measurements: one JSON object a line, or lines for a person. Every one tells how busy the machine was with other things. */
import { availableParallelism } from 'node:os';
import { round } from './figures.ts';
import { cpuSeconds, machineTicks, secondsOf } from './processes.ts';
import type { Ground, Processes } from './system.ts';

export type Fields = Readonly<Record<string, number | null>>;

/** Above this, other processes are part of the result. */
const noisyPercent = 30;

export class Report {
  private readonly ground: Pick<Ground, 'log' | 'code'>;
  private readonly json: boolean;
  private processes: Processes = { server: [], worker: [] };
  private machine = machineTicks();
  private oursSeconds = this.ours();

  constructor(ground: Pick<Ground, 'log' | 'code'>, json: boolean) {
    this.ground = ground;
    this.json = json;
    const code = ground.code === 'built' ? 'the build in dist' : 'the sources, through tsx (npm run build makes it faster)';
    if (!json) print(`${ground.log} log · ${code} · ${String(availableParallelism())} cores`);
  }

  /** From here on the load of the machine is watched: everything before is not part of the next measurement. */
  watch(processes: Processes): void {
    this.processes = processes;
    this.machine = machineTicks();
    this.oursSeconds = this.ours();
  }

  /** @param fields in milliseconds, seconds, MiB or counts, as their names say */
  measured(w: string, fields: Fields): void {
    const othersPct = this.othersPct();
    this.watch(this.processes);
    if (this.json) {
      const { log, code } = this.ground;
      print(JSON.stringify({ peer: 'perdure', mode: log, variant: 'step', w, ...fields, othersPct, code }));
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
    const busy = secondsOf(now.busy - this.machine.busy) - (this.ours() - this.oursSeconds);
    return Math.max(0, round((100 * busy) / Math.max(0.01, secondsOf(now.all - this.machine.all)), 0));
  }

  private ours(): number {
    const pids = new Set([process.pid, ...(this.processes.server ?? []), ...this.processes.worker]);
    return [...pids].reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
