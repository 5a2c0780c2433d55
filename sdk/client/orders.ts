/**
 * The two ways of a command: straight into the log, or through a worker's HTTP API. Either may repeat it; its id makes that safe.
 * A failure after which it may stand in the log is an OutcomeUnknownError.
 */
import {
  commandOf,
  encodeCommand,
  instanceIdOf,
  OperationalError,
  partitionOf,
  type CommandReceipt,
  type CommandRequest,
} from '../../schemas/index.ts';
import type { CommandBatcher } from '../../engine/log/index.ts';
import type { Addresses } from './addresses.ts';
import { OutcomeUnknownError } from './errors.ts';
import { HttpConnections } from './http.ts';
import type { Lifetime } from './lifetime.ts';

/** The longest a worker holds `POST /v1/commands?wait=`, and what the network may add. */
const receiptWaitMsMax = 10_000;
const networkMs = 5_000;

export interface Orders {
  /** Writes the command; when it costs no further request, also tells what became of it within `waitMs`. */
  send(request: CommandRequest, waitMs: number | undefined, deadlineAtMs: number): Promise<CommandReceipt>;
  close(): void;
}

export function logOrders(commands: CommandBatcher): Orders {
  return {
    async send(request) {
      const instanceId = instanceIdOf(request);
      const partition = partitionOf(instanceId, commands.partitions);
      try {
        return {
          partition,
          offset: await commands.submit(partition, { key: instanceId, value: encodeCommand(commandOf(request, Date.now())) }),
        };
      } catch (error) {
        if (!(error instanceof OperationalError) || error.code !== 'OUTCOME_UNKNOWN') throw error;
        throw new OutcomeUnknownError(
          { commandId: request.commandId, instanceId, partition, offset: null },
          'the broker did not confirm it',
          {
            cause: error,
          },
        );
      }
    },
    close: () => undefined,
  };
}

export function httpOrders(addresses: Addresses, lifetime: Lifetime): Orders {
  const connections = new HttpConnections();
  return {
    async send(request, waitMs, deadlineAtMs) {
      const instanceId = instanceIdOf(request);
      const body = JSON.stringify(request);
      const sent: { mayHaveArrived: boolean } = { mayHaveArrived: false };
      const post = async (): Promise<CommandReceipt> => {
        const base = await addresses.pick(instanceId);
        const heldMs = waitMs === undefined ? 0 : Math.min(waitMs, receiptWaitMsMax);
        const path = waitMs === undefined ? '/v1/commands' : `/v1/commands?wait=${String(heldMs)}`;
        try {
          return (await connections.json({ method: 'POST', base, path, body, idleMs: heldMs + networkMs })) as CommandReceipt;
        } catch (error) {
          if (!(error instanceof OperationalError) || !error.retryable) throw error;
          addresses.failed(base);
          if (error.code === 'API_INTERRUPTED' || error.code === 'OUTCOME_UNKNOWN') sent.mayHaveArrived = true;
          // The worker's own send may have landed: going on under the same id finds out.
          if (error.code === 'OUTCOME_UNKNOWN')
            throw new OperationalError('API_INTERRUPTED', error.message, { retryable: true, cause: error });
          throw error;
        }
      };
      try {
        return await lifetime.persist(post, deadlineAtMs);
      } catch (error) {
        if (!sent.mayHaveArrived || !(error instanceof OperationalError)) throw error;
        const command = { commandId: request.commandId, instanceId, partition: null, offset: null };
        throw new OutcomeUnknownError(command, 'the API broke off before it answered', { cause: error });
      }
    },
    close: () => connections.close(),
  };
}
