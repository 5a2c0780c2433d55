/** `perdure topics create|check`. */
import type { TopicProblem } from '../../engine/log/kafka/index.ts';
import { brokersOf, namespaceOf } from './connecting.ts';
import { exitCodes, NegativeOutcome } from './failures.ts';
import { problemText } from './format.ts';
import type { Command } from './command.ts';

/** More partitions than this in one namespace are a typing error: each costs every broker and every owner. */
const partitionsMax = 10_000;
const replicationMax = 100;

export const topics: Command = {
  options: { brokers: 'string', namespace: 'string', partitions: 'string', replication: 'string', json: 'boolean' },
  async run(args, terminal) {
    const [what = ''] = args.exactly('create or check');
    if (what !== 'create' && what !== 'check') throw args.wrong('ARGUMENTS_INVALID', `topics takes create or check, not "${what}"`);
    const partitions = args.wholeNumber('partitions', { from: 1, to: partitionsMax });
    const replicationFactor = args.wholeNumber('replication', { from: 1, to: replicationMax });
    const namespace = namespaceOf(args, terminal);
    const settings = { brokers: brokersOf(args, terminal).split(','), namespace };
    const { checkTopics, createTopics } = await import('../../engine/log/kafka/index.ts');
    const plan = { ...(partitions === undefined ? {} : { partitions }), ...(replicationFactor === undefined ? {} : { replicationFactor }) };
    const problems = what === 'create' ? await createTopics(settings, plan) : await checkTopics(settings);
    if (args.is('json')) terminal.out(`${JSON.stringify({ namespace, problems })}\n`);
    else for (const problem of problems) terminal.out(problemText(problem));
    refuseErrors(problems, namespace);
    if (!args.is('json')) terminal.out(`the topics of ${namespace} are as they must be\n`);
  },
};

function refuseErrors(problems: readonly TopicProblem[], namespace: string): void {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length === 1 ? '' : ` (and ${String(errors.length - 1)} more)`;
  throw new NegativeOutcome(first.code, `${namespace}: ${first.topic}: ${first.message}${more}`, {
    cure: first.cure,
    exitCode: exitCodes.operational,
  });
}
