import type { Cluster } from 'kafkajs';
import { kafkaOver, type KafkaSettings } from './settings.ts';
import type { Wire } from './wire.ts';

/** KafkaJS gives its cluster away in one place: to the maker of a partition assigner. The consumer itself is never started. */
export function clusterOver(wire: Wire, settings: KafkaSettings): Cluster {
  let found: Cluster | undefined;
  kafkaOver(wire, settings, 'brisk').consumer({
    groupId: 'unused',
    readUncommitted: true,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        return {
          name: 'unused',
          version: 0,
          protocol: () => ({ name: 'unused', metadata: Buffer.alloc(0) }),
          assign: () => Promise.resolve([]),
        };
      },
    ],
  });
  if (found === undefined) throw new TypeError('this KafkaJS does not hand out its cluster');
  return found;
}
