/**
 * How one partition's cache is laid out in the store. Numbers are padded so that keys sort as the numbers do; the instance id is
 * length-prefixed, because one id may begin another.
 *
 *   m                                                header: the fold's state and the position to go on reading from
 *   f/<instance>/<execution>/<seq>/<epoch>/<claimant>  a closed fact, as it stands in the log
 *   s/<instance>                                     an instance's state, without what the rows below hold
 *   t/<instance>/<seq>                               an open task
 *   u/<instance>                                     has inputs recorded and not fed
 *   o/<number>/<epoch>/<claimant>                    an outbound message, queued or sent and not yet swept
 *   r/<offset>/<epoch>/<claimant>                    an answer to a command, not yet swept
 *   v/<log key>                                      a void fact, to be swept
 */
import { parseKey, utf8Length, type InstanceId } from '../../schemas/index.ts';
import type { ClosedFact } from '../core/index.ts';

const seqDigits = 10;
const offsetDigits = 16;

export const headerRow: string = 'm';

/** The exclusive end of the range of all keys that begin with `prefix` (which ends in an ASCII character). */
export function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

const sized = (instanceId: string): string => `${String(utf8Length(instanceId)).padStart(3, '0')}:${instanceId}`;
const seqText = (seq: number): string => String(seq).padStart(seqDigits, '0');
const offsetText = (offset: number): string => String(offset).padStart(offsetDigits, '0');

/** All facts of one execution. */
export const factsPrefix = (instanceId: string, executionId: string): string => `f/${sized(instanceId)}/${executionId}/`;
/** The facts of one execution from event `seq` on begin here. */
export const factsFrom = (instanceId: string, executionId: string, seq: number): string =>
  factsPrefix(instanceId, executionId) + seqText(seq);

export const instanceRow = (instanceId: string): string => `s/${instanceId}`;

export const tasksPrefix = (instanceId: string): string => `t/${sized(instanceId)}/`;
export const taskRow = (instanceId: string, seq: number): string => tasksPrefix(instanceId) + seqText(seq);
export const unfedRow = (instanceId: string): string => `u/${instanceId}`;
export const answersFrom = (offset: number): string => `r/${offsetText(offset)}`;
export const outboundFrom = (number: number): string => `o/${offsetText(number)}`;
export const voidRow = (logKey: string): string => `v/${logKey}`;

export const taskRowsPrefix: string = 't/';
export const unfedRowsPrefix: string = 'u/';
export const outboundRowsPrefix: string = 'o/';
export const answerRowsPrefix: string = 'r/';
export const voidRowsPrefix: string = 'v/';

/** The instance and event number a task row stands for. */
export function parseTaskRow(key: string): { instanceId: InstanceId; seq: number } {
  const digitsAt = key.length - seqDigits;
  return { instanceId: key.slice(taskRowsPrefix.length + 4, digitsAt - 1) as InstanceId, seq: Number(key.slice(digitsAt)) };
}

export const parseUnfedRow = (key: string): InstanceId => key.slice(unfedRowsPrefix.length) as InstanceId;

/** The row that holds a closed fact. */
export function rowOfFact(fact: ClosedFact): string {
  const writer = `/${String(fact.epoch)}/${fact.claimant}`;
  const body = fact.body;
  switch (body.kind) {
    case 'OutboundQueued':
      return outboundFrom(body.number) + writer;
    case 'CommandRefused':
    case 'CommandForwarded':
      return answersFrom(body.offset) + writer;
    case 'InstanceStarted':
    case 'TurnStarted':
    case 'TaskScheduled':
    case 'TaskCompleted':
    case 'TaskFailed':
    case 'InstanceCompleted':
    case 'InstanceFailed':
      return factsFrom(body.instanceId, body.executionId, body.seq) + writer;
    default:
      return body satisfies never;
  }
}

/** The row that held the fact whose log key a tombstone names, or undefined when such keys have no row. */
export function rowOfKey(logKey: string): string | undefined {
  const key = parseKey(logKey);
  switch (key.kind) {
    case 'fact':
      return `${factsFrom(key.instanceId, key.executionId, key.seq)}/${String(key.epoch)}/${key.claimant}`;
    case 'outbound':
      return `${outboundFrom(key.number)}/${String(key.epoch)}/${key.claimant}`;
    case 'answer':
      return `${answersFrom(key.offset)}/${String(key.epoch)}/${key.claimant}`;
    case 'inbox':
    case 'claim':
    case 'progress':
    case 'namespace':
    case 'unknown':
      return undefined;
    default:
      return key satisfies never;
  }
}
