/** What the demos print: one line a fact, a label in front. */
import type { Manifest } from '../../sdk/samples/index.ts';

const labelWidth = 12;

export function say(label: string, text: string): void {
  process.stdout.write(`${label.padEnd(labelWidth)}${text}\n`);
}

export const milliseconds = (ms: number): string => (ms < 1_000 ? `${String(Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`);

export function manifestText(manifest: Manifest): string {
  return `${String(manifest.files)} files, ${(manifest.bytes / 1_048_576).toFixed(2)} MiB, manifest sha256 ${manifest.sha256.slice(0, 16)}…`;
}

/** Runs a demo; an error becomes one line and exit code 1. */
export async function runDemo(demo: () => Promise<void>): Promise<void> {
  try {
    await demo();
  } catch (error) {
    process.stderr.write(`the demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
