import { describe, expect, test } from 'vitest';
import {
  commitBytesMax,
  hash,
  laneName,
  messageBytesMax,
  parseLane,
  partitionsDefault,
  payloadBytesMax,
  schemaVersion,
  topicNames,
  topicSettings,
  type LaneAddress,
  type TopicKind,
} from '../../../schemas/index.ts';

test('the topics of a namespace', () => {
  const topics = topicNames('orders');
  expect([topics.commands, topics.history, topics.lifecycle, topics.deadLetter, topics.queue('gpu.large')]).toEqual([
    'orders.commands',
    'orders.history',
    'orders.lifecycle',
    'orders.dead-letter',
    'orders.q.gpu.large',
  ]);
});

test.each(['', '.', 'a.b', '-a', '_a', 'a b', 'ä', 'a/b', 'x'.repeat(65)])('namespace %j is refused', (name) => {
  expect(() => topicNames(name)).toThrow(expect.objectContaining({ code: 'NAMESPACE_INVALID', retryable: false }));
});

test.each(['', '.', '-a', 'a b', 'ä', 'a/b', 'x'.repeat(129)])('queue %j is refused', (name) => {
  expect(() => topicNames('orders').queue(name)).toThrow(expect.objectContaining({ code: 'QUEUE_NAME_INVALID', retryable: false }));
});

test('the longest names are within the 249 characters of Kafka, and distinct pairs give distinct topics', () => {
  expect(topicNames('x'.repeat(64)).queue('y'.repeat(128)).length).toBeLessThanOrEqual(249);
  // Were dots allowed in a namespace, `a.q`'s commands would be `a`'s queue `commands`.
  expect(() => topicNames('a.q')).toThrow(expect.objectContaining({ code: 'NAMESPACE_INVALID' }));
});

describe('settings of the topics', () => {
  const setting = (kind: TopicKind, name: string): string | undefined => topicSettings[kind].find((each) => each.name === name)?.value;

  test('[L8] history is compacted, an hour late, and keeps tombstones for 7 days', () => {
    expect(setting('history', 'cleanup.policy')).toBe('compact');
    expect(Number(setting('history', 'min.compaction.lag.ms'))).toBe(60 * 60 * 1000);
    expect(Number(setting('history', 'delete.retention.ms'))).toBe(7 * 24 * 60 * 60 * 1000);
    expect(setting('history', 'message.timestamp.type')).toBe('LogAppendTime');
  });

  test('commands are kept until the owner deletes them', () => {
    expect(setting('commands', 'cleanup.policy')).toBe('delete');
    expect(setting('commands', 'retention.ms')).toBe('-1');
    expect(setting('commands', 'compression.type')).toBe('uncompressed');
    expect(setting('commands', 'retention.bytes')).toBe('-1');
  });

  test('a commit with everything around it fits every topic it may have to pass', () => {
    for (const kind of ['commands', 'history', 'queue', 'deadLetter'] as const) {
      expect(setting(kind, 'max.message.bytes')).toBe(String(messageBytesMax));
    }
    expect(messageBytesMax - commitBytesMax).toBeGreaterThan(256 * 1024);
    expect(commitBytesMax).toBeGreaterThan(3 * payloadBytesMax);
  });
});

test('what a namespace says of itself', () => {
  expect({ ...partitionsDefault, hash, schemaVersion }).toEqual({ embedded: 4, kafka: 24, hash: 'murmur2', schemaVersion: 1 });
});

const lanes: readonly (readonly [LaneAddress, string])[] = [
  [{ kind: 'commands', partition: 0 }, 'c/0'],
  [{ kind: 'commands', partition: 23 }, 'c/23'],
  [{ kind: 'dead-letter' }, 'dead-letter'],
];

test.each(lanes)('[L7] lane %j is named %s', (lane, name) => {
  expect(laneName(lane)).toBe(name);
  expect(parseLane(name)).toEqual(lane);
});

test.each(['', 'c/', 'c/01', 'c/-1', 'c/1/2', 'q/gpu', 'dead-letter/1'])('[L7] %j names no lane of this release', (name) => {
  expect(parseLane(name)).toBeUndefined();
});
