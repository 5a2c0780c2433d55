/**
 * The client over its two halves: orders in, readings out.
 *
 *  1. Nothing is sent that is known to be refused.
 *  2. A reading carries the place of this client's last command for that instance: it never shows less than what was ordered.
 *  3. A wait is a chain of long polls: whoever owns the instance at the time answers.
 */
import { randomUUID } from 'node:crypto';
import {
  commandRequestFault,
  instanceIdFault,
  OperationalError,
  type CommandPlace,
  type CommandRequest,
  type InstanceSnapshot,
  type WaitFor,
  type WorkerReads,
} from '../../schemas/index.ts';
import type { Arg, OrchestratorLike } from '../define/index.ts';
import { toPayload } from '../values/index.ts';
import { durationMs } from '../values/index.ts';
import {
  CommandRefusedError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  WaitTimeoutError,
} from './errors.ts';
import { eventsOf, type HistoryEvent } from './history.ts';
import type { Lifetime } from './lifetime.ts';
import type { Orders } from './orders.ts';
import { settle } from './settling.ts';
import { isOver, stateOf, type OrchestrationState } from './state.ts';
import type { CommandOptions, DurableClient, OrchestrationHandle, StartOptions, WaitOptions } from './types.ts';

/** One long poll; the server's own limit. */
const pollMsMax = 10_000;
const waitTimeoutMs = 60_000;
/** A poll that comes back at once without news is not repeated faster than this. */
const pollPauseMs = 50;
/** Instances whose last command is remembered (2); forgetting one costs read-your-writes for commands produced without waiting. */
const placesMax = 10_000;
/** Events a page: small enough to show the first ones soon. */
const historyPageEvents = 500;

type AnyOrchestrator = OrchestratorLike<never, unknown> | string;

export interface ClientParts {
  readonly orders: Orders;
  readonly reads: WorkerReads;
  readonly lifetime: Lifetime;
  readonly commandTimeoutMs: number;
  readonly defaultVersion: string;
  readonly close: () => Promise<void>;
}

export class Client implements DurableClient {
  private readonly parts: ClientParts;
  private readonly places: Map<string, CommandPlace> = new Map();
  private closing: Promise<void> | undefined;

  constructor(parts: ClientParts) {
    this.parts = parts;
  }

  scheduleNewOrchestration<I, O>(
    orchestrator: OrchestratorLike<I, O>,
    ...rest: [...Arg<I>, options?: StartOptions & CommandOptions]
  ): Promise<OrchestrationHandle<I, O>>;
  scheduleNewOrchestration<O = unknown>(
    name: string,
    input?: unknown,
    options?: StartOptions & CommandOptions,
  ): Promise<OrchestrationHandle<unknown, O>>;
  async scheduleNewOrchestration(
    orchestrator: AnyOrchestrator,
    input?: unknown,
    options: StartOptions & CommandOptions = {},
  ): Promise<OrchestrationHandle> {
    const request = this.startRequest(orchestrator, input, options);
    const { instanceId } = request.start;
    const refusal = commandRequestFault(request);
    const command = { instanceId, commandId: request.commandId };
    if (refusal !== undefined) throw new CommandRefusedError(refusal, command);
    const { orders, reads, lifetime, commandTimeoutMs } = this.parts;
    const deadlineAtMs = performance.now() + commandTimeoutMs;
    const waits = options.ack !== 'produced';
    const receipt = await lifetime.run(() => orders.send(request, waits ? commandTimeoutMs : undefined, deadlineAtMs));
    this.remember(instanceId, { partition: receipt.partition, offset: receipt.offset });
    if (waits) this.remember(instanceId, await settle(receipt, { reads, lifetime, deadlineAtMs, command }));
    return this.handle(instanceId);
  }

  getOrchestration<I, O>(orchestrator: OrchestratorLike<I, O>, instanceId: string): OrchestrationHandle<I, O>;
  getOrchestration<O = unknown>(name: string, instanceId: string): OrchestrationHandle<unknown, O>;
  getOrchestration(_orchestrator: AnyOrchestrator, instanceId: string): OrchestrationHandle {
    return this.handle(checkedId(instanceId));
  }

  async getOrchestrationState<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
  ): Promise<OrchestrationState<I, O> | undefined> {
    const { reads, lifetime } = this.parts;
    const instanceId = idOf(instance);
    const snapshot = await lifetime.persist(() => reads.state(instanceId, this.places.get(instanceId)));
    return snapshot && stateOf(snapshot);
  }

  async waitForOrchestrationStart<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
    options: WaitOptions = {},
  ): Promise<OrchestrationState<I, O> | undefined> {
    const snapshot = await this.wait(idOf(instance), 'start', durationMs(options.timeout ?? waitTimeoutMs, 'timeout'));
    return snapshot && stateOf(snapshot);
  }

  async waitForOrchestrationCompletion<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
    options: WaitOptions = {},
  ): Promise<OrchestrationState<I, O> | undefined> {
    const snapshot = await this.wait(idOf(instance), 'completion', durationMs(options.timeout ?? waitTimeoutMs, 'timeout'));
    return snapshot && stateOf(snapshot);
  }

  getOrchestrationHistory(instance: OrchestrationHandle | string): AsyncIterable<HistoryEvent> {
    const { reads, lifetime } = this.parts;
    const instanceId = idOf(instance);
    return eventsOf((from) =>
      lifetime.persist(() => {
        const after = this.places.get(instanceId);
        return reads.history(instanceId, { from, limit: historyPageEvents, ...(after === undefined ? {} : { after }) });
      }),
    );
  }

  close(): Promise<void> {
    this.parts.lifetime.end();
    this.closing ??= this.parts.close();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private startRequest(orchestrator: AnyOrchestrator, input: unknown, options: StartOptions & CommandOptions): CommandRequest {
    const name = typeof orchestrator === 'string' ? orchestrator : orchestrator.name;
    const ownVersion = typeof orchestrator === 'object' ? orchestrator.version : undefined;
    return {
      commandId: options.commandId ?? randomUUID(),
      start: {
        instanceId: options.instanceId ?? randomUUID().replaceAll('-', ''),
        name,
        version: options.version ?? ownVersion ?? this.parts.defaultVersion,
        input: toPayload(input, `the input of orchestration '${name}'`),
        tags: Object.entries(options.tags ?? {}).map(([key, value]) => ({ key, value })),
      },
    };
  }

  private async wait(instanceId: string, what: WaitFor, timeoutMs: number): Promise<InstanceSnapshot | undefined> {
    const { reads, lifetime } = this.parts;
    const deadlineAtMs = performance.now() + timeoutMs;
    const pollMs = (): number => Math.max(0, Math.min(pollMsMax, Math.ceil(deadlineAtMs - performance.now())));
    for (;;) {
      const askedAtMs = performance.now();
      const seen = await lifetime.persist(() => reads.wait(instanceId, what, pollMs(), this.places.get(instanceId)), deadlineAtMs);
      if (seen === undefined || (what === 'start' ? seen.runtimeStatus !== 'Pending' : isOver(seen.runtimeStatus))) return seen;
      if (performance.now() >= deadlineAtMs)
        throw new WaitTimeoutError(instanceId, what, timeoutMs, seen.stalledReason ?? seen.runtimeStatus);
      if (performance.now() - askedAtMs < pollPauseMs) await lifetime.pause(pollPauseMs);
    }
  }

  private handle(instanceId: string): OrchestrationHandle<never, never> {
    return {
      instanceId,
      state: () => this.getOrchestrationState(instanceId),
      history: () => this.getOrchestrationHistory(instanceId),
      result: () => this.result(instanceId),
    };
  }

  private async result(instanceId: string): Promise<never> {
    const snapshot = await this.wait(instanceId, 'completion', Number.POSITIVE_INFINITY);
    if (snapshot === undefined) throw new OrchestrationNotFoundError(instanceId);
    const state = stateOf<never, never>(snapshot);
    if (state.runtimeStatus === 'Completed') return state.output;
    if (state.runtimeStatus === 'Failed') throw new OrchestrationFailedError(instanceId, state.failureDetails);
    throw new OrchestrationTerminatedError(instanceId, state.runtimeStatus);
  }

  private remember(instanceId: string, place: CommandPlace): void {
    this.places.delete(instanceId);
    this.places.set(instanceId, place);
    if (this.places.size <= placesMax) return;
    for (const oldest of this.places.keys()) {
      this.places.delete(oldest);
      return;
    }
  }
}

function idOf(instance: { readonly instanceId: string } | string): string {
  return checkedId(typeof instance === 'string' ? instance : instance.instanceId);
}

function checkedId(instanceId: string): string {
  const fault = instanceIdFault(instanceId);
  if (fault !== undefined) throw new OperationalError('INSTANCE_ID_INVALID', fault, { retryable: false });
  return instanceId;
}
