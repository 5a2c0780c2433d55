/** What a program did in a turn. The program port speaks the same union; the core needs nothing else of it. */
import type { FailureDetails, InstanceId, Payload, Tag } from '../../schemas/index.ts';

interface Called {
  /** The program's own number for the task, unique in its execution. */
  readonly taskId: number;
  readonly name: string;
  readonly version: string;
  readonly input: Payload;
  readonly tags: readonly Tag[];
}

interface Attempt {
  /** From 1. */
  readonly attempt: number;
  /** The task id of the first attempt; 0 when this is it. */
  readonly firstTaskId: number;
}

/** From now, by the owner's clock; or at a time. */
export type TimerTime = { readonly kind: 'after'; readonly delayMs: number } | { readonly kind: 'at'; readonly atMs: number };

export type TurnAction =
  | ({ readonly kind: 'ScheduleTask' } & Called & Attempt)
  | ({ readonly kind: 'ScheduleChild'; readonly childInstanceId: InstanceId } & Called & Attempt)
  /** A start that nobody waits for. */
  | ({ readonly kind: 'StartInstance'; readonly childInstanceId: InstanceId } & Called)
  | { readonly kind: 'CreateTimer'; readonly taskId: number; readonly when: TimerTime }
  | { readonly kind: 'CancelTimer'; readonly taskId: number }
  /** Gives up an activity or a child. */
  | { readonly kind: 'CancelTask'; readonly taskId: number }
  | {
      readonly kind: 'SendEvent';
      readonly taskId: number;
      readonly targetInstanceId: InstanceId;
      readonly name: string;
      readonly payload: Payload;
    }
  /** At most one a turn. */
  | { readonly kind: 'SetCustomStatus'; readonly value: Payload }
  | { readonly kind: 'MarkPatch'; readonly id: string }
  | { readonly kind: 'ContinueAsNew'; readonly input: Payload; readonly version: string; readonly preserveEvents: boolean }
  | { readonly kind: 'CompleteInstance'; readonly output: Payload }
  | { readonly kind: 'FailInstance'; readonly failure: FailureDetails }
  /** It ended after it was asked to (SEMANTICS S4). */
  | { readonly kind: 'CancelInstance'; readonly output: Payload };

/** An action that ends the function: what stands behind it does not count. */
export type EndAction = Extract<TurnAction, { kind: 'ContinueAsNew' | 'CompleteInstance' | 'CancelInstance' | 'FailInstance' }>;

const ends: ReadonlySet<string> = new Set<EndAction['kind']>(['ContinueAsNew', 'CompleteInstance', 'CancelInstance', 'FailInstance']);

export function isEndAction(action: TurnAction): action is EndAction {
  return ends.has(action.kind);
}

/** An external event that the program read: its inbox number and the bytes of its payload. */
export interface EventTaken {
  readonly number: number;
  readonly bytes: number;
}
