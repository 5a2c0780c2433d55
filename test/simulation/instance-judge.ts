/** Whether a fact may follow what an instance has lived through. Written from the rules, not from the engine. */
import { factRole, type Fact, type InstanceStarted } from '../../schemas/index.ts';
import { eventIdsOf, isOver, numbersOf, rangesText, type Life } from './life.ts';
import { endingOf, resultOf } from './outcomes.ts';

type OfKind<K extends Fact['kind']> = Extract<Fact, { kind: K }>;

/** Why `fact` cannot follow, or undefined when it may. `clockMaxMs`: the latest that its writer's clock ever showed. */
export function faultOf(life: Life | undefined, fact: Fact, clockMaxMs: number): string | undefined {
  if (fact.kind === 'InstanceStarted') return startFault(life, fact);
  if (life === undefined) return `${fact.kind} without a start`;
  const last = life.facts.at(-1);
  if (fact.executionId !== life.started.executionId) return `${fact.kind} of another execution`;
  if (fact.seq !== life.facts.length + 1) return `event ${String(fact.seq)} follows event ${String(life.facts.length)}`;
  if (isOver(life)) return `${fact.kind} after the end`;
  if (factRole(fact.kind) === 'action' && !(fact.kind === 'InstanceCanceled' && isUntold(life))) {
    const before = last === undefined ? undefined : factRole(last.kind);
    if (before !== 'turn' && before !== 'action') return `${fact.kind} outside a turn`;
  }
  if (factRole(fact.kind) === 'input' || factRole(fact.kind) === 'change') return arrivalFault(life, fact, clockMaxMs);
  return doingFault(life, fact);
}

/** Asked to end before it ever ran: there is nobody to tell. */
function isUntold({ started, status, facts }: Life): boolean {
  return started.generation === 1 && status === 'Pending' && facts.at(-1)?.kind === 'CancelRequested';
}

function startFault(life: Life | undefined, fact: InstanceStarted): string | undefined {
  if (fact.seq !== 1) return 'a start that is not event 1';
  if (fact.generation > 1) return generationFault(life, fact);
  if (fact.carried.length > 0) return 'a new instance with events of another';
  if (life === undefined) return fact.previousExecutionId === '' && fact.inboxNext === 1 ? undefined : 'a first start that follows another';
  if (!isOver(life) || life.status === 'ContinuedAsNew') return 'a start of what is not over';
  if (fact.previousExecutionId !== life.started.executionId) return 'a start that follows another execution';
  return fact.inboxNext === life.inboxNext ? undefined : `a start at inbox number ${String(fact.inboxNext)}`;
}

function generationFault(life: Life | undefined, fact: InstanceStarted): string | undefined {
  const end = life?.facts.at(-1);
  if (life === undefined || end?.kind !== 'ContinuedAsNew') return 'a generation that follows none';
  const { started } = life;
  if (fact.executionId !== end.newExecutionId || fact.previousExecutionId !== started.executionId) return 'a generation of another line';
  if (fact.generation !== started.generation + 1) return `generation ${String(fact.generation)} follows ${String(started.generation)}`;
  const kept = [...life.unread].filter((number) => !numbersOf(end.discarded).includes(number));
  if (rangesText(numbersOf(fact.carried)) !== rangesText(kept))
    return `events ${rangesText(numbersOf(fact.carried))} are carried over, ${rangesText(kept)} are unread`;
  const keeps = ({ name, tags, parent, commandId, createdAtMs }: InstanceStarted): string =>
    JSON.stringify([name, tags, parent, commandId, createdAtMs]);
  if (keeps(fact) !== keeps(started)) return 'a generation that is somebody else';
  const given = [fact.inboxNext, fact.input, fact.version, fact.customStatus, fact.startAtMs];
  const due = [life.inboxNext, end.input, end.version, life.customStatus, null];
  return JSON.stringify(given) === JSON.stringify(due) ? undefined : `a generation with ${String(given)}, not ${String(due)}`;
}

/** Of what is recorded when it comes. */
function arrivalFault(life: Life, fact: Fact, clockMaxMs: number): string | undefined {
  if (isAnswer(fact)) return answerFault(life, fact, clockMaxMs);
  if (fact.kind === 'EventRaised') return eventFault(life, fact);
  if (fact.kind === 'CancelRequested') return life.cancelRequested ? 'asked to end twice' : undefined;
  if (fact.kind === 'InstanceSuspended') return life.suspended ? 'suspended twice' : undefined;
  if (fact.kind === 'InstanceResumed') return life.suspended ? undefined : 'resumed and not suspended';
  if (fact.kind !== 'StartDue') return undefined;
  if (life.startAtMs === null) return 'a start that is due twice';
  return life.startAtMs <= Math.min(fact.atMs, clockMaxMs) ? undefined : 'a start that is due too early';
}

function eventFault(life: Life, event: OfKind<'EventRaised'>): string | undefined {
  if (event.number !== life.inboxNext) return `event ${String(event.number)} of the inbox, ${String(life.inboxNext)} is due`;
  return event.eventId !== '' && eventIdsOf(life).includes(event.eventId) ? `a second event of id ${event.eventId}` : undefined;
}

type Answer = OfKind<'TaskCompleted' | 'TaskFailed' | 'ChildCompleted' | 'ChildFailed' | 'TimerFired'>;

function isAnswer(fact: Fact): fact is Answer {
  return Object.hasOwn(answered, fact.kind);
}

const answered = { TaskCompleted: 'activity', TaskFailed: 'activity', ChildCompleted: 'child', ChildFailed: 'child', TimerFired: 'timer' };

function answerFault(life: Life, fact: Answer, clockMaxMs: number): string | undefined {
  const what = `${fact.kind} for event ${String(fact.scheduledSeq)}`;
  const open = life.open.get(fact.scheduledSeq);
  if (open?.kind !== answered[fact.kind] || open.taskId !== fact.taskId) return `${what}, which is not open`;
  if (fact.kind === 'TimerFired') {
    if (fact.fireAtMs !== open.fireAtMs) return `${what} set for another time`;
    return fact.fireAtMs <= Math.min(fact.atMs, clockMaxMs) ? undefined : `${what} too early: ${String(fact.fireAtMs)}`;
  }
  const scheduled = life.facts[fact.scheduledSeq - 1];
  if (scheduled?.kind !== 'TaskScheduled') return undefined;
  const expected = resultOf(scheduled.name, scheduled.input, scheduled.attempt);
  const actual = fact.kind === 'TaskCompleted' ? fact.result : undefined;
  return actual === expected ? undefined : `${what} with a wrong result: ${String(actual).slice(0, 80)}`;
}

/** Of turns and what was done in them. */
function doingFault(life: Life, fact: Fact): string | undefined {
  if (fact.kind === 'TurnStarted') return turnFault(life, fact);
  if (fact.kind === 'TimerCancelled' || fact.kind === 'TaskCancelled') return cancelFault(life, fact);
  if (fact.kind === 'InstanceCompleted' || fact.kind === 'InstanceFailed' || fact.kind === 'InstanceCanceled') return endFault(life, fact);
  if (fact.kind === 'ContinuedAsNew') {
    const discarded = rangesText(numbersOf(fact.discarded));
    const unread = rangesText(life.unread);
    return discarded === '' || discarded === unread ? undefined : `events ${discarded} are discarded, ${unread} are unread`;
  }
  return 'taskId' in fact && life.tasks.has(fact.taskId) ? `task ${String(fact.taskId)} scheduled twice` : undefined;
}

function turnFault(life: Life, turn: OfKind<'TurnStarted'>): string | undefined {
  if (life.suspended || life.startAtMs !== null) return 'a turn of what is held back';
  if (!life.unfed.includes(turn.inputsThrough)) return `a turn fed through event ${String(turn.inputsThrough)}, which is no new input`;
  if (turn.atMs < life.turnAtMs) return 'a turn whose time goes back';
  for (const seq of life.unfed) {
    const input = life.facts[seq - 1];
    if (seq <= turn.inputsThrough && input?.kind === 'TimerFired' && turn.atMs < input.fireAtMs)
      return 'a turn before the time of its timer';
  }
  return takenFault(life, turn);
}

/** Each event is read once, after it came in and was fed, and in the order of its name (SEMANTICS E2). */
function takenFault(life: Life, turn: OfKind<'TurnStarted'>): string | undefined {
  const taken = numbersOf(turn.eventsTaken);
  if (new Set(taken).size < taken.length) return 'a turn that reads an event twice';
  let bytes = 0;
  for (const number of taken) {
    const event = life.events.get(number);
    if (event === undefined || !life.unread.has(number)) return `event ${String(number)} of the inbox is read, and was not there`;
    if (event.executionId === life.started.executionId && event.seq > turn.inputsThrough) return `event ${String(number)} is read unfed`;
    bytes += Buffer.byteLength(event.payload ?? '');
    for (const other of life.unread)
      if (other < number && !taken.includes(other) && life.events.get(other)?.name.toLowerCase() === event.name.toLowerCase())
        return `event ${String(number)} is read before event ${String(other)}`;
  }
  return bytes === turn.eventBytesTaken ? undefined : `${String(turn.eventBytesTaken)} bytes of events are read, not ${String(bytes)}`;
}

/** What is given up is open, or was answered by an input of this very turn (0 then stands for its event). */
function cancelFault(life: Life, fact: OfKind<'TimerCancelled' | 'TaskCancelled'>): string | undefined {
  const seq = life.tasks.get(fact.taskId);
  const open = seq === undefined ? undefined : life.open.get(seq);
  if (seq === undefined) return `${fact.kind} of task ${String(fact.taskId)}, which there is not`;
  if (fact.scheduledSeq !== (open === undefined ? 0 : seq)) return `${fact.kind} of event ${String(fact.scheduledSeq)}, not ${String(seq)}`;
  const isOfKind = open === undefined || (open.kind === 'timer') === (fact.kind === 'TimerCancelled');
  return isOfKind ? undefined : `${fact.kind} of another kind of task`;
}

function endFault(life: Life, end: OfKind<'InstanceCompleted' | 'InstanceFailed' | 'InstanceCanceled'>): string | undefined {
  const { name, input } = life.started;
  // What it gives then depends on where it stood.
  if (end.kind === 'InstanceCanceled') return life.cancelRequested ? undefined : `${name} is canceled, and nobody asked for it`;
  const ending = endingOf({ name, input, facts: life.facts, taken: life.taken });
  if (end.kind === 'InstanceFailed')
    return ending.status === 'Failed' ? undefined : `${name} failed: ${end.failure.errorType}: ${end.failure.message}`;
  if (ending.status !== 'Completed') return `${name} completed with ${String(end.output)}`;
  return end.output === ending.output ? undefined : `${name} gave ${String(end.output)}, not ${ending.output}`;
}
