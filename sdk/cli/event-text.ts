/** One line of history. Pure. */
import type { EventNumbers, HistoryEvent } from '../client/index.ts';
import { elapsedText, failureText, oneLine, valueText } from './format.ts';

/** One line an event: number, time since the first, what happened. */
export function eventText(event: HistoryEvent, startedAtMs: number): string {
  const sinceStart = `+${elapsedText(Math.max(0, event.at.getTime() - startedAtMs))}`;
  const head = `${String(event.number).padStart(5)}  ${sinceStart.padEnd(12)}  ${event.type.padEnd(17)}`;
  return `${oneLine(`${head}  ${detailOf(event.type, event)}`).trimEnd()}\n`;
}

type EventsByType = { readonly [T in HistoryEvent['type']]: Extract<HistoryEvent, { readonly type: T }> };

/** The type beside the event lets the compiler see that the two belong together. */
function detailOf<T extends HistoryEvent['type']>(type: T, event: EventsByType[T]): string {
  return details[type](event);
}

const details: { readonly [T in HistoryEvent['type']]: (event: EventsByType[T]) => string } = {
  InstanceStarted: startedText,
  StartDue: () => 'its time has come',
  TurnStarted: ({ inputsThrough, eventsTaken }) =>
    `on events up to ${String(inputsThrough)}${eventsTaken.length === 0 ? '' : `, read ${numbersText(eventsTaken)}`}`,
  ContinuedAsNew: ({ newExecutionId, version, input, eventsDiscarded }) => {
    const lost = eventsDiscarded.length === 0 ? '' : `, without ${numbersText(eventsDiscarded)}`;
    return `as ${newExecutionId}${version === '' ? '' : ` (version ${version})`} with ${valueText(input)}${lost}`;
  },
  InstanceCompleted: ({ output }) => `= ${valueText(output)}`,
  InstanceCanceled: ({ output }) => `= ${valueText(output)}`,
  InstanceFailed: ({ failureDetails }) => failureText(failureDetails),
  InstanceTerminated: ({ output, reason }) => `= ${valueText(output)}${reason === '' ? '' : ` (${reason})`}`,
  InstanceSuspended: ({ reason }) => (reason === '' ? '' : `(${reason})`),
  InstanceResumed: ({ reason }) => (reason === '' ? '' : `(${reason})`),
  CancelRequested: ({ reason }) => (reason === '' ? '' : `(${reason})`),
  TaskScheduled: (event) => `${calledText(event)}${attemptText(event)}`,
  TaskCompleted: ({ taskId, result }) => `${taskText(taskId)} = ${valueText(result)}`,
  TaskFailed: ({ taskId, failureDetails }) => `${taskText(taskId)} ${failureText(failureDetails)}`,
  TaskCancelled: ({ taskId }) => taskText(taskId),
  ChildScheduled: (event) => `${calledText(event)} as ${event.childInstanceId}${attemptText(event)}`,
  ChildCompleted: ({ taskId, result }) => `${taskText(taskId)} = ${valueText(result)}`,
  ChildFailed: ({ taskId, failureDetails }) => `${taskText(taskId)} ${failureText(failureDetails)}`,
  TimerCreated: ({ taskId, fireAt }) => `${taskText(taskId)} for ${timeText(fireAt)}`,
  TimerFired: ({ taskId, fireAt }) => `${taskText(taskId)} due at ${timeText(fireAt)}`,
  TimerCancelled: ({ taskId, fireAt }) => `${taskText(taskId)} for ${timeText(fireAt)}`,
  StartSent: (event) => `${calledText(event)} as ${event.childInstanceId}`,
  EventSent: ({ taskId, targetInstanceId, name, data }) => `${taskText(taskId)} ${name}(${valueText(data)}) to ${targetInstanceId}`,
  EventRaised: ({ eventNumber, name, data, eventId }) =>
    `event ${String(eventNumber)}: ${name}(${valueText(data)})${eventId === undefined ? '' : ` id ${eventId}`}`,
  CustomStatusSet: ({ customStatus }) => valueText(customStatus),
  PatchMarked: ({ id }) => id,
};

function startedText(event: EventsByType['InstanceStarted']): string {
  const { name, version, input, generation, parent, startAt, eventsCarried } = event;
  return [
    `${version === '' ? name : `${name}@${version}`}(${valueText(input)})`,
    ...(generation === 1 ? [] : [`generation ${String(generation)}`]),
    ...(parent === undefined ? [] : [`for ${parent.instanceId}`]),
    ...(startAt === undefined ? [] : [`not before ${timeText(startAt)}`]),
    ...(eventsCarried.length === 0 ? [] : [`with unread ${numbersText(eventsCarried)}`]),
  ].join(', ');
}

function calledText(event: EventsByType['TaskScheduled' | 'ChildScheduled' | 'StartSent']): string {
  const { taskId, name, version, input } = event;
  return `${taskText(taskId)} ${version === '' ? name : `${name}@${version}`}(${valueText(input)})`;
}

function attemptText({ attempt, firstTaskId }: EventsByType['TaskScheduled' | 'ChildScheduled']): string {
  return firstTaskId === undefined ? '' : `, attempt ${String(attempt)} of ${taskText(firstTaskId)}`;
}

function taskText(taskId: number): string {
  return `#${String(taskId)}`;
}

/** A fan-in that reads ten thousand events, every second one, must not fill the screen. */
const rangesShownMax = 5;

function numbersText(numbers: readonly EventNumbers[]): string {
  const shown = numbers
    .slice(0, rangesShownMax)
    .map(({ from, through }) => (from === through ? String(from) : `${String(from)}-${String(through)}`));
  const rest = numbers.length > rangesShownMax ? ', …' : '';
  return `event${numbers.length === 1 && numbers[0]?.from === numbers[0]?.through ? '' : 's'} ${shown.join(', ')}${rest}`;
}

function timeText(time: Date): string {
  return time.toISOString();
}
