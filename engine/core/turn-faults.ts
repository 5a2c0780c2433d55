/** Why the log could not carry what a turn did. The program checks the same at the call; a program in another language may not. */
import {
  customStatusBytesMax,
  instanceIdFault,
  nameBytesMax,
  payloadBytesMax,
  utf8Length,
  versionBytesMax,
  type FailureDetails,
  type Payload,
} from '../../schemas/index.ts';
import type { TurnAction } from './actions.ts';
import { plainFailure } from './decision.ts';
import { tasksPerTurnMax, turnPayloadBytesMax } from './limits.ts';

/** The failure that the instance ends with, or undefined. Actions after the end of the function are not looked at: they do not count. */
export function actionsFault(actions: readonly TurnAction[]): FailureDetails | undefined {
  let tasks = 0;
  let bytes = 0;
  for (const action of actions) {
    switch (action.kind) {
      case 'FailInstance':
        return undefined;
      case 'CompleteInstance':
      case 'CancelInstance':
        return payloadFault('the output', action.output);
      case 'ContinueAsNew':
        return payloadFault('the input', action.input);
      case 'SetCustomStatus': {
        const fault = payloadFault('the custom status', action.value, customStatusBytesMax);
        if (fault !== undefined) return fault;
        break;
      }
      case 'CancelTimer':
      case 'CancelTask':
        break;
      case 'MarkPatch':
      case 'CreateTimer':
      case 'ScheduleTask':
      case 'ScheduleChild':
      case 'StartInstance':
      case 'SendEvent': {
        if (++tasks > tasksPerTurnMax) return plainFailure('TooManyTasks', `one turn schedules at most ${String(tasksPerTurnMax)} tasks`);
        const fault = taskFault(action);
        if (fault !== undefined) return fault;
        bytes += payloadBytes(action);
        break;
      }
      default:
        action satisfies never;
    }
    if (bytes > turnPayloadBytesMax)
      return plainFailure('PayloadTooLarge', `the inputs of one turn's tasks have at most ${String(turnPayloadBytesMax)} bytes together`);
  }
  return undefined;
}

type TaskAction = Extract<
  TurnAction,
  { kind: 'MarkPatch' | 'CreateTimer' | 'ScheduleTask' | 'ScheduleChild' | 'StartInstance' | 'SendEvent' }
>;

function taskFault(action: TaskAction): FailureDetails | undefined {
  switch (action.kind) {
    case 'CreateTimer':
      return undefined;
    case 'MarkPatch':
      return textFault("a patch's id", action.id, nameBytesMax);
    case 'ScheduleTask':
      return calledFault("an activity's name", action);
    case 'ScheduleChild':
    case 'StartInstance':
      return calledFault("an orchestration's name", action) ?? idFault(action.childInstanceId);
    case 'SendEvent':
      return (
        textFault("an event's name", action.name, nameBytesMax) ??
        idFault(action.targetInstanceId) ??
        payloadFault('the event', action.payload)
      );
    default:
      return action satisfies never;
  }
}

function calledFault(
  what: string,
  action: { readonly name: string; readonly version: string; readonly input: Payload },
): FailureDetails | undefined {
  return (
    textFault(what, action.name, nameBytesMax) ??
    (action.version === '' ? undefined : textFault('a version', action.version, versionBytesMax)) ??
    payloadFault("a task's input", action.input)
  );
}

function payloadBytes(action: TaskAction): number {
  if (action.kind === 'CreateTimer' || action.kind === 'MarkPatch') return 0;
  const payload = action.kind === 'SendEvent' ? action.payload : action.input;
  if (payload === null) return 0;
  // A child's input goes into the history and into the message that starts it.
  return utf8Length(payload) * (action.kind === 'ScheduleTask' ? 1 : 2);
}

function textFault(what: string, text: string, bytesMax: number): FailureDetails | undefined {
  if (text.length > 0 && text.isWellFormed() && utf8Length(text) <= bytesMax) return undefined;
  return plainFailure('InvalidName', `${what} is well-formed Unicode of 1 to ${String(bytesMax)} bytes`);
}

function idFault(id: string): FailureDetails | undefined {
  const fault = instanceIdFault(id);
  return fault === undefined ? undefined : plainFailure('InvalidInstanceId', fault);
}

export function payloadFault(what: string, payload: Payload, bytesMax: number = payloadBytesMax): FailureDetails | undefined {
  if (payload === null) return undefined;
  if (!payload.isWellFormed()) return plainFailure('SerializationError', `${what} holds a lone surrogate, which has no UTF-8`);
  const bytes = utf8Length(payload);
  if (bytes <= bytesMax) return undefined;
  return plainFailure('PayloadTooLarge', `${what} has ${String(bytes)} bytes, the limit is ${String(bytesMax)}`);
}
