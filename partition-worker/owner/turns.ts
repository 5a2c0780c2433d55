/**
 * Which instances have inputs to be fed, and feeding them (SEMANTICS D1: recorded, then fed).
 *
 *  1. An instance has at most one turn in a commit.
 *  2. A turn the program cannot run records nothing: the instance is stalled, visibly, its inputs go on being recorded, and nothing spins.
 *     It is tried again by the next tenure, which is when the programs can have changed.
 */
import type { Fact, InstanceId } from '../../schemas/index.ts';
import { decideTurn, isTerminal } from '../../engine/core/index.ts';
import type { ProgramSession, TurnOutcome, TurnRequest } from '../../engine/program/index.ts';
import type { PartitionCache } from '../../engine/state/index.ts';
import { commitFactsMax, commitTurnsMax, stalledReasonsMax, turnsTogetherMax } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import type { Draft } from './draft.ts';
import type { HotInstances } from './hot-instances.ts';

export class Turns {
  private readonly ready = new Set<InstanceId>();
  private readonly stalled = new Map<InstanceId, string>();
  private readonly session: ProgramSession;
  private readonly hot: HotInstances;
  private readonly cache: PartitionCache;
  private readonly runtime: Runtime;

  constructor(given: { session: ProgramSession; hot: HotInstances; cache: PartitionCache; runtime: Runtime }) {
    this.session = given.session;
    this.hot = given.hot;
    this.cache = given.cache;
    this.runtime = given.runtime;
  }

  /** Finds the instances that an earlier owner recorded inputs for and did not feed. */
  async begin(): Promise<void> {
    for await (const id of this.cache.unfedInstances()) this.ready.add(id);
  }

  get waiting(): boolean {
    return this.ready.size > 0;
  }

  /** Why no turn can be run for the instance, while that is so. */
  stalledReason(id: InstanceId): string | undefined {
    return this.stalled.get(id);
  }

  /** To be told of every instance whose state changed. */
  changed(id: InstanceId): void {
    const state = this.hot.get(id);
    if (state !== undefined && state.unfed.length > 0 && !isTerminal(state) && !this.stalled.has(id)) this.ready.add(id);
  }

  evict(id: InstanceId): void {
    this.session.evict(id);
  }

  /** Runs one turn for each instance that is ready, until the commit has enough in it, and adds what they did to the draft. */
  async run(draft: Draft): Promise<void> {
    for (let turns = 0; turns < commitTurnsMax && draft.bodies.length < commitFactsMax;) {
      const ids: InstanceId[] = [];
      for (const id of this.ready) {
        if (ids.length >= turnsTogetherMax) break;
        ids.push(id);
      }
      if (ids.length === 0) return;
      turns += ids.length;
      await this.runTogether(draft, ids);
    }
  }

  private async runTogether(draft: Draft, ids: readonly InstanceId[]): Promise<void> {
    await this.hot.load(ids);
    const requests: TurnRequest[] = [];
    for (const id of ids) {
      this.ready.delete(id);
      const request = this.request(id);
      if (request !== undefined) requests.push(request);
    }
    if (requests.length === 0) return;
    const outcomes = await this.session.turns(requests);
    for (const [at, request] of requests.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined) this.apply(draft, request, outcome);
    }
  }

  close(): void {
    this.session.close();
  }

  /** Past the bound the one held longest is forgotten: it is tried again at its next input, and held again. */
  private hold(id: InstanceId, reason: string): void {
    this.stalled.set(id, reason);
    if (this.stalled.size <= stalledReasonsMax) return;
    const first = this.stalled.keys().next();
    if (first.done !== true) this.stalled.delete(first.value);
  }

  private request(id: InstanceId): TurnRequest | undefined {
    const state = this.hot.get(id);
    if (state === undefined || isTerminal(state) || state.unfed.length === 0) return undefined;
    const { instanceId, executionId, name, version, lastSeq } = state;
    const fresh = [...state.unfed];
    const freshSeqs = new Set(fresh.map((fact) => fact.seq));
    const past = async (): Promise<readonly Fact[]> =>
      (await this.cache.facts(instanceId, executionId, 1)).filter((fact) => fact.seq <= lastSeq && !freshSeqs.has(fact.seq));
    const atMs = Math.max(state.turnAtMs, this.runtime.nowMs());
    return { instanceId, executionId, name, version, atMs, pastLength: lastSeq - fresh.length, past, fresh };
  }

  private apply(draft: Draft, request: TurnRequest, outcome: TurnOutcome): void {
    const { instanceId } = request;
    const state = this.hot.get(instanceId);
    const last = request.fresh.at(-1);
    if (state === undefined || last === undefined) return;
    if (outcome.kind === 'stalled') {
      this.hold(instanceId, `${outcome.code}: ${outcome.reason}`);
      this.runtime.log('warn', 'instance stalled', { instanceId, code: outcome.code, reason: outcome.reason });
      return;
    }
    for (const fact of decideTurn(state, { inputsThrough: last.seq, atMs: request.atMs, actions: outcome.actions })) draft.add(fact);
    this.changed(instanceId);
  }
}
