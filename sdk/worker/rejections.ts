/**
 * A promise of user code that rejects with nobody listening must not end the worker (SEMANTICS A2): it is charged to its instance or
 * activity, in the log. Anything else that goes unhandled ends the process as it would without us.
 */
import type { LogSink } from '../../partition-worker/index.ts';
import { runningUserCode } from '../replay/index.ts';

const listening = new Set<LogSink>();

function charge(reason: unknown): void {
  const code = runningUserCode();
  if (code === undefined) throw reason instanceof Error ? reason : new Error(`unhandled rejection: ${String(reason)}`);
  for (const log of listening) log('warn', 'floating rejection in user code', { ...code, error: reason });
}

/** Charges floating rejections while the worker lives; the answer ends it. */
export function chargeRejections(log: LogSink): () => void {
  if (listening.size === 0) process.on('unhandledRejection', charge);
  listening.add(log);
  return () => {
    listening.delete(log);
    if (listening.size === 0) process.off('unhandledRejection', charge);
  };
}
