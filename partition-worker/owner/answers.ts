/**
 * What became of consumed commands, for those who ask: refused and forwarded are kept 15 minutes, everything else consumed was accepted.
 *
 *  1. An answer is a fact of the log; `answersFrom` in Progress says below which offset answers are no longer kept (`expired`).
 *  2. An answer's tombstone goes out only in a commit after the one whose Progress moved `answersFrom` past it (L8).
 */
import {
  outboundKey,
  answerKey,
  type CommandAnswer,
  type CommandForwarded,
  type CommandRefused,
  type PartitionFact,
} from '../../schemas/index.ts';
import { answerKeptMs } from '../../engine/core/index.ts';
import type { KeptPartitionFact, PartitionCache } from '../../engine/state/index.ts';
import { recentAnswersMax } from '../limits.ts';

type Answer = CommandRefused | CommandForwarded;

/** How many expired answers one commit lets go of. */
const expirePerCommit = 500;

export class Answers {
  /** All answers at or above `recentFrom` are in `recent`. */
  private readonly recent = new Map<number, Answer>();
  private recentFrom: number;
  /** Where forwarded commands arrived, by outbound number, while this process remembers. */
  private readonly arrivals = new Map<number, number>();
  private oldest: { readonly offset: number; readonly atMs: number } | undefined;
  private readonly cache: PartitionCache;

  constructor(cache: PartitionCache, commandNext: number) {
    this.cache = cache;
    this.recentFrom = commandNext;
  }

  /** When the oldest answer may go, or undefined when none is kept. */
  get expiresAtMs(): number | undefined {
    return this.oldest === undefined ? undefined : this.oldest.atMs + answerKeptMs;
  }

  async begin(answersFrom: number): Promise<void> {
    await this.findOldest(answersFrom);
  }

  note(answer: Answer): void {
    this.recent.set(answer.offset, answer);
    this.oldest ??= answer;
    if (this.recent.size <= recentAnswersMax) return;
    const first = this.recent.keys().next();
    if (first.done === true) return;
    this.recent.delete(first.value);
    this.recentFrom = first.value + 1;
  }

  /** The outbound message with this number, a forwarded command, stands at `offset` of its destination. */
  arrived(number: number, offset: number): void {
    this.arrivals.set(number, offset);
    if (this.arrivals.size <= recentAnswersMax) return;
    const first = this.arrivals.keys().next();
    if (first.done !== true) this.arrivals.delete(first.value);
  }

  /** The answer to a command that is consumed. */
  async of(offset: number, answersFrom: number): Promise<CommandAnswer> {
    if (offset < answersFrom) return { outcome: 'expired' };
    const answer = offset >= this.recentFrom ? this.recent.get(offset) : await this.kept(offset);
    if (answer === undefined) return { outcome: 'accepted' };
    if (answer.kind === 'CommandRefused') return { outcome: 'refused', code: answer.code, message: answer.message };
    return { outcome: 'forwarded', partition: answer.toPartition, offset: this.arrivals.get(answer.number) ?? null };
  }

  /** The new `answersFrom` at `nowMs`: past the answers that have been kept long enough. */
  async expire(answersFrom: number, nowMs: number): Promise<number> {
    if (this.expiresAtMs === undefined || this.expiresAtMs > nowMs) return answersFrom;
    let next = answersFrom;
    for await (const { body } of this.cache.answers(answersFrom, expirePerCommit)) {
      const answer = asAnswer(body);
      if (answer === undefined || answer.atMs + answerKeptMs > nowMs) break;
      next = answer.offset + 1;
    }
    await this.findOldest(next);
    return next;
  }

  /** An acked commit moved `answersFrom`: what lies below is let go, and not a moment sooner, or a reader would take it for accepted. */
  moved(answersFrom: number): void {
    for (const offset of this.recent.keys()) {
      if (offset >= answersFrom) break;
      this.recent.delete(offset);
    }
  }

  /** The log keys of answers below `answersFrom`: swept by a later commit. */
  async ended(answersFrom: number, limit: number): Promise<string[]> {
    const keys: string[] = [];
    for await (const kept of this.cache.answers(0, limit)) {
      const answer = asAnswer(kept.body);
      if (answer === undefined || answer.offset >= answersFrom) break;
      keys.push(keyOfKept(kept, answer));
    }
    return keys;
  }

  private async findOldest(answersFrom: number): Promise<void> {
    this.oldest = undefined;
    for await (const { body } of this.cache.answers(answersFrom, 1)) this.oldest = asAnswer(body);
  }

  private async kept(offset: number): Promise<Answer | undefined> {
    for await (const { body } of this.cache.answers(offset, 1)) {
      const answer = asAnswer(body);
      if (answer?.offset === offset) return answer;
    }
    return undefined;
  }
}

function asAnswer(body: PartitionFact): Answer | undefined {
  return body.kind === 'OutboundQueued' ? undefined : body;
}

function keyOfKept(kept: KeptPartitionFact, answer: Answer): string {
  return answerKey(answer.offset, kept.epoch, kept.claimant);
}

/** The log key of an outbound message, for its tombstone. */
export function outboundKeyOf(kept: KeptPartitionFact): string | undefined {
  return kept.body.kind === 'OutboundQueued' ? outboundKey(kept.body.number, kept.epoch, kept.claimant) : undefined;
}
