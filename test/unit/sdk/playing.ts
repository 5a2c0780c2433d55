/** Short ways to play one orchestration against the program. */
import { defineOrchestrator, type OrchestrationContext } from '../../../sdk/define/index.ts';
import { createProgram, type ProgramOptions } from '../../../sdk/replay/index.ts';
import type { Action, ProgramSession, TurnOutcome } from '../../../engine/program/index.ts';
import { actionsOf, outputOf, Recording, type Subject } from './recording.ts';

export type Code = (ctx: OrchestrationContext, input: never) => Promise<unknown>;

/** One instance of one function, live; `cold` asks a second session for the same turn. */
export class Play {
  readonly recording: Recording;
  readonly session: ProgramSession;
  readonly #other: () => ProgramSession;

  constructor(code: Code, options: Partial<ProgramOptions> = {}, subject: Partial<Subject> = {}) {
    const program = createProgram({ orchestrators: [defineOrchestrator('o', code)], ...options });
    this.session = program.session();
    this.#other = () => program.session();
    this.recording = new Recording({ name: 'o', ...subject });
  }

  /** Records what `happen` does, runs the turn, and proves that a replay does the same. */
  async turn(happen: (recording: Recording) => unknown = () => undefined): Promise<TurnOutcome> {
    happen(this.recording);
    const [cold] = await this.#other().turns([this.recording.request()]);
    const outcome = await this.recording.turn(this.session);
    if (JSON.stringify(withoutStacks(cold)) !== JSON.stringify(withoutStacks(outcome)))
      throw new Error(`a replay differs: ${JSON.stringify(cold)} is not ${JSON.stringify(outcome)}`);
    return outcome;
  }

  async start(input: string | null = null): Promise<readonly Action[]> {
    return actionsOf(await this.turn((recording) => recording.started(input)));
  }

  async actions(happen?: (recording: Recording) => unknown): Promise<readonly Action[]> {
    return actionsOf(await this.turn(happen));
  }

  async output(happen?: (recording: Recording) => unknown): Promise<unknown> {
    return outputOf(await this.turn(happen));
  }
}

/** Plays to the first turn's end. */
export async function begun(code: Code, options?: Partial<ProgramOptions>, subject?: Partial<Subject>): Promise<Play> {
  const play = new Play(code, options, subject);
  await play.start();
  return play;
}

/** What the function gives when it is told to end in its first turn. */
export async function outputAtOnce(code: Code, input: string | null = null): Promise<unknown> {
  return await new Play(code).output((recording) => recording.started(input));
}

function withoutStacks(outcome: TurnOutcome | undefined): unknown {
  if (outcome?.kind !== 'completed') return outcome;
  const actions = outcome.actions.map((action) =>
    action.kind === 'FailInstance' ? { ...action, failure: action.failure.message } : action,
  );
  return { ...outcome, actions };
}
