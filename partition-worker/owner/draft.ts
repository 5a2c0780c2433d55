/**
 * One commit in the making: the facts its inputs cause, and the marks its Progress will carry.
 *
 *  1. A draft becomes true when its commit is acked, or is thrown away with everything in memory that it changed.
 *  2. Instance states are evolved as facts are added, so that a later input of the same draft sees them.
 */
import {
  commandIdBytesMax,
  commandRequestFault,
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
  type ExecutionId,
  type Fact,
  type InstanceId,
  type PartitionFact,
  type Refusal,
} from '../../schemas/index.ts';
import { decideStart, decideTaskResult, evolve, type InstanceState, type Marks, type TaskResult } from '../../engine/core/index.ts';
import type { CommandRecord } from '../../engine/log/index.ts';

export interface DraftGiven {
  readonly partition: number;
  readonly partitions: number;
  readonly commandsTopic: string;
  readonly atMs: number;
  newExecutionId(): ExecutionId;
  onDropped(what: 'repeat' | 'late result'): void;
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
    const next = evolve(this.states.get(fact.instanceId), fact);
    if (next !== undefined) this.states.set(fact.instanceId, next);
    this.touched.add(fact.instanceId);
    this.bodies.push(fact);
  }

  addResult(result: TaskResult): void {
    const decision = decideTaskResult(this.states.get(result.instanceId), result, this.given.atMs);
    if (decision.kind === 'facts') {
      if (decision.facts.length === 0) this.given.onDropped('late result');
      for (const fact of decision.facts) this.add(fact);
    }
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
    const fault = commandRequestFault({ commandId: command.commandId, start: command.body });
    const home = partitionOf(command.body.instanceId, this.given.partitions);
    if (fault !== undefined) this.refuse(record, command.commandId, fault);
    else if (home !== this.given.partition) this.forward(record, command, home);
    else this.start(record, command);
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

  private start(record: CommandRecord, command: Command): void {
    const { body, commandId } = command;
    const given = { commandId, executionId: this.given.newExecutionId(), atMs: this.given.atMs };
    const decision = decideStart(this.states.get(body.instanceId), body, given);
    if (decision.kind === 'refused') this.refuse(record, commandId, decision.refusal);
    else for (const fact of decision.facts) this.add(fact);
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
    const value = encodeCommand({ ...command, source: { partition: this.given.partition, number } });
    this.bodies.push({
      kind: 'OutboundQueued',
      number,
      lane: laneName({ kind: 'commands', partition: toPartition }),
      key: instanceId,
      value,
    });
    this.bodies.push({
      kind: 'CommandForwarded',
      offset: record.offset,
      commandId: command.commandId,
      toPartition,
      number,
      atMs: this.given.atMs,
    });
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
