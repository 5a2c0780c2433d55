/** What a call on the context asks for, checked at the call (SEMANTICS A7): what comes out of here, the log can carry. */
import { commandBodyFault, customStatusBytesMax, OperationalError, payloadBytes, type CommandBody } from '../../schemas/index.ts';
import type { InstanceId, Payload, Refusal, Tag } from '../../schemas/index.ts';
import { nameOf, tagList, type CallOptions, type Named, type Schema, type StartSentOptions, type SubOptions } from '../define/index.ts';
import { SerializationError, type DataConverter } from '../values/index.ts';
import { checkedRetry, type Retry } from './retry.ts';

/** The run that calls. */
export interface Caller {
  readonly converter: DataConverter;
  /** Of sub-orchestrations that are called without a version. */
  readonly defaultVersion: string;
}

/** An activity or a sub-orchestration to be run. */
export interface Call {
  readonly kind: 'activity' | 'child';
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
  readonly retry: Retry | undefined;
  readonly signal: AbortSignal | undefined;
  /** Of a child: undefined for one made from the execution's id. */
  readonly instanceId: InstanceId | undefined;
}

/** An orchestration to be started. */
export type Start = Pick<Call, 'name' | 'version' | 'input' | 'tags' | 'instanceId'>;

export interface EventToSend {
  readonly targetInstanceId: InstanceId;
  readonly name: string;
  readonly payload: Payload;
}

export interface EventToWaitFor {
  readonly name: string;
  readonly schema: Schema<unknown> | undefined;
}

/** Anything that names an external event. */
export type NamedEvent = string | { readonly name: string; readonly schema?: Schema<unknown> };

/** @throws SerializationError, OperationalError `INVALID_NAME`, `TAGS_INVALID`, `VERSION_INVALID`; TypeError, RangeError for a wrong policy */
export function activityCall({ converter }: Caller, activity: Named, input: unknown, options: CallOptions | undefined): Call {
  const name = nameOf(activity);
  const payload = converter.serialize(input, `the input of activity '${name}'`);
  if (options === undefined)
    return {
      kind: 'activity',
      name,
      version: '',
      input: payload,
      tags: tagList(undefined),
      retry: undefined,
      signal: undefined,
      instanceId: undefined,
    };
  const call = { name, version: options.version ?? '', input: payload, tags: tagList(options.tags), instanceId: undefined };
  assertStartable(call);
  return { kind: 'activity', ...call, ...howToCall(options) };
}

/** A child has the version of its options, else of its definition, else the worker's default for children (SEMANTICS O2). */
export function childCall(by: Caller, orchestrator: Named, input: unknown, options: SubOptions = {}): Call {
  return { kind: 'child', ...startOf(by, orchestrator, input, options), ...howToCall(options) };
}

/** @throws SerializationError, OperationalError `INVALID_NAME`, `TAGS_INVALID`, `VERSION_INVALID`, `INSTANCE_ID_INVALID` */
export function startOf(by: Caller, orchestrator: Named, input: unknown, options: StartSentOptions = {}): Start {
  const name = nameOf(orchestrator);
  const defined = typeof orchestrator === 'object' ? orchestrator.version : undefined;
  const version = options.version ?? defined ?? by.defaultVersion;
  const payload = by.converter.serialize(input, `the input of orchestrator '${name}'`);
  const start = { name, version, input: payload, tags: tagList(options.tags), instanceId: options.instanceId as InstanceId | undefined };
  assertStartable(start);
  return start;
}

/** @throws SerializationError, OperationalError `INVALID_NAME`, `INSTANCE_ID_INVALID` */
export function eventToSend({ converter }: Caller, instanceId: string, event: NamedEvent, data: unknown): EventToSend {
  const name = nameOf(event);
  const payload = converter.serialize(data, `the data of event '${name}'`);
  const targetInstanceId = instanceId as InstanceId;
  assertCommand({ kind: 'RaiseEvent', instanceId: targetInstanceId, name, payload: null, eventId: '', startIfMissing: null });
  return { targetInstanceId, name, payload };
}

/** @throws OperationalError `INVALID_NAME` */
export function eventToWaitFor(event: NamedEvent): EventToWaitFor {
  return { name: nameOf(event), schema: typeof event === 'string' ? undefined : event.schema };
}

/** @throws SerializationError over 16 KiB too (SEMANTICS S9) */
export function customStatus({ converter }: Caller, status: unknown): Payload {
  const payload = converter.serialize(status, 'the custom status');
  const bytes = payloadBytes(payload);
  if (bytes <= customStatusBytesMax) return payload;
  const message = `the custom status has ${String(bytes)} bytes as JSON, the most is ${String(customStatusBytesMax)}`;
  throw new SerializationError('PAYLOAD_TOO_LARGE', message, { path: '$' });
}

/** @throws OperationalError `VERSION_INVALID` */
export function assertVersion(version: string): void {
  assertStartable({ name: 'x', version, tags: tagList(undefined), instanceId: undefined });
}

function howToCall({ retry, signal }: CallOptions): Pick<Call, 'retry' | 'signal'> {
  return { retry: retry === undefined ? undefined : checkedRetry(retry), signal };
}

function assertStartable(start: Pick<Start, 'name' | 'version' | 'tags' | 'instanceId'>): void {
  const { name, version, tags } = start;
  // What came from JavaScript, or through a cast, may be anything.
  if (typeof version !== 'string') throw new TypeError('a version is a string');
  for (const { key, value } of tags)
    if (typeof value !== 'string') throw new TypeError(`the value of tag ${JSON.stringify(key)} is no string`);
  assertCommand({
    kind: 'StartInstance',
    instanceId: start.instanceId ?? anyId,
    name,
    version,
    tags,
    input: null,
    onConflict: 'error',
    startAtMs: null,
    parent: null,
  });
}

const anyId = 'x' as InstanceId;

function assertCommand(body: CommandBody): void {
  const fault: Refusal | undefined = commandBodyFault('x', body);
  if (fault !== undefined) throw new OperationalError(fault.code, fault.message, { retryable: false });
}
