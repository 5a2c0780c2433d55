/**
 * User code in this process as the engine's program port.
 *
 *  1. Runs of one batch are fed side by side: one input to each, one drain for all, the next input (A2). Nothing else of a turn suspends,
 *     except reading the past of cold runs, which comes first.
 *  2. A run is kept only if the engine can still want it: pending, without fault, and not evicted or closed meanwhile.
 *  3. A kept run is used only at exactly the point in history where it stands; otherwise it is thrown away and the past is replayed.
 *  4. A run that continues as new leaves its unread events to the next one as they are (C1): no turn costs more for more of them.
 */
import type { Program, ProgramSession, TurnOutcome, TurnRequest } from '../../engine/program/index.ts';
import { countOf } from '../../engine/core/index.ts';
import { BrokenError, isInput, type Fact } from '../../schemas/index.ts';
import { createRegistry, type OrchestratorToRegister, type OrchestratorToRun, type Registry } from '../define/index.ts';
import { checkedConverter, NonRetriableError, toFailure, type DataConverter } from '../values/index.ts';
import { Feeding } from './feeding.ts';
import { HotRuns, type Kept, type SessionRuns } from './hot-runs.ts';
import type { EventBuffer } from './inbox.ts';
import { RecordedTurns, type PlannedTurn } from './recorded-turns.ts';
import { Run, type ProgramLog, type RunGiven } from './run.ts';

/** A live run takes some 3 KB and what its function holds: 10,000 are 30 MB and more. One that is not kept costs a replay, nothing else. */
export const hotRunsMaxDefault: number = 10_000;

/** Cold runs of one batch are loaded and replayed this many at a time, so that their histories need not all be in memory at once. */
const coldRunsAtOnce = 256;

export interface ProgramOptions {
  readonly orchestrators: readonly OrchestratorToRegister[];
  /** Live runs kept between turns, all sessions together. Default 10,000. */
  readonly hotRunsMax?: number;
  /** Resolves when no microtask is left. Default: `setImmediate`. */
  readonly drain?: () => Promise<void>;
  /** Takes what orchestrators log through `ctx.log`. Default: nothing is logged. */
  readonly log?: ProgramLog;
  /**
   * What becomes of an instance whose code does not fit its history, awaits something foreign, was refused a call by a guard, or is not
   * registered: `'stall'` holds it, and loses nothing; `'fail'` ends it as failed. Default `'stall'`.
   */
  readonly onCodeFault?: 'stall' | 'fail';
  /** The version of sub-orchestrations that are called without one. Default: unversioned. */
  readonly defaultVersion?: string;
  /** Default: JSON. */
  readonly dataConverter?: DataConverter;
}

/**
 * Gives the program that runs these orchestrators.
 * @throws OperationalError `DUPLICATE_NAME`, `INVALID_NAME`
 */
export function createProgram(options: ProgramOptions): Program {
  const registry = createRegistry({ orchestrators: options.orchestrators });
  const parts: SessionParts = {
    registry,
    hot: new HotRuns(options.hotRunsMax ?? hotRunsMaxDefault),
    drain: options.drain ?? macrotask,
    onCodeFault: options.onCodeFault ?? 'stall',
    given: {
      log: options.log ?? unlogged,
      converter: checkedConverter(options.dataConverter),
      defaultVersion: options.defaultVersion ?? '',
    },
  };
  return {
    programs: registry.orchestrators.map(({ name, version }) => ({ name, version })),
    session: () => new Session(parts),
  };
}

interface SessionParts {
  readonly registry: Registry;
  readonly hot: HotRuns;
  readonly drain: () => Promise<void>;
  readonly onCodeFault: 'stall' | 'fail';
  readonly given: RunGiven;
}

/** One instance's turn in a batch. `index` is its place in the answer. */
interface Entry {
  readonly index: number;
  readonly request: TurnRequest;
  readonly orchestrator: OrchestratorToRun;
  /** Of a first turn: what the generation before it left here. */
  readonly buffer?: EventBuffer | undefined;
}

class Session implements ProgramSession {
  readonly #parts: SessionParts;
  readonly #runs: SessionRuns = new Map();
  /** Instances in a turn right now; false once evicted meanwhile. */
  readonly #keep = new Map<string, boolean>();
  #isClosed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  async turns(requests: readonly TurnRequest[]): Promise<readonly TurnOutcome[]> {
    if (this.#isClosed) throw new BrokenError('SESSION_CLOSED', 'a turn was asked of a closed program session');
    this.#reserve(requests);
    const outcomes = new Array<TurnOutcome | undefined>(requests.length);
    try {
      const cold = await this.#hotTurns(requests, outcomes);
      for (let from = 0; from < cold.length; from += coldRunsAtOnce)
        await this.#coldTurns(cold.slice(from, from + coldRunsAtOnce), outcomes);
    } finally {
      // Runs taken out and not put back (a past that could not be read) are forgotten here: their state is unknown.
      for (const request of requests) this.#keep.delete(request.instanceId);
    }
    return outcomes.map((outcome, at) => this.#judged(outcome ?? unanswered(requests[at])));
  }

  evict(instanceId: string): void {
    this.#parts.hot.take(this.#runs, instanceId);
    if (this.#keep.has(instanceId)) this.#keep.set(instanceId, false);
  }

  close(): void {
    this.#isClosed = true;
    this.#parts.hot.clear(this.#runs);
  }

  /** All or none: a batch that is refused leaves the turns of others as they are. */
  #reserve(requests: readonly TurnRequest[]): void {
    const asked = new Set<string>();
    for (const { instanceId } of requests) {
      if (asked.has(instanceId) || this.#keep.has(instanceId))
        throw new BrokenError('TURN_OVERLAP', `instance ${JSON.stringify(instanceId)} was asked for two turns at once`);
      asked.add(instanceId);
    }
    for (const instanceId of asked) this.#keep.set(instanceId, true);
  }

  /** Runs the turns of all instances whose run is alive; gives the others. */
  async #hotTurns(requests: readonly TurnRequest[], outcomes: (TurnOutcome | undefined)[]): Promise<readonly Entry[]> {
    const cold: Entry[] = [];
    const feedings: Feeding[] = [];
    const entries: Entry[] = [];
    requests.forEach((request, index) => {
      const orchestrator = this.#parts.registry.orchestrator(request.name, request.version);
      if (orchestrator === undefined) {
        outcomes[index] = unregistered(request);
        return;
      }
      const kept = this.#parts.hot.take(this.#runs, request.instanceId);
      const run = liveRun(kept, request);
      const entry: Entry = { index, request, orchestrator, buffer: leftTo(request, kept) };
      if (run === undefined) cold.push(entry);
      else if (run.fault !== undefined) outcomes[index] = { kind: 'stalled', ...run.fault };
      else {
        entries.push(entry);
        feedings.push(new Feeding(run, newTurn(request)));
      }
    });
    await this.#feed(entries, feedings, outcomes);
    return cold;
  }

  async #coldTurns(entries: readonly Entry[], outcomes: (TurnOutcome | undefined)[]): Promise<void> {
    const feedings = await Promise.all(
      entries.map(async ({ request, orchestrator, buffer }) => {
        const past = buffer !== undefined || !hasPast(request) ? [] : await request.past();
        const run = new Run(request, orchestrator, this.#parts.given, buffer);
        // On a first turn the past is events that come before the fresh ones, and what nobody is fed (it may have been suspended).
        return startOf(request) !== undefined
          ? new Feeding(run, newTurn(request, past))
          : new Feeding(run, newTurn(request), new RecordedTurns(past));
      }),
    );
    await this.#feed(entries, feedings, outcomes);
  }

  async #feed(entries: readonly Entry[], feedings: readonly Feeding[], outcomes: (TurnOutcome | undefined)[]): Promise<void> {
    const active = [...feedings];
    while (active.length > 0) {
      for (const feeding of active) feeding.step();
      await this.#parts.drain();
      settleAll(active);
    }
    entries.forEach(({ index, request }, at) => {
      const feeding = feedings[at];
      if (feeding === undefined) return;
      const outcome = feeding.outcome();
      outcomes[index] = outcome;
      if (outcome.kind === 'completed') this.#keepRun(feeding.run, request, outcome.actions.length);
    });
  }

  #keepRun(run: Run, request: TurnRequest, actionsTaken: number): void {
    if (this.#isClosed || this.#keep.get(request.instanceId) !== true) return;
    const { instanceId, executionId, leftOver } = run;
    if (leftOver?.isEmpty === false) this.#parts.hot.put(this.#runs, { kind: 'left over', instanceId, executionId, buffer: leftOver });
    if (run.isSettled) return;
    // The turn's own facts: its marker and one for each action.
    run.position = request.pastLength + ownInputs(request) + 1 + actionsTaken;
    this.#parts.hot.put(this.#runs, run);
  }

  /** Every fault of the code goes one way (SEMANTICS D1). */
  #judged(outcome: TurnOutcome): TurnOutcome {
    if (outcome.kind !== 'stalled' || this.#parts.onCodeFault === 'stall') return outcome;
    const failure = { ...toFailure(new NonRetriableError(outcome.reason)), errorType: outcome.code, stack: null };
    return { kind: 'completed', actions: [{ kind: 'FailInstance', failure }], eventsTaken: [] };
  }
}

function liveRun(kept: Kept | undefined, request: TurnRequest): Run | undefined {
  if (kept?.kind !== 'run') return undefined;
  return kept.executionId === request.executionId && kept.position === request.pastLength ? kept : undefined;
}

/** The unread events of the generation that this first turn follows, if they are at hand. */
function leftTo(request: TurnRequest, kept: Kept | undefined): EventBuffer | undefined {
  if (kept?.kind !== 'left over') return undefined;
  const start = startOf(request);
  return start?.previousExecutionId === kept.executionId && start.carried.length > 0 ? kept.buffer : undefined;
}

/** On a first turn: unless all that is carried over was fed to nobody, and so is fresh. */
function hasPast(request: TurnRequest): boolean {
  const start = startOf(request);
  return start === undefined || countOf(start.carried) > request.fresh.length - ownInputs(request);
}

/** It is fed on the first turn of its execution. */
function startOf({ fresh }: TurnRequest): Extract<Fact, { kind: 'InstanceStarted' }> | undefined {
  return fresh.find((input) => input.kind === 'InstanceStarted');
}

/** Those that stand in this execution's history; others are events that came in on an earlier one. */
function ownInputs({ fresh, executionId }: TurnRequest): number {
  let own = 0;
  for (const input of fresh) if (input.executionId === executionId) own += 1;
  return own;
}

function newTurn(request: TurnRequest, before: readonly Fact[] = []): PlannedTurn {
  const { atMs, fresh, pastLength, executionId } = request;
  const last = fresh.at(-1);
  const inputs = before.length === 0 ? fresh : [...before.filter(isInput), ...fresh];
  return { atMs, inputs, historyLength: last?.executionId === executionId ? last.seq : pastLength, recorded: undefined };
}

/** Settles each and keeps those with more to feed, in place: this runs once an event. */
function settleAll(active: Feeding[]): void {
  let kept = 0;
  for (const feeding of active) if (feeding.settle()) active[kept++] = feeding;
  active.length = kept;
}

function unregistered({ name, version }: TurnRequest): TurnOutcome {
  const what = version === '' ? `orchestrator '${name}'` : `orchestrator '${name}' version '${version}'`;
  return { kind: 'stalled', code: 'OrchestratorNotRegistered', reason: `${what} is not registered in this worker` };
}

function unanswered(request: TurnRequest | undefined): never {
  throw new BrokenError('TURN_UNANSWERED', `the turn of instance ${JSON.stringify(request?.instanceId)} has no outcome`);
}

/** After `setImmediate` no microtask is left, and I/O has had its turn: a long replay does not starve heartbeats. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function unlogged(): void {
  return undefined;
}
