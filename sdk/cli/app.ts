/** A user's module: the definitions among its exports are what a worker runs. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OperationalError } from '../../schemas/index.ts';
import type { ActivityDefinition, OrchestratorDefinition } from '../define/index.ts';

export interface App {
  readonly orchestrators: readonly OrchestratorDefinition[];
  readonly activities: readonly ActivityDefinition[];
}

/** @throws OperationalError `APP_NOT_FOUND`, `APP_NOT_LOADABLE`, `APP_EMPTY`. */
export async function loadApp(path: string): Promise<App> {
  const file = resolve(path);
  await access(file).catch((cause: unknown) => {
    throw new OperationalError('APP_NOT_FOUND', `there is no file ${file}`, {
      retryable: false,
      cure: 'name the module with your definitions',
      cause,
    });
  });
  const app = definitionsIn(await imported(file));
  if (app.orchestrators.length + app.activities.length > 0) return app;
  throw new OperationalError('APP_EMPTY', `${file} exports no definitions`, {
    retryable: false,
    cure: 'export what defineOrchestrator and defineActivity give',
  });
}

export function definitionsIn(exported: Readonly<Record<string, unknown>>): App {
  // One definition may be exported under two names, or as default besides.
  const values = [...new Set(Object.values(exported))];
  return { orchestrators: values.filter(isOrchestrator), activities: values.filter(isActivity) };
}

async function imported(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    const unknownExtension = cause instanceof Error && 'code' in cause && cause.code === 'ERR_UNKNOWN_FILE_EXTENSION';
    throw new OperationalError('APP_NOT_LOADABLE', `${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      retryable: false,
      cure: unknownExtension ? 'compile it, or run with NODE_OPTIONS="--import tsx"' : 'run it by itself with node to see where it fails',
      cause,
    });
  }
}

function isOrchestrator(value: unknown): value is OrchestratorDefinition {
  return isDefinition(value) && value.kind === 'orchestrator';
}

function isActivity(value: unknown): value is ActivityDefinition {
  return isDefinition(value) && value.kind === 'activity';
}

function isDefinition(value: unknown): value is { readonly kind: unknown } {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'fn' in value && typeof value.fn === 'function'
  );
}
