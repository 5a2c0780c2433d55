/** The command line, parsed strictly: an option nobody knows is an error, not a typo that goes unseen. */
import { parseArgs } from 'node:util';
import { durationMs, type Duration } from '../client/index.ts';
import { UsageError } from './failures.ts';

/** Which options a command takes: a text, a switch, or a text that may be given again and again. */
export type OptionKinds = Readonly<Record<string, 'string' | 'boolean' | 'strings'>>;

export class Arguments {
  readonly positionals: readonly string[];
  private readonly command: string;
  private readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

  constructor(command: string, argv: readonly string[], kinds: OptionKinds) {
    this.command = command;
    const all: OptionKinds = { ...kinds, help: 'boolean' };
    const options = Object.fromEntries(
      Object.entries(all).map(([name, kind]) => [
        name,
        kind === 'strings' ? { type: 'string' as const, multiple: true } : { type: kind, multiple: false },
      ]),
    );
    try {
      const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
      this.values = values;
      this.positionals = positionals;
    } catch (error) {
      throw this.wrong('ARGUMENTS_INVALID', error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
    }
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** Each time it was given, in order. */
  texts(name: string): readonly string[] {
    const value = this.values[name];
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  }

  /** @throws UsageError `ARGUMENT_MISSING` when it was not given. */
  needed(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw this.wrong('ARGUMENT_MISSING', `--${name} is needed`);
    return value;
  }

  is(name: string): boolean {
    return this.values[name] === true;
  }

  wholeNumber(name: string, rule: { readonly from: number; readonly to: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= rule.from && value <= rule.to) return value;
    throw this.wrong('ARGUMENT_INVALID', `--${name} is a whole number from ${String(rule.from)} to ${String(rule.to)}, not "${text}"`);
  }

  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      return durationMs(text as Duration, name);
    } catch {
      throw this.wrong('ARGUMENT_INVALID', `--${name} is a duration with its unit, such as 30s, 5m or 250ms, not "${text}"`);
    }
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw this.wrong('ARGUMENT_INVALID', `--${name} is one of ${choices.join(', ')}, not "${text}"`);
    return chosen;
  }

  /** The positionals, which must be exactly these. */
  exactly(...names: readonly string[]): readonly string[] {
    const missing = names[this.positionals.length];
    if (missing !== undefined) throw this.wrong('ARGUMENT_MISSING', `${missing} is needed`);
    const extra = this.positionals[names.length];
    if (extra !== undefined) throw this.wrong('ARGUMENTS_INVALID', `"${extra}" is one argument too many`);
    return this.positionals;
  }

  wrong(code: string, message: string): UsageError {
    return new UsageError(code, message, `see \`perdure ${this.command} --help\``);
  }
}
