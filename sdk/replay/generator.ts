/** Orchestrators written as generators: `yield task` gives the task's result, as `await` would. */

export type OrchestratorGenerator = Generator<PromiseLike<unknown>, unknown>;

/** True for the generator object that calling a `function*` gives. @throws TypeError for an async generator's: it awaits what it likes. */
export function isGenerator(value: unknown): value is OrchestratorGenerator {
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)
    throw new TypeError('an orchestrator is an async function or a generator (function*), not an async generator');
  return typeof value === 'object' && value !== null && 'next' in value && 'throw' in value && Symbol.iterator in value;
}

/** Runs a generator to its end; gives what it returns, or rejects with what it throws. */
export async function drive(generator: OrchestratorGenerator): Promise<unknown> {
  let step = generator.next();
  while (step.done !== true) {
    const yielded = await outcomeOf(step.value);
    step = yielded.kind === 'value' ? generator.next(yielded.value) : generator.throw(yielded.reason);
  }
  return step.value;
}

type Outcome = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'thrown'; readonly reason: unknown };

async function outcomeOf(yielded: unknown): Promise<Outcome> {
  if (!isThenable(yielded))
    return { kind: 'thrown', reason: new TypeError('an orchestrator yields tasks (for several at once: yield Promise.all([...]))') };
  try {
    return { kind: 'value', value: await yielded };
  } catch (reason) {
    return { kind: 'thrown', reason };
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
