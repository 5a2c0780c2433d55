/** Runs activities of this process for the engine: whatever a function does becomes an outcome (SEMANTICS T2, A7). */
import type { ActivityHost, ActivityOutcome, ActivityTask } from '../../engine/program/index.ts';
import { createRegistry, type ActivityContext, type ActivityToRegister, type ActivityToRun } from '../define/index.ts';
import { checkedConverter, NonRetriableError, toFailure, type DataConverter } from '../values/index.ts';
import { asUserCode } from './user-code.ts';

/**
 * Gives the host of these activities.
 * @throws OperationalError `DUPLICATE_NAME`, `INVALID_NAME`
 */
export function createActivityHost(options: {
  readonly activities: readonly ActivityToRegister[];
  /** Default: JSON. */
  readonly dataConverter?: DataConverter;
}): ActivityHost {
  const registry = createRegistry({ activities: options.activities });
  const converter = checkedConverter(options.dataConverter);
  return {
    concurrencyOf: (name) => registry.activity(name)?.concurrency,
    run(task, signal) {
      const activity = registry.activity(task.name);
      return activity === undefined ? Promise.resolve(notRegistered(task)) : runOnce(activity, task, signal, converter);
    },
  };
}

async function runOnce(
  activity: ActivityToRun,
  task: ActivityTask,
  signal: AbortSignal,
  converter: DataConverter,
): Promise<ActivityOutcome> {
  const { name, instanceId, executionId } = task;
  try {
    // The input's type is the promise of the caller, which may be another program.
    const input = converter.deserialize(task.input) as never;
    const result = await asUserCode(
      { kind: 'activity', name, instanceId, executionId },
      async () => await activity.fn(contextOf(task, signal), input),
    );
    return { kind: 'completed', result: converter.serialize(result, `the result of activity '${name}'`) };
  } catch (error) {
    return { kind: 'failed', failure: toFailure(error) };
  }
}

function contextOf(task: ActivityTask, signal: AbortSignal): ActivityContext {
  const { instanceId, executionId, taskId, scheduledSeq, attempt } = task;
  // By the engine's own number of the task: a program may use its ids again.
  return { instanceId, executionId, taskId, attempt, idempotencyKey: `${instanceId}/${executionId}/${String(scheduledSeq)}`, signal };
}

function notRegistered(task: ActivityTask): ActivityOutcome {
  const failure = toFailure(new NonRetriableError(`activity '${task.name}' is not registered in this worker`));
  return { kind: 'failed', failure: { ...failure, errorType: 'ActivityNotRegistered', stack: null } };
}
