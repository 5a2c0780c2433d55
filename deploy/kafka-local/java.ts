/** One JVM a node: formatting its storage, starting it, knowing whether it still lives. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { OperationalError } from '../../schemas/index.ts';
import { kafkaHome } from './jars.ts';
import type { NodePlace } from './settings.ts';

/** Any id will do: these clusters never meet another. */
const clusterId = 'cGVyZHVyZS1rYWZrYS1sbw';

const heapMiB = 384;

/** Small and quick to start: serial collector, first compiler only. */
const flags = [
  '-Xms64m',
  `-Xmx${String(heapMiB)}m`,
  '-Xss512k',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:MaxMetaspaceSize=128m',
  '-XX:MaxDirectMemorySize=64m',
  '-XX:-UsePerfData',
  '-Djava.net.preferIPv4Stack=true',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

export function settingsFile(node: NodePlace): string {
  return join(node.dir, 'server.properties');
}

export function logFile(node: NodePlace): string {
  return join(node.dir, 'broker.log');
}

/** Prepares an empty data directory; does nothing to one that is prepared. */
export function formatStorage(node: NodePlace, classPath: string): void {
  if (existsSync(join(node.dir, 'data', 'meta.properties'))) return;
  const tool = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', clusterId, '-c', settingsFile(node)];
  const run = spawnSync('java', [...flags, '-cp', classPath, ...tool], { encoding: 'utf8' });
  if (run.status === 0) return;
  throw new OperationalError('BROKER_UNAVAILABLE', `the data directory ${node.dir} could not be formatted: ${run.stdout}${run.stderr}`, {
    retryable: false,
    cure: 'Wipe the directory or choose another',
    cause: run.error,
  });
}

/** Starts the node's JVM. `detached` lets it outlive this process. */
export function launch(node: NodePlace, classPath: string, detached: boolean): ChildProcess {
  const log = openSync(logFile(node), 'a');
  try {
    const args = [...flags, ...classArchive(node), '-cp', classPath, 'kafka.Kafka', settingsFile(node)];
    const child = spawn('java', args, { detached, stdio: ['ignore', log, log] });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** True while `pid` is a JVM with this node's settings. */
export function lives(node: NodePlace, pid: number): boolean {
  const procfs = `/proc/${String(pid)}/cmdline`;
  if (existsSync('/proc/self/cmdline')) return existsSync(procfs) && readCommandLine(procfs).includes(settingsFile(node));
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.includes(settingsFile(node));
}

function readCommandLine(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended between the look and the reading
  }
}

const archive = (): string => join(kafkaHome(), 'classes.jsa');
const archiveDraft = (node: NodePlace): string => join(node.dir, 'classes.jsa');

/** Reads the archive of loaded classes when there is one (it halves the start); else the first node writes one as it ends. */
function classArchive(node: NodePlace): string[] {
  const quiet = ['-Xlog:cds=off', '-Xlog:cds+dynamic=off'];
  if (existsSync(archive())) return [`-XX:SharedArchiveFile=${archive()}`, '-Xshare:auto', ...quiet];
  return node.id === 1 ? [`-XX:ArchiveClassesAtExit=${archiveDraft(node)}`, ...quiet] : [];
}

/** To be called when a node has ended in an orderly way: publishes the archive it wrote, if it wrote one. */
export function keepClassArchive(node: NodePlace): void {
  const draft = archiveDraft(node);
  if (!existsSync(draft) || existsSync(archive())) return;
  try {
    renameSync(draft, archive());
  } catch {
    // Another file system. The archive only saves time; the next orderly end writes it again.
  }
}
