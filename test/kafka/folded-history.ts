/** Reads a namespace's history as an auditor would: every partition, every record, by the one fold that owners use. */
import { emptyPartition, foldRecord, type ClosedFact, type PartitionState } from '../../engine/core/index.ts';
import { connectKafkaLog } from '../../engine/log/kafka/index.ts';
import { decoded } from '../../partition-worker/owner/restore.ts';
import { isInstanceFact, type Fact } from '../../schemas/index.ts';

export interface FoldedPartition {
  readonly state: PartitionState;
  /** Closed facts that no tombstone took, by their key in the log. */
  readonly facts: ReadonlyMap<string, ClosedFact>;
  /** Records in the log, tombstones included. */
  readonly records: number;
  readonly tombstones: number;
  readonly claims: number;
  /** Facts that never counted. */
  readonly voidFacts: number;
}

export async function foldHistory(brokers: readonly string[], namespace: string): Promise<FoldedPartition[]> {
  const self = { apiUrl: null, programs: [] };
  const { log } = await connectKafkaLog({ brokers, namespace, groupId: `${namespace}.audit`, self });
  try {
    const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
    return await Promise.all(
      partitions.map(async (partition) => {
        const opened = log.open(partition);
        const state = emptyPartition();
        const facts = new Map<string, ClosedFact>();
        const counts = { records: 0, tombstones: 0, claims: 0, voidFacts: 0 };
        const sink = {
          closed: (fact: ClosedFact): void => void facts.set(fact.key, fact),
          removed: (key: string): void => void facts.delete(key),
          voided: (): void => {
            counts.voidFacts++;
          },
        };
        await opened.read(0, (records) => {
          for (const raw of records) {
            const record = decoded(raw);
            counts.records++;
            if (record.record === null) counts.tombstones++;
            if (record.record?.body.kind === 'Claim') counts.claims++;
            foldRecord(state, record, sink);
          }
        });
        opened.close();
        return { state, facts, ...counts };
      }),
    );
  } finally {
    await log.close();
  }
}

/** What must be the same however much of the log compaction took: all but the numbers of records. */
export function meaningOf({ state, facts }: FoldedPartition): unknown {
  const { marks, voidKeys, ...rest } = state;
  return {
    ...rest,
    marks: { ...marks, sentThrough: [...marks.sentThrough], received: [...marks.received] },
    voidKeys: [...voidKeys].sort(),
    facts: [...facts.values()].map(({ key, body }) => ({ key, body })).sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

/** The events of every instance, in order. */
export function eventsByInstance(partitions: readonly FoldedPartition[]): Map<string, Fact[]> {
  const events = new Map<string, Fact[]>();
  for (const { facts } of partitions)
    for (const { body } of facts.values()) {
      if (!isInstanceFact(body)) continue;
      const known = events.get(body.instanceId);
      if (known === undefined) events.set(body.instanceId, [body]);
      else known.push(body);
    }
  for (const list of events.values()) list.sort((a, b) => a.seq - b.seq);
  return events;
}
