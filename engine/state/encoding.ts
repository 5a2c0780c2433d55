/** The header and instance rows as JSON: the cache is private to its worker and rebuilt from the log when its format changes. */
import {
  OperationalError,
  type Claimant,
  type CommandId,
  type EventRange,
  type ExecutionId,
  type InstanceId,
  type Namespace,
  type ParentLink,
  type Payload,
  type Tag,
} from '../../schemas/index.ts';
import {
  idsKeptFrom,
  isTerminal,
  rangesOf,
  type InstanceState,
  type Life,
  type OpenTask,
  type PartitionState,
  type Tip,
} from '../core/index.ts';

/** Raise it when a row's shape changes: an older cache is then thrown away, which loses nothing. */
const format = 3;

interface HeaderRow {
  readonly format: number;
  readonly stampMs: number;
  readonly timersFrom: number;
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

export function encodeHeader(state: PartitionState, stampMs: number, timersFrom: number): Buffer {
  const { position, epochMax, epoch, claimant, commit, tip, namespace, marks } = state;
  const row: HeaderRow = {
    format,
    stampMs,
    timersFrom,
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

export function decodeHeader(bytes: Buffer): { state: PartitionState; stampMs: number; timersFrom: number } {
  const row = parse(bytes) as HeaderRow;
  if (row.format !== format)
    throw new OperationalError('CACHE_CORRUPT', `the cache has format ${String(row.format)}, this worker writes ${String(format)}`, {
      retryable: true,
    });
  const { stampMs, timersFrom, position, epochMax, epoch, claimant, commit, tip, namespace, commandNext, outboundLast, answersFrom } = row;
  const marks = { commandNext, outboundLast, answersFrom, sentThrough: new Map(row.sentThrough), received: new Map(row.received) };
  return {
    stampMs,
    timersFrom,
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
  readonly parent: ParentLink | null;
  readonly generation: number;
  readonly created: number;
  readonly updated: number;
  readonly startAt: number | null;
  readonly seq: number;
  readonly turn: number;
  readonly suspended: boolean;
  readonly cancel: boolean;
  readonly unread: readonly EventRange[];
  readonly unreadBytes: number;
  readonly inboxNext: number;
  readonly status: Payload;
  readonly life: Life;
  readonly places: Places;
}

/** Where in other rows the rest of an instance's state stands. */
export interface Places {
  /** Open tasks; 0 once it is over. */
  readonly tasks: number;
  /** Inbox numbers of what earlier executions were not fed. */
  readonly leftOver: readonly EventRange[];
  /** Every input of this execution up to this event is fed, none behind it is; `unfed` counts those. */
  readonly fedThrough: number;
  readonly unfed: number;
  /** Ids of events below this inbox number are forgotten; 0 when none is yet. */
  readonly idsFrom: number;
}

export function encodeInstance(state: InstanceState): Buffer {
  const row: InstanceRow = {
    i: state.instanceId,
    e: state.executionId,
    n: state.name,
    v: state.version,
    c: state.commandId,
    tags: state.tags,
    parent: state.parent,
    generation: state.generation,
    created: state.createdAtMs,
    updated: state.updatedAtMs,
    startAt: state.startAtMs,
    seq: state.lastSeq,
    turn: state.turnAtMs,
    suspended: state.suspended,
    cancel: state.cancelRequested,
    unread: state.unread,
    unreadBytes: state.unreadBytes,
    inboxNext: state.inboxNext,
    status: state.customStatus,
    life: state.life,
    places: placesOf(state),
  };
  return Buffer.from(JSON.stringify(row));
}

function placesOf(state: InstanceState): Places {
  const own: number[] = [];
  const older: number[] = [];
  if (!isTerminal(state))
    for (const input of state.unfed)
      if (input.executionId === state.executionId) own.push(input.seq);
      else if (input.kind === 'EventRaised') older.push(input.number);
  const first = own[0];
  return {
    tasks: isTerminal(state) ? 0 : state.openTasks.size,
    leftOver: rangesOf(older),
    fedThrough: first === undefined ? state.lastSeq : first - 1,
    unfed: own.length,
    idsFrom: idsKeptFrom(state),
  };
}

/** The state without open tasks, unfed inputs and event ids, and where to find them. */
export function decodeInstance(bytes: Buffer): { readonly state: InstanceState; readonly places: Places } {
  const row = parse(bytes) as InstanceRow;
  return {
    places: row.places,
    state: {
      instanceId: row.i,
      executionId: row.e,
      name: row.n,
      version: row.v,
      commandId: row.c,
      tags: row.tags,
      parent: row.parent,
      generation: row.generation,
      createdAtMs: row.created,
      updatedAtMs: row.updated,
      startAtMs: row.startAt,
      lastSeq: row.seq,
      turnAtMs: row.turn,
      openTasks: new Map(),
      openIds: new Map(),
      unfed: [],
      suspended: row.suspended,
      cancelRequested: row.cancel,
      unread: row.unread,
      unreadBytes: row.unreadBytes,
      inboxNext: row.inboxNext,
      eventIds: new Map(),
      customStatus: row.status,
      life: row.life,
    },
  };
}

export function encodeTask(task: OpenTask): Buffer {
  return Buffer.from(JSON.stringify(task));
}

export function decodeTask(bytes: Buffer): OpenTask {
  return parse(bytes) as OpenTask;
}

/** What is known of an execution that another one followed. */
export interface Ended {
  /** External events with inbox numbers below this are nobody's any more; null says nothing about them. */
  readonly discardBelow: number | null;
  /** It was the first of its instance's generations: what it took the place of, if anything, is swept before it. */
  readonly first: boolean;
}

export function encodeEnded(ended: Ended): Buffer {
  return Buffer.from(JSON.stringify(ended));
}

export function decodeEnded(bytes: Buffer): Ended {
  return parse(bytes) as Ended;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new OperationalError('CACHE_CORRUPT', 'a cache row is not JSON', { retryable: true, cause });
  }
}
