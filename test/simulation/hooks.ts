/** The fates of appends, sends and reads, drawn for one run. */
import { decodeHistory } from '../../schemas/index.ts';
import type { AppendAttempt, AppendFate, MemoryHooks, SendAttempt, SendFate, StepKind } from '../../engine/log/memory/index.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';

/** These happen in the broker, whether or not the process lives. */
const brokerKinds: ReadonlySet<StepKind> = new Set(['append-lands', 'send-lands', 'trim-lands', 'expelled']);

export interface HooksGiven {
  readonly random: Random;
  readonly faults: Faults;
  readonly schedule: Schedule;
  messagesSent(attempt: SendAttempt): void;
}

export function hooksOf({ random, faults, schedule, messagesSent }: HooksGiven): MemoryHooks {
  return {
    schedule: ({ kind, process, partition }, run) => {
      schedule.add({ kind, process: brokerKinds.has(kind) ? null : process, partition, run });
    },
    appendFate: (attempt) => appendFate(attempt, faults),
    sendFate: (attempt) => {
      if (attempt.from === 'lane') messagesSent(attempt);
      return sendFate(attempt, faults);
    },
    readPieceRecords: () => (faults.calm ? 1_000 : 1 + random.below(40)),
    readsOn: () => random.chance(0.3),
    commandPieceRecords: () => 1 + random.below(4),
  };
}

function appendFate({ records }: AppendAttempt, faults: Faults): AppendFate {
  const last = records.at(-1)?.value;
  const kind = last === null || last === undefined ? 'tombstone' : decodeHistory(last).body.kind;
  if (faults.strikes('append: ack lost', 0.06)) return 'ack-lost';
  if (faults.strikes('append: late', 0.06)) {
    if (kind === 'Claim') faults.note('claim late');
    return 'late';
  }
  if (faults.strikes('append: lost', 0.02)) return 'lost';
  if (faults.strikes('append: swallowed', 0.01)) return 'swallowed';
  // A batch that is not the last of its commit ends in a fact.
  const isMidSplit = kind !== 'Claim' && kind !== 'Progress';
  if (faults.strikes(isMidSplit ? 'append: refused in mid-split' : 'append: refused', isMidSplit ? 0.1 : 0.003)) return 'refused';
  return 'acked';
}

const sendFates: readonly (readonly [fate: SendFate, probability: number])[] = [
  ['unknown', 0.1],
  ['late', 0.08],
  ['lost', 0.06],
  ['doubled', 0.05],
];

function sendFate({ from }: SendAttempt, faults: Faults): SendFate {
  const sender = from === 'lane' ? 'message' : 'client';
  for (const [fate, probability] of sendFates) if (faults.strikes(`${sender} send: ${fate}` as FaultKind, probability)) return fate;
  return 'acked';
}
