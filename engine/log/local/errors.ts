import { OperationalError } from '../../../schemas/index.ts';

/** The embedded log is the only copy of the truth: damage is never mended by guessing. */
export function dataDirCorrupt(message: string, cause?: unknown): OperationalError {
  const cure = 'check the disk; then restore the data directory from a backup, or move it away to start with an empty log';
  return new OperationalError('DATA_DIR_CORRUPT', message, { retryable: false, cure, cause });
}

export function dataDirLocked(dir: string, cause: unknown): OperationalError {
  return new OperationalError('DATA_DIR_LOCKED', `the data directory ${dir} is in use by another process`, {
    retryable: false,
    cure: 'stop the other process, reach it by its HTTP API, or choose another directory',
    cause,
  });
}

export function dataDirUnreadable(dir: string, cause: unknown): OperationalError {
  return new OperationalError('DATA_DIR_UNREADABLE', `the data directory ${dir} cannot be read and written`, {
    retryable: false,
    cure: 'check that it is a directory, whom it belongs to, and that the disk is not full',
    cause,
  });
}

export function logClosed(): OperationalError {
  return new OperationalError('LOG_CLOSED', 'the embedded log is closed', { retryable: false });
}

/** A read failed although the log is open: most likely it is being reopened after a failed write. */
export function logUnavailable(cause: unknown): OperationalError {
  return new OperationalError('LOG_UNAVAILABLE', 'the embedded log cannot be read at the moment', { retryable: true, cause });
}

export function writeFailed(cause: unknown): OperationalError {
  return new OperationalError('OUTCOME_UNKNOWN', 'a write to the embedded log failed; it may or may not have landed', {
    retryable: true,
    cure: 'check that the disk is not full',
    cause,
  });
}

export function logBusy(waiting: number): OperationalError {
  return new OperationalError('LOG_BUSY', `${String(waiting)} writes are waiting for the disk`, {
    retryable: true,
    cure: 'send less at once',
  });
}

export function logTruncated(partition: number, from: number, end: number): OperationalError {
  return new OperationalError('LOG_TRUNCATED', `partition ${String(partition)} ends at ${String(end)}, before ${String(from)}`, {
    retryable: true,
    cure: 'read the partition from its beginning',
  });
}

export function commandLogMismatch(topic: string, position: number, start: number, end: number): OperationalError {
  const message = `command ${String(position)} of ${topic} is outside its log, ${String(start)} to ${String(end)}`;
  return new OperationalError('COMMAND_LOG_MISMATCH', message, {
    retryable: false,
    cure: 'restore the data directory from a backup',
  });
}
