/** Hears everything that processes say or do because of a commit, and finds fault when the log does not say it (L6). */
import {
  decodeHistory,
  isInstanceFact,
  keyOf,
  laneName,
  partitionOf,
  type CommandAnswer,
  type CommandPlace,
  type Fact,
  type InstanceSnapshot,
  type Progress,
} from '../../schemas/index.ts';
import type { ActivityTask } from '../../engine/program/index.ts';
import { progressOf, type PartitionState } from '../../engine/core/index.ts';
import { decodeHeader, decodeInstance } from '../../engine/state/encoding.ts';
import type { MemoryBroker, SendAttempt } from '../../engine/log/memory/index.ts';
import type { StoreWrite } from '../../engine/state/index.ts';
import { decoded, originOf } from './consequences.ts';
import { isOver, lifeOf, numbersOf, rangesText, visibleStatus, type Life } from './life.ts';
import type { PartitionJudge } from './partition-judge.ts';

export interface WitnessGiven {
  readonly judges: readonly PartitionJudge[];
  readonly broker: MemoryBroker;
  accuse(what: string): void;
}

export class Witness {
  private readonly tasksRun = new Set<string>();
  private readonly given: WitnessGiven;

  constructor(given: WitnessGiven) {
    this.given = given;
  }

  /** Answers whether this task was run before. */
  activityStarted({ instanceId, executionId, scheduledSeq, name, input }: ActivityTask): boolean {
    const fact = this.judgeOf(instanceId)?.executions.get(executionId)?.[scheduledSeq - 1]?.body;
    const same = fact?.kind === 'TaskScheduled' && fact.executionId === executionId && fact.name === name && fact.input === input;
    if (!same) this.accuse(`activity ${name} of ${instanceId} runs, and event ${String(scheduledSeq)} did not schedule it`);
    const task = `${executionId}/${String(scheduledSeq)}`;
    const again = this.tasksRun.has(task);
    this.tasksRun.add(task);
    return again;
  }

  /** A lane sends: every message must stand in the log, and the lane must be sent in order. */
  messagesSent({ lane, records }: SendAttempt): void {
    let last = 0;
    for (const { value, headers } of records) {
      const source = Number(headers?.['perdure-source-partition']);
      const number = Number(headers?.['perdure-outbound-number']);
      const message = this.given.judges[source]?.outbound[number - 1];
      const what = `message ${String(number)} of partition ${String(source)}`;
      if (message?.lane !== laneName(lane) || !value.equals(message.value)) this.accuse(`${what} is sent, and no commit holds it`);
      if (number <= last) this.accuse(`${what} is sent after message ${String(last)}`);
      last = number;
    }
  }

  answered({ partition, offset }: CommandPlace, answer: CommandAnswer): void {
    const judge = this.given.judges[partition];
    if (judge === undefined) return;
    const said = answerFault(answer, judge, offset);
    if (said !== undefined) this.accuse(`command ${String(offset)} of p${String(partition)} is answered '${answer.outcome}', and ${said}`);
    const fact = judge.answers.get(offset);
    if (answer.outcome === 'forwarded' && fact?.kind === 'CommandForwarded' && answer.offset !== null)
      this.checkArrival(partition, fact.number, answer.partition, answer.offset);
  }

  seen(instanceId: string, snapshot: InstanceSnapshot | undefined): void {
    if (snapshot === undefined) return;
    const what = `${instanceId} is shown with ${String(snapshot.historyLength)} events as ${snapshot.runtimeStatus}`;
    const life = lifeAt(this.judgeOf(instanceId), snapshot.executionId, snapshot.historyLength);
    if (life === undefined) {
      this.accuse(`${what}, and the log has no such execution, or fewer`);
      return;
    }
    if (visibleStatus(life) !== snapshot.runtimeStatus) this.accuse(`${what}, which is ${visibleStatus(life)}`);
    const end = life.facts.at(-1);
    const output = end !== undefined && isOver(life) && 'output' in end ? end.output : null;
    if (snapshot.output !== output) this.accuse(`${what}, with the output ${String(snapshot.output)}`);
    if (life.started.input !== snapshot.input) this.accuse(`${what}, with the input ${String(snapshot.input)}`);
    if (life.customStatus !== snapshot.customStatus) this.accuse(`${what}, with the custom status ${String(snapshot.customStatus)}`);
  }

  /** Read-your-writes: a reading that comes after the command that started the instance finds it. */
  missing(instanceId: string, after: CommandPlace): void {
    const started = this.judgeOf(instanceId)?.instances.get(instanceId)?.[0];
    if (started?.kind !== 'InstanceStarted') return;
    const commands = this.given.broker.commands(after.partition).full.filter(({ offset }) => offset <= after.offset);
    if (commands.some(({ value }) => decoded(value)?.commandId === started.commandId))
      this.accuse(`${instanceId} is said not to be there after command ${String(after.offset)}, which comes after its start`);
  }

  historySeen(instanceId: string, facts: readonly Fact[]): void {
    const [first] = facts;
    if (first === undefined) return;
    const execution = this.judgeOf(instanceId)?.executions.get(first.executionId) ?? [];
    const shown = facts.map(({ seq }) => seq);
    if (facts.some((fact, at) => fact.seq !== at + 1 || JSON.stringify(fact) !== JSON.stringify(execution[at]?.body)))
      this.accuse(`${instanceId} is shown with the events ${shown.join()}, the log has ${String(execution.length)}`);
  }

  /** L9: closed, acked, effective commits only, and the marks of exactly the commit that the header names. */
  cacheWritten(partition: number, batch: readonly StoreWrite[]): void {
    const judge = this.given.judges[partition];
    if (judge === undefined) return;
    for (const { key, value } of batch) {
      if (value === null) continue;
      if (key === 'm') {
        const { state, timersFrom } = decodeHeader(value);
        this.headerWritten(judge, state);
        this.cursorWritten(judge, state, timersFrom);
      } else if (key.startsWith('s/')) this.instanceWritten(judge, value);
      else if (/^[for]\//.test(key)) {
        const record = decodeHistory(value);
        if (judge.facts.get(keyOf(record))?.bytes.equals(value) !== true) this.accuse(`the cache gets ${key}, which no commit holds`);
      } else if (key.startsWith('v/') && judge.facts.has(key.slice(2))) this.accuse(`the cache holds ${key} for void, and it counts`);
    }
  }

  /**
   * The cache is the fold of the log up to its position: it holds what counts and was not tombstoned, and nothing else. What a later
   * tombstone names may be gone already, because compaction heeds it sooner. One that is too old to be believed may hold anything.
   */
  cacheHolds(partition: number, rows: ReadonlyMap<string, Buffer>, youngerThanMs: number): void {
    const judge = this.given.judges[partition];
    const header = rows.get('m');
    if (judge === undefined || header === undefined) return;
    const { state, stampMs } = decodeHeader(header);
    if (stampMs < youngerThanMs) return;
    const { position } = state;
    const keys = new Set<string>();
    for (const [row, value] of rows) {
      if (/^[for]\//.test(row)) keys.add(keyOf(decodeHistory(value)));
      else if (row.startsWith('v/')) keys.add(row.slice(2));
    }
    for (const key of keys)
      if ((judge.gone.get(key) ?? Infinity) < position)
        this.accuse(`the cache at ${String(position)} holds ${key}, which is gone from the log`);
    for (const { key, closedAt } of judge.facts.values())
      if (closedAt < position && !judge.gone.has(key) && !keys.has(key)) this.accuse(`the cache at ${String(position)} has lost ${key}`);
  }

  /** L7: no command is deleted before a commit has consumed it. */
  commandsTrimmed(): void {
    for (const [partition, judge] of this.given.judges.entries()) {
      const { start } = this.given.broker.commands(partition);
      if (start > judge.marks.commandNext)
        this.accuse(`p${String(partition)}: commands below ${String(start)} are deleted, ${String(judge.marks.commandNext)} is next`);
    }
  }

  private headerWritten(judge: PartitionJudge, { tip, marks }: PartitionState): void {
    if (tip?.kind !== 'Progress') return;
    const progress = judge.commits.get(`${String(tip.epoch)}/${tip.claimant}/${String(tip.commit)}`);
    if (progress === undefined)
      this.accuse(`the cache gets commit ${String(tip.commit)} of epoch ${String(tip.epoch)}, which does not count`);
    else if (textOf(progressOf(marks, progress.atMs)) !== textOf(progress))
      this.accuse(`the cache gets other marks than commit ${String(tip.commit)} of epoch ${String(tip.epoch)} has`);
  }

  /** Whoever takes the cache over looks for timers from there on: none may stand below. */
  private cursorWritten(judge: PartitionJudge, { epoch, claimant, commit }: PartitionState, timersFromMs: number): void {
    if (epoch !== judge.epoch || claimant !== judge.claimant || commit !== judge.commit) return;
    for (const id of judge.instances.keys())
      for (const atMs of timersOf(judge.lifeOf(id)))
        if (atMs < timersFromMs)
          this.accuse(`the cache is to be searched for timers from ${String(timersFromMs)} on, and ${id} waits for ${String(atMs)}`);
  }

  private instanceWritten(judge: PartitionJudge, value: Buffer): void {
    const { state, places } = decodeInstance(value);
    const { instanceId, executionId, lastSeq, suspended, cancelRequested, startAtMs, unread, inboxNext, customStatus } = state;
    const life = lifeAt(judge, executionId, lastSeq);
    const { status } = state.life;
    const held = [status, suspended, cancelRequested, startAtMs, inboxNext, customStatus, places.tasks, places.unfed];
    const actual = JSON.stringify([...held, rangesText(numbersOf(unread))]);
    const expected = life === undefined ? 'nothing' : rowText(life);
    if (actual !== expected) this.accuse(`the cache gets ${instanceId} at event ${String(lastSeq)} as ${actual}, the log has ${expected}`);
  }

  private checkArrival(source: number, number: number, partition: number, offset: number): void {
    const command = decoded(this.given.broker.commands(partition).full.find((record) => record.offset === offset)?.value ?? null);
    if (command?.source?.partition !== source || command.source.number !== number)
      this.accuse(
        `message ${String(number)} of p${String(source)} is said to stand at ${String(offset)} of p${String(partition)}, and does not`,
      );
  }

  private judgeOf(instanceId: string): PartitionJudge | undefined {
    return this.given.judges[partitionOf(instanceId, this.given.judges.length)];
  }

  private accuse(what: string): void {
    this.given.accuse(what);
  }
}

/** The instance as it was when its execution had so many events. */
function lifeAt(judge: PartitionJudge | undefined, executionId: string, events: number): Life | undefined {
  const last = judge?.executions.get(executionId)?.[events - 1]?.body;
  if (judge === undefined || last === undefined || !isInstanceFact(last)) return undefined;
  const history = judge.instances.get(last.instanceId) ?? [];
  return lifeOf(history.slice(0, history.indexOf(last) + 1));
}

function timersOf(life: Life | undefined): readonly number[] {
  if (life === undefined || isOver(life)) return [];
  const set = [...life.open.values()].flatMap(({ fireAtMs }) => fireAtMs ?? []);
  return life.startAtMs === null ? set : [...set, life.startAtMs];
}

function rowText(life: Life): string {
  const { status, suspended, cancelRequested, startAtMs, inboxNext, customStatus, open, unfed, unread } = life;
  const held = [status, suspended, cancelRequested, startAtMs, inboxNext, customStatus, isOver(life) ? 0 : open.size, unfed.length];
  return JSON.stringify([...held, rangesText(unread)]);
}

/** What the log says against an answer, or undefined when it bears it out. */
function answerFault(answer: CommandAnswer, judge: PartitionJudge, offset: number): string | undefined {
  const fact = judge.answers.get(offset);
  const recorded = fact === undefined ? 'the log says nothing' : `the log says ${fact.kind}`;
  switch (answer.outcome) {
    case 'pending':
      return undefined;
    case 'accepted':
      return fact === undefined ? consumedFault(judge, offset) : recorded;
    case 'refused':
      return fact?.kind === 'CommandRefused' && fact.code === answer.code ? undefined : recorded;
    case 'forwarded':
      return fact?.kind === 'CommandForwarded' && fact.toPartition === answer.partition ? undefined : recorded;
    case 'expired':
      return judge.marks.answersFrom > offset ? undefined : 'its answer is still kept';
    default:
      return answer satisfies never;
  }
}

function consumedFault(judge: PartitionJudge, offset: number): string | undefined {
  return judge.marks.commandNext > offset ? undefined : 'no commit has consumed it';
}

/** Marks as text, whatever order their lists have. */
export function textOf(progress: Progress): string {
  const { commandNext, outboundLast, answersFrom } = progress;
  const sent = progress.sentThrough.map(({ lane, number }) => `${lane}=${String(number)}`).sort();
  const received = progress.received.map(({ source, number }) => `${String(source)}=${String(number)}`).sort();
  return `commands ${String(commandNext)} outbound ${String(outboundLast)} answers ${String(answersFrom)} sent ${sent.join()} received ${received.join()}`;
}

/** Dead letters that arrived, as topic/partition/offset. */
export function deadLettersIn(broker: MemoryBroker): ReadonlySet<string> {
  return new Set(broker.deadLetters().full.flatMap(({ value }) => originOf(value) ?? []));
}
