/** What an order means to the instance that it is for, in lines; the state is what such decisions need, and no more. */
import {
  decodeCommand,
  isInstanceFact,
  laneName,
  type Command,
  type CommandBody,
  type Fact,
  type ParentLink,
  type PartitionFact,
} from '../../schemas/index.ts';
import { eventIdsOf, isOver, type Life } from './life.ts';
import { messageText, reportText } from './messages.ts';

export interface OrdersGiven {
  lifeOf(instanceId: string): Life | undefined;
  said(line: string): void;
  sent(instanceId: string, text: string): void;
}

interface Known {
  readonly instanceId: string;
  readonly name: string;
  readonly commandId: string;
  readonly parent: ParentLink | null;
  /** Undefined: begun by one of these very commands. */
  readonly executionId: string | undefined;
  readonly ids: Set<string>;
  /** Open children by the event that scheduled them. */
  readonly children: Map<number, string>;
  over: boolean;
  hasRun: boolean;
  suspended: boolean;
  cancelRequested: boolean;
  inboxNext: number;
}

type OfKind<K extends CommandBody['kind']> = Extract<CommandBody, { kind: K }>;
type Start = Pick<OfKind<'StartInstance'>, 'instanceId' | 'name' | 'input' | 'parent'>;

export class Orders {
  private readonly known = new Map<string, Known | undefined>();
  private readonly given: OrdersGiven;

  constructor(given: OrdersGiven) {
    this.given = given;
  }

  obey(command: Command, offset: number): void {
    const { body, commandId } = command;
    const refuse = (code: string): void => {
      this.given.said(`refused ${String(offset)} ${code}`);
    };
    switch (body.kind) {
      case 'StartInstance':
        if (body.parent === null) this.start(body, commandId, refuse);
        else this.startChild(body, commandId, body.parent);
        return;
      case 'RaiseEvent':
        this.raise(body, command, refuse);
        return;
      case 'ReportChild':
        this.report(body);
        return;
      case 'SuspendInstance':
      case 'ResumeInstance':
      case 'TerminateInstance':
      case 'CancelInstance':
        this.control(body, refuse);
        return;
      default:
        body satisfies never;
    }
  }

  private of(instanceId: string): Known | undefined {
    if (!this.known.has(instanceId)) this.known.set(instanceId, knownOf(this.given.lifeOf(instanceId)));
    return this.known.get(instanceId);
  }

  private start(start: OfKind<'StartInstance'>, commandId: string, refuse: (code: string) => void): void {
    const before = this.of(start.instanceId);
    if (before === undefined) this.begin(start, commandId, 1);
    else if (before.commandId === commandId || start.onConflict === 'useExisting') return;
    else if (before.over ? start.onConflict === 'error' : start.onConflict !== 'terminateAndReplace') refuse('INSTANCE_ALREADY_EXISTS');
    else {
      // The facts of one decision come before its messages.
      const messages = before.over ? [] : this.terminate(before, null, true);
      this.begin(start, commandId, before.inboxNext);
      for (const [to, text] of messages) this.given.sent(to, text);
    }
  }

  private startChild(start: OfKind<'StartInstance'>, commandId: string, parent: ParentLink): void {
    const before = this.of(start.instanceId);
    if (before === undefined) this.begin(start, commandId, 1);
    else if (isSameTask(before.parent, parent)) return;
    else if (before.over && before.parent?.instanceId === parent.instanceId) this.begin(start, commandId, before.inboxNext);
    else this.tellParent({ instanceId: start.instanceId, parent }, 'OrchestrationAlreadyExistsError');
  }

  private begin({ instanceId, name, input, parent }: Start, commandId: string, inboxNext: number): void {
    const fresh = { over: false, hasRun: false, suspended: false, cancelRequested: false, inboxNext };
    const nothing = { executionId: undefined, ids: new Set<string>(), children: new Map<number, string>() };
    this.known.set(instanceId, { instanceId, name, commandId, parent, ...nothing, ...fresh });
    this.given.said(startedLine(instanceId, commandId, name, input));
  }

  private raise(raise: OfKind<'RaiseEvent'>, { commandId, source }: Command, refuse: (code: string) => void): void {
    const { instanceId, name, payload, startIfMissing } = raise;
    const isMessage = source !== null && commandId === `@${String(source.partition)}/${String(source.number)}`;
    const id = raise.eventId === '' && !isMessage ? commandId : raise.eventId;
    if (this.of(instanceId) === undefined) {
      if (startIfMissing === null) {
        refuse('INSTANCE_NOT_FOUND');
        return;
      }
      this.begin({ instanceId, ...startIfMissing, parent: null }, commandId, 1);
    }
    const state = this.of(instanceId);
    if (state === undefined || state.ids.has(id)) return;
    if (state.over) {
      refuse('INSTANCE_TERMINAL');
      return;
    }
    if (id !== '') state.ids.add(id);
    this.given.said(eventLine(instanceId, state.inboxNext++, name, payload, id));
  }

  private report({ instanceId, executionId, scheduledSeq, childInstanceId, result, failure }: OfKind<'ReportChild'>): void {
    const state = this.of(instanceId);
    if (state?.executionId !== executionId || state.over || state.children.get(scheduledSeq) !== childInstanceId) return;
    state.children.delete(scheduledSeq);
    this.given.said(childLine(instanceId, scheduledSeq, failure === null ? { result } : { errorType: failure.errorType }));
  }

  private control(
    order: OfKind<'SuspendInstance' | 'ResumeInstance' | 'TerminateInstance' | 'CancelInstance'>,
    refuse: (code: string) => void,
  ): void {
    const state = this.of(order.instanceId);
    if (state === undefined) refuse('INSTANCE_NOT_FOUND');
    else if (state.over || ('childOf' in order && order.childOf !== null && !isSameTask(state.parent, order.childOf))) return;
    else if (order.kind === 'TerminateInstance') {
      for (const [to, text] of this.terminate(state, order.output, order.recursive)) this.given.sent(to, text);
    } else if (order.kind === 'CancelInstance') this.cancel(state);
    else if (state.suspended !== (order.kind === 'SuspendInstance')) {
      state.suspended = !state.suspended;
      this.given.said(`${state.suspended ? 'InstanceSuspended' : 'InstanceResumed'} ${state.instanceId}`);
    }
  }

  /** Gives the messages that follow. */
  private terminate(state: Known, output: string | null, recursive: boolean): readonly (readonly [to: string, text: string])[] {
    const { instanceId, executionId, parent, name } = state;
    state.over = true;
    this.given.said(`InstanceTerminated ${instanceId} ${String(output)}`);
    const messages = reportText(state, { errorType: 'OrchestrationTerminatedError' }).map(
      (text) => [parent?.instanceId ?? '', text] as const,
    );
    if (!recursive || executionId === undefined) return messages;
    const told = [...state.children].map(([scheduledSeq, child]) => {
      const childOf = { instanceId, executionId, scheduledSeq, name } as ParentLink;
      const order = { kind: 'TerminateInstance', instanceId: child, output: null, reason: '', recursive: true, childOf } as CommandBody;
      return [child, messageText(order)] as const;
    });
    return [...messages, ...told];
  }

  private cancel(state: Known): void {
    if (state.cancelRequested) return;
    state.cancelRequested = true;
    this.given.said(`CancelRequested ${state.instanceId}`);
    if (state.hasRun) return;
    state.over = true;
    this.given.said(`InstanceCanceled ${state.instanceId}`);
    this.tellParent(state, 'CancelledError');
  }

  private tellParent(child: Pick<Known, 'instanceId' | 'parent'>, errorType: string): void {
    for (const text of reportText(child, { errorType })) this.given.sent(child.parent?.instanceId ?? '', text);
  }
}

function knownOf(life: Life | undefined): Known | undefined {
  if (life === undefined) return undefined;
  const { started, suspended, cancelRequested, inboxNext, open } = life;
  const { instanceId, name, commandId, parent, executionId } = started;
  const children = new Map(
    [...open].flatMap(([seq, task]) => (task.childInstanceId === undefined ? [] : [[seq, task.childInstanceId] as const])),
  );
  const hasRun = life.status !== 'Pending' || started.generation > 1;
  const who = { instanceId, name, commandId, parent, executionId };
  return { ...who, suspended, cancelRequested, inboxNext, children, hasRun, over: isOver(life), ids: new Set(eventIdsOf(life)) };
}

function isSameTask(a: ParentLink | null, b: ParentLink): boolean {
  return a?.instanceId === b.instanceId && a.executionId === b.executionId && a.scheduledSeq === b.scheduledSeq;
}

/** The line of a fact that a command caused, or undefined when it is of another kind. `isTurns`: a turn wrote it. */
export function lineOf(body: Fact | PartitionFact, isTurns: boolean): string | undefined {
  if (isInstanceFact(body)) return isTurns ? undefined : instanceLine(body);
  switch (body.kind) {
    case 'OutboundQueued': {
      const text = body.lane === laneName({ kind: 'dead-letter' }) ? '' : messageText(decodeCommand(Buffer.from(body.value)).body);
      return `outbound ${body.lane} ${text}`;
    }
    case 'CommandRefused':
      return `refused ${String(body.offset)} ${body.code}`;
    case 'CommandForwarded':
      return `forwarded ${String(body.offset)} ${String(body.toPartition)} ${String(body.number)}`;
    default:
      return body satisfies never;
  }
}

const plain: ReadonlySet<Fact['kind']> = new Set(['InstanceSuspended', 'InstanceResumed', 'CancelRequested', 'InstanceCanceled']);

function instanceLine(fact: Fact): string | undefined {
  const { kind, instanceId } = fact;
  if (plain.has(kind)) return `${kind} ${instanceId}`;
  if (fact.kind === 'EventRaised') return eventLine(instanceId, fact.number, fact.name, fact.payload, fact.eventId);
  if (fact.kind === 'ChildCompleted') return childLine(instanceId, fact.scheduledSeq, { result: fact.result });
  if (fact.kind === 'ChildFailed') return childLine(instanceId, fact.scheduledSeq, { errorType: fact.failure.errorType });
  if (fact.kind === 'InstanceTerminated') return `InstanceTerminated ${instanceId} ${String(fact.output)}`;
  return fact.kind === 'InstanceStarted' ? startedLine(instanceId, fact.commandId, fact.name, fact.input) : undefined;
}

const startedLine = (instanceId: string, commandId: string, name: string, input: string | null): string =>
  `started ${instanceId} ${commandId} ${name} ${String(input)}`;

const eventLine = (instanceId: string, number: number, name: string, payload: string | null, id: string): string =>
  `event ${String(number)} ${instanceId} ${name} ${String(payload)} ${id}`;

function childLine(
  instanceId: string,
  scheduledSeq: number,
  end: { readonly result: string | null } | { readonly errorType: string },
): string {
  return `child ${instanceId} ${String(scheduledSeq)} ${JSON.stringify(end)}`;
}
