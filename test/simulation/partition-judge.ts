/**
 * The judge of one partition: folds the whole, uncompacted history log as it lands, and finds fault with it.
 *
 *  1. Its fold is its own, and the plainest there is: a claim counts iff its epoch is higher than that of every one that counted; a commit
 *     counts iff its writer made the last such claim and its Progress landed before the next. Nothing else counts, ever.
 *  2. It never forgets: what a tombstone names was true all the same, and had to be ended before the tombstone landed (L8).
 */
import {
  decodeHistory,
  factRole,
  isInstanceFact,
  keyOf,
  laneName,
  partitionOf,
  type CommandForwarded,
  type CommandRefused,
  type Fact,
  type HistoryRecord,
  type OutboundQueued,
  type PartitionFact,
  type Progress,
} from '../../schemas/index.ts';
import type { TopicRecord, TopicView } from '../../engine/log/memory/index.ts';
import { consequencesOf, outboundLine } from './consequences.ts';
import type { FaultKind, Faults } from './faults.ts';
import { faultOf } from './instance-judge.ts';
import { isOver, lived, type Life } from './life.ts';
import { messagesOf } from './messages.ts';
import { lineOf } from './orders.ts';
import { tombstoneFault, type TrueFact } from './tombstones.ts';

type OpenFact = Omit<TrueFact, 'closedAt'>;

export interface JudgeGiven {
  readonly partition: number;
  readonly partitions: number;
  readonly faults: Faults;
  /** The partition's command log. */
  commands(): TopicView;
  /** The latest that the clock of a process has shown. */
  clockMaxMsOf(process: string): number;
  accuse(what: string): void;
}

const beginning: Progress = {
  ...{ kind: 'Progress', atMs: 0, commandNext: 0, outboundLast: 0 },
  ...{ sentThrough: [], received: [], answersFrom: 0 },
};

const noted: Readonly<Partial<Record<Fact['kind'], FaultKind>>> = {
  InstanceSuspended: 'suspended',
  InstanceTerminated: 'terminated',
  InstanceCanceled: 'canceled',
  ChildFailed: 'child failed',
};

export class PartitionJudge {
  epoch = 0;
  claimant = '';
  /** The process that made the claim that counts. */
  owner: string | null = null;
  commit = 0;
  marks: Progress = beginning;
  /** Every fact that ever counted, by key. */
  readonly facts: Map<string, TrueFact> = new Map();
  /** The keys of those no tombstone has named. */
  readonly kept: Set<string> = new Set();
  /** Keys of facts that will never count, and no tombstone has named yet, with their offsets. */
  readonly voids: Map<string, number> = new Map();
  /** All facts of an instance that ever counted, in order, whoever had the id. */
  readonly instances: Map<string, Fact[]> = new Map();
  readonly executions: Map<string, TrueFact[]> = new Map();
  private readonly lives = new Map<string, Life>();
  readonly answers: Map<number, CommandRefused | CommandForwarded> = new Map();
  readonly outbound: OutboundQueued[] = [];
  /** The Progress of every commit that counted. */
  readonly commits: Map<string, Progress> = new Map();
  private open: OpenFact[] = [];
  private readonly received = new Map<number, number>();
  private lastOwnOffset = 0;
  /** Every key a tombstone has named, with the offset of the last one. */
  readonly gone: Map<string, number> = new Map();
  private claimOffset = 0;
  private claimedAtMs = 0;
  private readonly given: JudgeGiven;

  constructor(given: JudgeGiven) {
    this.given = given;
  }

  land(records: readonly TopicRecord[]): void {
    if (this.isOwners(records.at(-1))) this.checkTombstones(records);
    for (const record of records) this.take(record, records.at(-1) === record);
  }

  lifeOf(instanceId: string): Life | undefined {
    return this.lives.get(instanceId);
  }

  /** Void facts that the owner has had occasion to see: it looks back when it commits. */
  voidsSeen(): readonly string[] {
    return [...this.voids].flatMap(([key, offset]) => (offset < this.lastOwnOffset ? [key] : []));
  }

  /** The highest number sent through on a lane, as far as the log says. */
  sentThrough(lane: string): number {
    return this.marks.sentThrough.find((mark) => mark.lane === lane)?.number ?? 0;
  }

  private take({ offset, key, value, process }: TopicRecord, isLast: boolean): void {
    if (key === null) this.accuse(`the record at ${String(offset)} has no key`);
    else if (value === null) this.bury(key, offset);
    else {
      const record = decodeHistory(value);
      if (record.body.kind === 'Namespace') return;
      if (keyOf(record) !== key) this.accuse(`the record at ${String(offset)} stands under ${key}`);
      if (record.body.kind === 'Claim') this.claim(record, offset, process);
      else this.commitRecord(record, { offset, key, value, isLast });
    }
  }

  private isOwners(last: TopicRecord | undefined): boolean {
    if (last === undefined || last.value === null) return false;
    const { epoch, claimant } = decodeHistory(last.value);
    return epoch === this.epoch && claimant === this.claimant;
  }

  /** Who took the partition knows of every tombstone before its claim, or it began with a cache that was too old. */
  private checkTombstones(records: readonly TopicRecord[]): void {
    for (const { key, value } of records)
      if (value === null && key !== null && (this.gone.get(key) ?? Infinity) < this.claimOffset)
        this.accuse(`${key} is swept again, and was gone before the claim`);
  }

  private claim({ epoch, claimant, body }: HistoryRecord, offset: number, process: string | null): void {
    if (epoch <= this.epoch) {
      this.given.faults.note('claim lost to another');
      return;
    }
    if (this.open.length > 0) this.given.faults.note('commit torn by a higher claim');
    for (const { key } of this.open) this.void(key, offset);
    this.open = [];
    this.epoch = epoch;
    this.claimant = claimant;
    this.owner = process;
    this.commit = 0;
    this.lastOwnOffset = offset;
    this.claimOffset = offset;
    this.claimedAtMs = body.kind === 'Claim' ? body.atMs : 0;
  }

  private commitRecord(record: HistoryRecord, place: { offset: number; key: string; value: Buffer; isLast: boolean }): void {
    const { epoch, claimant, commit, body } = record;
    if (body.kind === 'Claim' || body.kind === 'Namespace') return;
    if (epoch > this.epoch) this.accuse(`epoch ${String(epoch)} writes without a claim`);
    if (epoch !== this.epoch || claimant !== this.claimant) {
      if (body.kind === 'Progress') this.given.faults.note('zombie append');
      else this.void(place.key, place.offset);
      return;
    }
    if (commit !== this.commit + 1) {
      this.accuse(`commit ${String(commit)} of epoch ${String(epoch)} follows commit ${String(this.commit)}`);
      return;
    }
    if (place.offset > this.lastOwnOffset + 1 && this.open.length === 0) this.given.faults.note('gap before a commit');
    this.lastOwnOffset = place.offset;
    if (body.kind === 'Progress') this.close(body, record, place.offset);
    else {
      this.open.push({ key: place.key, epoch, claimant, bytes: place.value, body });
      if (place.isLast) this.given.faults.note('commit split');
    }
  }

  private void(key: string, offset: number): void {
    this.given.faults.note('fact void');
    this.voids.set(key, offset);
  }

  /** L8: only what an earlier commit ended may be tombstoned, whoever does it. */
  private bury(key: string, offset: number): void {
    this.gone.set(key, offset);
    if (this.voids.delete(key)) this.given.faults.note('void fact swept');
    this.open = this.open.filter((fact) => fact.key !== key);
    const fact = this.facts.get(key);
    if (fact === undefined) return;
    if (!this.kept.has(key)) return;
    const fault = tombstoneFault(this, fact);
    if (fault !== undefined) this.accuse(`a tombstone for ${fault}`);
    this.kept.delete(key);
    if (isInstanceFact(fact.body)) this.given.faults.note(fact.body.kind === 'EventRaised' ? 'event swept' : 'execution swept');
  }

  private close(progress: Progress, { epoch, claimant, commit }: HistoryRecord, offset: number): void {
    const facts = this.open;
    const before = this.marks;
    this.open = [];
    this.commit = commit;
    this.checkMarks(before, progress);
    const expected = this.consequences(before, progress);
    const said: string[] = [];
    for (const [at, fact] of facts.entries()) {
      const { body } = fact;
      const isTurns = isInstanceFact(body) && this.isTurns(body, facts[at - 1]?.body);
      if (isTurns && isInstanceFact(body)) expected.push(...this.messages(body));
      const line = lineOf(body, isTurns);
      if (line !== undefined) said.push(line);
      this.add({ ...fact, closedAt: offset });
    }
    this.checkSaid(said, expected, before, progress);
    for (const fact of facts)
      if (isInstanceFact(fact.body) && this.lives.get(fact.body.instanceId)?.status === 'ContinuedAsNew')
        this.accuse(`instance ${fact.body.instanceId} continues as new, and nothing follows`);
    if (progress.outboundLast !== this.outbound.length)
      this.accuse(`Progress says ${String(progress.outboundLast)} messages, there are ${String(this.outbound.length)}`);
    this.marks = progress;
    this.commits.set(`${String(epoch)}/${claimant}/${String(commit)}`, progress);
  }

  private add(fact: TrueFact): void {
    const { body, key } = fact;
    if (this.facts.has(key)) this.accuse(`the key ${key} counts twice`);
    this.facts.set(key, fact);
    this.kept.add(key);
    if (body.kind === 'OutboundQueued') {
      if (body.number !== this.outbound.length + 1)
        this.accuse(`outbound message ${String(body.number)} follows ${String(this.outbound.length)}`);
      this.outbound.push(body);
    } else if (body.kind === 'CommandRefused' || body.kind === 'CommandForwarded') {
      if (this.answers.has(body.offset)) this.accuse(`command ${String(body.offset)} is answered twice`);
      this.answers.set(body.offset, body);
    } else {
      this.addFact(fact, body);
    }
  }

  private addFact(fact: TrueFact, body: Fact): void {
    const { instanceId, executionId } = body;
    const life = this.lives.get(instanceId);
    const fault = faultOf(life, body, this.owner === null ? Infinity : this.given.clockMaxMsOf(this.owner));
    if (fault !== undefined) this.accuse(`instance ${instanceId}: ${fault}`);
    if (body.kind === 'InstanceStarted' && this.executions.has(executionId)) this.accuse(`execution ${executionId} starts twice`);
    this.note(life, body);
    const next = lived(life, body);
    if (next !== undefined) this.lives.set(instanceId, next);
    const history = this.instances.get(instanceId);
    if (history === undefined) this.instances.set(instanceId, [body]);
    else history.push(body);
    const execution = this.executions.get(executionId);
    if (execution === undefined) this.executions.set(executionId, [fact]);
    else execution.push(fact);
  }

  private note(life: Life | undefined, body: Fact): void {
    const { faults } = this.given;
    const kind = noted[body.kind];
    if (kind !== undefined) faults.note(kind);
    if (body.kind === 'TimerFired' && body.fireAtMs < this.claimedAtMs) faults.note('timer due while nobody owned');
    if (body.kind === 'TimerFired' && life?.suspended === true) faults.note('timer fired while suspended');
    if (body.kind !== 'InstanceStarted' || life === undefined) return;
    faults.note(body.generation === 1 ? 'instance replaced' : 'continued as new');
    if (body.carried.length > 0) faults.note('events carried over');
  }

  /** A turn wrote it; what stands behind a request to end an instance that never ran, no turn did. */
  private isTurns(body: Fact, before: Fact | PartitionFact | undefined): boolean {
    if (body.kind === 'InstanceStarted') return body.generation > 1;
    const follows = before !== undefined && isInstanceFact(before) && before.instanceId === body.instanceId ? before : undefined;
    if (body.kind === 'CancelRequested') return follows?.kind === 'InstanceStarted' && follows.generation > 1;
    if (body.kind === 'InstanceCanceled') return follows?.kind !== 'CancelRequested';
    return factRole(body.kind) === 'turn' || factRole(body.kind) === 'action';
  }

  private messages(body: Fact): readonly string[] {
    const life = this.lives.get(body.instanceId);
    if (life === undefined || isOver(life)) return [];
    return messagesOf(life, body).map((text) => outboundLine(this.laneTo(text), text));
  }

  /** A message's text begins with its kind and the instance that it is for. */
  private laneTo(text: string): string {
    const [, instanceId] = JSON.parse(text) as [string, string];
    return laneName({ kind: 'commands', partition: partitionOf(instanceId, this.given.partitions) });
  }

  /** Positions never go back, and none is past what is there. */
  private checkMarks(before: Progress, after: Progress): void {
    if (after.commandNext < before.commandNext)
      this.accuse(`commands consumed went back from ${String(before.commandNext)} to ${String(after.commandNext)}`);
    if (after.commandNext > this.given.commands().next)
      this.accuse(`commands consumed up to ${String(after.commandNext)}, more than there are`);
    if (after.outboundLast < before.outboundLast) this.accuse('the outbound number went back');
    if (after.answersFrom < before.answersFrom) this.accuse('answersFrom went back');
    if (after.answersFrom > after.commandNext) this.accuse('answersFrom is past what was consumed');
    for (const { lane, number } of before.sentThrough)
      if ((after.sentThrough.find((mark) => mark.lane === lane)?.number ?? 0) < number) this.accuse(`lane ${lane} went back`);
    for (const { lane, number } of after.sentThrough)
      if (number > before.outboundLast) this.accuse(`lane ${lane} is through with message ${String(number)}, which is not committed yet`);
  }

  /** What the commands that a commit consumed had to cause. */
  private consequences(before: Progress, after: Progress): string[] {
    const commands = this.given.commands().full.filter(({ offset }) => offset >= before.commandNext && offset < after.commandNext);
    const { lines, repeats } = consequencesOf(commands, {
      partition: this.given.partition,
      partitions: this.given.partitions,
      lifeOf: (instanceId) => this.lives.get(instanceId),
      received: this.received,
      outboundLast: before.outboundLast,
    });
    for (let repeat = 0; repeat < repeats; repeat++) this.given.faults.note('message dropped as a repeat');
    for (const line of lines) if (line.startsWith('refused')) this.given.faults.note('command refused');
    return [...lines];
  }

  /** The commit says what had to be said, of the commands it consumed and to other instances: neither more nor less, in order. */
  private checkSaid(said: readonly string[], expected: readonly string[], before: Progress, after: Progress): void {
    if (said.join('\n') !== expected.join('\n')) {
      const at = expected.findIndex((line, index) => line !== said[index]);
      const from = at < 0 ? expected.length : at;
      this.accuse(
        `commands ${String(before.commandNext)} to ${String(after.commandNext)} and the turns had to give [${expected.slice(from, from + 3).join('; ')}], the commit says [${said.slice(from, from + 3).join('; ')}]`,
      );
    }
    const received = after.received.map(({ source, number }) => `${String(source)}:${String(number)}`).sort();
    const due = [...this.received].map(([source, number]) => `${String(source)}:${String(number)}`).sort();
    if (received.join() !== due.join()) this.accuse(`the marks received are ${received.join()}, had to be ${due.join()}`);
  }

  private accuse(what: string): void {
    this.given.accuse(`p${String(this.given.partition)}: ${what}`);
  }
}
