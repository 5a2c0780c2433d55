/**
 * Instance states in memory: the working set of one tenure.
 *
 *  1. A state here holds everything up to the commit in the making; what is not here is in the cache as of the last acked commit.
 *  2. Bounded, least recently changed first out; nothing the current commit touches is ever put out.
 */
import { isEnd, utf8Length, type EndFact, type Fact, type InstanceId, type Payload } from '../../schemas/index.ts';
import { isTerminal, type InstanceState } from '../../engine/core/index.ts';
import type { PartitionCache } from '../../engine/state/index.ts';
import { hotPayloadBytesMax } from '../limits.ts';

/** Payloads of a hot instance that are small enough to keep; `undefined` means: read it from the cache. */
export interface HotPayloads {
  input?: Payload;
  ending?: EndingFact;
}

/** The fact that holds an instance's output or failure. */
export type EndingFact = Exclude<EndFact, { kind: 'ContinuedAsNew' }>;

export class HotInstances {
  private readonly states = new Map<InstanceId, InstanceState>();
  private readonly payloads = new Map<InstanceId, HotPayloads>();
  private readonly cache: PartitionCache;
  private readonly max: number;

  constructor(cache: PartitionCache, max: number) {
    this.cache = cache;
    this.max = max;
  }

  get(id: InstanceId): InstanceState | undefined {
    return this.states.get(id);
  }

  payloadsOf(id: InstanceId): HotPayloads | undefined {
    return this.payloads.get(id);
  }

  set(id: InstanceId, state: InstanceState): void {
    this.states.delete(id);
    this.states.set(id, state);
  }

  /** Remembers a fact's payload when a reader is likely to ask for it. */
  note(fact: Fact): void {
    if (fact.kind === 'InstanceStarted') {
      this.payloads.delete(fact.instanceId);
      if (isSmall(fact.input)) this.payloads.set(fact.instanceId, { input: fact.input });
    } else if (isEnd(fact) && fact.kind !== 'ContinuedAsNew' && (fact.kind === 'InstanceFailed' || isSmall(fact.output))) this.end(fact);
  }

  private end(fact: EndingFact): void {
    const kept = this.payloads.get(fact.instanceId) ?? {};
    kept.ending = fact;
    this.payloads.set(fact.instanceId, kept);
  }

  /** Brings the states of those of `ids` that exist into memory. */
  async load(ids: Iterable<InstanceId>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.states.has(id));
    if (missing.length === 0) return;
    for (const [id, state] of await this.cache.instances(missing)) this.states.set(id, state);
  }

  /** Puts the coldest out; tells `evicted` of those that can still have a turn. */
  trim(evicted: (id: InstanceId) => void): void {
    for (const [id, state] of this.states) {
      if (this.states.size <= this.max) return;
      this.states.delete(id);
      this.payloads.delete(id);
      if (!isTerminal(state)) evicted(id);
    }
  }
}

function isSmall(payload: Payload): boolean {
  return payload === null || utf8Length(payload) <= hotPayloadBytesMax;
}
