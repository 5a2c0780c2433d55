/** What one worker can run, by name (SEMANTICS A1, V3). Filled once, never changed: a worker's programs are fixed for its life. */
import { OperationalError } from '../../schemas/index.ts';
import { nameOf, versionOf, type Named } from './definitions.ts';
import { versionFault } from './names.ts';
import type { ActivityFunction, ActivityToRegister, OrchestratorFunction, OrchestratorToRegister } from './types.ts';

export interface OrchestratorToRun {
  readonly name: string;
  readonly version: string;
  readonly fn: OrchestratorFunction<never, unknown>;
}

export interface ActivityToRun {
  readonly name: string;
  readonly fn: ActivityFunction<never, unknown>;
  readonly concurrency: number | undefined;
}

export interface Registry {
  readonly orchestrators: readonly OrchestratorToRun[];
  readonly activities: readonly ActivityToRun[];
  /** The one that serves instances of this name and version: the exact version, else the unversioned one. */
  orchestrator(name: string, version: string): OrchestratorToRun | undefined;
  activity(name: string): ActivityToRun | undefined;
}

/**
 * Collects what a worker runs.
 * @throws OperationalError `DUPLICATE_NAME`: two of one kind, name and version; `INVALID_NAME`: no name, or over 256 bytes.
 */
export function createRegistry(parts: {
  readonly orchestrators?: readonly OrchestratorToRegister[];
  readonly activities?: readonly ActivityToRegister[];
}): Registry {
  const orchestrators = new Map<string, Map<string, OrchestratorToRun>>();
  for (const part of parts.orchestrators ?? []) {
    const { name, version } = checkedIdentity(part);
    const versions = orchestrators.get(name) ?? new Map<string, OrchestratorToRun>();
    if (versions.has(version)) throw duplicate('orchestrator', name, version);
    versions.set(version, { name, version, fn: typeof part === 'function' ? part : part.fn });
    orchestrators.set(name, versions);
  }
  const activities = new Map<string, ActivityToRun>();
  for (const part of parts.activities ?? []) {
    const { name } = checkedIdentity(part);
    if (activities.has(name)) throw duplicate('activity', name, '');
    activities.set(name, {
      name,
      fn: typeof part === 'function' ? part : part.fn,
      concurrency: typeof part === 'function' ? undefined : part.concurrency,
    });
  }
  return {
    orchestrators: [...orchestrators.values()].flatMap((versions) => [...versions.values()]),
    activities: [...activities.values()],
    orchestrator(name, version) {
      const versions = orchestrators.get(name);
      return versions?.get(version) ?? versions?.get('');
    },
    activity: (name) => activities.get(name),
  };
}

function checkedIdentity(part: Named | undefined): { readonly name: string; readonly version: string } {
  if (part === undefined)
    throw new OperationalError('INVALID_NAME', 'undefined stands among what is to be registered', {
      retryable: false,
      cure: 'look for a circular import: the definition was not there yet when the list was made',
    });
  const identity = { name: nameOf(part), version: versionOf(part) };
  const fault = versionFault(identity.version);
  if (fault !== undefined)
    throw new OperationalError('INVALID_NAME', `'${identity.name}': ${fault}`, { retryable: false, cure: 'give a shorter, plain version' });
  return identity;
}

function duplicate(kind: 'orchestrator' | 'activity', name: string, version: string): OperationalError {
  const what = version === '' ? `${kind} '${name}'` : `${kind} '${name}' version '${version}'`;
  return new OperationalError('DUPLICATE_NAME', `${what} is registered twice`, {
    retryable: false,
    cure: 'register each name and version once',
  });
}
