/** Why a command cannot be carried out whatever the state. Pure, and the same at the client, the HTTP API and the owner. */
import type { ConflictPolicy } from './api.ts';
import type { Refusal } from './errors.ts';
import { instanceIdFault, utf8Length } from './ids.ts';
import {
  commandIdBytesMax,
  eventIdBytesMax,
  failureBytesMax,
  failureDepthMax,
  nameBytesMax,
  payloadBytesMax,
  reasonBytesMax,
  tagKeyBytesMax,
  tagsMax,
  tagValueBytesMax,
  versionBytesMax,
} from './limits.ts';
import type { CommandBody, FailureDetails, ParentLink, Payload, RaiseEvent, ReportChild, Tag } from './records.ts';

/** All of them, in the order in which people are told of them. */
export const conflictPolicies: readonly ConflictPolicy[] = ['error', 'useExisting', 'replaceTerminal', 'terminateAndReplace'];

/**
 * Why a command of the right shape cannot be carried out, or undefined when it may be. That payloads are JSON is not looked at
 * (`payloadJsonFault` does): who made them with JSON.stringify knows, and a megabyte takes milliseconds to parse.
 */
export function commandBodyFault(commandId: string, body: CommandBody): Refusal | undefined {
  const commandIdFault = textFault(commandId, 'a command id', 1, commandIdBytesMax);
  if (commandIdFault !== undefined) return { code: 'COMMAND_ID_INVALID', message: commandIdFault };
  const idFault = instanceIdFault(body.instanceId);
  if (idFault !== undefined) return { code: 'INSTANCE_ID_INVALID', message: idFault };
  switch (body.kind) {
    case 'StartInstance':
      return startFault(body) ?? conflictFault(body.onConflict) ?? startAtFault(body.startAtMs) ?? parentFault(body.parent);
    case 'RaiseEvent':
      return raiseFault(body);
    case 'TerminateInstance':
      return payloadFault('the output', body.output) ?? controlFault(body.reason, body.childOf);
    case 'CancelInstance':
      return controlFault(body.reason, body.childOf);
    case 'SuspendInstance':
    case 'ResumeInstance':
      return controlFault(body.reason, null);
    case 'ReportChild':
      return reportFault(body);
    default:
      return body satisfies never;
  }
}

function raiseFault(raise: RaiseEvent): Refusal | undefined {
  return (
    named(raise.name, 'an event name') ??
    payloadFault('the payload', raise.payload) ??
    refusal('EVENT_ID_INVALID', textFault(raise.eventId, 'an event id', 0, eventIdBytesMax)) ??
    (raise.startIfMissing === null ? undefined : startFault(raise.startIfMissing))
  );
}

/** Why one of a command's payloads is not JSON, or undefined when they are. Apart from the other checks, because it is the only dear one. */
export function payloadJsonFault(body: CommandBody): Refusal | undefined {
  for (const payload of payloadsOf(body)) {
    // A lone surrogate outside an escape has no bytes in UTF-8: it would come back as another character.
    if (payload === null || (payload.isWellFormed() && isJson(payload))) continue;
    return { code: 'INPUT_NOT_JSON', message: 'a payload is not JSON text' };
  }
  return undefined;
}

function payloadsOf(body: CommandBody): readonly Payload[] {
  switch (body.kind) {
    case 'StartInstance':
      return [body.input];
    case 'RaiseEvent':
      return [body.payload, body.startIfMissing?.input ?? null];
    case 'TerminateInstance':
      return [body.output];
    case 'ReportChild':
      return [body.result];
    case 'SuspendInstance':
    case 'ResumeInstance':
    case 'CancelInstance':
      return [];
    default:
      return body satisfies never;
  }
}

function startFault(start: {
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
}): Refusal | undefined {
  return (
    named(start.name, 'an orchestration name') ??
    refusal('VERSION_INVALID', textFault(start.version, 'a version', 0, versionBytesMax)) ??
    refusal('TAGS_INVALID', tagsFault(start.tags)) ??
    payloadFault('the input', start.input)
  );
}

function conflictFault(policy: string): Refusal | undefined {
  if (conflictPolicies.some((known) => known === policy)) return undefined;
  return { code: 'CONFLICT_POLICY_INVALID', message: `onConflict is one of ${conflictPolicies.join(', ')}` };
}

function startAtFault(startAtMs: number | null): Refusal | undefined {
  if (startAtMs === null || (startAtMs >= 0 && startAtMs <= dateMsMax)) return undefined;
  return { code: 'START_AT_INVALID', message: 'startAt lies between 1970 and the end of 9999' };
}

/** The end of the year 9999 (SEMANTICS A6). */
export const dateMsMax: number = 253_402_300_799_999;

function parentFault(parent: ParentLink | null): Refusal | undefined {
  if (parent === null) return undefined;
  return (
    refusal('INSTANCE_ID_INVALID', instanceIdFault(parent.instanceId)) ??
    executionFault(parent.executionId) ??
    named(parent.name, "a parent's name")
  );
}

/** Only messages between instances hold executions and failures, but anybody may write one, and the log would keep whatever it says. */
function reportFault({ executionId, childInstanceId, result, failure }: ReportChild): Refusal | undefined {
  return (
    executionFault(executionId) ??
    refusal('INSTANCE_ID_INVALID', instanceIdFault(childInstanceId)) ??
    payloadFault('the result', result) ??
    refusal('PAYLOAD_TOO_LARGE', failure === null ? undefined : failureFault(failure))
  );
}

const executionPattern = /^[0-9a-f]{32}$/;

function executionFault(executionId: string): Refusal | undefined {
  return executionPattern.test(executionId)
    ? undefined
    : { code: 'REQUEST_INVALID', message: 'an execution id is 32 lower-case hex digits' };
}

/** Why the log does not take these details of a failure, or undefined when it does. */
export function failureFault(failure: FailureDetails): string | undefined {
  let bytes = 0;
  let level: readonly FailureDetails[] = [failure];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > failureDepthMax) return `a failure has causes at most ${String(failureDepthMax)} deep`;
    for (const { errorType, message, stack, properties } of level)
      for (const text of [errorType, message, stack ?? '', properties ?? '']) {
        if (!text.isWellFormed()) return 'a failure is told in well-formed Unicode (no lone surrogates)';
        bytes += utf8Length(text);
      }
    // Empty texts have a price too: what the codec adds.
    bytes += level.length;
    if (bytes > failureBytesMax) return `a failure has at most ${String(failureBytesMax)} bytes with all its causes`;
    level = level.flatMap(({ cause, errors }) => (cause === null ? errors : [cause, ...errors]));
  }
  return undefined;
}

function named(name: string, what: string): Refusal | undefined {
  return refusal('NAME_INVALID', textFault(name, what, 1, nameBytesMax));
}

function controlFault(reason: string, childOf: ParentLink | null): Refusal | undefined {
  return refusal('REASON_INVALID', textFault(reason, 'a reason', 0, reasonBytesMax)) ?? parentFault(childOf);
}

function payloadFault(what: string, payload: Payload): Refusal | undefined {
  if (payload === null) return undefined;
  const bytes = utf8Length(payload);
  if (bytes <= payloadBytesMax) return undefined;
  return { code: 'PAYLOAD_TOO_LARGE', message: `${what} has ${String(bytes)} bytes, the limit is ${String(payloadBytesMax)}` };
}

function tagsFault(tags: readonly Tag[]): string | undefined {
  if (tags.length > tagsMax) return `an instance has at most ${String(tagsMax)} tags`;
  for (const tag of tags) {
    const fault = textFault(tag.key, "a tag's key", 1, tagKeyBytesMax) ?? textFault(tag.value, "a tag's value", 0, tagValueBytesMax);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function refusal(code: string, message: string | undefined): Refusal | undefined {
  return message === undefined ? undefined : { code, message };
}

/** Why a text is none of so many bytes of UTF-8, or undefined when it is. */
export function textFault(text: string, what: string, bytesMin: 0 | 1, bytesMax: number): string | undefined {
  if (text.length < bytesMin) return `${what} is not empty`;
  if (!text.isWellFormed()) return `${what} is well-formed Unicode (no lone surrogates)`;
  if (utf8Length(text) > bytesMax) return `${what} has at most ${String(bytesMax)} bytes`;
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
