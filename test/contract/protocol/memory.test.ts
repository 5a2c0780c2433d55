import { namespaceRecord, type LogRecord } from '../../../engine/log/index.ts';
import { createMemoryBroker } from '../../../engine/log/memory/index.ts';
import { protocolContract } from './suite.ts';
import { partitions } from './world.ts';

protocolContract('the memory log', () => {
  const broker = createMemoryBroker({ partitions, firstRecord: namespaceRecord(partitions) });
  return Promise.resolve({
    open: (name) => {
      const { log, group, sink, kill } = broker.connect(name);
      const close = async (): Promise<void> => {
        await log.close();
        kill();
      };
      return Promise.resolve({ log, group, sink, close });
    },
    history: (partition) =>
      Promise.resolve(broker.history(partition).live.map(({ offset, key, value }): LogRecord => ({ offset, key: key ?? '', value }))),
    deadLetters: () => Promise.resolve(broker.deadLetters().live.map(({ key, value, headers }) => ({ key, value, headers }))),
    close: () => Promise.resolve(),
  });
});
