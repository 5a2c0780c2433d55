/**
 * The client over its two halves: orders in, readings out.
 *
 *  1. A reading carries the place of this client's last command for that instance: it never shows less than what was ordered.
 *  2. What is wrong with a call is told before anything is sent.
 */
import { instanceIdFault, OperationalError, type InstanceSnapshot, type WaitFor } from '../../schemas/index.ts';
import type { Arg, ExternalEvent, OrchestratorLike } from '../define/index.ts';
import { durationMs } from '../values/index.ts';
import { OrchestrationFailedError, OrchestrationNotFoundError, OrchestrationTerminatedError, CommandRefusedError } from './errors.ts';
import { eventsOf } from './history.ts';
import type { HistoryEvent } from './history-events.ts';
import { Ordering, type OrderingParts } from './ordering.ts';
import {
  raiseRequest,
  reasonRequest,
  startRequest,
  terminateRequest,
  type AnyEvent,
  type AnyOrchestrator,
  type RequestSettings,
} from './requests.ts';
import { stateOf, type OrchestrationState } from './state.ts';
import { waitFor } from './waiting.ts';
import type {
  CommandOptions,
  DurableClient,
  OrchestrationHandle,
  RaiseOptions,
  ReasonOptions,
  StartOptions,
  TerminateOptions,
  WaitOptions,
} from './types.ts';

const waitTimeoutMs = 60_000;
/** Events a page: small enough to show the first ones soon. */
const historyPageEvents = 500;

type Instance = OrchestrationHandle | string;

export interface ClientParts extends OrderingParts, RequestSettings {
  readonly close: () => Promise<void>;
}

export class Client implements DurableClient {
  private readonly parts: ClientParts;
  private readonly ordering: Ordering;
  private closing: Promise<void> | undefined;

  constructor(parts: ClientParts) {
    this.parts = parts;
    this.ordering = new Ordering(parts);
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
    const request = startRequest(orchestrator, input, options, this.parts);
    await this.ordering.carryOut(request, options.ack);
    return this.handle(request.start.instanceId);
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
    const instanceId = checkedId(idOf(instance));
    const snapshot = await lifetime.persist(() => reads.state(instanceId, this.ordering.placeOf(instanceId)));
    return this.stateOf(snapshot);
  }

  async waitForOrchestrationStart<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
    options: WaitOptions = {},
  ): Promise<OrchestrationState<I, O> | undefined> {
    return this.stateOf(await this.wait(checkedId(idOf(instance)), 'start', durationMs(options.timeout ?? waitTimeoutMs, 'timeout')));
  }

  async waitForOrchestrationCompletion<I = unknown, O = unknown>(
    instance: OrchestrationHandle<I, O> | string,
    options: WaitOptions = {},
  ): Promise<OrchestrationState<I, O> | undefined> {
    return this.stateOf(await this.wait(checkedId(idOf(instance)), 'completion', durationMs(options.timeout ?? waitTimeoutMs, 'timeout')));
  }

  getOrchestrationHistory(instance: OrchestrationHandle | string): AsyncIterable<HistoryEvent> {
    const { reads, lifetime } = this.parts;
    const instanceId = checkedId(idOf(instance));
    const page = (from: number): ReturnType<typeof reads.history> =>
      lifetime.persist(() => {
        const after = this.ordering.placeOf(instanceId);
        return reads.history(instanceId, { from, limit: historyPageEvents, ...(after === undefined ? {} : { after }) });
      });
    return eventsOf(instanceId, page, this.parts.converter);
  }

  raiseOrchestrationEvent<T>(
    instance: Instance,
    event: ExternalEvent<string, T>,
    data: T,
    options?: RaiseOptions,
  ): Promise<'delivered' | 'ignored'>;
  raiseOrchestrationEvent(instance: Instance, name: string, data?: unknown, options?: RaiseOptions): Promise<'delivered' | 'ignored'>;
  raiseOrchestrationEvent(instance: Instance, event: AnyEvent, data?: unknown, options?: RaiseOptions): Promise<'delivered' | 'ignored'> {
    return this.raise(idOf(instance), event, data, options);
  }

  async suspendOrchestration(instance: Instance, options: ReasonOptions = {}): Promise<void> {
    await this.ordering.carryOut(reasonRequest('suspend', idOf(instance), options), options.ack);
  }

  async resumeOrchestration(instance: Instance, options: ReasonOptions = {}): Promise<void> {
    await this.ordering.carryOut(reasonRequest('resume', idOf(instance), options), options.ack);
  }

  async terminateOrchestration(instance: Instance, options: TerminateOptions = {}): Promise<void> {
    await this.ordering.carryOut(terminateRequest(idOf(instance), options, this.parts), options.ack);
  }

  async cancelOrchestration(instance: Instance, options: ReasonOptions = {}): Promise<void> {
    await this.ordering.carryOut(reasonRequest('cancel', idOf(instance), options), options.ack);
  }

  close(): Promise<void> {
    this.parts.lifetime.end();
    this.closing ??= this.parts.close();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private wait(instanceId: string, what: WaitFor, timeoutMs: number): Promise<InstanceSnapshot | undefined> {
    const { reads, lifetime } = this.parts;
    return waitFor(instanceId, what, timeoutMs, { reads, lifetime, after: () => this.ordering.placeOf(instanceId) });
  }

  private stateOf<I, O>(snapshot: InstanceSnapshot | undefined): OrchestrationState<I, O> | undefined {
    return snapshot && stateOf(snapshot, this.parts.converter);
  }

  private handle(instanceId: string): OrchestrationHandle<never, never> {
    return {
      instanceId,
      state: () => this.getOrchestrationState(instanceId),
      history: () => this.getOrchestrationHistory(instanceId),
      result: () => this.result(instanceId),
      raise: (event: AnyEvent, data?: unknown, options?: RaiseOptions) => this.raise(instanceId, event, data, options),
      suspend: (options) => this.suspendOrchestration(instanceId, options),
      resume: (options) => this.resumeOrchestration(instanceId, options),
      terminate: (options) => this.terminateOrchestration(instanceId, options),
      cancel: (options) => this.cancelOrchestration(instanceId, options),
    };
  }

  private async raise(instanceId: string, event: AnyEvent, data: unknown, options: RaiseOptions = {}): Promise<'delivered' | 'ignored'> {
    const request = raiseRequest(instanceId, event, data, options, this.parts);
    const refusal = await this.ordering.answered(request, options.ack);
    if (refusal === undefined) return 'delivered';
    if (refusal.code === 'INSTANCE_TERMINAL') return 'ignored';
    throw new CommandRefusedError(refusal, { instanceId, commandId: request.commandId });
  }

  private async result(instanceId: string): Promise<never> {
    const snapshot = await this.wait(instanceId, 'completion', Number.POSITIVE_INFINITY);
    if (snapshot === undefined) throw new OrchestrationNotFoundError(instanceId);
    const state = stateOf<never, never>(snapshot, this.parts.converter);
    if (state.runtimeStatus === 'Completed') return state.output;
    if (state.runtimeStatus === 'Failed') throw new OrchestrationFailedError(instanceId, state.failureDetails);
    throw new OrchestrationTerminatedError(instanceId, state.runtimeStatus);
  }
}

function idOf(instance: { readonly instanceId: string } | string): string {
  return typeof instance === 'string' ? instance : instance.instanceId;
}

function checkedId(instanceId: string): string {
  const fault = instanceIdFault(instanceId);
  if (fault !== undefined) throw new OperationalError('INSTANCE_ID_INVALID', fault, { retryable: false });
  return instanceId;
}
