/** The header and instance rows as JSON: the cache is private to its worker and rebuilt from the log when its format changes. */
import {
  OperationalError,
  type Claimant,
  type CommandId,
  type ExecutionId,
  type InstanceId,
  type Namespace,
  type Tag,
} from '../../schemas/index.ts';
import type { InstanceState, Life, PartitionState, Tip } from '../core/index.ts';

/** Raise it when a row's shape changes: an older cache is then thrown away, which loses nothing. */
const format = 1;

interface HeaderRow {
  readonly format: number;
  readonly stampMs: number;
  readonly position: number;
  readonly epochMax: number;
  readonly epoch: number;
  readonly claimant: Claimant | '';
  readonly commit: number;
  readonly commandNext: number;
  readonly outboundLast: number;
  readonly sentThrough: readonly (readonly [string, number])[];
  readonly received: readonly (readonly [number, number])[];
  readonly answersFrom: number;
  readonly tip: Tip | null;
  readonly namespace: Namespace | null;
}

export function encodeHeader(state: PartitionState, stampMs: number): Buffer {
  const { position, epochMax, epoch, claimant, commit, tip, namespace, marks } = state;
  const row: HeaderRow = {
    format,
    stampMs,
    position,
    epochMax,
    epoch,
    claimant,
    commit,
    commandNext: marks.commandNext,
    outboundLast: marks.outboundLast,
    sentThrough: [...marks.sentThrough],
    received: [...marks.received],
    answersFrom: marks.answersFrom,
    tip,
    namespace,
  };
  return Buffer.from(JSON.stringify(row));
}

export function decodeHeader(bytes: Buffer): { state: PartitionState; stampMs: number } {
  const row = parse(bytes) as HeaderRow;
  if (row.format !== format)
    throw new OperationalError('CACHE_CORRUPT', `the cache has format ${String(row.format)}, this worker writes ${String(format)}`, {
      retryable: true,
    });
  const { stampMs, position, epochMax, epoch, claimant, commit, tip, namespace, commandNext, outboundLast, answersFrom } = row;
  const marks = { commandNext, outboundLast, answersFrom, sentThrough: new Map(row.sentThrough), received: new Map(row.received) };
  return {
    stampMs,
    state: { position, epochMax, epoch, claimant, commit, marks, open: [], voidKeys: new Set(), tip, namespace, strangers: 0 },
  };
}

interface InstanceRow {
  readonly i: InstanceId;
  readonly e: ExecutionId;
  readonly n: string;
  readonly v: string;
  readonly c: CommandId;
  readonly tags: readonly Tag[];
  readonly created: number;
  readonly updated: number;
  readonly seq: number;
  readonly turn: number;
  readonly unfed: readonly number[];
  readonly life: Life;
}

export function encodeInstance(state: InstanceState): Buffer {
  const row: InstanceRow = {
    i: state.instanceId,
    e: state.executionId,
    n: state.name,
    v: state.version,
    c: state.commandId,
    tags: state.tags,
    created: state.createdAtMs,
    updated: state.updatedAtMs,
    seq: state.lastSeq,
    turn: state.turnAtMs,
    unfed: state.unfed.map((input) => input.seq),
    life: state.life,
  };
  return Buffer.from(JSON.stringify(row));
}

/** The state without open tasks and unfed inputs, which stand in rows of their own. */
export function decodeInstance(bytes: Buffer): { readonly state: InstanceState; readonly unfedSeqs: readonly number[] } {
  const row = parse(bytes) as InstanceRow;
  return {
    unfedSeqs: row.unfed,
    state: {
      instanceId: row.i,
      executionId: row.e,
      name: row.n,
      version: row.v,
      commandId: row.c,
      tags: row.tags,
      createdAtMs: row.created,
      updatedAtMs: row.updated,
      lastSeq: row.seq,
      turnAtMs: row.turn,
      openTasks: new Map(),
      unfed: [],
      life: row.life,
    },
  };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new OperationalError('CACHE_CORRUPT', 'a cache row is not JSON', { retryable: true, cause });
  }
}
