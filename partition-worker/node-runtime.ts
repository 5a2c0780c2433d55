/** The Runtime of a real process. */
import { randomBytes } from 'node:crypto';
import type { Runtime } from './runtime.ts';

/** Longest delay a Node timer takes; longer ones would fire at once. */
const timerMaxMs = 2 ** 31 - 1;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogSink = (level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>) => void;

export function createNodeRuntime(log: LogSink): Runtime {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after: (delayMs, run) => {
      let timer: NodeJS.Timeout;
      const arm = (leftMs: number): void => {
        timer = setTimeout(
          () => {
            if (leftMs > timerMaxMs) arm(leftMs - timerMaxMs);
            else run();
          },
          Math.min(leftMs, timerMaxMs),
        );
      };
      arm(delayMs);
      return () => {
        clearTimeout(timer);
      };
    },
    hex: randomHex(),
    chance: () => Math.random(),
    log: (level, event, fields) => {
      log(level, event, fields ?? {});
    },
  };
}

/** Asks the system for a page of randomness at a time: a call for 16 bytes costs as much as one for 4,096. */
function randomHex(): (digits: number) => string {
  let page = '';
  return (digits) => {
    while (page.length < digits) page += randomBytes(randomPageBytes).toString('hex');
    const taken = page.slice(0, digits);
    page = page.slice(digits);
    return taken;
  };
}

const randomPageBytes = 4_096;

/** One JSON object a line on stderr, from `least` upward. */
export function jsonLogSink(least: LogLevel): LogSink {
  const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  return (level, event, fields) => {
    if (order.indexOf(level) < order.indexOf(least)) return;
    process.stderr.write(JSON.stringify({ at: new Date().toISOString(), level, event, ...fields }, errorText) + '\n');
  };
}

/** With its code, which is what people look for; a stack has only the message. */
function errorText(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const stack = value.stack ?? String(value);
  return 'code' in value && typeof value.code === 'string' ? `${value.code}: ${stack}` : stack;
}
