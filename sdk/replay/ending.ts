/** How a function's end ends its instance, or its generation (SEMANTICS C1, S4, S8). */
import type { Action } from '../../engine/program/index.ts';
import type { Payload } from '../../schemas/index.ts';
import type { NextGeneration } from '../context/index.ts';
import { CancelledError, toFailure } from '../values/index.ts';

export type Ending = { readonly kind: 'returned'; readonly value: unknown } | { readonly kind: 'threw'; readonly error: unknown };

/** What `ctx.continueAsNew` throws. User code lets it pass; one that swallows it continues all the same. */
export class ContinueAsNewSignal extends Error {
  override readonly name: string = 'ContinueAsNewSignal';

  constructor() {
    super('ctx.continueAsNew ends the function: let this pass, and do not catch it');
    this.stack = `${this.name}: ${this.message}`;
  }
}

export interface EndingOf {
  /** The last that `ctx.continueAsNew` was called with, if it was called. */
  readonly next: NextGeneration | undefined;
  readonly cancelRequested: boolean;
  readonly input: Payload;
  /** @throws SerializationError: the value has no JSON form. */
  serialize(value: unknown): Payload;
}

export function actionAtEnd(ending: Ending, of: EndingOf): Action {
  if (ending.kind === 'threw') return actionOfError(ending.error, of);
  if (of.next !== undefined) return actionOfNext(of.next, of);
  try {
    return { kind: of.cancelRequested ? 'CancelInstance' : 'CompleteInstance', output: of.serialize(ending.value) };
  } catch (error) {
    return { kind: 'FailInstance', failure: toFailure(error) };
  }
}

function actionOfError(error: unknown, of: EndingOf): Action {
  if (of.next !== undefined && error instanceof ContinueAsNewSignal) return actionOfNext(of.next, of);
  if (of.cancelRequested && error instanceof CancelledError) return { kind: 'CancelInstance', output: null };
  return { kind: 'FailInstance', failure: toFailure(error) };
}

function actionOfNext(next: NextGeneration, { cancelRequested, input }: EndingOf): Action {
  // A request to end is not outlived by going on.
  if (cancelRequested) return { kind: 'CancelInstance', output: null };
  const { version, preserveEvents } = next;
  return { kind: 'ContinueAsNew', input: next.input === undefined ? input : next.input.payload, version, preserveEvents };
}
