/** What an external event means to an instance (SEMANTICS E4). */
import { commandBodyFault, payloadJsonFault, payloadBytes, type EventRaised, type RaiseEvent } from '../../schemas/index.ts';
import { decided, nothing, refused, type Decision, type Given } from './decision.ts';
import { isTerminal, type InstanceState } from './instance.ts';
import { bufferedEventBytesMax, bufferedEventsMax } from './limits.ts';
import { countOf } from './ranges.ts';
import { startFact } from './start.ts';

/** `isMessage`: another instance sent it; the log drops repeats by itself (L7), so that it needs no id. */
export function decideRaise(state: InstanceState | undefined, raise: RaiseEvent, given: Given & { readonly isMessage: boolean }): Decision {
  const fault = commandBodyFault(given.commandId, raise) ?? payloadJsonFault(raise);
  if (fault !== undefined) return { kind: 'refused', refusal: fault };
  const { instanceId } = raise;
  if (state === undefined) {
    if (raise.startIfMissing === null) return refused('INSTANCE_NOT_FOUND', `there is no instance ${JSON.stringify(instanceId)}`);
    const start = startFact(undefined, { instanceId, ...raise.startIfMissing, parent: null, startAtMs: null }, given);
    return decided([start, eventFact(raise, given, { executionId: start.executionId, lastSeq: 1, inboxNext: 1 })]);
  }
  // First of all: an event that was delivered stays delivered when it is raised again after the end.
  if (state.eventIds.has(eventIdOf(raise, given))) return nothing;
  if (isTerminal(state)) return refused('INSTANCE_TERMINAL', `instance ${JSON.stringify(instanceId)} is ${state.life.status}`);
  if (countOf(state.unread) >= bufferedEventsMax || state.unreadBytes + payloadBytes(raise.payload) > bufferedEventBytesMax)
    return refused('INBOX_FULL', `instance ${JSON.stringify(instanceId)} has as many unread events as it may`);
  return decided([eventFact(raise, given, state)]);
}

function eventFact(
  raise: RaiseEvent,
  given: Given & { readonly isMessage: boolean },
  state: Pick<InstanceState, 'executionId' | 'lastSeq' | 'inboxNext'>,
): EventRaised {
  const { instanceId, name, payload } = raise;
  const { executionId, lastSeq, inboxNext } = state;
  const eventId = eventIdOf(raise, given);
  return { kind: 'EventRaised', instanceId, executionId, seq: lastSeq + 1, atMs: given.atMs, number: inboxNext, name, payload, eventId };
}

/** A client's event without an id goes by its command's: repeating a command is safe. */
function eventIdOf(raise: RaiseEvent, given: Given & { readonly isMessage: boolean }): string {
  return raise.eventId === '' && !given.isMessage ? given.commandId : raise.eventId;
}
