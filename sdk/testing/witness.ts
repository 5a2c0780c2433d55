/** Reads along with everything that lands on the history log, by the same fold as owners do: what it holds is what really happened. */
import { decodeHistory, isInstanceFact, type Fact, type EventRaised, type InstanceStarted } from '../../schemas/index.ts';
import { emptyPartition, foldRecord, type FoldSink, type PartitionState } from '../../engine/core/index.ts';
import type { AppendRecord, Offset } from '../../engine/log/index.ts';
import { historyFormat, type RecordedHistory } from './recorded-history.ts';

interface Execution {
  readonly started: InstanceStarted;
  readonly facts: Fact[];
}

interface Instance {
  readonly executions: Execution[];
  /** By their numbers in the inbox: a later generation may have read them. */
  readonly events: Map<number, EventRaised>;
}

export class Witness {
  private readonly partitions: Map<number, PartitionState> = new Map();
  private readonly instances: Map<string, Instance> = new Map();
  private readonly sink: FoldSink = {
    closed: ({ body }) => {
      if (isInstanceFact(body)) this.note(body);
    },
    removed: () => undefined,
    voided: () => undefined,
  };

  landed(partition: number, base: Offset, records: readonly AppendRecord[]): void {
    const state = this.partitions.get(partition) ?? emptyPartition();
    this.partitions.set(partition, state);
    records.forEach(({ key, value }, at) => {
      const record = value === null ? null : decodeHistory(value);
      foldRecord(state, { offset: base + at, key, record, bytes: value }, this.sink);
    });
  }

  /** The histories of an instance's executions, oldest first. */
  histories(instanceId: string): readonly RecordedHistory[] {
    const instance = this.instances.get(instanceId);
    if (instance === undefined) return [];
    return instance.executions.map(({ started, facts }) => ({
      format: historyFormat,
      carried: carriedTo(started, instance.events),
      facts: [...facts],
    }));
  }

  get instanceIds(): readonly string[] {
    return [...this.instances.keys()];
  }

  private note(fact: Fact): void {
    const instance = this.instances.get(fact.instanceId) ?? { executions: [], events: new Map<number, EventRaised>() };
    this.instances.set(fact.instanceId, instance);
    if (fact.kind === 'EventRaised') instance.events.set(fact.number, fact);
    if (fact.kind === 'InstanceStarted') instance.executions.push({ started: fact, facts: [] });
    const execution = instance.executions.findLast(({ started }) => started.executionId === fact.executionId);
    if (execution === undefined) throw new Error(`${fact.kind} of ${fact.executionId} came before its start`);
    execution.facts.push(fact);
  }
}

function carriedTo({ carried }: InstanceStarted, events: ReadonlyMap<number, EventRaised>): readonly EventRaised[] {
  return carried.flatMap(({ from, through }) => {
    const found: EventRaised[] = [];
    for (let number = from; number <= through; number++) {
      const event = events.get(number);
      if (event === undefined) throw new Error(`event ${String(number)} was carried on but never came in`);
      found.push(event);
    }
    return found;
  });
}
