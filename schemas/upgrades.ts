/** Brings records that older schema versions wrote up to the newest: new fields get what they mean when nobody said anything. */
import type { Command as CommandV1 } from './generated/command.v1.gen.ts';
import type { HistoryRecord as HistoryRecordV1 } from './generated/history-record.v1.gen.ts';
import type { Command, HistoryRecord } from './records.ts';

export function commandFromV1(command: CommandV1): Command {
  return { ...command, body: { ...command.body, onConflict: 'error', startAtMs: null, parent: null } };
}

export function historyFromV1(record: HistoryRecordV1): HistoryRecord {
  const { body } = record;
  switch (body.kind) {
    case 'InstanceStarted':
      return { ...record, body: { ...body, ...firstGeneration, createdAtMs: body.atMs } };
    case 'TurnStarted':
      return { ...record, body: { ...body, eventsTaken: [], eventBytesTaken: 0 } };
    case 'TaskScheduled':
      return { ...record, body: { ...body, attempt: 1, firstTaskId: 0, tags: [], version: '' } };
    case 'TaskCompleted':
    case 'TaskFailed':
    case 'InstanceCompleted':
    case 'InstanceFailed':
    case 'OutboundQueued':
    case 'CommandRefused':
    case 'CommandForwarded':
    case 'Claim':
    case 'Progress':
    case 'Namespace':
      return { ...record, body };
    default:
      return body satisfies never;
  }
}

const firstGeneration = {
  generation: 1,
  previousExecutionId: '',
  parent: null,
  startAtMs: null,
  inboxNext: 1,
  carried: [],
  carriedBytes: 0,
  customStatus: null,
} as const;
