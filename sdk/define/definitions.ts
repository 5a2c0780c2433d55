/** Makes definitions, and tells what any of them (a plain function included) is called. */
import { OperationalError, type Tag } from '../../schemas/index.ts';
import { nameFault } from './names.ts';
import type { ActivityDefinition, ActivityFunction, ExternalEvent, OrchestratorDefinition, OrchestratorFunction, Schema } from './types.ts';

/**
 * Gives an activity: an ordinary function that may do anything, is run at least once, and whose result is recorded.
 * The worker that owns the instance runs it. `concurrency`: the most runs at once in one worker (default: no limit of its own).
 *
 *     const hello = defineActivity('hello', async (ctx, city: string) => `Hello ${city}!`);
 *
 * @throws OperationalError `INVALID_CONCURRENCY`
 */
export function defineActivity<const N extends string, I = void, O = void>(
  name: N,
  fn: ActivityFunction<I, O>,
  options: { readonly concurrency?: number } = {},
): ActivityDefinition<N, I, O> {
  const { concurrency } = options;
  if (concurrency !== undefined && !(Number.isSafeInteger(concurrency) && concurrency >= 1)) {
    throw new OperationalError(
      'INVALID_CONCURRENCY',
      `activity '${name}': a concurrency is a whole number from 1, not ${String(concurrency)}`,
      {
        retryable: false,
        cure: 'give a whole number, or leave it out for no limit',
      },
    );
  }
  return { kind: 'activity', name, fn, ...options };
}

/**
 * Gives an orchestrator: a function that waits only for what `ctx` gives, and so survives crashes, deploys and months.
 *
 *     const greet = defineOrchestrator('greet', async (ctx, city: string) => await ctx.callActivity(hello, city));
 */
export function defineOrchestrator<const N extends string, I = void, O = void>(
  name: N | { readonly name: N; readonly version?: string },
  fn: OrchestratorFunction<I, O>,
): OrchestratorDefinition<N, I, O> {
  return typeof name === 'string' ? { kind: 'orchestrator', name, fn } : { kind: 'orchestrator', ...name, fn };
}

/**
 * Gives an external event: its name and the type of its data, for whoever raises it and whoever waits for it. `T` comes first, in a call
 * of its own, so that the name's type is still inferred. `schema` (zod, valibot, …) parses what comes in when it is read; what it throws
 * is thrown by the wait.
 *
 *     const approved = defineEvent<{ by: string }>()('approved');
 *
 * @throws OperationalError `INVALID_NAME`: empty, over 256 bytes, or not well-formed.
 */
export function defineEvent<T = unknown>(): <const N extends string>(name: N, schema?: Schema<T>) => ExternalEvent<N, T> {
  return (name, schema) => {
    // Nothing registers an event, so this is where a bad name can be told from its place.
    nameOf(name);
    return { kind: 'event', name, ...(schema === undefined ? {} : { schema }) };
  };
}

/** Anything that names an activity or an orchestrator. */
export type Named = string | { readonly name: string; readonly version?: string };

/**
 * Gives the name under which a definition, a plain named function or a bare name is known.
 * @throws OperationalError `INVALID_NAME`: it has no name (an anonymous function), or one that nothing can be registered under.
 */
export function nameOf(named: Named): string {
  const name = typeof named === 'string' ? named : named.name;
  const fault = nameFault(name);
  if (fault === undefined) return name;
  throw new OperationalError('INVALID_NAME', fault, { retryable: false, cure: 'name the function, or use a definition' });
}

/** Gives the version of a definition; `''` for an unversioned one, a plain function or a bare name. */
export function versionOf(named: Named): string {
  return typeof named === 'object' ? (named.version ?? '') : '';
}

/** Gives tags as they are written down. */
export function tagList(tags: Readonly<Record<string, string>> | undefined): readonly Tag[] {
  return tags === undefined ? noTags : Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** One for all: most calls have none. */
const noTags: readonly Tag[] = [];
