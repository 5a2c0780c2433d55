/** Why the log could not carry what a turn did. The program checks the same at the call; a program in another language may not. */
import {
  customStatusBytesMax,
  dateMsMax,
  failureFault,
  instanceIdFault,
  nameBytesMax,
  payloadBytes,
  payloadBytesMax,
  tagKeyBytesMax,
  tagsMax,
  tagValueBytesMax,
  textFault,
  utf8Length,
  versionBytesMax,
  type FailureDetails,
  type Payload,
  type Tag,
} from '../../schemas/index.ts';
import { isEndAction, type EndAction, type TurnAction } from './actions.ts';
import { plainFailure } from './decision.ts';
import { tasksPerTurnMax, turnPayloadBytesMax } from './limits.ts';

/** The failure that the instance ends with, or undefined. Actions after the end of the function are not looked at: they do not count. */
export function actionsFault(actions: readonly TurnAction[]): FailureDetails | undefined {
  let tasks = 0;
  let bytes = 0;
  for (const action of actions) {
    if (isEndAction(action)) return endFault(action);
    if (action.kind === 'CancelTimer' || action.kind === 'CancelTask') continue;
    if (action.kind === 'SetCustomStatus') {
      const fault = payloadFault('the custom status', action.value, customStatusBytesMax);
      if (fault !== undefined) return fault;
      continue;
    }
    if (++tasks > tasksPerTurnMax) return plainFailure('TooManyTasks', `one turn schedules at most ${String(tasksPerTurnMax)} tasks`);
    const fault = taskFault(action);
    if (fault !== undefined) return fault;
    bytes += actionBytes(action);
    if (bytes > turnPayloadBytesMax)
      return plainFailure('PayloadTooLarge', `the inputs of one turn's tasks have at most ${String(turnPayloadBytesMax)} bytes together`);
  }
  return undefined;
}

function endFault(action: EndAction): FailureDetails | undefined {
  if (action.kind === 'FailInstance') return undefined;
  if (action.kind !== 'ContinueAsNew') return payloadFault('the output', action.output);
  return versionFault(action.version) ?? payloadFault('the input', action.input);
}

type TaskAction = Extract<
  TurnAction,
  { kind: 'MarkPatch' | 'CreateTimer' | 'ScheduleTask' | 'ScheduleChild' | 'StartInstance' | 'SendEvent' }
>;

function taskFault(action: TaskAction): FailureDetails | undefined {
  switch (action.kind) {
    case 'CreateTimer':
      return timerFault(action);
    case 'MarkPatch':
      return nameFault("a patch's id", action.id, nameBytesMax);
    case 'ScheduleTask':
      return calledFault("an activity's name", action);
    case 'ScheduleChild':
    case 'StartInstance':
      return calledFault("an orchestration's name", action) ?? idFault(action.childInstanceId);
    case 'SendEvent':
      return (
        nameFault("an event's name", action.name, nameBytesMax) ??
        idFault(action.targetInstanceId) ??
        payloadFault('the event', action.payload)
      );
    default:
      return action satisfies never;
  }
}

function calledFault(
  what: string,
  action: { readonly name: string; readonly version: string; readonly input: Payload; readonly tags: readonly Tag[] },
): FailureDetails | undefined {
  return (
    nameFault(what, action.name, nameBytesMax) ??
    versionFault(action.version) ??
    tagsFault(action.tags) ??
    payloadFault("a task's input", action.input)
  );
}

function versionFault(version: string): FailureDetails | undefined {
  return nameFault('a version', version, versionBytesMax, 0);
}

function tagsFault(tags: readonly Tag[]): FailureDetails | undefined {
  if (tags.length > tagsMax) return plainFailure('InvalidTags', `a task has at most ${String(tagsMax)} tags`);
  for (const { key, value } of tags) {
    const fault = nameFault("a tag's key", key, tagKeyBytesMax) ?? nameFault("a tag's value", value, tagValueBytesMax, 0);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Times before 1970 are past like any other, so that such a timer fires at once. */
function timerFault({ when }: Extract<TurnAction, { kind: 'CreateTimer' }>): FailureDetails | undefined {
  const ms = when.kind === 'at' ? when.atMs : when.delayMs;
  if (Number.isFinite(ms) && Math.abs(ms) <= dateMsMax) return undefined;
  return plainFailure('InvalidTimer', 'a timer is a whole number of milliseconds away, or before the end of the year 9999');
}

function actionBytes(action: TaskAction): number {
  if (action.kind === 'CreateTimer' || action.kind === 'MarkPatch') return 0;
  // What is sent to another instance goes into the history and into the message.
  return action.kind === 'ScheduleTask'
    ? payloadBytes(action.input)
    : 2 * payloadBytes('payload' in action ? action.payload : action.input);
}

function nameFault(what: string, text: string, bytesMax: number, bytesMin: 0 | 1 = 1): FailureDetails | undefined {
  const fault = textFault(text, what, bytesMin, bytesMax);
  return fault === undefined ? undefined : plainFailure('InvalidName', fault);
}

function idFault(id: string): FailureDetails | undefined {
  const fault = instanceIdFault(id);
  return fault === undefined ? undefined : plainFailure('InvalidInstanceId', fault);
}

/** The failure itself, or what stands for one that the log could not carry. */
export function recordable(failure: FailureDetails): FailureDetails {
  const fault = failureFault(failure);
  return fault === undefined ? failure : plainFailure('SerializationError', `it failed, but how cannot be told: ${fault}`);
}

export function payloadFault(what: string, payload: Payload, bytesMax: number = payloadBytesMax): FailureDetails | undefined {
  if (payload === null) return undefined;
  if (!payload.isWellFormed()) return plainFailure('SerializationError', `${what} holds a lone surrogate, which has no UTF-8`);
  const bytes = utf8Length(payload);
  if (bytes <= bytesMax) return undefined;
  return plainFailure('PayloadTooLarge', `${what} has ${String(bytes)} bytes, the limit is ${String(bytesMax)}`);
}
