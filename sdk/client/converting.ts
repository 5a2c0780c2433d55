/** How values become payloads and back: the one place where a client's converter is asked. */
import type { Payload } from '../../schemas/index.ts';
import { fromPayload, toPayload } from '../values/index.ts';

export interface Converting {
  /** `where` names the place for the message of what it throws. */
  readonly toPayload: (value: unknown, where: string) => Payload;
  readonly fromPayload: (payload: Payload) => unknown;
}

export const jsonConverting: Converting = { toPayload, fromPayload };
