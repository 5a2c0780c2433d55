/** The clients of a run: they order starts, events and control, right and wrong ones, and ask what became of them. */
import {
  encodeCommand,
  OperationalError,
  partitionOf,
  type Command,
  type CommandBody,
  type CommandId,
  type InstanceId,
  type WaitFor,
} from '../../schemas/index.ts';
import type { CommandSink } from '../../engine/log/index.ts';
import { isOver, type Life } from './life.ts';
import { anyProgram } from './orchestrations.ts';
import { itemsWanted } from './outcomes.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

/** Ids that try the keys: one may begin another, hold slashes and colons, or more bytes than characters. */
const prefixes = ['i', 'i/1', '3:i', 'é', 'i/1/2', '日本'];
const policies = ['error', 'useExisting', 'replaceTerminal', 'terminateAndReplace'];

type Start = Extract<CommandBody, { kind: 'StartInstance' }>;

export class Client {
  private readonly world: World;
  private readonly sink: CommandSink;
  private readonly sent: Command[] = [];
  /** The first start ordered under each id: whoever orders another start there wants the same. */
  private readonly starts = new Map<InstanceId, Start>();
  /** Items raised without an id of their own: the client must not raise one twice. */
  private readonly raised = new Set<string>();
  private ids = 0;

  constructor(world: World) {
    this.world = world;
    this.sink = world.broker.connect('client').sink;
  }

  /** Orders something. */
  order(): void {
    const { random, faults } = this.world;
    const kind = random.below(40);
    const earlier = random.pick(this.sent);
    const start = earlier === undefined ? undefined : this.starts.get(earlier.body.instanceId);
    if (kind < 2) this.scribble();
    else if (kind < 5 && earlier !== undefined) {
      faults.note('command repeated');
      this.send(earlier);
    } else if (kind < 7 && start !== undefined) this.send(this.command({ ...start, onConflict: random.pick(policies) ?? 'error' }));
    else if (kind === 7) this.send(this.invalidCommand());
    else if (kind < 20) this.raise(random.pick(this.collectors()));
    else if (kind < 27) this.control();
    else this.send(this.command(this.newStart()));
  }

  /** Asks some process something; what it answers goes to the witness. */
  ask(process: WorkerProcess): void {
    const { random, witness, partitions, broker } = this.world;
    const timeoutMs = random.pick([0, 200, 5_000]) ?? 0;
    const { reads } = process.worker;
    const kind = random.below(5);
    const partition = random.below(partitions);
    const instanceId = this.anyInstance();
    const next = broker.commands(partition).next;
    if (kind < 2 || instanceId === undefined) {
      const place = { partition, offset: random.below(next + 1) };
      this.hear(reads.answer(place, timeoutMs), (answer) => {
        witness.answered(place, answer);
      });
      return;
    }
    const after =
      random.chance(0.3) && next > 0 ? { partition: partitionOf(instanceId, partitions), offset: random.below(next) } : undefined;
    if (kind === 2)
      this.hear(reads.state(instanceId, after), (snapshot) => {
        witness.seen(instanceId, snapshot);
        if (snapshot === undefined && after !== undefined) witness.missing(instanceId, after);
      });
    else if (kind === 3)
      this.hear(reads.history(instanceId, after === undefined ? {} : { after }), (page) => {
        if (page !== undefined) witness.historySeen(instanceId, page.events);
      });
    else {
      const what: WaitFor = random.chance(0.5) ? 'start' : 'completion';
      this.hear(reads.wait(instanceId, what, timeoutMs, after), (snapshot) => {
        witness.seen(instanceId, snapshot);
      });
    }
  }

  /** Once the faults are over: resumes what is suspended and raises the items that are missing, so that all can end. */
  tidy(): void {
    for (const { life } of this.lives()) {
      if (isOver(life)) continue;
      const { instanceId, name, input } = life.started;
      if (life.suspended) this.send(this.command({ kind: 'ResumeInstance', instanceId, reason: 'the end' }));
      if (!isOwn(life)) continue;
      const there = new Set([...life.events.values()].map(({ payload }) => Number(payload)));
      for (let value = 1; value <= itemsWanted(name, input); value++)
        if (!there.has(value)) this.send(this.command(itemFor(instanceId, value, `${instanceId}/${String(value)}`)));
    }
  }

  private *lives(): Generator<{ readonly life: Life }> {
    for (const judge of this.world.judges)
      for (const id of judge.instances.keys()) {
        const life = judge.lifeOf(id);
        if (life !== undefined) yield { life };
      }
  }

  /** An instance that there is, a child perhaps; or one that was ordered. */
  private anyInstance(): InstanceId | undefined {
    const { random } = this.world;
    const ids = [...this.lives()].map(({ life }) => life.started.instanceId);
    return (random.chance(0.7) ? random.pick(ids) : undefined) ?? random.pick(this.sent)?.body.instanceId;
  }

  /** Starts of what waits for items: whether they have arrived, nobody has told. */
  private collectors(): readonly Start[] {
    return [...this.starts.values()].filter(({ name, input }) => itemsWanted(name, input) > 0);
  }

  /** One of the items that the instance waits for; every other one goes by its own id, and may be raised again and again. */
  private raise(to: Start | undefined): void {
    const { random, faults } = this.world;
    if (to === undefined || random.chance(0.15)) {
      this.raiseOther(to?.instanceId ?? this.anyInstance());
      return;
    }
    const { instanceId, name, version, input, tags } = to;
    const value = 1 + random.below(itemsWanted(name, input));
    const isAgain = this.raised.has(`${instanceId}/${String(value)}`);
    this.raised.add(`${instanceId}/${String(value)}`);
    if (value % 2 === 0 && isAgain) return;
    if (isAgain) faults.note('event raised again');
    const startIfMissing = random.chance(0.2) ? { name, version, input, tags } : null;
    const id = value % 2 === 0 ? '' : `${instanceId}/${String(value)}`;
    this.send(this.command({ ...itemFor(instanceId, value, id), startIfMissing }));
  }

  /** Something that nobody waits for, or that the patient and the dropping wait for. */
  private raiseOther(instanceId: InstanceId | undefined): void {
    if (instanceId === undefined) return;
    const life = this.world.judges[partitionOf(instanceId, this.world.partitions)]?.lifeOf(instanceId);
    const name = life !== undefined && itemsWanted(life.started.name, life.started.input) === 0 ? 'ITEM' : 'other';
    this.send(
      this.command({ kind: 'RaiseEvent', instanceId, name, payload: String(++this.ids + 1_000), eventId: '', startIfMissing: null }),
    );
  }

  private control(): void {
    const { random } = this.world;
    const instanceId = random.chance(0.05) ? ('nobody' as InstanceId) : this.anyInstance();
    if (instanceId === undefined) return;
    const drawn = random.below(10);
    const reason = 'ordered';
    if (drawn < 4) this.send(this.command({ kind: 'SuspendInstance', instanceId, reason }));
    else if (drawn < 7) this.send(this.command({ kind: 'ResumeInstance', instanceId, reason }));
    else if (drawn < 8) this.send(this.command({ kind: 'CancelInstance', instanceId, reason, childOf: null }));
    else {
      const recursive = random.chance(0.7);
      this.send(this.command({ kind: 'TerminateInstance', instanceId, output: '"ended"', reason, recursive, childOf: null }));
    }
  }

  private hear<T>(reading: Promise<T>, then: (value: T) => void): void {
    reading.then(then, (error: unknown) => {
      if (error instanceof OperationalError && error.retryable) return;
      this.world.accuse(`a reader is told ${String(error)}`);
    });
  }

  private command(body: CommandBody): Command {
    return { commandId: `c${String(++this.ids)}` as CommandId, issuedAtMs: this.world.schedule.nowMs, source: null, body };
  }

  private newStart(): Start {
    const { random, schedule } = this.world;
    const { name, input } = anyProgram((bound) => random.below(bound));
    const instanceId = `${random.pick(prefixes) ?? ''}/${String(++this.ids)}` as InstanceId;
    const start: Start = {
      kind: 'StartInstance',
      instanceId,
      name,
      version: '',
      input,
      tags: random.chance(0.1) ? [{ key: 'of', value: name }] : [],
      onConflict: random.pick(policies) ?? 'error',
      startAtMs: random.chance(0.1) ? schedule.nowMs + random.below(5_000) - 1_000 : null,
      parent: null,
    };
    this.starts.set(instanceId, start);
    return start;
  }

  private invalidCommand(): Command {
    const body = this.newStart();
    this.starts.delete(body.instanceId);
    const command = this.command(body);
    switch (this.world.random.below(5)) {
      case 0:
        return { ...command, commandId: '' as CommandId };
      case 1:
        return { ...command, body: { ...body, instanceId: '' as InstanceId } };
      case 2:
        return { ...command, source: { partition: this.world.partitions, number: 1 } };
      case 3:
        return { ...command, body: { ...body, instanceId: `@${body.instanceId}` as InstanceId } };
      default:
        return { ...command, body: { ...body, name: '' } };
    }
  }

  /** Sends until it is acked, as clients do; sometimes to a wrong partition. */
  private send(command: Command): void {
    const { random, faults, partitions } = this.world;
    this.sent.push(command);
    let partition = partitionOf(command.body.instanceId, partitions);
    if (faults.strikes('command misrouted', 0.25)) partition = (partition + 1 + random.below(partitions - 1)) % partitions;
    const record = { key: command.body.instanceId, value: encodeCommand(command) };
    const tryOnce = (): void => {
      this.sink.send(partition, [record]).catch(tryOnce);
    };
    tryOnce();
  }

  /** Somebody writes what is no command. */
  private scribble(): void {
    const { random, faults, broker, partitions } = this.world;
    faults.note('command undecodable');
    const value = random.pick([null, Buffer.alloc(0), Buffer.from('no command'), Buffer.from([0, 0, 0, 0, 99, 1, 2])]) ?? null;
    broker.order(random.below(partitions), random.pick([null, 'key']) ?? null, value);
  }
}

/** What a client started: what an orchestration started is sent all it waits for by that one. */
function isOwn({ started }: Life): boolean {
  return !started.commandId.startsWith('@');
}

function itemFor(instanceId: InstanceId, value: number, eventId: string): Extract<CommandBody, { kind: 'RaiseEvent' }> {
  return { kind: 'RaiseEvent', instanceId, name: 'item', payload: String(value), eventId, startIfMissing: null };
}
