/** What a turn did, as facts and messages: the marker, then one fact an action. Actions after the end of the function do not count. */
import type {
  CancelRequested,
  CommandBody,
  EventRange,
  ExecutionId,
  Fact,
  FailureDetails,
  InstanceId,
  InstanceStarted,
  StartInstance,
} from '../../schemas/index.ts';
import { isEndAction, type EndAction, type EventTaken, type TimerTime, type TurnAction } from './actions.ts';
import { cancelFailure, linkTo } from './control.ts';
import { noOutcome, numbering, plainFailure, report, type Outcome } from './decision.ts';
import { isTerminal, type InstanceState } from './instance.ts';
import { historyEventsMax } from './limits.ts';
import { rangesOf, without } from './ranges.ts';
import { actionsFault, recordable } from './turn-faults.ts';

export interface Turn {
  /** The number of the last input of this execution that was fed. */
  readonly inputsThrough: number;
  readonly actions: readonly TurnAction[];
  readonly eventsTaken: readonly EventTaken[];
}

export interface TurnGiven {
  /** The turn's time, `turnTime`. */
  readonly atMs: number;
  /** The owner's clock: relative timers run from it (SEMANTICS M1). */
  readonly clockMs: number;
  /** Default 50,000. */
  readonly historyEventsMax?: number;
  newExecutionId(): ExecutionId;
}

/** The time of the next turn: never before the last one's, nor before a timer that it is fed (SEMANTICS A4). */
export function turnTime(state: InstanceState, clockMs: number): number {
  let atMs = Math.max(state.turnAtMs, clockMs);
  for (const input of state.unfed) if (input.kind === 'TimerFired' && input.fireAtMs > atMs) atMs = input.fireAtMs;
  return atMs;
}

export function decideTurn(state: InstanceState, turn: Turn, given: TurnGiven): Outcome {
  if (isTerminal(state)) return noOutcome;
  const recording = new Recording(state, turn, given);
  const fault = actionsFault(turn.actions) ?? historyFault(state, turn.actions, given.historyEventsMax ?? historyEventsMax);
  if (fault === undefined) for (const action of turn.actions) recording.take(action);
  else recording.fail(fault);
  return recording;
}

/** What has ended needs no room. */
function historyFault(state: InstanceState, actions: readonly TurnAction[], eventsMax: number): FailureDetails | undefined {
  if (state.lastSeq + 1 + actions.length <= eventsMax || actions.some(isEndAction)) return undefined;
  return plainFailure('HistoryTooLarge', `its history would have more than ${String(eventsMax)} events: it should have continued as new`);
}

class Recording implements Outcome {
  readonly facts: Fact[] = [];
  readonly messages: CommandBody[] = [];
  private readonly state: InstanceState;
  private readonly turn: Turn;
  private readonly given: TurnGiven;
  private readonly taken: readonly EventRange[];
  private readonly bytesTaken: number;
  private readonly next: ReturnType<typeof numbering>;
  /** What was scheduled in this very turn, by the program's number. */
  private readonly own = new Map<number, Scheduled>();
  private over = false;

  constructor(state: InstanceState, turn: Turn, given: TurnGiven) {
    const { inputsThrough, eventsTaken } = turn;
    this.state = state;
    this.turn = turn;
    this.given = given;
    this.next = numbering(state, given.atMs);
    this.taken = rangesOf(eventsTaken.map((event) => event.number));
    this.bytesTaken = eventsTaken.reduce((sum, event) => sum + event.bytes, 0);
    const { taken, bytesTaken: eventBytesTaken } = this;
    this.facts.push({ kind: 'TurnStarted', ...this.next(), inputsThrough, eventsTaken: taken, eventBytesTaken });
  }

  fail(failure: FailureDetails): void {
    this.over = true;
    this.facts.push({ kind: 'InstanceFailed', ...this.next(), failure });
    this.messages.push(...report(this.state, { failure }));
  }

  take(action: TurnAction): void {
    if (this.over) return;
    switch (action.kind) {
      case 'ScheduleTask':
        this.facts.push({ ...action, kind: 'TaskScheduled', ...this.scheduled(action.taskId) });
        return;
      case 'ScheduleChild':
        this.scheduleChild(action);
        return;
      case 'StartInstance':
        this.send({ ...action, kind: 'StartSent', ...this.next() }, startOf(action));
        return;
      case 'CreateTimer': {
        const fireAtMs = this.timeOf(action.when);
        this.facts.push({ kind: 'TimerCreated', ...this.scheduled(action.taskId, { fireAtMs }), taskId: action.taskId, fireAtMs });
        return;
      }
      case 'CancelTimer':
      case 'CancelTask':
        this.cancel(action);
        return;
      case 'SendEvent': {
        const { targetInstanceId: instanceId, name, payload } = action;
        const raise: CommandBody = { kind: 'RaiseEvent', instanceId, name, payload, eventId: '', startIfMissing: null };
        this.send({ ...action, kind: 'EventSent', ...this.next() }, raise);
        return;
      }
      case 'SetCustomStatus':
      case 'MarkPatch':
        this.facts.push(this.noted(action));
        return;
      case 'ContinueAsNew':
      case 'CompleteInstance':
      case 'CancelInstance':
      case 'FailInstance':
        this.end(action);
        return;
      default:
        action satisfies never;
    }
  }

  /** Rounded up, for a timer is never early. */
  private timeOf(when: TimerTime): number {
    return Math.ceil(when.kind === 'at' ? when.atMs : this.given.clockMs + when.delayMs);
  }

  private send(fact: Fact, message: CommandBody): void {
    this.facts.push(fact);
    this.messages.push(message);
  }

  private noted(action: Extract<TurnAction, { kind: 'SetCustomStatus' | 'MarkPatch' }>): Fact {
    if (action.kind === 'MarkPatch') return { kind: 'PatchMarked', ...this.next(), id: action.id };
    return { kind: 'CustomStatusSet', ...this.next(), value: action.value };
  }

  private end(action: EndAction): void {
    this.over = true;
    switch (action.kind) {
      case 'ContinueAsNew':
        this.continueAsNew(action);
        return;
      case 'CompleteInstance':
        this.facts.push({ kind: 'InstanceCompleted', ...this.next(), output: action.output });
        this.messages.push(...report(this.state, { result: action.output }));
        return;
      case 'CancelInstance':
        this.facts.push({ kind: 'InstanceCanceled', ...this.next(), output: action.output });
        this.messages.push(...report(this.state, { failure: cancelFailure }));
        return;
      case 'FailInstance':
        this.fail(recordable(action.failure));
        return;
      default:
        action satisfies never;
    }
  }

  private scheduled(taskId: number, what: Omit<Scheduled, 'seq'> = {}): ReturnType<typeof this.next> {
    const place = this.next();
    this.own.set(taskId, { seq: place.seq, ...what });
    return place;
  }

  private scheduleChild(action: Extract<TurnAction, { kind: 'ScheduleChild' }>): void {
    const place = this.scheduled(action.taskId, { childInstanceId: action.childInstanceId });
    this.facts.push({ ...action, kind: 'ChildScheduled', ...place });
    this.messages.push({ ...startOf(action), parent: linkTo(this.state, place.seq) });
  }

  /** Recorded whether or not it was still open: its answer may be among the inputs that this turn was not fed. 0 then stands for its event. */
  private cancel({ kind, taskId }: Extract<TurnAction, { kind: 'CancelTimer' | 'CancelTask' }>): void {
    const { seq, fireAtMs = 0, childInstanceId } = this.own.get(taskId) ?? scheduledBefore(this.state, taskId);
    if (kind === 'CancelTimer') {
      this.facts.push({ kind: 'TimerCancelled', ...this.next(), taskId, scheduledSeq: seq, fireAtMs });
      return;
    }
    this.facts.push({ kind: 'TaskCancelled', ...this.next(), taskId, scheduledSeq: seq });
    if (childInstanceId === undefined) return;
    const reason = `its parent ${JSON.stringify(this.state.instanceId)} gave it up`;
    this.messages.push({ kind: 'CancelInstance', instanceId: childInstanceId, reason, childOf: linkTo(this.state, seq) });
  }

  /** The next generation keeps who it is; its unread events go by their numbers and are not copied (SEMANTICS C1). */
  private continueAsNew(action: Extract<TurnAction, { kind: 'ContinueAsNew' }>): void {
    const { state, given } = this;
    const { input, version, preserveEvents } = action;
    const executionId = given.newExecutionId();
    const unread = without(state.unread, this.taken);
    const place = { ...this.next(), newExecutionId: executionId, version, input };
    this.facts.push({ kind: 'ContinuedAsNew', ...place, discarded: preserveEvents ? [] : unread });
    const started: InstanceStarted = {
      kind: 'InstanceStarted',
      instanceId: state.instanceId,
      executionId,
      seq: 1,
      atMs: given.atMs,
      name: state.name,
      version,
      input,
      tags: state.tags,
      commandId: state.commandId,
      generation: state.generation + 1,
      createdAtMs: state.createdAtMs,
      previousExecutionId: state.executionId,
      parent: state.parent,
      startAtMs: null,
      inboxNext: state.inboxNext,
      carried: preserveEvents ? unread : [],
      carriedBytes: preserveEvents && unread.length > 0 ? Math.max(0, state.unreadBytes - this.bytesTaken) : 0,
      customStatus: statusAfter(state, this.facts),
    };
    this.facts.push(started);
    const cancel = unseenCancel(state, this.turn);
    if (cancel !== undefined) this.facts.push({ ...cancel, executionId, seq: started.seq + 1, atMs: given.atMs });
  }
}

/** An event of this execution that scheduled a task, and what must be known to give it up. */
interface Scheduled {
  readonly seq: number;
  readonly fireAtMs?: number;
  readonly childInstanceId?: InstanceId;
}

function scheduledBefore(state: InstanceState, taskId: number): Scheduled {
  const seq = state.openIds.get(taskId) ?? 0;
  const task = state.openTasks.get(seq);
  if (task?.kind === 'timer') return { seq, fireAtMs: task.fireAtMs };
  return task?.kind === 'child' ? { seq, childInstanceId: task.childInstanceId } : { seq };
}

/**
 * The function may have continued as new for an input or event that came before the request to cancel, and never have been told of it: the
 * next generation is. One that certainly was told, and went on, is taken at its word.
 */
function unseenCancel(state: InstanceState, turn: Turn): CancelRequested | undefined {
  const [first, ...later] = state.unfed.filter((input) => input.kind !== 'InstanceStarted' && input.kind !== 'EventRaised');
  if (first?.kind === 'CancelRequested') return turn.eventsTaken.length > 0 ? first : undefined;
  return later.find((input) => input.kind === 'CancelRequested');
}

function startOf(action: Extract<TurnAction, { kind: 'ScheduleChild' | 'StartInstance' }>): StartInstance {
  const { childInstanceId: instanceId, name, version, input, tags } = action;
  return { kind: 'StartInstance', instanceId, name, version, input, tags, onConflict: 'error', startAtMs: null, parent: null };
}

function statusAfter(state: InstanceState, facts: readonly Fact[]): string | null {
  let status = state.customStatus;
  for (const fact of facts) if (fact.kind === 'CustomStatusSet') status = fact.value;
  return status;
}
