/** What a client may order, checked the same way by the client before it sends and by a worker that is sent it. */
import type { CommandRequest } from './api.ts';
import type { Refusal } from './errors.ts';
import { instanceIdFault, utf8Length, type CommandId, type InstanceId } from './ids.ts';
import { commandIdBytesMax, nameBytesMax, payloadBytesMax, tagKeyBytesMax, tagsMax, tagValueBytesMax, versionBytesMax } from './limits.ts';
import type { Command } from './records.ts';

/** The request, or why it is not one. The codes are the owner's own: it refuses the same things with the same words. */
export function parseCommandRequest(value: unknown): { readonly request: CommandRequest } | { readonly refusal: Refusal } {
  const fault = shapeFault(value);
  if (fault !== undefined) return { refusal: { code: 'REQUEST_INVALID', message: fault } };
  const request = value as CommandRequest;
  const refusal = commandRequestFault(request) ?? inputJsonFault(request.start.input);
  return refusal === undefined ? { request } : { refusal };
}

/** The command that a request asks for, as a client writes it to the log. */
export function commandOf(request: CommandRequest, issuedAtMs: number): Command {
  const { instanceId, name, version, input, tags } = request.start;
  return {
    commandId: request.commandId as CommandId,
    issuedAtMs,
    source: null,
    body: { kind: 'StartInstance', instanceId: instanceId as InstanceId, name, version, input, tags },
  };
}

/**
 * Why a request of the right shape cannot be carried out whatever the state, or undefined when it may be. That the input is JSON is not
 * looked at (`inputJsonFault` does): who made it with JSON.stringify knows, and a megabyte takes milliseconds to parse.
 */
export function commandRequestFault(request: CommandRequest): Refusal | undefined {
  const { instanceId, name, version, input, tags } = request.start;
  const commandIdFault = textFault(request.commandId, 'a command id', { emptyAllowed: false, bytesMax: commandIdBytesMax });
  if (commandIdFault !== undefined) return { code: 'COMMAND_ID_INVALID', message: commandIdFault };
  const idFault = instanceIdFault(instanceId);
  if (idFault !== undefined) return { code: 'INSTANCE_ID_INVALID', message: idFault };
  const nameFault = textFault(name, 'an orchestration name', { emptyAllowed: false, bytesMax: nameBytesMax });
  if (nameFault !== undefined) return { code: 'NAME_INVALID', message: nameFault };
  const versionFault = textFault(version, 'a version', { emptyAllowed: true, bytesMax: versionBytesMax });
  if (versionFault !== undefined) return { code: 'VERSION_INVALID', message: versionFault };
  const tagFault = tagsFault(tags);
  if (tagFault !== undefined) return { code: 'TAGS_INVALID', message: tagFault };
  return inputFault(input);
}

function inputFault(input: string | null): Refusal | undefined {
  if (input === null) return undefined;
  const bytes = utf8Length(input);
  if (bytes > payloadBytesMax)
    return { code: 'PAYLOAD_TOO_LARGE', message: `the input has ${String(bytes)} bytes, the limit is ${String(payloadBytesMax)}` };
  return undefined;
}

/** Why an input is not JSON, or undefined when it is. Apart from the other checks, because it is the only dear one. */
export function inputJsonFault(input: string | null): Refusal | undefined {
  // A lone surrogate outside an escape has no bytes in UTF-8: it would come back as another character.
  if (input === null || (input.isWellFormed() && isJson(input))) return undefined;
  return { code: 'INPUT_NOT_JSON', message: 'the input is not JSON text' };
}

function tagsFault(tags: CommandRequest['start']['tags']): string | undefined {
  if (tags.length > tagsMax) return `an instance has at most ${String(tagsMax)} tags`;
  for (const tag of tags) {
    const fault =
      textFault(tag.key, "a tag's key", { emptyAllowed: false, bytesMax: tagKeyBytesMax }) ??
      textFault(tag.value, "a tag's value", { emptyAllowed: true, bytesMax: tagValueBytesMax });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function textFault(text: string, what: string, rule: { emptyAllowed: boolean; bytesMax: number }): string | undefined {
  if (text.length === 0 && !rule.emptyAllowed) return `${what} is not empty`;
  if (!text.isWellFormed()) return `${what} is well-formed Unicode (no lone surrogates)`;
  if (utf8Length(text) > rule.bytesMax) return `${what} has at most ${String(rule.bytesMax)} bytes`;
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function shapeFault(value: unknown): string | undefined {
  if (!isObject(value)) return 'a command is a JSON object';
  if (typeof value['commandId'] !== 'string') return '"commandId" is a string';
  const start = value['start'];
  if (!isObject(start)) return '"start" is an object';
  for (const field of ['instanceId', 'name', 'version']) if (typeof start[field] !== 'string') return `"start.${field}" is a string`;
  if (start['input'] !== null && typeof start['input'] !== 'string')
    return '"start.input" is null (no value) or a string that holds JSON text';
  const tags = start['tags'];
  if (!Array.isArray(tags) || !tags.every(isTag)) return '"start.tags" is an array of {"key": string, "value": string}';
  return undefined;
}

function isTag(value: unknown): boolean {
  return isObject(value) && typeof value['key'] === 'string' && typeof value['value'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
