/** L8: what may be tombstoned, by what earlier commits ended; and what is due to be, once nothing else is to be done. */
import { isInstanceFact, type Fact, type PartitionFact, type Progress } from '../../schemas/index.ts';
import type { Life } from './life.ts';

/** A fact that counts. */
export interface TrueFact {
  readonly key: string;
  readonly epoch: number;
  readonly claimant: string;
  readonly bytes: Buffer;
  readonly body: Fact | PartitionFact;
  /** Where its commit was closed. */
  readonly closedAt: number;
}

/** What is known of a partition. */
export interface Judged {
  readonly marks: Progress;
  /** Keys of facts that no tombstone has named. */
  readonly kept: ReadonlySet<string>;
  readonly executions: ReadonlyMap<string, readonly TrueFact[]>;
  lifeOf(instanceId: string): Life | undefined;
  sentThrough(lane: string): number;
}

/** Why the fact may not be tombstoned now, or undefined when it may. */
export function tombstoneFault(judge: Judged, { body }: TrueFact): string | undefined {
  if (body.kind === 'OutboundQueued')
    return judge.sentThrough(body.lane) < body.number ? `outbound message ${String(body.number)} before it is sent through` : undefined;
  if (!isInstanceFact(body))
    return judge.marks.answersFrom <= body.offset ? `the answer to command ${String(body.offset)} while it is kept` : undefined;
  const what = `event ${String(body.seq)} of execution ${body.executionId} of ${body.instanceId}`;
  if (body.kind === 'EventRaised')
    return isNeeded(judge, body) ? `the external event ${String(body.number)}, ${what}, which is needed` : undefined;
  const execution = judge.executions.get(body.executionId) ?? [];
  if (!isFollowed(judge, body)) return `${what}, which is not followed by another`;
  if (execution.some((other) => isOwn(other) && seqOf(other) < body.seq && judge.kept.has(other.key))) return `${what} out of order`;
  const before = previousOf(execution);
  if (before?.isOther === true && (judge.executions.get(before.id) ?? []).some((other) => isOwn(other) && judge.kept.has(other.key)))
    return `${what}, before what it took the place of`;
  return undefined;
}

/** Keys of facts that nobody needs any more. */
export function unsweptFacts(judge: Judged): readonly string[] {
  return [...judge.executions.values()].flatMap((execution) =>
    execution.flatMap(({ key, body }) => {
      if (!judge.kept.has(key) || !isInstanceFact(body)) return [];
      const isDue = body.kind === 'EventRaised' ? !isNeeded(judge, body) : isFollowed(judge, body);
      return isDue ? [key] : [];
    }),
  );
}

function isFollowed(judge: Judged, { instanceId, executionId }: Fact): boolean {
  return judge.lifeOf(instanceId)?.started.executionId !== executionId;
}

/**
 * An event is needed while it is unread, while the newest execution may be fed it again, and while its id is one of the newest: an instance
 * here never has so many that one is forgotten. Those of an instance that another took the place of are nobody's.
 */
function isNeeded(judge: Judged, event: Extract<Fact, { kind: 'EventRaised' }>): boolean {
  return judge.lifeOf(event.instanceId)?.events.get(event.number) === event;
}

/** Sweeping keeps an order among these only: external events go by themselves. */
function isOwn({ body }: TrueFact): boolean {
  return body.kind !== 'EventRaised';
}

function seqOf({ body }: TrueFact): number {
  return isInstanceFact(body) ? body.seq : 0;
}

function previousOf(execution: readonly TrueFact[]): { readonly id: string; readonly isOther: boolean } | undefined {
  const started = execution[0]?.body;
  if (started?.kind !== 'InstanceStarted') return undefined;
  return { id: started.previousExecutionId, isOther: started.generation === 1 };
}
