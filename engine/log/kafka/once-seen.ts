/**
 * A topic just made takes a moment to be known, and led, on every broker. (KafkaJS's own `waitForLeaders` fails on a broker that does
 * not know it yet.)
 */
import { OperationalError } from '../../../schemas/index.ts';
import { isAbsence } from './faults.ts';
import type { TopicProblem } from './topic-problems.ts';
import { backOff } from './waiting.ts';

/** Brokers learn of a topic within a second, busy ones within some. */
export const seenWithinMs: number = 10_000;

/**
 * Does `check` until every topic is seen: it neither throws for want of one nor finds one missing. After `limitMs` its last answer,
 * or its error, is given.
 */
export async function onceSeen(
  check: () => Promise<readonly TopicProblem[]>,
  limitMs: number = seenWithinMs,
): Promise<readonly TopicProblem[]> {
  const retry = backOff(20, 500);
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    try {
      const problems = await check();
      if (performance.now() > deadlineMs || !problems.some(({ code }) => code === 'TOPIC_MISSING')) return problems;
    } catch (error) {
      const young = isAbsence(error) || (error instanceof OperationalError && error.code === 'TOPIC_MISSING');
      if (!young || performance.now() > deadlineMs) throw error;
    }
    await retry.wait();
  }
}
