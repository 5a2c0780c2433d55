import {
  type Claimant,
  decodeHistory,
  encodeHistory,
  hash,
  type HistoryRecord,
  type Namespace,
  namespaceKey,
  OperationalError,
  schemaVersion,
} from '../../schemas/index.ts';
import type { AppendRecord } from './port.ts';

/** The first record of every history partition of a namespace with `partitions` partitions. Written when the topics are made, by no owner. */
export function namespaceRecord(partitions: number): AppendRecord {
  const body: Namespace = { kind: 'Namespace', partitions, hash, schemaVersion };
  const record: HistoryRecord = { epoch: 0, claimant: nobody, commit: 0, body };
  return { key: namespaceKey, value: encodeHistory(record) };
}

/**
 * Checks a namespace's first record against what this process expects.
 * @throws OperationalError `NAMESPACE_MISMATCH` when another number of partitions, partitioner or schema version wrote it
 */
export function checkNamespace(value: Buffer, partitions: number): void {
  const { body } = decodeHistory(value);
  if (body.kind !== 'Namespace') throw mismatch(`the log begins with a ${body.kind} record, not with its namespace record`, undefined);
  if (body.partitions !== partitions) {
    const cure = `start with ${String(body.partitions)} partitions; their number is fixed for the life of a namespace`;
    throw mismatch(`the log has ${String(body.partitions)} partitions, this process was started with ${String(partitions)}`, cure);
  }
  if (body.hash !== hash) throw mismatch(`the log was written with partitioner ${body.hash}, this release uses ${hash}`, otherRelease);
  if (body.schemaVersion !== schemaVersion) {
    const versions = `schema version ${String(body.schemaVersion)}, this release has ${String(schemaVersion)}`;
    throw mismatch(`the log was written with ${versions}`, otherRelease);
  }
}

/** No owner: no claim of this name is ever made, so that the record counts for nothing but itself (L2). */
const nobody: Claimant = '0000000000000000' as Claimant;

const otherRelease = 'use the release of Perdure that wrote it, or a new namespace';

function mismatch(message: string, cure: string | undefined): OperationalError {
  return new OperationalError('NAMESPACE_MISMATCH', message, { retryable: false, ...(cure === undefined ? {} : { cure }) });
}
