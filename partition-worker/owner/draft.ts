/**
 * One commit in the making: the facts its inputs cause, and the marks its Progress will carry.
 *
 *  1. A draft becomes true when its commit is acked, or is thrown away with everything in memory that it changed.
 *  2. Instance states are evolved as facts are added, so that a later input of the same draft sees them.
 */
import {
  commandBodyFault,
  commandIdBytesMax,
  deadLetterKeyBytesMax,
  deadLetterValueBytesMax,
  decodeCommand,
  encodeCommand,
  encodeDeadLetter,
  laneName,
  OperationalError,
  partitionOf,
  utf8Length,
  type Command,
  type CommandBody,
  type CommandId,
  type ExecutionId,
  type Fact,
  type InstanceId,
  type MessageSource,
  type PartitionFact,
  type Refusal,
} from '../../schemas/index.ts';
import {
  decideCommand,
  decideDueTimer,
  decideTaskResult,
  evolve,
  type Decision,
  type InstanceState,
  type Marks,
  type TaskResult,
} from '../../engine/core/index.ts';
import type { CommandRecord } from '../../engine/log/index.ts';
import type { TimerRow } from '../../engine/state/index.ts';

export interface DraftGiven {
  readonly partition: number;
  readonly partitions: number;
  readonly commandsTopic: string;
  readonly atMs: number;
  readonly newExecutionId: () => ExecutionId;
  readonly onDropped: (what: 'repeat' | 'late result' | 'stale timer') => void;
}

/** The working set a draft changes. */
export interface States {
  get(id: InstanceId): InstanceState | undefined;
  set(id: InstanceId, state: InstanceState): void;
}

/** A command as the draft takes it: decoded, or the reason why not. */
export type DecodedCommand =
  | { readonly kind: 'command'; readonly record: CommandRecord; readonly command: Command }
  | { readonly kind: 'undecodable'; readonly record: CommandRecord; readonly reason: string };

export function decodedCommand(record: CommandRecord): DecodedCommand {
  if (record.value === null) return { kind: 'undecodable', record, reason: 'the record has no value' };
  try {
    return { kind: 'command', record, command: decodeCommand(record.value) };
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return { kind: 'undecodable', record, reason: error.message };
  }
}

export class Draft {
  readonly bodies: (Fact | PartitionFact)[] = [];
  readonly touched: Set<InstanceId> = new Set();
  /** States that another execution of the instance took the place of. */
  readonly replaced: InstanceState[] = [];
  /** Timers that came due: whether or not somebody waited for them, they are used up. */
  readonly dueTimers: TimerRow[] = [];
  commandNext: number;
  outboundLast: number;
  answersFrom: number;
  private readonly received: Map<number, number>;
  private readonly before: Marks;
  private readonly given: DraftGiven;
  private readonly states: States;

  constructor(before: Marks, states: States, given: DraftGiven) {
    this.before = before;
    this.states = states;
    this.given = given;
    this.commandNext = before.commandNext;
    this.outboundLast = before.outboundLast;
    this.answersFrom = before.answersFrom;
    this.received = new Map(before.received);
  }

  /** The owner's clock when this commit began. */
  get atMs(): number {
    return this.given.atMs;
  }

  get newExecutionId(): () => ExecutionId {
    return this.given.newExecutionId;
  }

  /** The marks of this commit's Progress. `sentThrough` is what the lanes have seen acked by now. */
  marks(sentThrough: ReadonlyMap<string, number>): Marks {
    const { commandNext, outboundLast, answersFrom, received } = this;
    return { commandNext, outboundLast, answersFrom, received, sentThrough };
  }

  /** True when committing it would say nothing new. */
  get idle(): boolean {
    return this.bodies.length === 0 && this.commandNext === this.before.commandNext && this.answersFrom === this.before.answersFrom;
  }

  add(fact: Fact): void {
    const before = this.states.get(fact.instanceId);
    const next = evolve(before, fact);
    if (fact.kind === 'InstanceStarted' && before !== undefined) this.replaced.push(before);
    if (next !== undefined) this.states.set(fact.instanceId, next);
    this.touched.add(fact.instanceId);
    this.bodies.push(fact);
  }

  /** A message to another instance, or to this one: it goes by the log (L7) wherever that instance lives. */
  send(body: CommandBody): void {
    const number = ++this.outboundLast;
    const source = { partition: this.given.partition, number };
    const command: Command = { commandId: messageId(source), issuedAtMs: this.given.atMs, source, body };
    this.queue(number, partitionOf(body.instanceId, this.given.partitions), body.instanceId, encodeCommand(command));
  }

  addResult(result: TaskResult): void {
    const decision = decideTaskResult(this.states.get(result.instanceId), result, this.given.atMs);
    if (!this.take(decision)) this.given.onDropped('late result');
  }

  addTimer(row: TimerRow): void {
    this.dueTimers.push(row);
    if (!this.take(decideDueTimer(this.states.get(row.instanceId), row, this.given.atMs))) this.given.onDropped('stale timer');
  }

  /**
   * Commands come in the log's order; one that goes back is not consumed, and the partition stops. Offsets may be left out: a foreign
   * producer's transaction leaves markers in the log. That none *holds a command* is the log's promise (promise 6).
   */
  addCommand(decoded: DecodedCommand): void {
    const { offset } = decoded.record;
    if (offset < this.commandNext) {
      const message = `the command at offset ${String(offset)} came again: ${String(this.commandNext)} is due`;
      throw new OperationalError('COMMAND_LOG_MISMATCH', message, { retryable: false });
    }
    this.commandNext = offset + 1;
    if (decoded.kind === 'undecodable') {
      this.deadLetter(decoded.record, decoded.reason);
      return;
    }
    const { record, command } = decoded;
    if (command.source !== null && !this.isPartition(command.source.partition)) {
      this.deadLetter(record, `its source is partition ${String(command.source.partition)}, which does not exist`);
      return;
    }
    if (command.source !== null && !this.receive(command.source.partition, command.source.number)) {
      this.given.onDropped('repeat');
      return;
    }
    // Before it is sent on: what is refused there for its size would not fit this log as a message either.
    const fault = commandBodyFault(command.commandId, command.body);
    const home = partitionOf(command.body.instanceId, this.given.partitions);
    if (fault !== undefined && !isChildStart(command.body)) this.refuse(record, command.commandId, fault);
    else if (fault === undefined && home !== this.given.partition) this.forward(record, command, home);
    else this.carryOut(record, command);
  }

  /** A mark is kept for every source, for ever: there must be no more of them than partitions. */
  private isPartition(number: number): boolean {
    return number >= 0 && number < this.given.partitions;
  }

  /** L7: a message that is not above the mark of its source has been applied before. */
  private receive(source: number, number: number): boolean {
    if (number <= (this.received.get(source) ?? 0)) return false;
    this.received.set(source, number);
    return true;
  }

  private carryOut(record: CommandRecord, command: Command): void {
    const { body, commandId, source } = command;
    const { atMs, newExecutionId } = this.given;
    const isMessage = source !== null && commandId === messageId(source);
    const decision = decideCommand(this.states.get(body.instanceId), body, { commandId, atMs, newExecutionId, isMessage });
    if (decision.kind === 'refused') this.refuse(record, commandId, decision.refusal);
    else this.take(decision);
  }

  /** False when nothing came of it. */
  private take(decision: Decision): boolean {
    if (decision.kind === 'refused') return false;
    for (const fact of decision.facts) this.add(fact);
    for (const message of decision.messages) this.send(message);
    return decision.facts.length > 0 || decision.messages.length > 0;
  }

  private refuse(record: CommandRecord, commandId: string, refusal: Refusal): void {
    this.bodies.push({
      kind: 'CommandRefused',
      offset: record.offset,
      commandId: utf8Length(commandId) <= commandIdBytesMax ? commandId : '',
      code: refusal.code,
      message: refusal.message,
      atMs: this.given.atMs,
    });
  }

  /** Came in on a wrong partition: a client with another partitioner. It goes on as a message of this partition's (L7). */
  private forward(record: CommandRecord, command: Command, toPartition: number): void {
    const number = ++this.outboundLast;
    const { instanceId } = command.body;
    this.queue(number, toPartition, instanceId, encodeCommand({ ...command, source: { partition: this.given.partition, number } }));
    this.bodies.push({
      kind: 'CommandForwarded',
      offset: record.offset,
      commandId: command.commandId,
      toPartition,
      number,
      atMs: this.given.atMs,
    });
  }

  private queue(number: number, toPartition: number, key: string, value: Uint8Array): void {
    this.bodies.push({ kind: 'OutboundQueued', number, lane: laneName({ kind: 'commands', partition: toPartition }), key, value });
  }

  private deadLetter(record: CommandRecord, reason: string): void {
    const { partition, commandsTopic, atMs } = this.given;
    const number = ++this.outboundLast;
    const code = 'COMMAND_UNDECODABLE';
    const value = encodeDeadLetter({
      topic: commandsTopic,
      partition,
      offset: record.offset,
      code,
      reason,
      atMs,
      key: record.key?.subarray(0, deadLetterKeyBytesMax) ?? null,
      value: record.value?.subarray(0, deadLetterValueBytesMax) ?? null,
      valueBytes: record.value?.length ?? 0,
    });
    const key = `${commandsTopic}/${String(partition)}/${String(record.offset)}`;
    this.bodies.push({ kind: 'OutboundQueued', number, lane: laneName({ kind: 'dead-letter' }), key, value });
    this.refuse(record, '', { code, message: reason });
  }
}

/** Tells a message of an instance from a client's command that was sent on: that one keeps the id its client gave it. */
function messageId(source: MessageSource): CommandId {
  return `@${String(source.partition)}/${String(source.number)}` as CommandId;
}

/** What cannot be started is an answer to its parent's task, so that the instance's own rules must see it. */
function isChildStart(body: CommandBody): boolean {
  return body.kind === 'StartInstance' && body.parent !== null;
}
