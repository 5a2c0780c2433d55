import { setTimeout as delay } from 'node:timers/promises';

/** Small beside what is measured (seconds), large enough not to slow the worker down. */
const askEveryMs = 10;
/** A restore takes seconds. */
const readyWithinMs = 120_000;

/** Resolves when the worker behind `apiUrl` says that all its partitions are active. */
export async function untilReady(apiUrl: string): Promise<void> {
  const untilMs = performance.now() + readyWithinMs;
  while (performance.now() < untilMs) {
    const reply = await fetch(new URL('/v1/ready', apiUrl));
    await reply.arrayBuffer();
    if (reply.ok) return;
    await delay(askEveryMs);
  }
  throw new Error(`the worker was not ready after ${String(readyWithinMs)} ms`);
}
