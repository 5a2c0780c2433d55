/** Follows a command until its owner has committed or refused it. */
import { OperationalError, type CommandPlace, type CommandReceipt, type Refusal, type WorkerReads } from '../../schemas/index.ts';
import { OutcomeUnknownError } from './errors.ts';
import type { Lifetime } from './lifetime.ts';
import { pollMsUntil } from './waiting.ts';

/** A forwarded command's new place is known once it has been sent on: a matter of milliseconds. */
const forwardedPauseMs = 25;
/** A command is forwarded once, unless the client's partition count is wrong; more hops are a loop. */
const hopsMax = 4;

export interface Settling {
  readonly reads: WorkerReads;
  readonly lifetime: Lifetime;
  readonly deadlineAtMs: number;
  readonly command: { readonly instanceId: string; readonly commandId: string };
}

/** Where the owner met the command: another place than it was written to if it was forwarded. `refusal`: why it would not carry it out. */
export interface Settled {
  readonly place: CommandPlace;
  readonly refusal: Refusal | undefined;
}

/** Resolves when the command is accepted or refused. @throws OutcomeUnknownError. */
export async function settle(receipt: CommandReceipt, settling: Settling): Promise<Settled> {
  let place: CommandPlace = { partition: receipt.partition, offset: receipt.offset };
  let known = receipt.answer;
  for (let hops = 0; hops <= hopsMax;) {
    const answer = known ?? (await ask(place, settling));
    known = undefined;
    switch (answer.outcome) {
      case 'accepted':
        return { place, refusal: undefined };
      case 'refused':
        return { place, refusal: { code: answer.code, message: answer.message } };
      case 'expired':
        throw unknown(settling, place, 'it was consumed so long ago that a refusal would be forgotten');
      case 'pending':
        if (performance.now() >= settling.deadlineAtMs) throw unknown(settling, place, 'its owner has not consumed it yet');
        break;
      case 'forwarded':
        if (answer.offset === null) {
          if (performance.now() >= settling.deadlineAtMs) throw unknown(settling, place, 'it was forwarded and is still on its way');
          await settling.lifetime.pause(forwardedPauseMs);
        } else {
          place = { partition: answer.partition, offset: answer.offset };
          hops += 1;
        }
        break;
      default:
        return answer satisfies never;
    }
  }
  throw unknown(settling, place, 'it was forwarded again and again');
}

async function ask(place: CommandPlace, settling: Settling): ReturnType<WorkerReads['answer']> {
  const { reads, lifetime, deadlineAtMs } = settling;
  try {
    return await lifetime.persist(() => reads.answer(place, pollMsUntil(deadlineAtMs)), deadlineAtMs);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    throw unknown(settling, place, `its owner cannot be asked (${error.code}: ${error.message})`, error);
  }
}

function unknown(settling: Settling, place: CommandPlace, reason: string, cause?: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError({ ...settling.command, ...place }, reason, cause === undefined ? {} : { cause });
}
