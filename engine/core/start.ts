/** What the order to start an instance means (SEMANTICS S7, O1). */
import { commandBodyFault, payloadJsonFault, type InstanceStarted, type ParentLink, type StartInstance } from '../../schemas/index.ts';
import { decided, noOutcome, nothing, plainFailure, refused, report, type Decision, type Given, type Outcome } from './decision.ts';
import { isSameTask, terminated } from './control.ts';
import { isTerminal, runtimeStatus, type InstanceState } from './instance.ts';

/** A child that cannot be started is an answer to its parent's task; any other start that cannot be is refused. */
export function decideStart(state: InstanceState | undefined, start: StartInstance, given: Given): Decision {
  const decision = start.parent === null ? decideFree(state, start, given) : decideChild(state, start, start.parent, given);
  if (decision.kind === 'facts' || start.parent === null) return decision;
  const { code, message } = decision.refusal;
  const errorType = code === 'INSTANCE_ALREADY_EXISTS' ? 'OrchestrationAlreadyExistsError' : 'OrchestrationStartRefusedError';
  return decided([], report(start, { failure: plainFailure(errorType, message) }));
}

function decideFree(state: InstanceState | undefined, start: StartInstance, given: Given): Decision {
  if (state === undefined) return begin(undefined, start, given);
  if (state.commandId === given.commandId) return nothing;
  const fault = commandBodyFault(given.commandId, start);
  if (fault !== undefined) return { kind: 'refused', refusal: fault };
  if (start.onConflict === 'useExisting') return nothing;
  if (isTerminal(state)) return start.onConflict === 'error' ? exists(state) : begin(state, start, given);
  if (start.onConflict !== 'terminateAndReplace') return exists(state);
  const ended = terminated(state, { output: null, reason: 'replaced by a new start', recursive: true }, given.atMs);
  return begin(state, start, given, ended);
}

/** An id may be used again only by the parent that used it before, and only after that child's end; one task starts one child. */
function decideChild(state: InstanceState | undefined, start: StartInstance, parent: ParentLink, given: Given): Decision {
  if (state === undefined) return begin(undefined, start, given);
  if (isSameTask(state.parent, parent)) return nothing;
  const isOwn = state.parent?.instanceId === parent.instanceId;
  return isTerminal(state) && isOwn ? begin(state, start, given) : exists(state);
}

function begin(before: InstanceState | undefined, start: StartInstance, given: Given, ended: Outcome = noOutcome): Decision {
  // That payloads are JSON is looked at last: a megabyte takes milliseconds to parse.
  const fault = commandBodyFault(given.commandId, start) ?? payloadJsonFault(start);
  if (fault !== undefined) return { kind: 'refused', refusal: fault };
  return decided([...ended.facts, startFact(before, start, given)], ended.messages);
}

/** The first event of a new instance, or of one that takes the place of another. */
export function startFact(
  before: InstanceState | undefined,
  start: Omit<StartInstance, 'kind' | 'onConflict'>,
  given: Given,
): InstanceStarted {
  const { instanceId, name, version, input, tags, parent, startAtMs } = start;
  const { commandId, atMs } = given;
  return {
    kind: 'InstanceStarted',
    instanceId,
    executionId: given.newExecutionId(),
    seq: 1,
    atMs,
    name,
    version,
    input,
    tags,
    commandId,
    generation: 1,
    createdAtMs: atMs,
    previousExecutionId: before?.executionId ?? '',
    parent,
    startAtMs: startAtMs !== null && startAtMs > atMs ? startAtMs : null,
    inboxNext: before?.inboxNext ?? 1,
    carried: [],
    carriedBytes: 0,
    customStatus: null,
  };
}

function exists(state: InstanceState): Decision {
  return refused('INSTANCE_ALREADY_EXISTS', `instance ${JSON.stringify(state.instanceId)} exists and is ${runtimeStatus(state)}`);
}
