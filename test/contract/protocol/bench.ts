import { expect } from 'vitest';
import {
  isInstanceFact,
  decodeHistory,
  encodeCommand,
  partitionOf,
  type Command,
  type CommandAnswer,
  type CommandId,
  type CommandPlace,
  type Fact,
  type InstanceId,
  type InstanceSnapshot,
  type OutboundQueued,
} from '../../../schemas/index.ts';
import {
  emptyPartition,
  evolve,
  foldRecord,
  type ClosedFact,
  type InstanceState,
  type PartitionState,
} from '../../../engine/core/index.ts';
import type { AppendRecord, CommandSink } from '../../../engine/log/index.ts';
import { openNode, type Node, type NodeOptions } from './node.ts';
import type { TinyInput } from './tiny-program.ts';
import { partitions, type ProtocolProcess, type ProtocolWorld } from './world.ts';

export const pollMs = 20_000;

/** An id that hashes to the partition. */
export function idOn(partition: number, name: string): InstanceId {
  for (let at = 0; ; at++) {
    const id = `${name}-${String(at)}`;
    if (partitionOf(id, partitions) === partition) return id as InstanceId;
  }
}

export function startCommand(
  id: InstanceId,
  input: TinyInput | string | null,
  changes: { name?: string; commandId?: string } = {},
): Command {
  return {
    commandId: (changes.commandId ?? `start ${id}`) as CommandId,
    issuedAtMs: 1,
    source: null,
    body: {
      kind: 'StartInstance',
      instanceId: id,
      name: changes.name ?? 'tasks',
      version: '',
      input: typeof input === 'object' && input !== null ? JSON.stringify(input) : input,
      tags: [],
      onConflict: 'error',
      startAtMs: null,
      parent: null,
    },
  };
}

/** What any reader makes of a partition's log: nothing here knows of a worker. */
export interface Reading {
  readonly state: PartitionState;
  readonly facts: ReadonlyMap<string, ClosedFact>;
  readonly instances: ReadonlyMap<string, InstanceState>;
  readonly history: ReadonlyMap<string, readonly Fact[]>;
  /** Every outbound message that ever counted, in the order of the log. */
  readonly outbound: readonly OutboundQueued[];
}

/** One test's world: its processes, a client's sink, and the audit at its end. */
export class Bench {
  readonly world: ProtocolWorld;
  private readonly client: ProtocolProcess;
  private readonly nodes: Node[] = [];

  private constructor(world: ProtocolWorld, client: ProtocolProcess) {
    this.world = world;
    this.client = client;
  }

  static async open(world: ProtocolWorld): Promise<Bench> {
    return new Bench(world, await world.open('client'));
  }

  get sink(): CommandSink {
    return this.client.sink;
  }

  /** A node that is not a member yet, so that its faults can be set first. */
  async node(name: string, options?: NodeOptions): Promise<Node> {
    const node = await openNode(this.world, name, options);
    this.nodes.push(node);
    return node;
  }

  /** A node that owns both partitions, alone. */
  async owner(name = 'a', options?: NodeOptions): Promise<Node> {
    const node = await (await this.node(name, options)).start();
    await Promise.all([node.taken(0), node.taken(1)]);
    return node;
  }

  /** Writes a command to the partition its instance lives on, or to another. */
  async order(command: Command, partition: number = partitionOf(command.body.instanceId, partitions)): Promise<CommandPlace> {
    return this.write(partition, command.body.instanceId, encodeCommand(command));
  }

  async write(partition: number, key: string, value: Buffer): Promise<CommandPlace> {
    return { partition, offset: await this.sink.send(partition, [{ key, value }]) };
  }

  /** Puts records into a history log by hand: what a zombie or a stranger may do at any moment. */
  async intrude(partition: number, records: readonly AppendRecord[]): Promise<void> {
    const log = this.client.log.open(partition);
    const outcome = await log.append(records);
    log.close();
    if (outcome.kind !== 'acked') throw new Error(`the intruder's append was ${outcome.kind}`, { cause: outcome.cause });
  }

  answer(node: Node, place: CommandPlace): Promise<CommandAnswer> {
    return node.worker.reads.answer(place, pollMs);
  }

  /** Starts an instance of `tasks` and answers its final state. */
  async run(node: Node, id: InstanceId, input: TinyInput): Promise<InstanceSnapshot> {
    return this.completion(node, id, await this.order(startCommand(id, input)));
  }

  async completion(node: Node, id: InstanceId, after?: CommandPlace): Promise<InstanceSnapshot> {
    const snapshot = await node.worker.reads.wait(id, 'completion', pollMs, after);
    if (snapshot === undefined) throw new Error(`there is no instance ${id}`);
    expect(['Completed', 'Failed']).toContain(snapshot.runtimeStatus);
    return snapshot;
  }

  async read(partition: number): Promise<Reading> {
    const state = emptyPartition();
    const facts = new Map<string, ClosedFact>();
    const instances = new Map<string, InstanceState>();
    const history = new Map<string, Fact[]>();
    const outbound: OutboundQueued[] = [];
    const closed = (fact: ClosedFact): void => {
      facts.set(fact.key, fact);
      const { body } = fact;
      if (body.kind === 'OutboundQueued') outbound.push(body);
      if (!isInstanceFact(body)) return;
      history.set(body.instanceId, [...(history.get(body.instanceId) ?? []), body]);
      const next = evolve(instances.get(body.instanceId), body);
      if (next !== undefined) instances.set(body.instanceId, next);
    };
    for (const { offset, key, value } of await this.world.history(partition))
      foldRecord(
        state,
        { offset, key, bytes: value, record: value === null ? null : decodeHistory(value) },
        {
          closed,
          removed: (removed) => facts.delete(removed),
          voided: () => undefined,
        },
      );
    return { state, facts, instances, history, outbound };
  }

  /** Stops everything and checks what must hold of every log, whatever happened to it. */
  async close(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    for (let partition = 0; partition < partitions; partition++) {
      audit(await this.read(partition));
      const tombstones = (await this.world.history(partition)).filter(({ value }) => value === null);
      // [L4] claims and Progress are kept for ever: without the last Progress of its epoch, what it closed would become void
      expect(tombstones.filter(({ key }) => key.startsWith('c/') || key.startsWith('p/'))).toEqual([]);
    }
    await this.client.close();
    await this.world.close();
  }
}

function audit({ state, history, outbound }: Reading): void {
  expect(state.strangers).toBe(0);
  for (const events of history.values()) {
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    const answered = events.flatMap((event) => (event.kind === 'TaskCompleted' || event.kind === 'TaskFailed' ? [event.scheduledSeq] : []));
    expect(new Set(answered).size).toBe(answered.length);
  }
  // [L7] numbered 1, 2, 3 without a gap, also across takeovers
  expect(outbound.map(({ number }) => number)).toEqual(outbound.map((_, at) => at + 1));
  expect(state.marks.outboundLast).toBe(outbound.length);
}

/** A promise and its key. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
