/**
 * Records the flows' histories: `npx tsx test/replay/record.ts`. A history that is there is never recorded again: it is a promise. A change
 * that breaks one is gated by a patch or a flag in the code, not mended here.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createTestEnvironment, type RecordedHistory } from '../../sdk/testing/index.ts';
import { code, flows } from './flows.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const folder = `${root}/test/replay/histories`;

mkdirSync(folder, { recursive: true });
for (const flow of flows) {
  const file = `${folder}/${flow.name}.json`;
  if (existsSync(file)) continue;
  await using env = await createTestEnvironment(code);
  await flow.drive(env);
  await env.settled();
  const recorded: Record<string, readonly RecordedHistory[]> = {};
  for (const instanceId of env.instanceIds) recorded[instanceId] = env.histories(instanceId);
  // Stacks tell where this machine keeps its sources.
  writeFileSync(file, `${JSON.stringify(recorded, null, 1).replaceAll(root, '/perdure')}\n`);
  process.stdout.write(`${flow.name}: recorded ${String(Object.values(recorded).flat().length)} executions\n`);
}
