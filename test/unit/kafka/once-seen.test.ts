import { expect, test } from 'vitest';
import { topicMissing } from '../../../engine/log/kafka/faults.ts';
import { onceSeen } from '../../../engine/log/kafka/once-seen.ts';
import type { TopicProblem } from '../../../engine/log/kafka/topic-problems.ts';

const problem = (code: string): TopicProblem => ({ severity: 'error', code, topic: 't', message: code, cure: '' });

/** Answers one after the other, the last for ever. */
function answering(...answers: readonly (readonly TopicProblem[] | Error)[]): {
  check: () => Promise<readonly TopicProblem[]>;
  asked: number;
} {
  const script = {
    asked: 0,
    check: (): Promise<readonly TopicProblem[]> => {
      const answer = answers[Math.min(script.asked++, answers.length - 1)] ?? [];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return script;
}

test('a topic that a broker does not show yet is waited for, thrown or found', async () => {
  const script = answering([problem('TOPIC_MISSING')], topicMissing('t'), [problem('TOPIC_MISSING')], []);
  expect(await onceSeen(script.check)).toEqual([]);
  expect(script.asked).toBe(4);
});

test('any other problem is told at once', async () => {
  const script = answering([problem('TOPIC_SETTING_WRONG')], []);
  expect(await onceSeen(script.check)).toEqual([problem('TOPIC_SETTING_WRONG')]);
  await expect(onceSeen(answering(new TypeError('no')).check)).rejects.toThrow('no');
});

test('what stays missing is told in the end', async () => {
  expect(await onceSeen(answering([problem('TOPIC_MISSING')]).check, 30)).toEqual([problem('TOPIC_MISSING')]);
  await expect(onceSeen(answering(topicMissing('t')).check, 30)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
});
