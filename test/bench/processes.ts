/** CPU time and memory of processes, as Linux tells them in /proc; elsewhere only our own CPU time is known. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** User and system time, or null when the process cannot be seen. */
export function cpuSeconds(pid: number): number | null {
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  const stat = statOf(pid);
  return stat === undefined ? null : (Number(stat[11]) + Number(stat[12])) / ticksPerSecond;
}

/** Proportional set size: pages that several processes share count once in all. In MiB. */
export function memoryMiB(pid: number): number | null {
  const kibibytes = /^Pss:\s+(\d+)/m.exec(contents(`/proc/${String(pid)}/smaps_rollup`) ?? '')?.[1];
  return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
}

/** The Java processes that this process, or a process it started, started. */
export function javaDescendants(): number[] {
  const parents = new Map<number, number>();
  const java: number[] = [];
  for (const name of directories('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
    if (stat === undefined) continue;
    parents.set(pid, Number(stat[1]));
    if (contents(`/proc/${name}/comm`)?.trim() === 'java') java.push(pid);
  }
  return java.filter((pid) => {
    for (let above = parents.get(pid); above !== undefined; above = parents.get(above)) if (above === process.pid) return true;
    return false;
  });
}

/** The ticks of all cores since the machine started. */
export function machineTicks(): { readonly busy: number; readonly all: number } | null {
  const line = contents('/proc/stat')?.split('\n')[0];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softIrq + steal;
  return { busy, all: busy + idle + ioWait };
}

export const secondsOf = (ticks: number): number => ticks / ticksPerSecond;

/** The fields of /proc/<pid>/stat after the command's name, which may hold anything. */
function statOf(pid: number): string[] | undefined {
  const text = contents(`/proc/${String(pid)}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function contents(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Another system, or a process that has just ended.
    return undefined;
  }
}

function directories(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
