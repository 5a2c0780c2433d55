/** One stay in the consumer group: a KafkaJS consumer that fetches nothing and tells what it is assigned. */
import type { Consumer } from 'kafkajs';
import { stickyAssigner, type SelfDescription } from './membership.ts';
import { kafkaOver, type KafkaSettings } from './settings.ts';
import { within } from './waiting.ts';
import { createWire } from './wire.ts';

export interface StaySettings {
  readonly kafka: KafkaSettings;
  readonly groupId: string;
  /** The topic whose partitions are dealt out. */
  readonly topic: string;
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly pollMs: number;
}

/** Called synchronously with KafkaJS's own events. */
export interface StayListener {
  self(): SelfDescription;
  /** `memberId` is the group's name for this member: another one than before means that the group had let it go in between. */
  joined(partitions: readonly number[], memberId: string): void;
  heartbeat(generation: number): void;
  /** The stay is over and will not mend itself. Called at most once. */
  ended(error: Error): void;
}

export interface Stay {
  /** Leaves the group in an orderly way if that works within `limitMs`, else by hanging up. */
  leave(limitMs: number): Promise<void>;
  /** Hangs up; the group notices by the session timeout. */
  drop(): void;
}

export function beginStay(settings: StaySettings, listener: StayListener): Stay {
  const { groupId, topic, partitions, sessionTimeoutMs, heartbeatIntervalMs, pollMs } = settings;
  const wire = createWire();
  let over = false;
  const consumer = kafkaOver(wire, settings.kafka, 'steady').consumer({
    groupId,
    partitionAssigners: [stickyAssigner(topic, partitions, () => listener.self())],
    sessionTimeout: sessionTimeoutMs,
    // Who does not join again in this time is out; a live member does within a heartbeat.
    rebalanceTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
    maxWaitTimeInMs: pollMs,
    readUncommitted: true,
    allowAutoTopicCreation: false,
    // KafkaJS starts again at once and without end (4 times in 30 ms were measured); we wait longer each time.
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });

  const end = (error: Error): void => {
    if (over) return;
    over = true;
    wire.cut();
    listener.ended(error);
  };
  consumer.on('consumer.group_join', ({ payload }) => {
    // All is paused: records are fetched elsewhere (see source.ts). This outlives rebalances, and costs nothing to repeat.
    consumer.pause([{ topic }]);
    if (!over) listener.joined(payload.memberAssignment[topic] ?? [], payload.memberId);
  });
  consumer.on('consumer.heartbeat', ({ payload }) => {
    if (!over) listener.heartbeat(payload.groupGenerationId);
  });
  consumer.on('consumer.crash', ({ payload }) => end(payload.error));
  run(consumer, topic).catch((error: unknown) => end(error instanceof Error ? error : new Error(String(error))));

  return {
    leave: async (limitMs) => {
      over = true;
      await within(limitMs, consumer.disconnect(), () => new Error('leaving took too long')).catch(() => undefined);
      wire.cut();
    },
    drop: () => {
      over = true;
      wire.cut();
      // Lets KafkaJS stop its loop; it cannot reach anybody.
      consumer.disconnect().catch(() => undefined);
    },
  };
}

async function run(consumer: Consumer, topic: string): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  // No offsets are committed: positions live in the history (L4), and a group without offsets cannot mislead anybody.
  await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
}
