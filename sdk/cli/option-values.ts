/** What options of several commands hold: JSON, tags, times, and what makes repeating a command safe. */
import type { CommandOptions } from '../client/index.ts';
import type { Arguments } from './arguments.ts';
import { UsageError } from './failures.ts';

/** The value of an option that is JSON; undefined when it was not given. @throws UsageError `INPUT_NOT_JSON`. */
export function jsonOf(args: Arguments, name: string): unknown {
  const text = args.text(name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const isWord = !/^\s*[[{"]/.test(text);
    const cure = isWord
      ? `text needs quotes of its own: --${name} '${JSON.stringify(text.slice(0, 40))}'`
      : 'look at its quotes and brackets';
    throw new UsageError('INPUT_NOT_JSON', `--${name} is not JSON (${why})`, cure);
  }
}

/** Options given as `KEY=VALUE`; the value may hold further `=`. Of one key the last counts. @throws UsageError `ARGUMENT_INVALID`. */
export function tagsOf(args: Arguments, name: string): Readonly<Record<string, string>> {
  // Without a prototype, so that a key `__proto__` is a key like any other.
  const tags = Object.create(null) as Record<string, string>;
  for (const text of args.texts(name)) {
    const mark = text.indexOf('=');
    if (mark < 1) throw args.wrong('ARGUMENT_INVALID', `--${name} is KEY=VALUE, not "${text}"`);
    tags[text.slice(0, mark)] = text.slice(mark + 1);
  }
  return tags;
}

/** A day, or a time of day with its zone: without one it would mean another moment on another machine. */
const isoTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A time, given as ISO 8601 or as a duration from now. @throws UsageError `ARGUMENT_INVALID`. */
export function timeOf(args: Arguments, name: string): Date | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const atMs = isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return new Date(atMs);
  if (/^\d+(\.\d+)?[a-z]+$/.test(text)) {
    const time = new Date(Date.now() + (args.durationMs(name) ?? 0));
    if (!Number.isNaN(time.getTime())) return time;
  }
  throw args.wrong('ARGUMENT_INVALID', `--${name} is a time such as 2030-01-31T12:00:00Z or, from now, 30s, 5m or 2h, not "${text}"`);
}

export function commandOptionsOf(args: Arguments): CommandOptions {
  const commandId = args.text('command-id');
  return commandId === undefined ? {} : { commandId };
}
