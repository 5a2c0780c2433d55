/** What a command means, given the state of the instance it is for. */
import type { CommandBody } from '../../schemas/index.ts';
import { decideControl } from './control.ts';
import type { Decision, Given } from './decision.ts';
import { decideRaise } from './events.ts';
import { decideChildReport } from './inputs.ts';
import type { InstanceState } from './instance.ts';
import { decideStart } from './start.ts';

/** `isMessage`: another instance sent it, nobody waits for the answer. */
export function decideCommand(
  state: InstanceState | undefined,
  body: CommandBody,
  given: Given & { readonly isMessage: boolean },
): Decision {
  switch (body.kind) {
    case 'StartInstance':
      return decideStart(state, body, given);
    case 'RaiseEvent':
      return decideRaise(state, body, given);
    case 'SuspendInstance':
    case 'ResumeInstance':
    case 'TerminateInstance':
    case 'CancelInstance':
      return decideControl(state, body, given);
    case 'ReportChild':
      return decideChildReport(state, body, given.atMs);
    default:
      return body satisfies never;
  }
}
