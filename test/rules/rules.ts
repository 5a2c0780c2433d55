/** `npm run rules`: lists the rules of the programming model with the tests that carry them; exits 1 when one is not shown. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coverageOf, faultsOf } from './coverage.ts';
import { titlesIn, type Title } from './titles.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = ['test/rules', 'test/replay', 'test/unit', 'test/kafka'];

const titles = folders.flatMap(titlesUnder);
for (const { rule, embedded, kafka } of coverageOf(titles)) {
  process.stdout.write(`${rule}  embedded ${String(embedded.length)}, kafka ${String(kafka.length)}\n`);
  for (const { file, text } of [...embedded, ...kafka]) process.stdout.write(`      ${file}: ${text}\n`);
}
const faults = faultsOf(titles);
process.stdout.write(faults.length === 0 ? '\nevery rule is shown\n' : `\n${faults.join('\n')}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function titlesUnder(folder: string): readonly Title[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => titlesIn(`${folder}/${name}`, readFileSync(`${root}/${folder}/${name}`, 'utf8')));
}
