/**
 * Finds what tombstones the next commit may carry (L8): keys of void facts once seen, of outbound messages sent through, of answers let
 * go, of executions that another one followed.
 *
 * A tombstone is an effect: compaction heeds it even when the batch that holds it is void. So a key is swept only when an *acked* commit
 * ended it: everything here is judged by the committed marks, never by those of the commit in the making.
 */
import type { Marks, PartitionState } from '../../engine/core/index.ts';
import type { KeptPartitionFact, PartitionCache } from '../../engine/state/index.ts';
import { commitTombstonesMax } from '../limits.ts';
import { outboundKeyOf, type Answers } from './answers.ts';
import type { Generations, Sweep } from './generations.ts';

export const nothingToSweep: Sweep = { keys: [], swept: [] };

export class Sweeper {
  /** Log keys of outbound messages not swept, by lane and number, in the order in which a lane ends them. */
  private readonly outbound = new Map<string, Map<number, string>>();
  private readonly outboundByKey = new Map<string, { readonly lane: string; readonly number: number }>();
  private answersMaybeEnded = true;
  private readonly answers: Answers;
  private readonly generations: Generations;

  constructor(answers: Answers, generations: Generations) {
    this.answers = answers;
    this.generations = generations;
  }

  async begin(cache: PartitionCache): Promise<KeptPartitionFact[]> {
    const kept: KeptPartitionFact[] = [];
    for await (const fact of cache.outbound()) {
      kept.push(fact);
      this.keep(fact);
    }
    return kept;
  }

  keep(fact: KeptPartitionFact): void {
    const key = outboundKeyOf(fact);
    if (key === undefined || fact.body.kind !== 'OutboundQueued') return;
    const { lane, number } = fact.body;
    const kept = this.outbound.get(lane);
    if (kept === undefined) this.outbound.set(lane, new Map([[number, key]]));
    else kept.set(number, key);
    this.outboundByKey.set(key, { lane, number });
  }

  removed(key: string): void {
    const place = this.outboundByKey.get(key);
    if (place === undefined) return;
    this.outboundByKey.delete(key);
    this.outbound.get(place.lane)?.delete(place.number);
  }

  /** To be called when an acked commit began an execution that follows another. */
  executionEnded(): void {
    this.generations.maybeEnded = true;
  }

  /** To be called when an acked commit moved `answersFrom`. */
  answersEnded(): void {
    this.answersMaybeEnded = true;
  }

  /** Whether a commit made for this alone would sweep something. */
  due(state: PartitionState): boolean {
    return (
      state.voidKeys.size > 0 || this.answersMaybeEnded || this.generations.maybeEnded || this.outboundEnded(state.marks, 1).length > 0
    );
  }

  /** What the next commit may tombstone, given the committed state. */
  async next(state: PartitionState): Promise<Sweep> {
    const keys = firstOf(state.voidKeys, commitTombstonesMax);
    if (keys.length < commitTombstonesMax) keys.push(...this.outboundEnded(state.marks, commitTombstonesMax - keys.length));
    if (this.answersMaybeEnded && keys.length < commitTombstonesMax) {
      const ended = await this.answers.ended(state.marks.answersFrom, commitTombstonesMax - keys.length);
      this.answersMaybeEnded = ended.length > 0;
      keys.push(...ended);
    }
    const ended = await this.generations.next(commitTombstonesMax - keys.length);
    return { keys: [...keys, ...ended.keys], swept: ended.swept };
  }

  private outboundEnded(marks: Marks, limit: number): string[] {
    const keys: string[] = [];
    for (const [lane, kept] of this.outbound) {
      const mark = marks.sentThrough.get(lane) ?? 0;
      for (const [number, key] of kept) {
        if (number > mark || keys.length >= limit) break;
        keys.push(key);
      }
    }
    return keys;
  }
}

function firstOf(keys: Iterable<string>, limit: number): string[] {
  const first: string[] = [];
  for (const key of keys) {
    if (first.length >= limit) break;
    first.push(key);
  }
  return first;
}
