import { OperationalError } from '../../schemas/index.ts';

/** What a reader gets where the partition is not, or no longer, worked. */
export function notOwner(partition: number): OperationalError {
  return new OperationalError('NOT_OWNER', `this worker does not own partition ${String(partition)} now`, { retryable: true });
}
