/**
 * How one partition's cache is laid out in the store. Numbers are padded so that keys sort as the numbers do; the instance id is
 * length-prefixed where more follows it, because one id may begin another.
 *
 *   m                                                header: the fold's state and the position to go on reading from
 *   f/<instance>/<execution>/<seq>/<epoch>/<claimant>  a closed fact, as it stands in the log
 *   x/<instance>/<number>/<epoch>/<claimant>         an external event by its inbox number: its log key
 *   d/<instance>/<number>/<epoch>/<claimant>         the id of an external event that has one
 *   b/<instance>                                     the first inbox number that counts: smaller ones are of an instance that this one replaced
 *   s/<instance>                                     an instance's state, without what other rows hold
 *   t/<instance>/<execution>/<seq>                   an open task
 *   T/<time>/<instance>/<execution>/<seq>            a pending timer, in order of time; seq 0 is a scheduled start
 *   u/<instance>                                     may have a turn: has inputs recorded and not fed, and nothing holds it back
 *   g/<instance>/<execution>                         an execution that another one followed: its facts may be swept
 *   o/<number>/<epoch>/<claimant>                    an outbound message, queued or sent and not yet swept
 *   r/<offset>/<epoch>/<claimant>                    an answer to a command, not yet swept
 *   v/<log key>                                      a void fact, to be swept
 *
 * Rows of facts end in the fact's writer: another writer may have given the same number to a fact that is void, and whose tombstone comes
 * later.
 */
import { isInstanceFact, parseKey, utf8Length, type ExecutionId, type InstanceId } from '../../schemas/index.ts';
import type { ClosedFact } from '../core/index.ts';

const seqDigits = 10;
/** Offsets, inbox numbers and times: as many as a safe integer has. */
const longDigits = 16;
const longMax = Number.MAX_SAFE_INTEGER;

/** A pending timer; `seq` is the event that set it, 0 for a scheduled start. */
export interface TimerRow {
  /** Never below 0: a time before 1970 is due as much as 1970. */
  readonly fireAtMs: number;
  readonly instanceId: InstanceId;
  readonly executionId: ExecutionId;
  readonly seq: number;
}

/** Who wrote a fact. */
export interface Writer {
  readonly epoch: number;
  readonly claimant: string;
}

const writerText = ({ epoch, claimant }: Writer): string => `${String(epoch)}/${claimant}`;

export const headerRow: string = 'm';

/** The exclusive end of the range of all keys that begin with `prefix` (which ends in an ASCII character). */
export function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

const sized = (instanceId: string): string => `${String(utf8Length(instanceId)).padStart(3, '0')}:${instanceId}`;
const seqText = (seq: number): string => String(seq).padStart(seqDigits, '0');
const longText = (number: number): string => String(Math.min(Math.max(number, 0), longMax)).padStart(longDigits, '0');

/** All facts of one execution. */
export const factsPrefix = (instanceId: string, executionId: string): string => `f/${sized(instanceId)}/${executionId}/`;
/** The facts of one execution from event `seq` on begin here. */
export const factsFrom = (instanceId: string, executionId: string, seq: number): string =>
  factsPrefix(instanceId, executionId) + seqText(seq);

export const eventsPrefix = (instanceId: string): string => `x/${sized(instanceId)}/`;
/** External events from this inbox number on begin here. */
export const eventsFrom = (instanceId: string, number: number): string => eventsPrefix(instanceId) + longText(number);
export const eventRow = (instanceId: string, number: number, writer: Writer): string =>
  `${eventsFrom(instanceId, number)}/${writerText(writer)}`;
export const eventIdsPrefix = (instanceId: string): string => `d/${sized(instanceId)}/`;
export const eventIdsFrom = (instanceId: string, number: number): string => eventIdsPrefix(instanceId) + longText(number);
export const eventIdRow = (instanceId: string, number: number, writer: Writer): string =>
  `${eventIdsFrom(instanceId, number)}/${writerText(writer)}`;
export const firstNumberRow = (instanceId: string): string => `b/${instanceId}`;

export const instanceRow = (instanceId: string): string => `s/${instanceId}`;
export const tasksPrefix = (instanceId: string, executionId: string): string => `t/${sized(instanceId)}/${executionId}/`;
export const taskRow = (instanceId: string, executionId: string, seq: number): string =>
  tasksPrefix(instanceId, executionId) + seqText(seq);
export const readyRow = (instanceId: string): string => `u/${instanceId}`;
export const endedRow = (instanceId: string, executionId: string): string => `g/${sized(instanceId)}/${executionId}`;

/** Timers from `fireAtMs` on begin here. */
export const timersFrom = (fireAtMs: number): string => `T/${longText(fireAtMs)}`;
export const timerRow = ({ fireAtMs, instanceId, executionId, seq }: TimerRow): string =>
  `${timersFrom(fireAtMs)}/${sized(instanceId)}/${executionId}/${seqText(seq)}`;

export const answersFrom = (offset: number): string => `r/${longText(offset)}`;
export const outboundFrom = (number: number): string => `o/${longText(number)}`;
export const voidRow = (logKey: string): string => `v/${logKey}`;

export const taskRowsPrefix: string = 't/';
export const timerRowsPrefix: string = 'T/';
export const readyRowsPrefix: string = 'u/';
export const endedRowsPrefix: string = 'g/';
export const outboundRowsPrefix: string = 'o/';
export const answerRowsPrefix: string = 'r/';
export const voidRowsPrefix: string = 'v/';

/** Bytes of `<size>:` before an instance id. */
const sizeLength = 4;

/** What stands under a task row. */
export function parseTaskRow(key: string): Omit<TimerRow, 'fireAtMs'> {
  return parsePlace(key, taskRowsPrefix.length);
}

export function parseTimerRow(key: string): TimerRow {
  const placeAt = timerRowsPrefix.length + longDigits + 1;
  return { fireAtMs: Number(key.slice(timerRowsPrefix.length, placeAt - 1)), ...parsePlace(key, placeAt) };
}

/** The execution's id has no slash; the instance's may have. */
function parsePlace(key: string, at: number): Omit<TimerRow, 'fireAtMs'> {
  const digitsAt = key.length - seqDigits;
  const execution = key.lastIndexOf('/', digitsAt - 2) + 1;
  return {
    instanceId: key.slice(at + sizeLength, execution - 1) as InstanceId,
    executionId: key.slice(execution, digitsAt - 1) as ExecutionId,
    seq: Number(key.slice(digitsAt)),
  };
}

export function parseEndedRow(key: string): { readonly instanceId: InstanceId; readonly executionId: ExecutionId } {
  const execution = key.lastIndexOf('/') + 1;
  const instanceId = key.slice(endedRowsPrefix.length + sizeLength, execution - 1) as InstanceId;
  return { instanceId, executionId: key.slice(execution) as ExecutionId };
}

export const parseReadyRow = (key: string): InstanceId => key.slice(readyRowsPrefix.length) as InstanceId;
/** The inbox number under an `x` or a `d` row. */
export const parseNumber = (key: string): number => Number(key.split('/').at(-3));

/** The row that holds a closed fact. */
export function rowOfFact(fact: ClosedFact): string {
  const writer = `/${writerText(fact)}`;
  const body = fact.body;
  if (isInstanceFact(body)) return factsFrom(body.instanceId, body.executionId, body.seq) + writer;
  return (body.kind === 'OutboundQueued' ? outboundFrom(body.number) : answersFrom(body.offset)) + writer;
}

/** The row that held the fact whose log key a tombstone names, or undefined when such keys have no row. */
export function rowOfKey(logKey: string): string | undefined {
  const key = parseKey(logKey);
  switch (key.kind) {
    case 'fact':
    case 'inbox':
      return `${factsFrom(key.instanceId, key.executionId, key.seq)}/${writerText(key)}`;
    case 'outbound':
      return `${outboundFrom(key.number)}/${writerText(key)}`;
    case 'answer':
      return `${answersFrom(key.offset)}/${writerText(key)}`;
    case 'claim':
    case 'progress':
    case 'namespace':
    case 'unknown':
      return undefined;
    default:
      return key satisfies never;
  }
}
