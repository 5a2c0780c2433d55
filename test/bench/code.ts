/**
 * The code under measurement: what `npm run build` made when it is newer than every source, else the sources through tsx. The difference is
 * not only the start: tsx names every function at run time, closures too. A build older than a source would measure what nobody asked about.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as KafkaRoom from '../../engine/log/kafka/index.ts';
import type * as ClientRoom from '../../sdk/client/index.ts';
import type * as WorkerRoom from '../../sdk/worker/index.ts';

export type CodeKind = 'built' | 'source';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['schemas', 'engine', 'partition-worker', 'sdk'];

export async function newestCode(): Promise<CodeKind> {
  const built = await modifiedMs(join(root, 'dist/sdk/worker/index.js'));
  if (built === undefined) return 'source';
  for (const folder of sources) {
    const names = await readdir(join(root, folder), { recursive: true });
    const times = await Promise.all(names.filter((name) => name.endsWith('.ts')).map((name) => modifiedMs(join(root, folder, name))));
    if (times.some((time) => time !== undefined && time > built)) return 'source';
  }
  return 'built';
}

export async function loadWorker(code: CodeKind): Promise<Pick<typeof WorkerRoom, 'createWorker'>> {
  return (await import(urlOf(code, 'sdk/worker/index'))) as typeof WorkerRoom;
}

export async function loadClient(code: CodeKind): Promise<Pick<typeof ClientRoom, 'createClient'>> {
  return (await import(urlOf(code, 'sdk/client/index'))) as typeof ClientRoom;
}

export async function loadKafka(code: CodeKind): Promise<Pick<typeof KafkaRoom, 'createTopics'>> {
  return (await import(urlOf(code, 'engine/log/kafka/index'))) as typeof KafkaRoom;
}

function urlOf(code: CodeKind, module: string): string {
  return new URL(code === 'built' ? `../../dist/${module}.js` : `../../${module}.ts`, import.meta.url).href;
}

async function modifiedMs(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}
