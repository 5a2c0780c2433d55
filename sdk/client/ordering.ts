/**
 * A command on its way: sent, its place remembered, and followed to its owner's answer.
 *
 *  1. Nothing is sent that is known to be refused.
 *  2. A refused command has changed nothing; its place is remembered all the same, because its owner has seen all before it.
 */
import {
  commandRequestFault,
  instanceIdOf,
  type CommandPlace,
  type CommandRequest,
  type Refusal,
  type WorkerReads,
} from '../../schemas/index.ts';
import { CommandRefusedError } from './errors.ts';
import type { Lifetime } from './lifetime.ts';
import type { Orders } from './orders.ts';
import { Places } from './places.ts';
import { settle } from './settling.ts';
import type { CommandOptions } from './types.ts';

export interface OrderingParts {
  readonly orders: Orders;
  readonly reads: WorkerReads;
  readonly lifetime: Lifetime;
  readonly commandTimeoutMs: number;
}

export class Ordering {
  private readonly parts: OrderingParts;
  private readonly places: Places = new Places();

  constructor(parts: OrderingParts) {
    this.parts = parts;
  }

  /** The place that a reading of this instance comes after. */
  placeOf(instanceId: string): CommandPlace | undefined {
    return this.places.of(instanceId);
  }

  /** @throws CommandRefusedError, OutcomeUnknownError, OperationalError. */
  async carryOut(request: CommandRequest, ack: CommandOptions['ack']): Promise<void> {
    const refusal = await this.answered(request, ack);
    if (refusal !== undefined) throw refusedError(refusal, request);
  }

  /** Resolves with the owner's refusal, or undefined when the command is accepted, or `produced` and no more is asked. */
  async answered(request: CommandRequest, ack: CommandOptions['ack']): Promise<Refusal | undefined> {
    const fault = commandRequestFault(request);
    if (fault !== undefined) throw refusedError(fault, request);
    const { orders, reads, lifetime, commandTimeoutMs } = this.parts;
    const { commandId } = request;
    const instanceId = instanceIdOf(request);
    const deadlineAtMs = performance.now() + commandTimeoutMs;
    const waits = ack !== 'produced';
    const receipt = await lifetime.run(() => orders.send(request, waits ? commandTimeoutMs : undefined, deadlineAtMs));
    this.places.remember(instanceId, receipt);
    if (!waits) return undefined;
    const { place, refusal } = await settle(receipt, { reads, lifetime, deadlineAtMs, command: { instanceId, commandId } });
    this.places.remember(instanceId, place);
    return refusal;
  }
}

function refusedError(refusal: Refusal, request: CommandRequest): CommandRefusedError {
  return new CommandRefusedError(refusal, { instanceId: instanceIdOf(request), commandId: request.commandId });
}
