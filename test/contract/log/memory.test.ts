import { createMemoryBroker } from '../../../engine/log/memory/index.ts';
import { logContract } from './suite.ts';
import type { LogProcess } from './world.ts';

logContract(
  'the memory log',
  () => {
    const broker = createMemoryBroker({ partitions: 3, firstRecord: { key: 'n/namespace', value: Buffer.from('first') } });
    let processes = 0;
    const open = (): Promise<LogProcess> => {
      const { log, group, sink, kill } = broker.connect(`p${String(++processes)}`);
      const close = async (): Promise<void> => {
        await log.close();
        kill();
      };
      return Promise.resolve({ log, group, sink, close });
    };
    return Promise.resolve({
      partitions: broker.partitions,
      open,
      rival: open,
      compact: (partition) => {
        broker.clean(partition, broker.history(partition).next - 1, 0);
        return Promise.resolve();
      },
      deadLetters: () => Promise.resolve(broker.deadLetters().live.map(({ key, value, headers }) => ({ key, value, headers }))),
      close: () => Promise.resolve(),
    });
  },
  { rival: true, compact: true },
);
