/** The calls of a client as requests: what the log or the API is sent. Pure but for the ids that nobody gave. */
import { randomUUID } from 'node:crypto';
import type { CommandRequest, RaiseOrder, ReasonOrder, StartOrder, TerminateOrder } from '../../schemas/index.ts';
import { tagList, type ExternalEvent, type OrchestratorLike } from '../define/index.ts';
import type { DataConverter } from '../values/index.ts';
import { CommandRefusedError } from './errors.ts';
import type { CommandOptions, RaiseOptions, ReasonOptions, StartOptions, TerminateOptions } from './types.ts';

export type AnyOrchestrator = OrchestratorLike<never, unknown> | string;
export type AnyEvent = ExternalEvent | string;

/** What is the same for all requests of a client. */
export interface RequestSettings {
  readonly defaultVersion: string;
  /** As `checkedConverter` gives it. */
  readonly converter: DataConverter;
}

interface Ordered {
  readonly commandId: string;
}

export function startRequest(
  orchestrator: AnyOrchestrator,
  input: unknown,
  options: StartOptions & CommandOptions,
  settings: RequestSettings,
): Ordered & { readonly start: StartOrder } {
  const ordered = orderedBy(options);
  const instanceId = options.instanceId ?? randomUUID().replaceAll('-', '');
  const start = {
    instanceId,
    ...startOf(orchestrator, input, options, settings),
    onConflict: options.onConflict ?? 'error',
    startAtMs: startAtMsOf(options.startAt, { ...ordered, instanceId }),
  };
  return { ...ordered, start };
}

export function raiseRequest(
  instanceId: string,
  event: AnyEvent,
  data: unknown,
  options: RaiseOptions,
  settings: RequestSettings,
): Ordered & { readonly raise: RaiseOrder } {
  const name = typeof event === 'string' ? event : event.name;
  const { startIfMissing } = options;
  const raise: RaiseOrder = {
    instanceId,
    name,
    payload: settings.converter.serialize(data, `the data of event '${name}'`),
    eventId: options.eventId ?? '',
    startIfMissing:
      startIfMissing === undefined ? null : startOf(startIfMissing.orchestrator, startIfMissing.input, startIfMissing, settings),
  };
  return { ...orderedBy(options), raise };
}

export function terminateRequest(
  instanceId: string,
  options: TerminateOptions,
  settings: RequestSettings,
): Ordered & { readonly terminate: TerminateOrder } {
  const output = settings.converter.serialize(options.output, 'the output of a termination');
  const terminate: TerminateOrder = { ...reasonOf(instanceId, options), output, recursive: options.recursive ?? true };
  return { ...orderedBy(options), terminate };
}

/** Suspend, resume, cancel. */
export function reasonRequest(kind: 'suspend' | 'resume' | 'cancel', instanceId: string, options: ReasonOptions): CommandRequest {
  const ordered = orderedBy(options);
  const order = reasonOf(instanceId, options);
  switch (kind) {
    case 'suspend':
      return { ...ordered, suspend: order };
    case 'resume':
      return { ...ordered, resume: order };
    case 'cancel':
      return { ...ordered, cancel: order };
    default:
      return kind satisfies never;
  }
}

function orderedBy(options: CommandOptions): Ordered {
  return { commandId: options.commandId ?? randomUUID() };
}

function reasonOf(instanceId: string, options: ReasonOptions): ReasonOrder {
  return { instanceId, reason: options.reason ?? '' };
}

function startOf(
  orchestrator: AnyOrchestrator,
  input: unknown,
  options: Pick<StartOptions, 'version' | 'tags'>,
  { defaultVersion, converter }: RequestSettings,
): Pick<StartOrder, 'name' | 'version' | 'input' | 'tags'> {
  const name = typeof orchestrator === 'string' ? orchestrator : orchestrator.name;
  const ownVersion = typeof orchestrator === 'object' ? orchestrator.version : undefined;
  const version = options.version ?? ownVersion ?? defaultVersion;
  return { name, version, input: converter.serialize(input, `the input of orchestration '${name}'`), tags: tagList(options.tags) };
}

/** An invalid date is refused here, in words of its own: as a number it is not even one. */
function startAtMsOf(startAt: Date | undefined, command: { readonly instanceId: string; readonly commandId: string }): number | null {
  if (startAt === undefined) return null;
  const atMs = startAt.getTime();
  if (Number.isNaN(atMs)) throw new CommandRefusedError({ code: 'START_AT_INVALID', message: 'startAt is an invalid date' }, command);
  return atMs;
}
