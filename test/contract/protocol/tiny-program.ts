/** Orchestrations small enough to be their own specification: each is a function of the facts alone. */
import type { Fact, FailureDetails } from '../../../schemas/index.ts';
import type {
  Action,
  ActivityHost,
  ActivityOutcome,
  ActivityTask,
  Program,
  TurnOutcome,
  TurnRequest,
} from '../../../engine/program/index.ts';

export interface TinyInput {
  /** How many tasks, one after the other or all at once. */
  readonly tasks: number;
  readonly atOnce?: boolean;
  readonly activity?: string;
  /** Bytes of filling in each task's input. */
  readonly fillBytes?: number;
}

export const failureOf = (message: string): FailureDetails => ({
  errorType: 'Error',
  message,
  stack: null,
  nonRetriable: false,
  cause: null,
  errors: [],
  properties: null,
});

/** `tasks`: runs its tasks and returns how many results it got. `throws`: fails. Everything else is not registered. */
export function createTinyProgram(): Program {
  return {
    programs: [
      { name: 'tasks', version: '' },
      { name: 'throws', version: '' },
    ],
    session: () => ({
      turns: (requests) => Promise.all(requests.map(turn)),
      evict: () => undefined,
      close: () => undefined,
    }),
  };
}

async function turn(request: TurnRequest): Promise<TurnOutcome> {
  return outcomeOf(request.name, [...(await request.past()), ...request.fresh]);
}

function outcomeOf(name: string, facts: readonly Fact[]): Promise<TurnOutcome> {
  if (name === 'throws')
    return Promise.resolve({
      kind: 'completed',
      actions: [{ kind: 'FailInstance', failure: failureOf('thrown on purpose') }],
      eventsTaken: [],
    });
  if (name !== 'tasks')
    return Promise.resolve({ kind: 'stalled', code: 'ORCHESTRATOR_NOT_REGISTERED', reason: `nobody has registered ${name}` });
  return Promise.resolve({ kind: 'completed', actions: actionsOf(facts), eventsTaken: [] });
}

function actionsOf(facts: readonly Fact[]): Action[] {
  const [started] = facts;
  if (started?.kind !== 'InstanceStarted') throw new Error('the past does not begin with a start');
  const { tasks, atOnce = false, activity = 'echo', fillBytes = 0 } = JSON.parse(started.input ?? '{"tasks":0}') as TinyInput;
  const scheduled = facts.filter((fact) => fact.kind === 'TaskScheduled').length;
  const failure = facts.find((fact) => fact.kind === 'TaskFailed');
  if (failure !== undefined) return [{ kind: 'FailInstance', failure: failure.failure }];
  const results = facts.filter((fact) => fact.kind === 'TaskCompleted').length;
  if (results === tasks) return [{ kind: 'CompleteInstance', output: String(results) }];
  const wanted = atOnce ? tasks : results + 1;
  return Array.from({ length: Math.max(0, wanted - scheduled) }, (_, at) => ({
    kind: 'ScheduleTask',
    taskId: scheduled + at,
    name: activity,
    version: '',
    tags: [],
    attempt: 1,
    firstTaskId: 0,
    input: JSON.stringify(`${String(scheduled + at)}${'x'.repeat(fillBytes)}`),
  }));
}

/** Runs `echo` and `fails`, and knows what it ran. */
export class TinyHost implements ActivityHost {
  readonly ran: ActivityTask[] = [];
  /** Activities wait for this before they return. */
  gate: Promise<void> = Promise.resolve();
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  concurrencyOf(): number | undefined {
    return undefined;
  }

  async run(task: ActivityTask): Promise<ActivityOutcome> {
    this.ran.push(task);
    this.changed();
    await this.gate;
    if (task.name === 'fails') return { kind: 'failed', failure: failureOf('failed on purpose') };
    return { kind: 'completed', result: String(task.taskId) };
  }
}
