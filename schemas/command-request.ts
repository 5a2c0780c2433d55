/** What a client may order, checked the same way by the client before it sends and by a worker that is sent it. */
import type { CommandRequest } from './api.ts';
import { commandBodyFault, payloadJsonFault } from './command-faults.ts';
import type { Refusal } from './errors.ts';
import type { CommandId, InstanceId } from './ids.ts';
import { commandShapeFault } from './command-shape.ts';
import type { Command, CommandBody } from './records.ts';

/** The request, or why it is not one. The codes are the owner's own: it refuses the same things with the same words. */
export function parseCommandRequest(value: unknown): { readonly request: CommandRequest } | { readonly refusal: Refusal } {
  const fault = commandRequestFault(value);
  if (fault !== undefined) return { refusal: fault };
  const request = value as CommandRequest;
  const refusal = payloadJsonFault(bodyOf(request));
  return refusal === undefined ? { request } : { refusal };
}

/** Why a request will be refused, or undefined when it may be carried out; that its payloads are JSON is the word of whoever made them. */
export function commandRequestFault(value: unknown): Refusal | undefined {
  const fault = commandShapeFault(value);
  if (fault !== undefined) return { code: 'REQUEST_INVALID', message: fault };
  const request = value as CommandRequest;
  return commandBodyFault(request.commandId, bodyOf(request));
}

/** The command that a request asks for, as a client writes it to the log. */
export function commandOf(request: CommandRequest, issuedAtMs: number): Command {
  return { commandId: request.commandId as CommandId, issuedAtMs, source: null, body: bodyOf(request) };
}

/** The instance that a request is for. */
export function instanceIdOf(request: CommandRequest): string {
  return bodyOf(request).instanceId;
}

/** What the request orders, in the words of the log. The kind comes last: none that was slipped in can take its place. */
export function bodyOf(request: CommandRequest): CommandBody {
  if ('start' in request) return { ...request.start, kind: 'StartInstance', instanceId: id(request.start), parent: null };
  if ('raise' in request) return { ...request.raise, kind: 'RaiseEvent', instanceId: id(request.raise) };
  if ('suspend' in request) return { ...request.suspend, kind: 'SuspendInstance', instanceId: id(request.suspend) };
  if ('resume' in request) return { ...request.resume, kind: 'ResumeInstance', instanceId: id(request.resume) };
  if ('terminate' in request) return { ...request.terminate, kind: 'TerminateInstance', instanceId: id(request.terminate), childOf: null };
  return { ...request.cancel, kind: 'CancelInstance', instanceId: id(request.cancel), childOf: null };
}

/** Branded here because the checks come with it or before it. */
function id(order: { readonly instanceId: string }): InstanceId {
  return order.instanceId as InstanceId;
}
