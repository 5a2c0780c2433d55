/**
 * Which instances have inputs to be fed, and feeding them (SEMANTICS D1: recorded, then fed).
 *
 *  1. An instance has at most one turn in a commit: the next one may need what this one wrote.
 *  2. A turn the program cannot run records nothing: the instance is stalled, visibly, its inputs go on being recorded, and nothing spins.
 *     It is tried again by the next tenure, which is when the programs can have changed.
 */
import type { EventRange, ExecutionId, Fact, InputFact, InstanceId } from '../../schemas/index.ts';
import { decideTurn, isReady, rangesOf, turnTime, without, type InstanceState } from '../../engine/core/index.ts';
import type { ProgramSession, TurnOutcome, TurnRequest } from '../../engine/program/index.ts';
import type { PartitionCache } from '../../engine/state/index.ts';
import { commitFactsMax, commitTurnsMax, stalledReasonsMax, turnsTogetherMax } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import type { Draft } from './draft.ts';
import type { HotInstances } from './hot-instances.ts';

export interface TurnsGiven {
  readonly session: ProgramSession;
  readonly hot: HotInstances;
  readonly cache: PartitionCache;
  readonly runtime: Runtime;
  /** Default: the core's. */
  readonly historyEventsMax: number | undefined;
}

export class Turns {
  private readonly ready = new Set<InstanceId>();
  /** Why an execution is held. A new execution under the id is free again. */
  private readonly stalled = new Map<InstanceId, { readonly executionId: ExecutionId; readonly reason: string }>();
  private readonly session: ProgramSession;
  private readonly hot: HotInstances;
  private readonly cache: PartitionCache;
  private readonly runtime: Runtime;
  private readonly historyEventsMax: number | undefined;

  constructor(given: TurnsGiven) {
    this.historyEventsMax = given.historyEventsMax;
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
  stalledReason({ instanceId, executionId }: InstanceState): string | undefined {
    const held = this.stalled.get(instanceId);
    return held?.executionId === executionId ? held.reason : undefined;
  }

  /** To be told of every instance whose state changed. */
  changed(id: InstanceId): void {
    const state = this.hot.get(id);
    if (state !== undefined && isReady(state) && this.stalledReason(state) === undefined) this.ready.add(id);
  }

  evict(id: InstanceId): void {
    this.session.evict(id);
  }

  /** Runs one turn for each instance that is ready, until the commit has enough in it, and adds what they did to the draft. */
  async run(draft: Draft): Promise<void> {
    const again: InstanceId[] = [];
    for (let turns = 0; turns < commitTurnsMax && draft.bodies.length < commitFactsMax;) {
      const ids: InstanceId[] = [];
      for (const id of this.ready) {
        if (ids.length >= turnsTogetherMax) break;
        ids.push(id);
      }
      if (ids.length === 0) break;
      turns += ids.length;
      again.push(...(await this.runTogether(draft, ids)));
    }
    for (const id of again) this.changed(id);
  }

  /** Answers with the instances that had a turn. */
  private async runTogether(draft: Draft, ids: readonly InstanceId[]): Promise<readonly InstanceId[]> {
    await this.hot.load(ids);
    const requests: TurnRequest[] = [];
    for (const id of ids) {
      this.ready.delete(id);
      const request = this.request(id);
      if (request !== undefined) requests.push(request);
    }
    if (requests.length === 0) return [];
    const outcomes = await this.session.turns(requests);
    for (const [at, request] of requests.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined) this.apply(draft, request, outcome);
    }
    return requests.map((request) => request.instanceId);
  }

  close(): void {
    this.session.close();
  }

  /** Past the bound the one held longest is forgotten: it is tried again at its next input, and held again. */
  private hold({ instanceId, executionId }: TurnRequest, reason: string): void {
    this.stalled.delete(instanceId);
    this.stalled.set(instanceId, { executionId, reason });
    if (this.stalled.size <= stalledReasonsMax) return;
    const first = this.stalled.keys().next();
    if (first.done !== true) this.stalled.delete(first.value);
  }

  private request(id: InstanceId): TurnRequest | undefined {
    const state = this.hot.get(id);
    if (state === undefined || !isReady(state)) return undefined;
    const { instanceId, executionId, name, version, parent, lastSeq } = state;
    const fresh = [...state.unfed];
    const own = fresh.filter((input) => input.executionId === executionId).length;
    const atMs = turnTime(state, this.runtime.nowMs());
    const past = (): Promise<readonly Fact[]> => this.past({ instanceId, executionId }, lastSeq, fresh);
    return { instanceId, executionId, name, version, parent, atMs, pastLength: lastSeq - own, past, fresh };
  }

  /** Events of earlier generations that came before the fresh ones, then the facts of this execution. */
  private async past(
    { instanceId, executionId }: { readonly instanceId: InstanceId; readonly executionId: ExecutionId },
    lastSeq: number,
    fresh: readonly InputFact[],
  ): Promise<readonly Fact[]> {
    const own = new Set<number>();
    const numbers: number[] = [];
    for (const input of fresh)
      if (input.executionId === executionId) own.add(input.seq);
      else if (input.kind === 'EventRaised') numbers.push(input.number);
    const facts = own.size === lastSeq ? [] : await this.cache.facts(instanceId, executionId, 1);
    const start = [...facts, ...fresh].find((fact) => fact.kind === 'InstanceStarted');
    const carried = without(start?.kind === 'InstanceStarted' ? start.carried : noEvents, rangesOf(numbers));
    const events = carried.length === 0 ? [] : await this.cache.events(instanceId, carried);
    return [...events, ...facts.filter((fact) => fact.seq <= lastSeq && !own.has(fact.seq))];
  }

  private apply(draft: Draft, request: TurnRequest, outcome: TurnOutcome): void {
    const { instanceId, executionId, fresh, atMs } = request;
    const state = this.hot.get(instanceId);
    if (state === undefined) return;
    if (outcome.kind === 'stalled') {
      this.hold(request, `${outcome.code}: ${outcome.reason}`);
      this.runtime.log('warn', 'instance stalled', { instanceId, code: outcome.code, reason: outcome.reason });
      return;
    }
    const inputsThrough = fresh.reduce((last, input) => (input.executionId === executionId ? input.seq : last), 0);
    const { actions, eventsTaken } = outcome;
    const given = {
      atMs,
      clockMs: this.runtime.nowMs(),
      newExecutionId: draft.newExecutionId,
      ...(this.historyEventsMax === undefined ? {} : { historyEventsMax: this.historyEventsMax }),
    };
    const { facts, messages } = decideTurn(state, { inputsThrough, actions, eventsTaken }, given);
    for (const fact of facts) draft.add(fact);
    for (const message of messages) draft.send(message);
  }
}

const noEvents: readonly EventRange[] = [];
