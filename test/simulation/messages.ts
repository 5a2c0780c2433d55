/** Which messages a fact sends to other instances: each fact its own, and no message without one. */
import type { CommandBody, Fact, InstanceId, ParentLink } from '../../schemas/index.ts';
import type { Life } from './life.ts';

/** What is known of an instance when it ends or is given up. */
export interface Ending {
  readonly instanceId: string;
  readonly parent: ParentLink | null;
}

/** The messages of a fact that a turn gave, in text. `life` is the instance before the fact. */
export function messagesOf(life: Life, fact: Fact): readonly string[] {
  const { name, parent } = life.started;
  const { instanceId, executionId, seq } = fact;
  if (fact.kind === 'ChildScheduled' || fact.kind === 'StartSent') {
    const link: ParentLink | null = fact.kind === 'StartSent' ? null : { instanceId, executionId, scheduledSeq: seq, name };
    const { childInstanceId, version, input, tags } = fact;
    const order = { onConflict: 'error', startAtMs: null, parent: link };
    return [messageText({ kind: 'StartInstance', instanceId: childInstanceId, name: fact.name, version, input, tags, ...order })];
  }
  if (fact.kind === 'EventSent') {
    const order = { instanceId: fact.targetInstanceId, name: fact.name, payload: fact.payload, eventId: '', startIfMissing: null };
    return [messageText({ kind: 'RaiseEvent', ...order })];
  }
  if (fact.kind === 'TaskCancelled') {
    const child = life.open.get(fact.scheduledSeq)?.childInstanceId;
    const childOf = { instanceId, executionId, scheduledSeq: fact.scheduledSeq, name };
    return child === undefined ? [] : [messageText({ kind: 'CancelInstance', instanceId: child as InstanceId, reason: '', childOf })];
  }
  if (fact.kind === 'InstanceCompleted') return reportText({ instanceId, parent }, { result: fact.output });
  if (fact.kind === 'InstanceFailed') return reportText({ instanceId, parent }, { errorType: fact.failure.errorType });
  return fact.kind === 'InstanceCanceled' ? reportText({ instanceId, parent }, { errorType: 'CancelledError' }) : [];
}

/** What the parent of an instance that has ended is told. */
export function reportText(
  { instanceId, parent }: Ending,
  end: { readonly result: string | null } | { readonly errorType: string },
): readonly string[] {
  if (parent === null) return [];
  const result = 'result' in end ? end.result : null;
  const failure = 'errorType' in end ? end.errorType : null;
  return [JSON.stringify(['ReportChild', parent.instanceId, parent.executionId, parent.scheduledSeq, instanceId, result, failure])];
}

/** All of a message that matters, in text: how a reason or a failure is worded does not. */
export function messageText(body: CommandBody): string {
  const { kind, instanceId } = body;
  switch (body.kind) {
    case 'StartInstance': {
      const { name, version, input, tags, onConflict, startAtMs, parent } = body;
      return JSON.stringify([kind, instanceId, name, version, input, tags, onConflict, startAtMs, linkText(parent)]);
    }
    case 'RaiseEvent':
      return JSON.stringify([kind, instanceId, body.name, body.payload, body.eventId, body.startIfMissing?.name]);
    case 'SuspendInstance':
    case 'ResumeInstance':
      return JSON.stringify([kind, instanceId]);
    case 'TerminateInstance':
      return JSON.stringify([kind, instanceId, body.output, body.recursive, linkText(body.childOf)]);
    case 'CancelInstance':
      return JSON.stringify([kind, instanceId, linkText(body.childOf)]);
    case 'ReportChild': {
      const { executionId, scheduledSeq, childInstanceId, result, failure } = body;
      return JSON.stringify([kind, instanceId, executionId, scheduledSeq, childInstanceId, result, failure?.errorType ?? null]);
    }
    default:
      return body satisfies never;
  }
}

function linkText(link: ParentLink | null): string {
  return link === null ? '' : JSON.stringify([link.instanceId, link.executionId, link.scheduledSeq, link.name]);
}
