/** The clients of a run: they order starts, right and wrong ones, and ask what became of them. */
import {
  encodeCommand,
  OperationalError,
  partitionOf,
  type Command,
  type CommandId,
  type InstanceId,
  type WaitFor,
} from '../../schemas/index.ts';
import type { CommandSink } from '../../engine/log/index.ts';
import { anyProgram } from './orchestrations.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

/** Ids that try the keys: one may begin another, hold slashes and colons, or more bytes than characters. */
const prefixes = ['i', 'i/1', '3:i', 'é', 'i/1/2', '日本'];

export class Client {
  private readonly world: World;
  private readonly sink: CommandSink;
  private readonly sent: Command[] = [];
  private ids = 0;

  constructor(world: World) {
    this.world = world;
    this.sink = world.broker.connect('client').sink;
  }

  /** Orders something. */
  order(): void {
    const { random, faults } = this.world;
    const kind = random.below(20);
    const earlier = random.pick(this.sent);
    if (kind === 0) this.scribble();
    else if (kind < 3 && earlier !== undefined) {
      faults.note('command repeated');
      this.send(earlier);
    } else if (kind < 6 && earlier !== undefined)
      this.send({ ...this.newCommand(), body: { ...this.newCommand().body, instanceId: earlier.body.instanceId } });
    else if (kind === 6) this.send(this.invalidCommand());
    else this.send(this.newCommand());
  }

  /** Asks some process something; what it answers goes to the witness. */
  ask(process: WorkerProcess): void {
    const { random, witness, partitions, broker } = this.world;
    const timeoutMs = random.pick([0, 200, 5_000]) ?? 0;
    const { reads } = process.worker;
    const kind = random.below(5);
    const partition = random.below(partitions);
    const command = random.pick(this.sent);
    const next = broker.commands(partition).next;
    if (kind < 2 || command === undefined) {
      const place = { partition, offset: random.below(next + 1) };
      this.hear(reads.answer(place, timeoutMs), (answer) => {
        witness.answered(place, answer);
      });
      return;
    }
    const { instanceId } = command.body;
    const after =
      random.chance(0.3) && next > 0 ? { partition: partitionOf(instanceId, partitions), offset: random.below(next) } : undefined;
    if (kind === 2)
      this.hear(reads.state(instanceId, after), (snapshot) => {
        witness.seen(instanceId, snapshot);
        if (snapshot === undefined && after !== undefined) witness.missing(instanceId, after);
      });
    else if (kind === 3)
      this.hear(reads.history(instanceId, after === undefined ? {} : { after }), (page) => {
        if (page !== undefined)
          witness.historySeen(
            instanceId,
            page.events.map(({ seq }) => seq),
          );
      });
    else {
      const what: WaitFor = random.chance(0.5) ? 'start' : 'completion';
      this.hear(reads.wait(instanceId, what, timeoutMs, after), (snapshot) => {
        witness.seen(instanceId, snapshot);
      });
    }
  }

  private hear<T>(reading: Promise<T>, then: (value: T) => void): void {
    reading.then(then, (error: unknown) => {
      if (error instanceof OperationalError && error.retryable) return;
      this.world.accuse(`a reader is told ${String(error)}`);
    });
  }

  private newCommand(): Command {
    const { random, schedule } = this.world;
    const id = String(++this.ids);
    const { name, input } = anyProgram((bound) => random.below(bound));
    return {
      commandId: `c${id}` as CommandId,
      issuedAtMs: schedule.nowMs,
      source: null,
      body: {
        kind: 'StartInstance',
        instanceId: `${random.pick(prefixes) ?? ''}/${id}` as InstanceId,
        name,
        version: '',
        input,
        tags: [],
        onConflict: 'error',
        startAtMs: null,
        parent: null,
      },
    };
  }

  private invalidCommand(): Command {
    const command = this.newCommand();
    const { body } = command;
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
        return { ...command, body: body.kind === 'StartInstance' ? { ...body, name: '' } : body };
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
