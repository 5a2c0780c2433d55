/** What the history of a completed sequence must look like, whatever happened to its owners meanwhile. */
import type { HistoryEvent } from '../../sdk/client/index.ts';
import { stepsOfASequence } from './e2e-programs.ts';

interface SequenceEvent {
  readonly seq: number;
  readonly kind: string;
  /** Of a result: the event that scheduled it. */
  readonly scheduledSeq?: number;
}

const step = ['TurnStarted', 'TaskScheduled', 'TaskCompleted'];
const expected = ['InstanceStarted', ...Array.from({ length: stepsOfASequence }, () => step).flat(), 'TurnStarted', 'InstanceCompleted'];

/** Why these are not the events of a sequence that ran once to its end, or undefined. */
export function sequenceFault(events: readonly SequenceEvent[]): string | undefined {
  const gap = events.findIndex((event, at) => event.seq !== at + 1);
  if (gap !== -1) return `event ${String(gap + 1)} is missing: ${events.map(({ seq }) => String(seq)).join(' ')}`;
  const kinds = events.map(({ kind }) => kind);
  if (kinds.join(' ') !== expected.join(' ')) return `the events are ${kinds.join(' ')}`;
  const strange = events.find(({ kind, seq, scheduledSeq }) => kind === 'TaskCompleted' && scheduledSeq !== seq - 1);
  return strange === undefined ? undefined : `event ${String(strange.seq)} is the result of event ${String(strange.scheduledSeq)}`;
}

/** The same for a history as a client gets it. */
export async function sequenceFaultOf(history: AsyncIterable<HistoryEvent>): Promise<string | undefined> {
  const events: SequenceEvent[] = [];
  for await (const event of history) {
    const { number: seq, type: kind } = event;
    events.push(event.type === 'TaskCompleted' ? { seq, kind, scheduledSeq: event.scheduledNumber } : { seq, kind });
  }
  return sequenceFault(events);
}
