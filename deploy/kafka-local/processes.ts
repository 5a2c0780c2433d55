/** Brokers as processes of this machine, from Apache Kafka's jars. Their places and pids stand in a file, so another process can stop them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperationalError } from '../../schemas/index.ts';
import type { LocalKafka, LocalKafkaOptions } from './local-kafka.ts';
import { classPath } from './jars.ts';
import { formatStorage, keepClassArchive, launch, lives, logFile, settingsFile } from './java.ts';
import { freePorts } from './ports.ts';
import { coordinatorsServe, knowsCluster } from './readiness.ts';
import { brokerSettings, type NodePlace } from './settings.ts';

/** Three cold nodes on two busy cores took 25 s. */
const readyWithinMs = 90_000;
const pollEveryMs = 50;
/** An orderly end takes 1–2 s; after this it is forced. */
const stopWithinMs = 20_000;

interface Node extends NodePlace {
  pid: number;
}

/** What the file in the directory says. */
export interface RunState {
  readonly nodes: Node[];
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts brokers that end with this process at the latest. */
export async function startProcesses(options: LocalKafkaOptions): Promise<LocalKafka> {
  const temporary = options.dir === undefined;
  const dir = options.dir === undefined ? mkdtempSync(join(tmpdir(), 'perdure-kafka-')) : resolve(options.dir);
  const state = await prepare(dir, options);
  const onExit = (): void => {
    for (const node of state.nodes) if (node.pid !== 0 && lives(node, node.pid)) process.kill(node.pid, 'SIGKILL');
  };
  process.once('exit', onExit);
  const stop = async (): Promise<void> => {
    await stopAll(dir, state);
    process.off('exit', onExit);
    if (temporary) rmSync(dir, { recursive: true, force: true });
  };
  try {
    await startAll(dir, state, false);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    bootstrap: bootstrapOf(state),
    kind: 'processes',
    stop,
    kill: async (id) => {
      const node = nodeOf(state, id);
      if (lives(node, node.pid)) process.kill(node.pid, 'SIGKILL');
      while (lives(node, node.pid)) await delay(pollEveryMs);
    },
    restart: async (id) => {
      await startNode(dir, state, nodeOf(state, id), false);
      await ready(nodeOf(state, id), state.nodes.length);
    },
    wipe: async () => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Reads what runs (or ran) in `dir`, or undefined. */
export function loadState(dir: string): RunState | undefined {
  const file = stateFile(dir);
  // We wrote it ourselves, in `saveState`.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunState) : undefined;
}

/** Chooses places for the nodes, or takes those that `dir` remembers. */
export async function prepare(dir: string, options: LocalKafkaOptions): Promise<RunState> {
  mkdirSync(dir, { recursive: true });
  const known = loadState(dir);
  if (known !== undefined) return known;
  const count = options.nodes ?? 1;
  const free = options.port === undefined ? await freePorts(2 * count) : undefined;
  const portAt = (index: number): number => free?.[index] ?? (options.port ?? 0) + index;
  const nodes = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    port: portAt(2 * index),
    controllerPort: options.controllerPort ?? portAt(2 * index + 1),
    advertisedPort: options.advertisedPort ?? portAt(2 * index),
    dir: join(dir, `node${String(index + 1)}`),
    pid: 0,
  }));
  const state = { nodes, settings: options.settings ?? {} };
  saveState(dir, state);
  return state;
}

/** Starts every node that is down and waits until the cluster serves. @throws OperationalError `BROKER_UNAVAILABLE` */
export async function startAll(dir: string, state: RunState, detached: boolean): Promise<void> {
  for (const node of state.nodes) await startNode(dir, state, node, detached);
  await Promise.all(state.nodes.map((node) => ready(node, state.nodes.length)));
  const [first] = state.nodes;
  if (first !== undefined) await until(first, () => coordinatorsServe(first.port), 'its group coordinator does not serve');
}

/** Ends every node in an orderly way; forces those that do not end. */
export async function stopAll(dir: string, state: RunState): Promise<void> {
  await Promise.all(state.nodes.map(stopNode));
  if (existsSync(dir)) saveState(dir, state);
}

export function bootstrapOf(state: RunState): string {
  return state.nodes.map(({ port }) => `127.0.0.1:${String(port)}`).join(',');
}

async function startNode(dir: string, state: RunState, node: Node, detached: boolean): Promise<void> {
  if (node.pid !== 0 && lives(node, node.pid)) return;
  mkdirSync(node.dir, { recursive: true });
  writeFileSync(settingsFile(node), brokerSettings(node, state.nodes, state.settings));
  const jars = classPath();
  formatStorage(node, jars);
  const child = launch(node, jars, detached);
  await new Promise<void>((started, failed) => {
    child.once('spawn', started);
    child.once('error', (cause) => failed(unavailable(node, 'Java did not start', cause)));
  });
  node.pid = child.pid ?? 0;
  saveState(dir, state);
}

async function ready(node: Node, brokers: number): Promise<void> {
  await until(node, () => knowsCluster(node.port, brokers), 'it does not serve');
}

async function until(node: Node, holds: () => Promise<boolean>, complaint: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!(await holds())) {
    if (!lives(node, node.pid)) throw unavailable(node, 'it ended by itself');
    if (Date.now() > deadline) throw unavailable(node, `${complaint} after ${String(readyWithinMs)} ms`);
    await delay(pollEveryMs);
  }
}

async function stopNode(node: Node): Promise<void> {
  if (node.pid === 0 || !lives(node, node.pid)) return;
  process.kill(node.pid, 'SIGTERM');
  const deadline = Date.now() + stopWithinMs;
  while (lives(node, node.pid)) {
    if (Date.now() > deadline) process.kill(node.pid, 'SIGKILL');
    await delay(pollEveryMs);
  }
  keepClassArchive(node);
  node.pid = 0;
}

function nodeOf(state: RunState, id: number): Node {
  const node = state.nodes.find((each) => each.id === id);
  if (node !== undefined) return node;
  throw new OperationalError('BROKER_NODE_UNKNOWN', `there is no node ${String(id)}`, {
    retryable: false,
    cure: `Nodes go from 1 to ${String(state.nodes.length)}`,
  });
}

function unavailable(node: Node, reason: string, cause?: unknown): OperationalError {
  return new OperationalError('BROKER_UNAVAILABLE', `broker ${String(node.id)} on port ${String(node.port)} did not come up: ${reason}`, {
    retryable: true,
    cure: `Read ${logFile(node)}`,
    cause,
  });
}

const stateFile = (dir: string): string => join(dir, 'kafka-local.json');

function saveState(dir: string, state: RunState): void {
  writeFileSync(stateFile(dir), `${JSON.stringify(state, null, 2)}\n`);
}
